//! Timers on the program's own sorted lists, as C sees them. The work is done in `util/sul_list.rs`.

use std::ffi::c_int;

use crate::abi::{lws_dll2_owner_t, lws_sorted_usec_list_t, lws_usec_t};
use crate::util::sul_list;

/// Puts a timer into a sorted list of the caller's own, taking it off any list that it is on.
///
/// `sul->us` is its due time and `sul->cb` its callback, both set by the caller, who also serves the list, with
/// __lws_sul_service_ripe(). Use lws_sul_schedule() for timers that the library is to serve. Always returns 0; nothing
/// happens when a pointer is NULL, or when `own` is a list of the library's. To be called where the list is used.
///
/// # Safety
/// `own` is NULL or a valid list of timers, `sul` NULL or valid and zeroed before its first use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __lws_sul_insert(own: *mut lws_dll2_owner_t, sul: *mut lws_sorted_usec_list_t) -> c_int {
    if !own.is_null() && !sul.is_null() {
        // SAFETY: not NULL, hence valid by the caller's promise.
        unsafe { sul_list::insert(own, sul) }
    }
    0
}

/// Runs the timers of the caller's own sorted lists that are due.
///
/// `own` points at `own_len` list owners, one after the other; `usnow` is the time up to which (inclusive) timers are
/// due, as lws_now_usecs() counts. A timer is off its list, and its `us` 0, when its callback is called; the callback
/// may schedule or free it. Returns the microseconds from `usnow` until the next timer is due; 0 when none waits, or
/// for NULL, or no lists.
///
/// # Safety
/// `own` is NULL or points at `own_len` valid lists of timers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __lws_sul_service_ripe(
    own: *mut lws_dll2_owner_t,
    own_len: c_int,
    usnow: lws_usec_t,
) -> lws_usec_t {
    if own.is_null() || own_len <= 0 {
        return 0;
    }
    // SAFETY: not NULL, hence valid by the caller's promise.
    unsafe { sul_list::service_ripe(own, own_len as usize, usnow) }
}
