//! Allocated chunks: memory handed out piece by piece from large blocks, and freed all at once.
//!
//! C holds a pointer to the first chunk. Pieces never move. A chunk begins with a [`Chunk`]; the first has a `Shared`
//! after that. The sizes of both, and how much each chunk takes, are what C can ask for (`lwsac_total_alloc` …), so they
//! are 4.1.6's.

use std::ffi::c_void;
use std::ptr;

use super::alloc;

/// What a chunk offers when the program gives no size.
const DEFAULT_CHUNK: usize = 4000;

#[repr(C)]
pub struct Chunk {
    next: *mut Chunk,
    first: *mut Chunk,
    /// Size of the allocation, and how much of it is used, both from the start of this struct.
    size: usize,
    used: usize,
}

/// In the first chunk: what concerns all of them.
#[repr(C)]
struct Shared {
    last: *mut Chunk,
    refcount: i32,
    detached: bool,
    _room: usize,
    _room2: usize,
}

/// Rounds up to the alignment of a pointer; what would overflow stays as it is.
pub fn align(n: usize) -> usize {
    n.checked_next_multiple_of(align_of::<*mut c_void>()).unwrap_or(n)
}

/// Size of what stands before the first piece of a chunk.
pub const fn overhead(first: bool) -> usize {
    size_of::<Chunk>() + if first { size_of::<Shared>() } else { 0 }
}

/// # Safety
/// `c` is a chunk.
unsafe fn shared(c: *mut Chunk) -> *mut Shared {
    // SAFETY: the first chunk has it after its own header.
    unsafe { (*c).first.add(1).cast() }
}

// What follows has one contract: a `Chunk` pointer is NULL where that is said, else one of this file, and `head` is
// valid and leads to the first chunk or is NULL.

/// Reserves `size` bytes, in the last chunk, with `backfill` in any, else in a new one of `chunk_size` (0: the default).
/// NULL on no memory.
///
/// # Safety
/// See above.
pub unsafe fn reserve(head: *mut *mut Chunk, size: usize, chunk_size: usize, backfill: bool) -> *mut u8 {
    // SAFETY: by contract.
    unsafe {
        let fits = |c: *mut Chunk| (*c).size - (*c).used >= size;
        let mut at = ptr::null_mut();
        if !(*head).is_null() {
            if backfill {
                at = each(*head).find(|&c| fits(c)).unwrap_or(ptr::null_mut());
            }
            let last = (*shared(*head)).last;
            if at.is_null() && fits(last) {
                at = last;
            }
        }
        if at.is_null() {
            at = add_chunk(head, size, chunk_size);
            if at.is_null() {
                return ptr::null_mut();
            }
        }
        take(at, size)
    }
}

/// Takes `size` bytes, which fit, from a chunk; the padding after them is zeroed.
unsafe fn take(c: *mut Chunk, size: usize) -> *mut u8 {
    // SAFETY: by contract.
    unsafe {
        let p = c.cast::<u8>().add((*c).used);
        let aligned = align(size).min((*c).size - (*c).used);
        ptr::write_bytes(p.add(size), 0, aligned - size);
        (*c).used += aligned;
        p
    }
}

unsafe fn add_chunk(head: *mut *mut Chunk, size: usize, chunk_size: usize) -> *mut Chunk {
    // SAFETY: by contract.
    unsafe {
        let first = (*head).is_null();
        let room = if chunk_size == 0 { DEFAULT_CHUNK } else { chunk_size };
        let room = room.max(align(size));
        let Some(total) = room.checked_add(overhead(first)).filter(|&n| n <= isize::MAX as usize) else {
            return ptr::null_mut();
        };
        let c = alloc::realloc(ptr::null_mut(), total, c"lwsac").cast::<Chunk>();
        if c.is_null() {
            return c;
        }
        c.write(Chunk { next: ptr::null_mut(), first: *head, size: total, used: overhead(first) });
        if first {
            (*c).first = c;
            *head = c;
            shared(c).write(Shared { last: c, refcount: 0, detached: false, _room: 0, _room2: 0 });
        } else {
            let s = shared(c);
            (*(*s).last).next = c;
            (*s).last = c;
        }
        c
    }
}

