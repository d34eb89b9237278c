//! Doubly linked lists, as C sees them. The work is done in `util/dll2.rs`.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::{lws_dll2, lws_dll2_owner};
use crate::util::dll2;

/// Puts an item at the head of a list.
///
/// `d` lives inside the program's object and must stay valid while it is on the list. Nothing happens when it is on a
/// list already, or when either pointer is NULL. No thread rule of its own: a list belongs to who uses it.
///
/// # Safety
/// Both are NULL or valid, zeroed before their first use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_add_head(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
    if !d.is_null() && !owner.is_null() {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { dll2::add_head(d, owner) }
    }
}

/// Puts an item at the tail of a list; otherwise as lws_dll2_add_head().
///
/// # Safety
/// Both are NULL or valid, zeroed before their first use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_add_tail(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
    if !d.is_null() && !owner.is_null() {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { dll2::add_tail(d, owner) }
    }
}

/// Inserts item `d` in front of item `after`.
///
/// Nothing happens when `d` is on a list already, `after` is on none, or either pointer is NULL.
///
/// # Safety
/// Both are NULL or valid, as is the list that `after` is on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_add_before(d: *mut lws_dll2, after: *mut lws_dll2) {
    if !d.is_null() && !after.is_null() {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { dll2::add_before(d, after) }
    }
}

/// Inserts item `d` into a sorted list, before the first item that is not smaller than it.
///
/// `compare(d, i)` returns less than, equal to or more than 0 as its first item is smaller than, equal to or greater
/// than its second; it gets the item of the list first and the new one second. Nothing happens when `d` is on a list
/// already, or when any pointer is NULL.
///
/// # Safety
/// The pointers are NULL or valid, and `compare` accepts the items.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_add_sorted(
    d: *mut lws_dll2,
    own: *mut lws_dll2_owner,
    compare: Option<unsafe extern "C" fn(d: *const lws_dll2, i: *const lws_dll2) -> c_int>,
) {
    if let (false, false, Some(compare)) = (d.is_null(), own.is_null(), compare) {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { dll2::add_sorted(d, own, compare) }
    }
}

/// Takes an item off the list that it is on; harmless when it is on none, or NULL.
///
/// This also cancels a scheduled timer, when `d` is the `list` member of an `lws_sorted_usec_list_t`.
///
/// # Safety
/// `d` is NULL or valid, as is the list that it is on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_remove(d: *mut lws_dll2) {
    if !d.is_null() {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { dll2::remove(d) }
    }
}

/// Calls `cb(item, user)` for each item of a list from the head on; it may remove, and free, the item that it is given.
///
/// Returns 0, or 1 as soon as `cb` returns non-zero. 0 for NULL.
///
/// # Safety
/// `owner` is NULL or valid, its items are valid, and `cb` frees no other item.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_foreach_safe(
    owner: *mut lws_dll2_owner,
    user: *mut c_void,
    cb: Option<unsafe extern "C" fn(d: *mut lws_dll2, user: *mut c_void) -> c_int>,
) -> c_int {
    match cb {
        // SAFETY: not NULL, hence valid by the caller's promise.
        Some(cb) if !owner.is_null() => unsafe { dll2::foreach_safe(owner, user, cb) },
        _ => 0,
    }
}

/// Zeroes an item's links without touching the list that it may be on.
///
/// # Safety
/// `d` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_clear(d: *mut lws_dll2) {
    if !d.is_null() {
        // SAFETY: not NULL, hence writable by the caller's promise.
        unsafe { d.write(dll2::DETACHED) }
    }
}

/// Makes a list empty without touching the items that may be on it.
///
/// # Safety
/// `d` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dll2_owner_clear(d: *mut lws_dll2_owner) {
    if !d.is_null() {
        // SAFETY: not NULL, hence writable by the caller's promise.
        unsafe { d.write(dll2::EMPTY) }
    }
}

/// Finds the object of a list whose string member equals a name; use the macro lws_dll2_search_sz_pl().
///
/// `name` has `namelen` bytes and need not be NUL-ended. `dll2_ofs` is the offset of the `lws_dll2_t` in the object,
/// `ptr_ofs` that of the `const char *` to compare, which may be NULL. Returns the object, NULL when there is none or
/// a pointer is NULL.
///
/// # Safety
/// The pointers are NULL or valid, and the offsets are those of every object of the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_dll2_search_sz_pl(
    own: *mut lws_dll2_owner,
    name: *const c_char,
    namelen: usize,
    dll2_ofs: usize,
    ptr_ofs: usize,
) -> *mut c_void {
    if own.is_null() || name.is_null() || namelen > isize::MAX as usize {
        return std::ptr::null_mut();
    }
    // SAFETY: not NULL, hence valid by the caller's promise.
    unsafe {
        let name = std::slice::from_raw_parts(name.cast(), namelen);
        dll2::find_by_name(own, name, dll2_ofs, ptr_ofs)
    }
}
