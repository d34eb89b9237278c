//! WebSocket extensions: the table of a vhost, the options of a connection, the ready-made permessage-deflate.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::creation::text;
use crate::capi::enter::{self, remedy, site};
use crate::engine::config::{Extension, ExtensionKind};
use crate::util::log::err;
use crate::wire::ws::deflate::NAME;

/// Reads a vhost's table of extensions. `None`: an entry has no callback, logged.
///
/// # Safety
/// NULL, or a table that ends with a NULL name and lives as long as the vhost.
pub unsafe fn read_table(table: *const lws_extension, vhost: &str) -> Option<Vec<Extension>> {
    let mut out = Vec::new();
    let mut entry = table;
    // SAFETY: the caller's promise.
    unsafe {
        while !entry.is_null() && !(*entry).name.is_null() {
            let name = text((*entry).name)?;
            let Some(callback) = (*entry).callback else {
                err!("vhost '{vhost}': extension '{name}' has no callback");
                return None;
            };
            let kind = if name == NAME && is_ready_made(callback as *const c_void) {
                ExtensionKind::Deflate
            } else {
                ExtensionKind::Program(entry)
            };
            let client_offer = text((*entry).client_offer).unwrap_or_else(|| name.clone());
            out.push(Extension { name, kind, client_offer });
            entry = entry.add(1);
        }
    }
    Some(out)
}

/// The function is our own, which the engine does without calling it. A program that is not position independent knows it
/// by an address of its own, which the dynamic linker tells.
fn is_ready_made(callback: *const c_void) -> bool {
    let own = crate::capi::ext_deflate::lws_extension_callback_pm_deflate as *const c_void;
    // SAFETY: the name is a NUL-ended string.
    let known = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"lws_extension_callback_pm_deflate".as_ptr()) };
    callback == own || callback == known.cast_const()
}

/// Sets an option of an extension on a connection. permessage-deflate has "compression_level" (0 to 9, at first 1: the
/// fastest) and "rx_buf_size" (a power of two from 8 to 17, as its exponent: RECEIVE gets at most so many inflated bytes at
/// once; at first the protocol's rx_buffer_size). "tx_buf_size" and "mem_level" are taken and have no effect: what is
/// compressed is sent at once, from memory that is not the connection's.
///
/// @param wsi the connection
/// @param ext_name the extension's name
/// @param opt_name the option's name
/// @param opt_val its value
/// @return 0; -1 when the connection does not use the extension, or the extension does not know the option or the value.
/// Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_extension_option(
    wsi: *mut lws,
    ext_name: *const c_char,
    opt_name: *const c_char,
    opt_val: *const c_char,
) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let (Some(ext), Some(name)) = (unsafe { text(ext_name) }, unsafe { text(opt_name) }) else { return -1 };
    // SAFETY: as above.
    let value = unsafe { text(opt_val) };
    enter::wsi_or_post(site!("lws_set_extension_option", remedy::CHANGE), wsi, -1, 0, move |cx, w| {
        cx.set_extension_option(w, &ext, &name, value.as_deref())
    })
}

/// Reads the options of an extension as they stand in Sec-WebSocket-Extensions ("name; other=10"), and gives each to the
/// extension's callback (LWS_EXT_CB_OPTION_SET) with its index in `opts`.
///
/// @param ext the extension
/// @param wsi the connection
/// @param ext_user the extension's state for the connection
/// @param opts the options that it knows, ended by a NULL name
/// @param o the text; it need not be NUL-ended
/// @param len its length
/// @return 0; -1 for an option that is not in `opts`, has no value where it needs one or one that is no number, or that the
/// callback refuses. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ext_parse_options(
    ext: *const lws_extension,
    wsi: *mut lws,
    ext_user: *mut c_void,
    opts: *const lws_ext_options,
    o: *const c_char,
    len: c_int,
) -> c_int {
    let Ok(len) = usize::try_from(len) else { return -1 };
    if ext.is_null() || opts.is_null() || o.is_null() {
        return -1;
    }
    let owner = enter::wsi(site!("lws_ext_parse_options", remedy::READ), wsi, None, |cx, _| Some(cx.slot.handle));
    let Some(context) = owner else { return -1 };
    // SAFETY: `len` bytes by the API's contract; table and extension are live.
    unsafe {
        let text = std::slice::from_raw_parts(o.cast::<u8>(), len);
        if parse_options(ext, context.as_ptr(), wsi, ext_user, opts, text) { 0 } else { -1 }
    }
}

/// The work of [`lws_ext_parse_options`].
///
/// # Safety
/// Live extension and table, as C gave them.
pub unsafe fn parse_options(
    ext: *const lws_extension,
    context: *mut lws_context,
    wsi: *mut lws,
    state: *mut c_void,
    opts: *const lws_ext_options,
    text: &[u8],
) -> bool {
    // SAFETY: the caller's promise.
    let Some(callback) = (unsafe { (*ext).callback }) else { return false };
    text.split(|b| *b == b';').map(<[u8]>::trim_ascii).filter(|part| !part.is_empty()).all(|part| {
        let (name, value) = match part.iter().position(|b| *b == b'=') {
            Some(at) => (part[..at].trim_ascii_end(), Some(part[at + 1..].trim_ascii_start())),
            None => (part, None),
        };
        // SAFETY: the caller's promise.
        let Some((index, kind)) = (unsafe { find_option(opts, name) }) else { return false };
        let number = |v: &[u8]| !v.is_empty() && v.iter().all(u8::is_ascii_digit);
        let fits = match (kind, value) {
            (EXTARG_NONE, None) | (EXTARG_OPT_DEC, None) => true,
            (EXTARG_DEC | EXTARG_OPT_DEC, Some(v)) => number(v),
            _ => false,
        };
        let mut arg = lws_ext_option_arg {
            option_name: std::ptr::null(),
            option_index: index,
            start: value.map_or(std::ptr::null(), |v| v.as_ptr().cast()),
            len: value.map_or(0, |v| v.len() as c_int),
        };
        // SAFETY: the program's own function with what it expects; no borrow of ours is held.
        fits && unsafe {
            callback(context, ext, wsi, LWS_EXT_CB_OPTION_SET, state, std::ptr::from_mut(&mut arg).cast(), 0) == 0
        }
    })
}

unsafe fn find_option(opts: *const lws_ext_options, name: &[u8]) -> Option<(c_int, lws_ext_options_types)> {
    let mut index = 0;
    // SAFETY: the table ends with a NULL name.
    unsafe {
        loop {
            let option = opts.add(index);
            if (*option).name.is_null() {
                return None;
            }
            if CStr::from_ptr((*option).name).to_bytes() == name {
                return Some((index as c_int, (*option).r#type));
            }
            index += 1;
        }
    }
}

/// Does nothing, as in 4.1.6: extensions need no set-up of their own.
///
/// @param info the creation info
/// @param context the context
/// @return 0. Service thread, set-up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_init_extensions(
    info: *const lws_context_creation_info,
    context: *mut lws_context,
) -> c_int {
    let _ = info;
    enter::context(site!("lws_context_init_extensions", remedy::CREATE), context, 0, |_| 0)
}
