//! A ring of elements of one size with one head and any number of tails, in one block of memory that C may look into.
//!
//! Positions are byte offsets, as tails are in the C API. One element's room stays free, so that full and empty differ.
//! All goes through raw pointers: the element's destructor is the program's and may call in again.

use std::ffi::c_void;
use std::ptr;

use super::alloc;

pub type Destroy = unsafe extern "C" fn(*mut c_void);

#[repr(C)]
pub struct Ring {
    buf: *mut u8,
    destroy: Option<Destroy>,
    len: u32,
    element: u32,
    head: u32,
    oldest: u32,
}

/// NULL on no memory, for sizes of 0, and for more than 4 GiB.
pub fn create(element: usize, count: usize, destroy: Option<Destroy>) -> *mut Ring {
    let Some(len) = element.checked_mul(count).and_then(|n| u32::try_from(n).ok()).filter(|&n| n != 0) else {
        return ptr::null_mut();
    };
    let ring = alloc::zalloc(size_of::<Ring>(), c"ring").cast::<Ring>();
    let buf = alloc::zalloc(len as usize, c"ring elements").cast::<u8>();
    // SAFETY: both are new, or NULL; malloc aligns for any object.
    unsafe {
        if ring.is_null() || buf.is_null() {
            alloc::free(ring.cast());
            alloc::free(buf.cast());
            return ptr::null_mut();
        }
        ring.write(Ring { buf, destroy, len, element: element as u32, head: 0, oldest: 0 });
    }
    ring
}

/// # Safety
/// `ring` is from [`create`] and not used any more.
pub unsafe fn free(ring: *mut Ring) {
    // SAFETY: by contract.
    unsafe {
        retire_until(ring, (*ring).head);
        alloc::free((*ring).buf.cast());
        alloc::free(ring.cast());
    }
}

// Where a tail is a pointer, NULL stands for the oldest tail, which the ring keeps itself.
//
// What follows has one contract: `ring` is from `create`, a tail is NULL or valid.

/// # Safety
/// See above.
unsafe fn position(ring: *mut Ring, tail: *const u32) -> u32 {
    // SAFETY: by contract. A tail from outside the ring counts as inside it.
    unsafe { if tail.is_null() { (*ring).oldest } else { *tail % (*ring).len } }
}

/// # Safety
/// See above.
unsafe fn waiting_bytes(ring: *mut Ring, tail: *const u32) -> u32 {
    // SAFETY: by contract.
    unsafe {
        let (head, at) = ((*ring).head, position(ring, tail));
        if head >= at { head - at } else { (*ring).len - at + head }
    }
}

/// # Safety
/// `ring` is from [`create`].
pub unsafe fn free_elements(ring: *mut Ring) -> usize {
    // SAFETY: by contract.
    unsafe {
        let free = ((*ring).len - waiting_bytes(ring, ptr::null())).saturating_sub((*ring).element);
        // A single free byte counts as none: so a ring of bytes holds two fewer than its count, as by 4.1.6.
        if free < 2 { 0 } else { (free / (*ring).element) as usize }
    }
}

/// # Safety
/// `ring` is from [`create`], `tail` NULL or valid.
pub unsafe fn waiting_elements(ring: *mut Ring, tail: *const u32) -> usize {
    // SAFETY: by contract.
    unsafe { (waiting_bytes(ring, tail) / (*ring).element) as usize }
}

/// Copies in up to `max` elements; how many fitted.
///
/// # Safety
/// `ring` is from [`create`], `src` has `max` elements.
pub unsafe fn insert(ring: *mut Ring, src: *const u8, max: usize) -> usize {
    // SAFETY: by contract; both parts lie inside the ring.
    unsafe {
        let count = free_elements(ring).min(max);
        let bytes = count * (*ring).element as usize;
        let head = (*ring).head as usize;
        let first = bytes.min((*ring).len as usize - head);
        ptr::copy_nonoverlapping(src, (*ring).buf.add(head), first);
        ptr::copy_nonoverlapping(src.add(first), (*ring).buf, bytes - first);
        bump_head(ring, bytes);
        count
    }
}

