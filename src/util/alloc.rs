//! The allocator for memory that C sees: one realloc-like function, which the program may replace.
//!
//! What the library keeps for itself comes from Rust's allocator. All that a pointer to is handed to the program comes
//! from here, so that a replacement sees it.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Grows, shrinks, makes (from NULL) or, for a size of 0, frees memory; the reason is for statistics.
pub type Realloc = unsafe extern "C" fn(*mut c_void, usize, *const c_char) -> *mut c_void;

/// Null stands for the C library's.
static REALLOC: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Replaces the allocator; None brings the C library's back. Memory is given back to the allocator of that moment, so
/// this belongs before the first allocation.
pub fn set(f: Option<Realloc>) {
    REALLOC.store(f.map_or(ptr::null_mut(), |f| f as *mut ()), Ordering::Release);
}

/// NULL on no memory and for a size of 0, which frees.
///
/// # Safety
/// `p` is NULL or from here, and not used any more where the result is not NULL or `size` is 0.
pub unsafe fn realloc(p: *mut c_void, size: usize, reason: &CStr) -> *mut c_void {
    let f = REALLOC.load(Ordering::Acquire);
    if !f.is_null() {
        // SAFETY: only `set` stores here, and it stores functions of this type.
        let f = unsafe { std::mem::transmute::<*mut (), Realloc>(f) };
        // SAFETY: by contract; the program's function keeps the same one.
        return unsafe { f(p, size, reason.as_ptr()) };
    }
    // SAFETY: by contract.
    unsafe {
        if size == 0 {
            libc::free(p);
            return ptr::null_mut();
        }
        libc::realloc(p, size)
    }
}

/// Zeroed memory, or NULL. Zero bytes are one.
pub fn zalloc(size: usize, reason: &CStr) -> *mut c_void {
    let size = size.max(1);
    // SAFETY: a new allocation, of at least `size` bytes when it is not NULL.
    unsafe {
        let p = realloc(ptr::null_mut(), size, reason);
        if !p.is_null() {
            ptr::write_bytes(p.cast::<u8>(), 0, size);
        }
        p
    }
}

/// # Safety
/// `p` is NULL or from here, and not used any more.
pub unsafe fn free(p: *mut c_void) {
    if !p.is_null() {
        // SAFETY: by contract.
        unsafe { realloc(p, 0, c"free") };
    }
}
