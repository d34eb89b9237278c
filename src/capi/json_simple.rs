//! Plain search, as C sees it. The work is done in `util/json_simple.rs`.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::util::{cptr, json_simple};

/// Finds text in text, neither of which needs a NUL at its end.
///
/// Returns where `name`, of `nl` bytes, first stands in `buf`, of `len` bytes; NULL when nowhere, and for NULL.
///
/// # Safety
/// Both are NULL or have as many readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_nstrstr(buf: *const c_char, len: usize, name: *const c_char, nl: usize) -> *const c_char {
    // SAFETY: as the caller promises.
    let (text, name) = unsafe { (cptr::bytes(buf, len), cptr::bytes(name, nl)) };
    match (text, name) {
        (Some(text), Some(name)) => json_simple::find_bytes(text, name).map_or(ptr::null(), |n| buf.wrapping_add(n)),
        _ => ptr::null(),
    }
}

/// Finds the value of a member in a short JSON text by plain search. For anything less simple use lejp_parse().
///
/// `buf` has `len` bytes; `name` is NUL-ended and has its quotes and colon: `"\"key\":"`. `*alen` becomes the length of the
/// value: of a string without its quotes (up to the end of `buf` where the second is missing), of anything else up to a comma or a closing bracket. Returns where the value
/// is; NULL when it is not there, and for NULL.
///
/// # Safety
/// `buf` is NULL or has `len` readable bytes, `name` is NULL or NUL-ended, `alen` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_json_simple_find(
    buf: *const c_char,
    len: usize,
    name: *const c_char,
    alen: *mut usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe {
        let (Some(text), Some(name)) = (cptr::bytes(buf, len), cptr::text(name)) else { return ptr::null() };
        match json_simple::find(text, name) {
            Some((at, n)) if !alen.is_null() => {
                alen.write(n);
                buf.wrapping_add(at)
            }
            _ => ptr::null(),
        }
    }
}

/// Compares the value of a member in a short JSON text, found as by lws_json_simple_find(), with a text.
///
/// Returns 0 when they are equal; -1 when the member is not there, the lengths differ, and for NULL; else less or more
/// than 0 as strcmp() does.
///
/// # Safety
/// `buf` is NULL or has `len` readable bytes, `name` and `comp` are NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_json_simple_strcmp(
    buf: *const c_char,
    len: usize,
    name: *const c_char,
    comp: *const c_char,
) -> c_int {
    // SAFETY: as the caller promises.
    let (text, name, comp) = unsafe { (cptr::bytes(buf, len), cptr::text(name), cptr::text(comp)) };
    let (Some(text), Some(name), Some(comp)) = (text, name, comp) else { return -1 };
    match json_simple::find(text, name) {
        Some((at, n)) if n == comp.len() => text[at..at + n].cmp(comp) as c_int,
        _ => -1,
    }
}