/// Copies out, or with no destination drops, up to `max` elements of a tail; how many.
///
/// # Safety
/// `ring` is from [`create`], `tail` NULL or valid, `dest` NULL or with room for `max` elements.
pub unsafe fn consume(ring: *mut Ring, tail: *mut u32, dest: *mut u8, max: usize) -> usize {
    // SAFETY: by contract; both parts lie inside the ring.
    unsafe {
        let count = waiting_elements(ring, tail).min(max);
        let bytes = count * (*ring).element as usize;
        let at = position(ring, tail) as usize;
        if !dest.is_null() {
            let first = bytes.min((*ring).len as usize - at);
            ptr::copy_nonoverlapping((*ring).buf.add(at), dest, first);
            ptr::copy_nonoverlapping((*ring).buf, dest.add(first), bytes - first);
        }
        let now = ((at + bytes) % (*ring).len as usize) as u32;
        if tail.is_null() {
            update_oldest(ring, now)
        } else {
            *tail = now
        }
        count
    }
}

/// The next element of a tail, inside the ring; NULL when none waits.
///
/// # Safety
/// `ring` is from [`create`], `tail` NULL or valid.
pub unsafe fn element(ring: *mut Ring, tail: *const u32) -> *const c_void {
    // SAFETY: by contract.
    unsafe {
        if waiting_elements(ring, tail) == 0 {
            return ptr::null();
        }
        (*ring).buf.add(position(ring, tail) as usize).cast()
    }
}

/// Moves the oldest tail, with the destructor for all that it passes. A position where no element waits is refused.
///
/// # Safety
/// `ring` is from [`create`].
pub unsafe fn update_oldest(ring: *mut Ring, tail: u32) {
    // SAFETY: by contract.
    unsafe {
        if tail >= (*ring).len {
            return;
        }
        if (*ring).destroy.is_none() {
            (*ring).oldest = tail;
            return;
        }
        retire_until(ring, tail);
    }
}

/// # Safety
/// `ring` is from [`create`].
pub unsafe fn oldest(ring: *mut Ring) -> u32 {
    // SAFETY: by contract.
    unsafe { (*ring).oldest }
}

/// Start and length of the room that can be written in one piece; None when there is none.
///
/// # Safety
/// `ring` is from [`create`].
pub unsafe fn linear_room(ring: *mut Ring) -> Option<(*mut c_void, usize)> {
    // SAFETY: by contract.
    unsafe {
        let bytes = free_elements(ring) * (*ring).element as usize;
        let head = (*ring).head as usize;
        let at = (*ring).buf.add(head).cast();
        (bytes != 0).then_some((at, bytes.min((*ring).len as usize - head)))
    }
}

/// # Safety
/// `ring` is from [`create`].
pub unsafe fn bump_head(ring: *mut Ring, bytes: usize) {
    // SAFETY: by contract.
    unsafe {
        let len = (*ring).len as usize;
        (*ring).head = (((*ring).head as usize + bytes % len) % len) as u32;
    }
}

/// # Safety
/// `ring` is from [`create`], `tail` NULL or valid.
pub unsafe fn dump(ring: *mut Ring, tail: *const u32) {
    // SAFETY: by contract.
    unsafe {
        super::log::notice!(
            "ring {ring:p}: buflen {}, elem_len {}, head {}, oldest_tail {}, free elements {}; tail {}: waiting {}",
            (*ring).len,
            (*ring).element,
            (*ring).head,
            (*ring).oldest,
            free_elements(ring),
            position(ring, tail),
            waiting_elements(ring, tail)
        );
    }
}

/// Passes whole elements from the oldest tail on to `tail`, which lies between it and the head, else nothing happens.
unsafe fn retire_until(ring: *mut Ring, tail: u32) {
    // SAFETY: by contract of the callers. The oldest tail moves on before the program's function runs.
    unsafe {
        let distance = |from: u32| if tail >= from { tail - from } else { (*ring).len - from + tail };
        let mut elements = distance((*ring).oldest) / (*ring).element;
        if elements as usize > waiting_elements(ring, ptr::null()) {
            return;
        }
        while elements != 0 {
            let at = (*ring).oldest;
            (*ring).oldest = (at + (*ring).element) % (*ring).len;
            if let Some(destroy) = (*ring).destroy {
                destroy((*ring).buf.add(at as usize).cast());
            }
            elements -= 1;
        }
    }
}
