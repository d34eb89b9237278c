//! Sorts a chain of timers by their due time, in place and without memory of its own.

use std::ptr;

use crate::abi::lws_sorted_usec_list;
use crate::util::dll2::lws_dll2;

/// Merge sort by `us` over the `next` links; equal ones keep their order.
///
/// # Safety
/// `chain` is a NULL-ended chain by `next` of the lists of valid timers.
pub unsafe fn by_due(chain: *mut lws_dll2) -> *mut lws_dll2 {
    // Bin n holds a sorted run of 2^n timers or nothing; a higher bin holds earlier ones of the chain.
    let mut bins = [ptr::null_mut::<lws_dll2>(); 32];
    let mut rest = chain;
    // SAFETY: by contract; each timer is on exactly one chain at any time.
    unsafe {
        while !rest.is_null() {
            let mut run = rest;
            rest = (*run).next;
            (*run).next = ptr::null_mut();
            for (n, bin) in bins.iter_mut().enumerate() {
                if bin.is_null() {
                    *bin = run;
                    break;
                }
                run = merge(*bin, run);
                // The last bin takes whatever comes: 2^31 timers and more.
                *bin = if n == 31 { run } else { ptr::null_mut() };
            }
        }
        bins.into_iter().fold(ptr::null_mut(), |sorted, bin| merge(bin, sorted))
    }
}

/// Merges two sorted chains; of equal ones those of `a` come first.
unsafe fn merge(mut a: *mut lws_dll2, mut b: *mut lws_dll2) -> *mut lws_dll2 {
    let mut head: *mut lws_dll2 = ptr::null_mut();
    let mut link: *mut *mut lws_dll2 = &raw mut head;
    // SAFETY: both are chains of valid timers; `link` is `head` or the `next` of one of them.
    unsafe {
        while !a.is_null() && !b.is_null() {
            let from = if due(a) <= due(b) { &mut a } else { &mut b };
            *link = *from;
            link = &raw mut (**from).next;
            *from = *link;
        }
        *link = if a.is_null() { b } else { a };
    }
    head
}

unsafe fn due(d: *const lws_dll2) -> i64 {
    // SAFETY: `d` is the first member of a valid timer.
    unsafe { (*d.cast::<lws_sorted_usec_list>()).us }
}
