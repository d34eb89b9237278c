//! Timers on plain sorted lists of the program's own, for event loops that bring their own lists.
//!
//! The library's timers live in the wheel (`sul_wheel`); these two work on what they are given and on nothing else.

use std::ffi::c_int;
use std::ptr;

use super::dll2::{self, lws_dll2, lws_dll2_owner};
use super::sul_wheel;
use crate::abi::lws_sorted_usec_list;

/// Puts a timer whose `us` is set into a sorted list, before those of the same time.
///
/// # Safety
/// `sul` is valid, as are the list that it is on and `own`; all items of `own` are timers.
pub unsafe fn insert(own: *mut lws_dll2_owner, sul: *mut lws_sorted_usec_list) {
    // SAFETY: by contract. A slot of the wheel is no list of the program's: its timers know it only for comparison.
    unsafe {
        if sul_wheel::context_of(own).is_some() {
            return;
        }
        dll2::remove(&raw mut (*sul).list);
        dll2::add_sorted(&raw mut (*sul).list, own, by_due);
    }
}

/// Runs what is due at `now` on the given sorted lists, in order across them. Returns the µs until the next is due,
/// 0 when none waits.
///
/// # Safety
/// The lists are valid and hold valid timers only, and stay so whatever the callbacks do.
pub unsafe fn service_ripe(lists: *mut lws_dll2_owner, count: usize, now: i64) -> i64 {
    loop {
        let mut first: *mut lws_sorted_usec_list = ptr::null_mut();
        for n in 0..count {
            // SAFETY: valid by contract; looked up anew after each callback.
            unsafe {
                let head: *mut lws_sorted_usec_list = (*lists.add(n)).head.cast();
                // Of two at the same time the one on the later list runs first.
                if !head.is_null() && (first.is_null() || (*head).us <= (*first).us) {
                    first = head;
                }
            }
        }
        if first.is_null() {
            return 0;
        }
        // SAFETY: valid by contract, and detached before its callback, which may free it.
        unsafe {
            if (*first).us > now {
                return (*first).us.saturating_sub(now);
            }
            dll2::remove(&raw mut (*first).list);
            (*first).us = 0;
            if let Some(cb) = (*first).cb {
                cb(first);
            }
        }
    }
}

unsafe extern "C" fn by_due(a: *const lws_dll2, b: *const lws_dll2) -> c_int {
    // SAFETY: items of a list of timers, whose first member they are.
    unsafe { (*a.cast::<lws_sorted_usec_list>()).us.cmp(&(*b.cast::<lws_sorted_usec_list>()).us) as c_int }
}
