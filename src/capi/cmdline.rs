//! Reading a program's command line.

use std::ffi::{CStr, c_char, c_int};

/// Finds an option among a program's arguments. Where it stands several times, the last counts; argument 0 is not
/// looked at. An argument fits when it begins with the option's text.
///
/// @param argc number of arguments
/// @param argv the arguments
/// @param val the option's text, such as "-p" or "--port"
/// @return what follows the option in its own argument (behind an '=' if there is one), or the next argument when
///         nothing does; an empty text for the last argument; NULL when the option is absent, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_cmdline_option(
    argc: c_int,
    argv: *mut *const c_char,
    val: *const c_char,
) -> *const c_char {
    if argv.is_null() || val.is_null() {
        return std::ptr::null();
    }
    // SAFETY: `val` and the `argc` entries of `argv` are NUL-ended texts or NULL, by the API's contract.
    unsafe {
        let wanted = CStr::from_ptr(val).to_bytes();
        let argument = |index: c_int| {
            let p = *argv.add(index as usize);
            (!p.is_null()).then(|| (p, CStr::from_ptr(p).to_bytes()))
        };
        for index in (1..argc).rev() {
            let Some((start, text)) = argument(index) else { continue };
            let Some(rest) = text.strip_prefix(wanted) else { continue };
            if rest.is_empty() && index + 1 < argc {
                return argument(index + 1).map_or(std::ptr::null(), |(p, _)| p);
            }
            return start.add(wanted.len() + usize::from(rest.first() == Some(&b'=')));
        }
    }
    std::ptr::null()
}
