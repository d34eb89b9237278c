//! Doubly linked lists in the C API's layout: an owner with head, tail and count, and links that live inside the
//! program's own objects and know their owner.
//!
//! The memory is the program's and may be shared with nothing else while a function runs, so all is done through raw
//! pointers and no reference outlives a line. What the original asserts against (an item that is on a list already,
//! or on none where it should be on one) changes nothing here.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

pub use crate::abi::{lws_dll2, lws_dll2_owner};

pub type Compare = unsafe extern "C" fn(*const lws_dll2, *const lws_dll2) -> c_int;

/// A link on no list.
pub const DETACHED: lws_dll2 = lws_dll2 { prev: ptr::null_mut(), next: ptr::null_mut(), owner: ptr::null_mut() };
/// An empty list.
pub const EMPTY: lws_dll2_owner = lws_dll2_owner { tail: ptr::null_mut(), head: ptr::null_mut(), count: 0 };

/// # Safety
/// `d` and `owner` are valid, the items of `owner` too.
pub unsafe fn add_head(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
    // SAFETY: both are valid by contract; a non-null head is a live item of the list.
    unsafe {
        if !(*d).owner.is_null() {
            return;
        }
        let head = (*owner).head;
        d.write(lws_dll2 { prev: ptr::null_mut(), next: head, owner });
        if head.is_null() {
            (*owner).tail = d;
        } else {
            (*head).prev = d;
        }
        (*owner).head = d;
        (*owner).count = (*owner).count.wrapping_add(1);
    }
}

/// # Safety
/// `d` and `owner` are valid, the items of `owner` too.
pub unsafe fn add_tail(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
    // SAFETY: both are valid by contract; a non-null tail is a live item of the list.
    unsafe {
        if !(*d).owner.is_null() {
            return;
        }
        let tail = (*owner).tail;
        d.write(lws_dll2 { prev: tail, next: ptr::null_mut(), owner });
        if tail.is_null() {
            (*owner).head = d;
        } else {
            (*tail).next = d;
        }
        (*owner).tail = d;
        (*owner).count = (*owner).count.wrapping_add(1);
    }
}

/// Inserts `d` in front of `after`, which is on a list.
///
/// # Safety
/// Both are valid, and so is the list that `after` is on.
pub unsafe fn add_before(d: *mut lws_dll2, after: *mut lws_dll2) {
    // SAFETY: both are valid by contract, as are the neighbours and the owner of `after`.
    unsafe {
        let owner = (*after).owner;
        if !(*d).owner.is_null() || owner.is_null() {
            return;
        }
        let prev = (*after).prev;
        d.write(lws_dll2 { prev, next: after, owner });
        if prev.is_null() {
            (*owner).head = d;
        } else {
            (*prev).next = d;
        }
        (*after).prev = d;
        (*owner).count = (*owner).count.wrapping_add(1);
    }
}

/// Inserts `d` before the first item that is not smaller: among equals the newest comes first.
///
/// # Safety
/// `d`, `owner` and its items are valid and `compare` takes them.
pub unsafe fn add_sorted(d: *mut lws_dll2, owner: *mut lws_dll2_owner, compare: Compare) {
    // SAFETY: by contract; `compare` only looks at the items.
    unsafe {
        if !(*d).owner.is_null() {
            return;
        }
        let mut at = (*owner).head;
        while !at.is_null() && compare(at, d) < 0 {
            at = (*at).next;
        }
        if at.is_null() { add_tail(d, owner) } else { add_before(d, at) }
    }
}

/// Takes `d` off the list that it is on, if any.
///
/// # Safety
/// `d` is valid, and so are its owner and neighbours.
#[inline]
pub unsafe fn remove(d: *mut lws_dll2) {
    // SAFETY: by contract.
    unsafe {
        let lws_dll2 { prev, next, owner } = *d;
        if owner.is_null() {
            return;
        }
        if prev.is_null() {
            (*owner).head = next;
        } else {
            (*prev).next = next;
        }
        if next.is_null() {
            (*owner).tail = prev;
        } else {
            (*next).prev = prev;
        }
        (*owner).count = (*owner).count.wrapping_sub(1);
        d.write(DETACHED);
    }
}

/// Calls `cb` for each item, which may remove itself, until it returns non-zero (then 1).
///
/// # Safety
/// `owner` and its items are valid; `cb` frees at most the item that it is given.
pub unsafe fn foreach_safe(
    owner: *mut lws_dll2_owner,
    user: *mut c_void,
    cb: unsafe extern "C" fn(*mut lws_dll2, *mut c_void) -> c_int,
) -> c_int {
    // SAFETY: by contract; the next item is read before `cb` may free this one.
    unsafe {
        let mut at = (*owner).head;
        while !at.is_null() {
            let next = (*at).next;
            if cb(at, user) != 0 {
                return 1;
            }
            at = next;
        }
    }
    0
}

/// Finds the object whose string member is exactly `name`. The link is `link_offset` into the object, the pointer to
/// the string `string_offset`. NULL when there is none.
///
/// # Safety
/// `owner` and its items are valid, the offsets are those of their objects, and each string pointer is NULL or
/// NUL-ended text.
pub unsafe fn find_by_name(
    owner: *const lws_dll2_owner,
    name: &[u8],
    link_offset: usize,
    string_offset: usize,
) -> *mut c_void {
    // SAFETY: by contract.
    unsafe {
        let mut at = (*owner).head;
        while !at.is_null() {
            let object = at.cast::<u8>().wrapping_sub(link_offset);
            let text = object.wrapping_add(string_offset).cast::<*const c_char>().read_unaligned();
            if !text.is_null() && std::ffi::CStr::from_ptr(text).to_bytes() == name {
                return object.cast();
            }
            at = (*at).next;
        }
    }
    ptr::null_mut()
}
