//! Command line options.

use std::ffi::{c_char, c_int};

use crate::abi::{LLL_ERR, LLL_NOTICE, LLL_USER, LLL_WARN, lws_context_creation_info};
use crate::util::{cptr, log, uri};

/// A longer next argument is not taken for an option's value.
const VALUE_MAX: usize = 1024;

/// Finds an option in the arguments of main(), the last one where there are several.
///
/// `val` is how it begins: "-d", "--long". Returns a pointer to its value: what follows in the same argument ("-d15",
/// "--long=x"), else the next argument, which may have up to 1,024 bytes; an empty text when there is none. NULL when the
/// option is not there, and for NULL.
///
/// # Safety
/// `argv` is NULL or has `argc` pointers, each NULL or NUL-ended, `val` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_cmdline_option(
    argc: c_int,
    argv: *mut *const c_char,
    val: *const c_char,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe {
        let (Some(count), Some(name), false) = (cptr::length(argc), cptr::text(val), argv.is_null()) else {
            return std::ptr::null();
        };
        for n in (1..count).rev() {
            let at = *argv.add(n);
            let Some(value) = cptr::text(at).and_then(|t| t.strip_prefix(name)) else { continue };
            return match value.first() {
                None if n + 1 < count => match cptr::text(*argv.add(n + 1)) {
                    Some(next) if next.len() <= VALUE_MAX => *argv.add(n + 1),
                    _ => std::ptr::null(),
                },
                Some(b'=') => at.add(name.len() + 1),
                _ => at.add(name.len()),
            };
        }
    }
    std::ptr::null()
}

/// Applies the options that all examples have to the log level and to the creation info: `-d BITS` sets the log level
/// (else errors, warnings, notices and user lines are on), `--udp-tx-loss PERCENT` and `--udp-rx-loss PERCENT` the
/// percentages of UDP packets to drop.
///
/// Nothing but the log level is set when `info` is NULL.
///
/// # Safety
/// As lws_cmdline_option(), and `info` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_cmdline_option_handle_builtin(
    argc: c_int,
    argv: *mut *const c_char,
    info: *mut lws_context_creation_info,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let number = |name: *const c_char| cptr::text(lws_cmdline_option(argc, argv, name)).map(uri::leading_number);
        let bits = number(c"-d".as_ptr());
        log::set_level(bits.unwrap_or(LLL_USER | LLL_ERR | LLL_WARN | LLL_NOTICE), None);
        if info.is_null() {
            return;
        }
        if let Some(percent) = number(c"--udp-tx-loss".as_ptr()) {
            (*info).udp_loss_sim_tx_pc = percent as u8;
        }
        if let Some(percent) = number(c"--udp-rx-loss".as_ptr()) {
            (*info).udp_loss_sim_rx_pc = percent as u8;
        }
    }
}
