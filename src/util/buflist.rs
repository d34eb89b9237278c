//! Lists of buffer segments that are filled at the tail and emptied from the head.
//!
//! C holds the head, a pointer that is NULL for an empty list. A segment's bytes have `LWS_PRE` bytes before them, so
//! that they can be given to `lws_write()`, and a NUL after.

use std::ptr;

use super::alloc;

/// A longer list is taken for a program that has lost control, as by 4.1.6.
pub const MAX_SEGMENTS: usize = 1024;
const PRE: usize = 16;

#[repr(C)]
pub struct Segment {
    next: *mut Segment,
    len: usize,
    pos: usize,
}

impl Segment {
    /// # Safety
    /// `s` is a segment.
    unsafe fn data(s: *mut Segment) -> *mut u8 {
        // SAFETY: the bytes follow the header in one allocation.
        unsafe { s.cast::<u8>().add(size_of::<Segment>() + PRE) }
    }

    /// # Safety
    /// `s` is a segment.
    unsafe fn left(s: *mut Segment) -> usize {
        // SAFETY: by contract; `pos` never passes `len`.
        unsafe { (*s).len - (*s).pos }
    }
}

// All that follows has one contract: `head` is valid and is NULL or leads to segments of this file.

/// Copies `data` to the end of the list; whether it became the first. None on no memory or a list too long.
///
/// # Safety
/// See above.
pub unsafe fn append(head: *mut *mut Segment, data: &[u8]) -> Option<bool> {
    // SAFETY: by contract.
    unsafe {
        let first = (*head).is_null();
        let mut end = head;
        let mut count = 1;
        while !(*end).is_null() {
            count += 1;
            if count > MAX_SEGMENTS {
                super::log::err!("buflist: {MAX_SEGMENTS} segments wait already");
                return None;
            }
            end = &raw mut (**end).next;
        }
        let size = data.len().checked_add(size_of::<Segment>() + PRE + 1)?;
        let s = alloc::realloc(ptr::null_mut(), size, c"buflist segment").cast::<Segment>();
        if s.is_null() {
            return None;
        }
        s.write(Segment { next: ptr::null_mut(), len: data.len(), pos: 0 });
        let to = Segment::data(s);
        ptr::copy_nonoverlapping(data.as_ptr(), to, data.len());
        to.add(data.len()).write(0);
        *end = s;
        Some(first)
    }
}

unsafe fn drop_first(head: *mut *mut Segment) {
    // SAFETY: by contract, and the list is not empty.
    unsafe {
        let s = *head;
        *head = (*s).next;
        alloc::free(s.cast());
    }
}

/// # Safety
/// See above.
pub unsafe fn destroy(head: *mut *mut Segment) {
    // SAFETY: by contract.
    unsafe {
        while !(*head).is_null() {
            drop_first(head);
        }
    }
}

/// What is left of the first segment, and where it is (NULL for an empty list). Drops a first segment of no length.
///
/// # Safety
/// See above.
pub unsafe fn first(head: *mut *mut Segment) -> (*mut u8, usize) {
    // SAFETY: by contract.
    unsafe {
        while !(*head).is_null() && Segment::left(*head) == 0 {
            drop_first(head);
        }
        if (*head).is_null() {
            return (ptr::null_mut(), 0);
        }
        (Segment::data(*head).add((**head).pos), Segment::left(*head))
    }
}

/// Uses up to `len` bytes of the first segment, dropping it when it is spent; what is left of the first one then.
///
/// # Safety
/// See above.
pub unsafe fn consume(head: *mut *mut Segment, len: usize) -> usize {
    // SAFETY: by contract.
    unsafe {
        if (*head).is_null() {
            return 0;
        }
        (**head).pos += len.min(Segment::left(*head));
        if Segment::left(*head) == 0 {
            drop_first(head);
        }
        if (*head).is_null() { 0 } else { Segment::left(*head) }
    }
}

/// # Safety
/// See above.
unsafe fn each(head: *mut *mut Segment) -> impl Iterator<Item = *mut Segment> {
    // SAFETY: by contract; the list does not change while this is used.
    let mut at = unsafe { *head };
    std::iter::from_fn(move || {
        let s = at;
        // SAFETY: not NULL, hence a segment.
        (!s.is_null()).then(|| at = unsafe { (*s).next }).map(|()| s)
    })
}

/// Bytes of all segments, those already used of the first one too: 4.1.6 counts so.
///
/// # Safety
/// See above.
pub unsafe fn total(head: *mut *mut Segment) -> usize {
    // SAFETY: by contract.
    unsafe { each(head).map(|s| (*s).len).sum() }
}

/// Copies from an offset (counted from the start of the first segment, used or not) without using anything up.
///
/// # Safety
/// See above.
pub unsafe fn copy(head: *mut *mut Segment, mut offset: usize, out: &mut [u8]) -> usize {
    let mut done = 0;
    // SAFETY: by contract.
    for s in unsafe { each(head) } {
        // SAFETY: a segment and its bytes.
        let data = unsafe { std::slice::from_raw_parts(Segment::data(s), (*s).len) };
        let from = data.get(offset..).unwrap_or_default();
        offset -= offset.min(data.len());
        let n = from.len().min(out.len() - done);
        out[done..done + n].copy_from_slice(&from[..n]);
        done += n;
    }
    done
}

/// Logs the segments at notice level.
///
/// # Safety
/// See above.
pub unsafe fn describe(head: *mut *mut Segment, id: *const u8, reason: &str) {
    // SAFETY: by contract.
    unsafe {
        if (*head).is_null() {
            super::log::notice!("{id:p}: {reason}: no segments");
        }
        for (n, s) in each(head).enumerate() {
            super::log::notice!("{id:p}: {reason}: {n}: {} / {} ({} left)", (*s).pos, (*s).len, Segment::left(s));
        }
    }
}
