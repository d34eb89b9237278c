//! State machines with notifiers. Manager and links are the program's memory and may be changed by any notifier, so
//! nothing is borrowed while one runs.

use std::ffi::{CStr, c_int};

use crate::abi::{lws_dll2, lws_state_manager, lws_state_notify_link};
use crate::util::dll2;

/// Tells of a change: the class of the manager, and the name of the new state.
pub type Announce<'a> = &'a dyn Fn(u32, &CStr);

/// Adds a notifier: the latest is asked first.
///
/// # Safety
/// Both are valid; the link stays so until it is taken off.
pub unsafe fn register(mgr: *mut lws_state_manager, link: *mut lws_state_notify_link) {
    // SAFETY: by contract. A link that stands in a list already is moved.
    unsafe {
        dll2::remove(&raw mut (*link).list);
        dll2::add_head(&raw mut (*link).list, &raw mut (*mgr).notify_list);
    }
}

/// Takes a notifier off its manager, if it has one.
///
/// # Safety
/// `link` is valid.
pub unsafe fn deregister(link: *mut lws_state_notify_link) {
    // SAFETY: by contract.
    unsafe { dll2::remove(&raw mut (*link).list) }
}

/// Asks the notifiers; when none refuses, changes the state and tells them again. `false`: one refused.
///
/// # Safety
/// `mgr` and its notifiers are valid.
pub unsafe fn go_to(mgr: *mut lws_state_manager, target: c_int, announce: Announce) -> bool {
    // SAFETY: by contract.
    unsafe {
        let from = (*mgr).state;
        if from == target {
            return true;
        }
        if notify(mgr, from, target) {
            return false;
        }
        // A notifier may have moved it on by itself.
        if (*mgr).state != from {
            return (*mgr).state == target;
        }
        (*mgr).state = target;
        if (*mgr).smd_class != 0 && !(*mgr).state_names.is_null() && target >= 0 {
            let name = *(*mgr).state_names.add(target as usize);
            if !name.is_null() {
                announce((*mgr).smd_class, CStr::from_ptr(name));
            }
        }
        notify(mgr, target, target);
        true
    }
}

/// Goes up step by step, until there or refused. A target below the present state changes nothing.
///
/// # Safety
/// As [`go_to`].
pub unsafe fn step_to(mgr: *mut lws_state_manager, target: c_int, announce: Announce) {
    // SAFETY: by contract.
    unsafe {
        loop {
            let now = (*mgr).state;
            if now >= target || !go_to(mgr, now + 1, announce) {
                return;
            }
        }
    }
}

/// Calls every notifier, unless and until one returns non-zero. `true`: one did.
unsafe fn notify(mgr: *mut lws_state_manager, from: c_int, to: c_int) -> bool {
    // SAFETY: by contract of the callers; a notifier may take itself off, so its successor is read before it is called.
    unsafe {
        let mut at: *mut lws_dll2 = (*mgr).notify_list.head;
        while !at.is_null() {
            let next = (*at).next;
            // The list member comes first.
            let link: *mut lws_state_notify_link = at.cast();
            if let Some(f) = (*link).notify_cb
                && f(mgr, link, from, to) != 0
            {
                return true;
            }
            // It may have taken its successor off as well: that one is told only while it is in the list.
            at = if next.is_null() || (*next).owner == &raw mut (*mgr).notify_list {
                next
            } else {
                std::ptr::null_mut()
            };
        }
        false
    }
}