/// Grows the last piece by `amount` zeroed bytes; whether they fitted.
///
/// # Safety
/// See above.
pub unsafe fn extend(head: *mut Chunk, amount: usize) -> bool {
    // SAFETY: by contract.
    unsafe {
        let last = (*shared(head)).last;
        let aligned = align(amount);
        if (*last).size - (*last).used < aligned {
            return false;
        }
        ptr::write_bytes(last.cast::<u8>().add((*last).used), 0, aligned);
        (*last).used += aligned;
        true
    }
}

/// # Safety
/// See above.
pub unsafe fn free(head: *mut *mut Chunk) {
    // SAFETY: by contract; the next chunk is read before this one goes.
    unsafe {
        let mut c = std::mem::replace(&mut *head, ptr::null_mut());
        while !c.is_null() {
            let next = (*c).next;
            alloc::free(c.cast());
            c = next;
        }
    }
}

/// The owner has done with it: freed now, or with the last reference.
///
/// # Safety
/// See above; `*head` is not NULL.
pub unsafe fn detach(head: *mut *mut Chunk) {
    // SAFETY: by contract.
    unsafe {
        let s = shared(*head);
        (*s).detached = true;
        if (*s).refcount == 0 {
            free(head);
        }
    }
}

/// # Safety
/// See above.
pub unsafe fn add_reference(head: *mut Chunk) {
    // SAFETY: by contract.
    unsafe { (*shared(head)).refcount += 1 }
}

/// Drops a reference, of which there may be none; frees a detached one with the last.
///
/// # Safety
/// See above; `*head` is not NULL.
pub unsafe fn drop_reference(head: *mut *mut Chunk) {
    // SAFETY: by contract.
    unsafe {
        let s = shared(*head);
        (*s).refcount = ((*s).refcount - 1).max(0);
        if (*s).detached && (*s).refcount == 0 {
            free(head);
        }
    }
}

/// # Safety
/// See above; NULL gives nothing.
pub unsafe fn each(head: *mut Chunk) -> impl Iterator<Item = *mut Chunk> {
    let mut at = head;
    std::iter::from_fn(move || {
        let c = at;
        // SAFETY: not NULL, hence a chunk.
        (!c.is_null()).then(|| at = unsafe { (*c).next }).map(|()| c)
    })
}

/// # Safety
/// See above.
pub unsafe fn next(c: *mut Chunk) -> *mut Chunk {
    // SAFETY: by contract.
    unsafe { (*c).next }
}

/// # Safety
/// See above.
pub unsafe fn used(c: *mut Chunk) -> usize {
    // SAFETY: by contract.
    unsafe { (*c).used }
}

/// # Safety
/// See above; NULL has none.
pub unsafe fn total(head: *mut Chunk) -> u64 {
    // SAFETY: by contract.
    unsafe { each(head).map(|c| (*c).size as u64).sum() }
}

/// Bytes that no piece uses, the chunks' headers among them.
///
/// # Safety
/// See above; NULL has none.
pub unsafe fn unused(head: *mut Chunk) -> u64 {
    // SAFETY: by contract.
    unsafe { each(head).map(|c| ((*c).size - (*c).used + size_of::<Chunk>()) as u64).sum() }
}

/// Finds bytes that are stored already, with `nul` only where a NUL follows. Like 4.1.6 it does not look at the very end
/// of what a chunk has handed out.
///
/// # Safety
/// See above; `find` is not empty.
pub unsafe fn find(head: *mut Chunk, find: &[u8], nul: bool) -> *mut u8 {
    // SAFETY: by contract; pieces are initialised by their owners or not looked at by them either.
    unsafe {
        for c in each(head) {
            let start = c.cast::<u8>().add(overhead(ptr::eq(c, (*c).first)));
            let stored = std::slice::from_raw_parts(start, (*c).used - overhead(ptr::eq(c, (*c).first)));
            let places = stored.windows(find.len() + 1);
            for (at, w) in places.enumerate() {
                if w[..find.len()] == *find && (!nul || w[find.len()] == 0) {
                    return start.add(at);
                }
            }
        }
    }
    ptr::null_mut()
}
