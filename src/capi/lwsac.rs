//! Allocated chunks and cached files, as C sees them. The work is done in `util/lwsac.rs` and `util/cached_file.rs`.
//!
//! `struct lwsac` is opaque to C: a pointer to it is one to `util::lwsac::Chunk`.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use crate::abi::{lws_list_ptr, lws_list_ptr_sort_func_t, lwsac, lwsac_cached_file_t};
use crate::util::{self, cached_file, cptr, log};

/// Inserts an item into a singly linked list of items that begin with a pointer to the next.
///
/// `phead` is the list's head, `add` the new item's link. `sort(a, b)` returns 0 or more where `a` may stand before `b`:
/// the item goes before the first for which that holds; NULL puts it at the head. Nothing for NULL.
///
/// # Safety
/// `phead` is NULL or leads to a list, `add` is NULL or writable, and `sort` takes the list's items.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_list_ptr_insert(
    mut phead: *mut lws_list_ptr,
    add: *mut lws_list_ptr,
    sort: lws_list_ptr_sort_func_t,
) {
    if phead.is_null() || add.is_null() {
        return;
    }
    // SAFETY: as the caller promises.
    unsafe {
        if let Some(sort) = sort {
            while !(*phead).is_null() && sort(add.cast(), *phead) > 0 {
                phead = (*phead).cast();
            }
        }
        *add = *phead;
        *phead = add.cast();
    }
}

/// Reserves `ensure` bytes from an allocated chunk list.
///
/// `*head` is NULL for a new list. What does not fit into the last chunk gets a new one with room for `chunk_size`
/// bytes (0: 4000), or more where needed. Returns memory aligned for a pointer that lives as long as the list; NULL on
/// no memory, or for NULL. A list has no lock: use it from one thread, or lock it.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { reserve(head, ensure, chunk_size, false) }
}

/// As lwsac_use(), but looks for room in earlier chunks first.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use_backfill(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { reserve(head, ensure, chunk_size, true) }
}

/// As lwsac_use(), with the memory zeroed.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use_zero(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
    // SAFETY: as the caller promises; what was reserved has `ensure` bytes.
    unsafe {
        let p = reserve(head, ensure, chunk_size, false);
        if !p.is_null() {
            ptr::write_bytes(p.cast::<u8>(), 0, ensure);
        }
        p
    }
}

/// Frees all chunks, and so all that was reserved; `*head` is NULL afterwards. Nothing for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_free(head: *mut *mut lwsac) {
    if !head.is_null() {
        // SAFETY: as the caller promises.
        unsafe { util::lwsac::free(head.cast()) }
    }
}

/// Gives up the ownership of a list: it is freed, and `*head` becomes NULL, now or when the last reference goes.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_detach(head: *mut *mut lwsac) {
    // SAFETY: as the caller promises.
    unsafe {
        if !head.is_null() && !(*head).is_null() {
            util::lwsac::detach(head.cast());
        }
    }
}

/// Counts a reference to a list, which keeps it alive after lwsac_detach(). Nothing for NULL.
///
/// # Safety
/// `head` is NULL or a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_reference(head: *mut lwsac) {
    if !head.is_null() {
        // SAFETY: as the caller promises.
        unsafe { util::lwsac::add_reference(head.cast()) }
    }
}

/// Drops a reference; a detached list is freed with its last one, and `*head` becomes NULL. Nothing for NULL.
///
/// # Safety
/// `head` is NULL or leads to a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_unreference(head: *mut *mut lwsac) {
    // SAFETY: as the caller promises.
    unsafe {
        if !head.is_null() && !(*head).is_null() {
            util::lwsac::drop_reference(head.cast());
        }
    }
}

/// Grows the last reservation by `amount` zeroed bytes, rounded up to pointer size, where it stands.
///
/// Returns 0, or 1 when that does not fit into its chunk, for NULL and for an amount of 0 or less.
///
/// # Safety
/// `head` is NULL or a list of this family, whose last reservation was not made by lwsac_use_backfill().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_extend(head: *mut lwsac, amount: c_int) -> c_int {
    match cptr::length(amount) {
        // SAFETY: as the caller promises.
        Some(n) if n != 0 && !head.is_null() => c_int::from(!unsafe { util::lwsac::extend(head.cast(), n) }),
        _ => 1,
    }
}

/// Begins a use of a cached file: its bytes stay where they are until lwsac_use_cached_file_end(), whatever becomes of
/// the cache. Nothing for NULL.
///
/// # Safety
/// `cache` is NULL or from lwsac_cached_file() and alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use_cached_file_start(cache: lwsac_cached_file_t) {
    if !cache.is_null() {
        // SAFETY: as the caller promises.
        unsafe { util::lwsac::add_reference(cached_file::chunk(cache)) }
    }
}

/// Ends a use of a cached file; one that was replaced or detached meanwhile is freed with its last use, and `*cache`
/// becomes NULL. Nothing for NULL.
///
/// # Safety
/// `cache` is NULL or holds NULL or a cached file whose use began.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use_cached_file_end(cache: *mut lwsac_cached_file_t) {
    // SAFETY: as the caller promises.
    unsafe {
        if !cache.is_null() && !(*cache).is_null() {
            let mut chunk = cached_file::chunk(*cache);
            util::lwsac::drop_reference(&mut chunk);
            if chunk.is_null() {
                *cache = ptr::null_mut();
            }
        }
    }
}

