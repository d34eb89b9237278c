//! Variable-length integers, as C sees them. The work is done in `util/numbers.rs`.

use std::ffi::{c_int, c_void};

use crate::util::{cptr, numbers};

/// Writes a number in groups of seven bits, as MQTT does for lengths (MQTT 3.1.1 section 2.2.3).
///
/// `buf` has room for 4 bytes. Returns how many were written; -1 for a value above 2^28 - 1, and for NULL.
///
/// # Safety
/// `buf` is NULL or has 4 writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vbi_encode(value: u64, buf: *mut c_void) -> c_int {
    let mut bytes = [0; 4];
    match numbers::vbi_encode(value, &mut bytes) {
        Some(n) if !buf.is_null() => {
            // SAFETY: writable by the caller's promise; only what was made is written.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buf.cast(), n) };
            n as c_int
        }
        _ => -1,
    }
}

/// Reads a number that lws_vbi_encode() wrote.
///
/// `buf` has `len` bytes. Sets `*value` and returns how many bytes it took; 0, with `*value` unchanged, when there are too
/// few bytes, when the number is longer than 4, and for NULL.
///
/// # Safety
/// `buf` is NULL or has `len` readable bytes, `value` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vbi_decode(buf: *const c_void, value: *mut u64, len: usize) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        match cptr::bytes(buf, len).and_then(numbers::vbi_decode) {
            Some((n, used)) if !value.is_null() => {
                value.write(n);
                used as c_int
            }
            _ => 0,
        }
    }
}
