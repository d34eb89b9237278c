//! Rings, as C sees them. The work is done in `util/ring.rs`.
//!
//! `struct lws_ring` is opaque to C: a pointer to it is one to `util::ring::Ring`.

use std::ffi::{c_int, c_void};

use crate::abi::lws_ring;
use crate::util::ring;

/// Makes a ring of `count` elements of `element_len` bytes, which holds one element fewer than that (two, where elements
/// are single bytes).
///
/// `destroy_element`, if not NULL, is called with each element that the oldest tail has passed, and with those that
/// wait when the ring is destroyed. Returns the ring, which belongs to the caller until lws_ring_destroy(); NULL on no
/// memory, when either number is 0, and above 4 GiB. A ring has no lock: use it from one thread, or lock it.
#[unsafe(no_mangle)]
pub extern "C" fn lws_ring_create(
    element_len: usize,
    count: usize,
    destroy_element: Option<unsafe extern "C" fn(element: *mut c_void)>,
) -> *mut lws_ring {
    ring::create(element_len, count, destroy_element).cast()
}

/// Frees a ring, calling the element destructor for what waits. Nothing for NULL.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), and not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_destroy(ring: *mut lws_ring) {
    if !ring.is_null() {
        // SAFETY: a ring by the caller's promise.
        unsafe { ring::free(ring.cast()) }
    }
}

/// Returns how many whole elements still fit; 0 for NULL.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_get_count_free_elements(ring: *mut lws_ring) -> usize {
    // SAFETY: a ring by the caller's promise.
    if ring.is_null() { 0 } else { unsafe { ring::free_elements(ring.cast()) } }
}

/// Returns how many elements wait for a tail; 0 for a NULL ring.
///
/// `tail` is the consumer's own position, at first that of lws_ring_get_oldest_tail(), or NULL for the ring's single
/// tail.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), `tail` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_get_count_waiting_elements(ring: *mut lws_ring, tail: *mut u32) -> usize {
    // SAFETY: a ring and a tail by the caller's promise.
    if ring.is_null() { 0 } else { unsafe { ring::waiting_elements(ring.cast(), tail) } }
}

/// Copies up to `max_count` elements from `src` into the ring.
///
/// Returns how many fitted; 0 for NULL.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), `src` NULL or an array of `max_count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_insert(ring: *mut lws_ring, src: *const c_void, max_count: usize) -> usize {
    // SAFETY: a ring and an array by the caller's promise.
    if ring.is_null() || src.is_null() { 0 } else { unsafe { ring::insert(ring.cast(), src.cast(), max_count) } }
}

/// Copies up to `max_count` waiting elements out of the ring, or drops them when `dest` is NULL, and moves the tail on.
///
/// With `tail` NULL the ring's single tail moves, and the element destructor runs for what it passes. Returns how many;
/// 0 for a NULL ring.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), `tail` NULL or valid, `dest` NULL or with room for `max_count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_consume(
    ring: *mut lws_ring,
    tail: *mut u32,
    dest: *mut c_void,
    max_count: usize,
) -> usize {
    // SAFETY: as the caller promises.
    if ring.is_null() { 0 } else { unsafe { ring::consume(ring.cast(), tail, dest.cast(), max_count) } }
}

/// Returns a pointer to the next element that waits for a tail, inside the ring, so that it can be used without a copy;
/// then consume it with a NULL `dest`. NULL when none waits, or for a NULL ring.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), `tail` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_get_element(ring: *mut lws_ring, tail: *mut u32) -> *const c_void {
    // SAFETY: as the caller promises.
    if ring.is_null() { std::ptr::null() } else { unsafe { ring::element(ring.cast(), tail) } }
}

/// Tells the ring that no tail is older than `tail` any more: the element destructor runs for what that passes, and
/// its room is free. A position outside the ring, or, where there is a destructor, where no element waits, changes
/// nothing.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_update_oldest_tail(ring: *mut lws_ring, tail: u32) {
    if !ring.is_null() {
        // SAFETY: as the caller promises.
        unsafe { ring::update_oldest(ring.cast(), tail) }
    }
}

/// Returns the position of the oldest tail, where a new consumer may begin; 0 for NULL.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_get_oldest_tail(ring: *mut lws_ring) -> u32 {
    // SAFETY: as the caller promises.
    if ring.is_null() { 0 } else { unsafe { ring::oldest(ring.cast()) } }
}

/// Gives the range into which can be written in one piece, for read() and the like; then call lws_ring_bump_head().
///
/// Returns 0 and sets `*start` and `*bytes`; 1 when the ring is full, or for NULL, and sets nothing.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), the others are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_next_linear_insert_range(
    ring: *mut lws_ring,
    start: *mut *mut c_void,
    bytes: *mut usize,
) -> c_int {
    if ring.is_null() || start.is_null() || bytes.is_null() {
        return 1;
    }
    // SAFETY: as the caller promises.
    unsafe {
        let Some((at, len)) = ring::linear_room(ring.cast()) else { return 1 };
        start.write(at);
        bytes.write(len);
    }
    0
}

/// Accounts for `bytes` that were written into the range of lws_ring_next_linear_insert_range().
///
/// # Safety
/// `ring` is NULL or from lws_ring_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_bump_head(ring: *mut lws_ring, bytes: usize) {
    if !ring.is_null() {
        // SAFETY: as the caller promises.
        unsafe { ring::bump_head(ring.cast(), bytes) }
    }
}

/// Logs a ring's positions, and those of a tail, at notice level. Nothing for a NULL ring.
///
/// # Safety
/// `ring` is NULL or from lws_ring_create(), `tail` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ring_dump(ring: *mut lws_ring, tail: *mut u32) {
    if !ring.is_null() {
        // SAFETY: as the caller promises.
        unsafe { ring::dump(ring.cast(), tail) }
    }
}
