//! Per-vhost options: lists of names and values that a program gives to its protocols.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use crate::abi::lws_protocol_vhost_options;
use crate::util::{b64, cptr};

/// The entry of that name in a list of per-vhost options, as LWS_CALLBACK_PROTOCOL_INIT gets one in `in`.
///
/// Returns the first whose name is the same, case included; NULL when there is none, and for NULL.
///
/// # Safety
/// `pvo` is NULL or the first of a list that ends with a NULL `next`; `name` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_pvo_search(
    pvo: *const lws_protocol_vhost_options,
    name: *const c_char,
) -> *const lws_protocol_vhost_options {
    // SAFETY: as the caller promises.
    unsafe {
        let Some(name) = cptr::text(name) else { return ptr::null() };
        let mut at = pvo;
        while !at.is_null() && cptr::text((*at).name) != Some(name) {
            at = (*at).next;
        }
        at
    }
}

/// The value of an option of that name: lws_pvo_search() on `in`, the first of the list.
///
/// Returns 0 and sets `*result` to the value, which stays the list's; 1 when it is not there, and for NULL.
///
/// # Safety
/// As lws_pvo_search(); `result` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_pvo_get_str(r#in: *mut c_void, name: *const c_char, result: *mut *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let entry = lws_pvo_search(r#in.cast_const().cast(), name);
        if entry.is_null() || result.is_null() {
            return 1;
        }
        *result = (*entry).value;
        0
    }
}

/// Makes the value of an Authorization header for basic authentication (RFC 7617): "Basic " and the base64 of
/// `user:pw`, NUL-ended.
///
/// `buf` has room for `len` bytes. Returns 0; 1 when it does not fit, and for NULL; 2 when user and password have more
/// than 124 bytes.
///
/// # Safety
/// `user` and `pw` are NULL or NUL-ended, `buf` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_basic_auth_gen(
    user: *const c_char,
    pw: *const c_char,
    buf: *mut c_char,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let (Some(user), Some(pw)) = (unsafe { (cptr::text(user), cptr::text(pw)) }) else { return 1 };
    if user.len() + pw.len() > MAX_CREDENTIALS {
        return 2;
    }
    let mut text = b"Basic ".to_vec();
    let credentials = [user, b":", pw].concat();
    let mut code = [0; 4 * (MAX_CREDENTIALS + 3) / 3 + 4];
    let Some(n) = b64::encode(&credentials, &mut code, b64::Alphabet::Plus) else { return 1 };
    text.extend_from_slice(&code[..n]);
    // SAFETY: as the caller promises.
    c_int::from(!unsafe { super::text_out(buf, len, &text) })
}

/// Bytes of user and password together, as on 4.1.6.
const MAX_CREDENTIALS: usize = 124;
