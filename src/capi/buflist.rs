//! Buffer lists, as C sees them. The work is done in `util/buflist.rs`.
//!
//! `struct lws_buflist` is opaque to C: a pointer to it is one to `util::buflist::Segment`.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::lws_buflist;
use crate::util::{buflist, cptr};

/// Copies `len` bytes to the end of a list.
///
/// `*head` is NULL for an empty list. Returns 1 when this became the first segment, 0 when there were others, -1 on no
/// memory, when the list has 1024 segments already, for a length of 0 and for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family, `buf` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_append_segment(head: *mut *mut lws_buflist, buf: *const u8, len: usize) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        match cptr::bytes(buf, len) {
            Some(data) if !head.is_null() && len != 0 => buflist::append(head.cast(), data).map_or(-1, c_int::from),
            _ => -1,
        }
    }
}

/// Returns how many bytes are left in the first segment, and sets `*buf`, unless `buf` is NULL, to where they are.
///
/// They are followed by a NUL and have LWS_PRE writable bytes before the segment's start, and stay valid until they
/// are used up. 0, and `*buf` NULL, for an empty list or NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family, `buf` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_next_segment_len(head: *mut *mut lws_buflist, buf: *mut *mut u8) -> usize {
    // SAFETY: as the caller promises.
    unsafe {
        let (at, len) = if head.is_null() { (std::ptr::null_mut(), 0) } else { buflist::first(head.cast()) };
        if !buf.is_null() {
            buf.write(at);
        }
        len
    }
}

/// Marks `len` bytes of the first segment as used; a spent segment is freed, and the next becomes the first.
///
/// More than is left counts as all that is left. Returns how many bytes are left in the segment that is first now, 0
/// when none is, or for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_use_segment(head: *mut *mut lws_buflist, len: usize) -> usize {
    // SAFETY: as the caller promises.
    if head.is_null() { 0 } else { unsafe { buflist::consume(head.cast(), len) } }
}

/// Returns the length of all segments together, bytes of the first one that are used already included; 0 for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_total_len(head: *mut *mut lws_buflist) -> usize {
    // SAFETY: as the caller promises.
    if head.is_null() { 0 } else { unsafe { buflist::total(head.cast()) } }
}

/// Copies out in one piece, without using anything up.
///
/// `ofs` counts from the start of the first segment, `buf` has room for `len` bytes. Returns how many were copied, 0 at
/// the end, -1 for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family, `buf` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_linear_copy(
    head: *mut *mut lws_buflist,
    ofs: usize,
    buf: *mut u8,
    len: usize,
) -> c_int {
    // A count that would not fit the result is not copied.
    let len = len.min(c_int::MAX as usize);
    // SAFETY: as the caller promises.
    unsafe {
        match cptr::room(buf, len) {
            Some(room) if !head.is_null() => buflist::copy(head.cast(), ofs, room) as c_int,
            _ => -1,
        }
    }
}

/// Frees all segments; `*head` is NULL afterwards. Nothing for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_destroy_all_segments(head: *mut *mut lws_buflist) {
    if !head.is_null() {
        // SAFETY: as the caller promises.
        unsafe { buflist::destroy(head.cast()) }
    }
}

/// Logs the segments of a list at notice level, for debugging, with `id` and `reason` in each line. Nothing for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family, `reason` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_buflist_describe(head: *mut *mut lws_buflist, id: *mut c_void, reason: *const c_char) {
    if !head.is_null() {
        // SAFETY: as the caller promises.
        unsafe {
            let reason = String::from_utf8_lossy(cptr::text(reason).unwrap_or_default());
            buflist::describe(head.cast(), id.cast(), &reason);
        }
    }
}
