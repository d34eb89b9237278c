//! Small string, memory and clock functions of the C API, and its allocator, that need no context.

use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use std::sync::atomic::{Ordering, compiler_fence};

use crate::abi::lws_usec_t;
use crate::util::{alloc, cptr, time};

unsafe extern "C" {
    fn lwsrs_c_snprintf();
    fn lwsrs_c_open();
}

super::exported_variadic! {
    /// `int lws_snprintf(char *str, size_t size, const char *format, ...)`: snprintf() which returns what it really
    /// wrote, `size` when the text was cut, 0 for no room. `varargs.c` has the body.
    lws_snprintf => lwsrs_c_snprintf
}
super::exported_variadic! {
    /// `int lws_open(const char *__file, int __oflag, ...)`: open() with close-on-exec always set. `varargs.c` has the
    /// body.
    lws_open => lwsrs_c_open
}

/// Copies text and always ends it with a NUL, cutting it to fit.
///
/// `dest` has room for `size` bytes; at most `size - 1` are copied from `src` and all the rest is zeroed. NULL for
/// `src` counts as empty text. Returns `dest`, untouched when it is NULL or `size` is 0.
///
/// # Safety
/// `dest` is NULL or has `size` writable bytes; `src` is NULL, or readable up to its NUL or `size - 1` bytes; they do
/// not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_strncpy(dest: *mut c_char, src: *const c_char, size: usize) -> *mut c_char {
    if dest.is_null() || size == 0 {
        return dest;
    }
    // SAFETY: `src` is looked at up to its NUL or `size - 1` bytes, `dest` written for `size` bytes, as promised.
    unsafe {
        let len = if src.is_null() { 0 } else { libc::strnlen(src, size - 1) };
        std::ptr::copy_nonoverlapping(src, dest, len);
        std::ptr::write_bytes(dest.add(len), 0, size - len);
    }
    dest
}

/// Zeroes memory in a way that the compiler keeps, for secrets that are no longer needed. Nothing for NULL.
///
/// # Safety
/// `p` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_explicit_bzero(p: *mut c_void, len: usize) {
    if p.is_null() {
        return;
    }
    // SAFETY: writable by the caller's promise.
    unsafe { libc::explicit_bzero(p, len) };
    compiler_fence(Ordering::SeqCst);
}

/// Compares `len` bytes in a time that does not depend on where they differ.
///
/// Returns 0 when they are equal, else more than 0: the OR of all differing bits. For NULL, 0 when `len` is 0, else -1.
///
/// # Safety
/// `a` and `b` are NULL or have `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_timingsafe_bcmp(a: *const c_void, b: *const c_void, len: u32) -> c_int {
    if len == 0 {
        return 0;
    }
    // SAFETY: readable by the caller's promise.
    let (Some(a), Some(b)) = (unsafe { (cptr::bytes(a, len as usize), cptr::bytes(b, len as usize)) }) else {
        return -1;
    };
    let differ = a.iter().zip(b).fold(0, |sum, (x, y)| std::hint::black_box(sum | (x ^ y)));
    c_int::from(differ)
}

/// Wall-clock time in seconds since 1970. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lws_now_secs() -> c_ulong {
    time::now_secs() as c_ulong
}

/// Time in microseconds of the monotonic clock, which all timers of this API use; not the time of day. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lws_now_usecs() -> lws_usec_t {
    time::now_usecs()
}

/// The version of the API as text, with a dash and an empty build name, as Debian's build of 4.1.6 has it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lws_get_library_version() -> *const c_char {
    c"4.1.6-".as_ptr()
}

/// Recommended size of RSA keys in bits: 4096.
#[unsafe(no_mangle)]
pub extern "C" fn lws_plat_recommended_rsa_bits() -> c_int {
    4096
}

/// Replaces the allocator for all memory that the library hands to the program.
///
/// `realloc(ptr, size, reason)` makes memory from NULL, resizes it, or frees it for a size of 0, as lws_realloc() does;
/// it may be called from any thread that uses the library, and from several at once. NULL brings the C library's back.
/// Call it before anything else of this library: memory goes back to the allocator of that moment.
///
/// # Safety
/// The function keeps the contract of realloc().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_allocator(
    realloc: Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, reason: *const c_char) -> *mut c_void>,
) {
    alloc::set(realloc);
}

/// The library's realloc(), by the allocator of lws_set_allocator(), for plugins.
///
/// `ptr` is NULL or from this function; a `size` of 0 frees it. `reason` is a short text for the allocator's statistics
/// and may be NULL. Returns the memory, which then is the caller's; NULL for no memory (`ptr` stays as it was) and
/// after freeing.
///
/// # Safety
/// As realloc(); `reason` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_realloc(ptr: *mut c_void, size: usize, reason: *const c_char) -> *mut c_void {
    // SAFETY: by the caller's promise.
    unsafe {
        let reason = if reason.is_null() { c"?" } else { CStr::from_ptr(reason) };
        alloc::realloc(ptr, size, reason)
    }
}
