//! Pointers from C become slices here: NULL is None or empty, a negative length is none.

use std::ffi::{CStr, c_char, c_int};

/// The text of a C string without its NUL; None for NULL.
///
/// # Safety
/// `p` is NULL or NUL-ended, and unchanged while the result lives.
pub unsafe fn text<'a>(p: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL, hence NUL-ended by contract.
    (!p.is_null()).then(|| unsafe { CStr::from_ptr(p) }.to_bytes())
}

/// `len` bytes at `p`; None for NULL or more than memory can hold.
///
/// # Safety
/// `p` is NULL or has `len` readable bytes, unchanged while the result lives.
pub unsafe fn bytes<'a, T>(p: *const T, len: usize) -> Option<&'a [u8]> {
    // SAFETY: not NULL, hence readable by contract.
    (!p.is_null() && len <= isize::MAX as usize).then(|| unsafe { std::slice::from_raw_parts(p.cast(), len) })
}

/// `len` writable bytes at `p`; None for NULL or more than memory can hold.
///
/// # Safety
/// `p` is NULL or has `len` initialised, writable bytes, which nothing else touches while the result lives.
pub unsafe fn room<'a, T>(p: *mut T, len: usize) -> Option<&'a mut [u8]> {
    // SAFETY: not NULL, hence writable by contract.
    (!p.is_null() && len <= isize::MAX as usize).then(|| unsafe { std::slice::from_raw_parts_mut(p.cast(), len) })
}

/// A C length: None when negative.
pub fn length(n: c_int) -> Option<usize> {
    usize::try_from(n).ok()
}