/// Lets a cached file go: it is freed now, and `*cache` becomes NULL, or with its last use. Nothing for NULL.
///
/// # Safety
/// `cache` is NULL or holds NULL or a cached file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_use_cached_file_detach(cache: *mut lwsac_cached_file_t) {
    // SAFETY: as the caller promises.
    unsafe {
        if !cache.is_null() && !(*cache).is_null() {
            let mut chunk = cached_file::chunk(*cache);
            util::lwsac::detach(&mut chunk);
            if chunk.is_null() {
                *cache = ptr::null_mut();
            }
        }
    }
}

/// Loads a file into memory, or finds it there already.
///
/// `*cache` is NULL at first and then holds the file's bytes, which a NUL follows; call this before each use, it reads
/// the file again when it has changed, for which it looks at most every 5 seconds. `*len` becomes the length. Returns
/// 0; 1 when the file cannot be read (`*cache` stays as it was) and for NULL.
///
/// # Safety
/// `filepath` is NULL or NUL-ended, `cache` NULL or holds NULL or a cached file of this path, `len` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_cached_file(
    filepath: *const c_char,
    cache: *mut lwsac_cached_file_t,
    len: *mut usize,
) -> c_int {
    if filepath.is_null() || cache.is_null() || len.is_null() {
        return 1;
    }
    // SAFETY: as the caller promises.
    unsafe {
        match cached_file::load(CStr::from_ptr(filepath), cache) {
            Some(n) => {
                len.write(n);
                0
            }
            None => {
                log::err!("lwsac_cached_file: cannot read {}", CStr::from_ptr(filepath).to_string_lossy());
                1
            }
        }
    }
}

/// Returns how many bytes stand before the first reservation of a chunk: of the first one of a list, or of a later one.
#[unsafe(no_mangle)]
pub extern "C" fn lwsac_sizeof(first: c_int) -> usize {
    util::lwsac::overhead(first != 0)
}

/// Returns the offset of the end of what a chunk has handed out, from the chunk's start; 0 for NULL.
///
/// # Safety
/// `lac` is NULL or a chunk of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_get_tail_pos(lac: *mut lwsac) -> usize {
    // SAFETY: as the caller promises.
    if lac.is_null() { 0 } else { unsafe { util::lwsac::used(lac.cast()) } }
}

/// Returns the chunk after this one; NULL after the last, and for NULL.
///
/// # Safety
/// `lac` is NULL or a chunk of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_get_next(lac: *mut lwsac) -> *mut lwsac {
    // SAFETY: as the caller promises.
    if lac.is_null() { ptr::null_mut() } else { unsafe { util::lwsac::next(lac.cast()).cast() } }
}

/// Rounds a length up to the alignment of a pointer.
#[unsafe(no_mangle)]
pub extern "C" fn lwsac_align(length: usize) -> usize {
    util::lwsac::align(length)
}

/// Logs how large a list is, at debug level.
///
/// # Safety
/// `head` is NULL or a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_info(head: *mut lwsac) {
    // SAFETY: as the caller promises.
    unsafe {
        let (bytes, chunks) = (util::lwsac::total(head.cast()), util::lwsac::each(head.cast()).count());
        log::debug!("lwsac {head:p}: {bytes} bytes in {chunks} chunks");
    }
}

/// Returns how many bytes a list has allocated; 0 for NULL.
///
/// # Safety
/// `head` is NULL or a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_total_alloc(head: *mut lwsac) -> u64 {
    // SAFETY: as the caller promises.
    unsafe { util::lwsac::total(head.cast()) }
}

/// Returns how many bytes a list has allocated but not handed out; 0 for NULL.
///
/// # Safety
/// `head` is NULL or a list of this family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_total_overhead(head: *mut lwsac) -> u64 {
    // SAFETY: as the caller promises.
    unsafe { util::lwsac::unused(head.cast()) }
}

/// Finds bytes that are stored in a list already, so that they need not be stored twice.
///
/// `find` has `len` bytes; with `nul` non-zero only a place counts that a NUL follows. Returns where they are; NULL when
/// nowhere, for a length of 0 and for NULL.
///
/// # Safety
/// `head` is NULL or a list of this family, `find` NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsac_scan_extant(head: *mut lwsac, find: *mut u8, len: usize, nul: c_int) -> *mut u8 {
    // SAFETY: as the caller promises.
    unsafe {
        match cptr::bytes(find, len) {
            Some(find) if !find.is_empty() => util::lwsac::find(head.cast(), find, nul != 0),
            _ => ptr::null_mut(),
        }
    }
}

/// # Safety
/// `head` is NULL or leads to a list of this family.
unsafe fn reserve(head: *mut *mut lwsac, ensure: usize, chunk_size: usize, backfill: bool) -> *mut c_void {
    if head.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: by contract.
    unsafe { util::lwsac::reserve(head.cast(), ensure, chunk_size, backfill).cast() }
}
