//! The engine's own timers, safe to use: the same wheel, no callback, a payload instead.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use super::{Fired, WheelRef};
use crate::abi::lws_sorted_usec_list;
use crate::util::dll2;

/// A timer of the engine. Dropping it takes it off its wheel. It belongs to the thread of the wheel that it is armed on.
#[derive(Debug)]
pub struct Timer(NonNull<Node>);

#[repr(C)]
struct Node {
    sul: lws_sorted_usec_list,
    payload: Cell<u64>,
}

impl Timer {
    /// Makes an unarmed timer, which fires as [`Fired::Engine`] with this payload.
    pub fn new(payload: u64) -> Timer {
        let sul = lws_sorted_usec_list { list: dll2::DETACHED, us: 0, cb: Some(engine_timer), latency_us: 0 };
        Timer(NonNull::from(Box::leak(Box::new(Node { sul, payload: Cell::new(payload) }))))
    }

    pub fn payload(&self) -> u64 {
        // SAFETY: the node lives as long as `self`.
        unsafe { (*self.0.as_ptr()).payload.get() }
    }

    /// Changes what it fires as, also while it is armed.
    pub fn set_payload(&self, payload: u64) {
        // SAFETY: the node lives as long as `self`.
        unsafe { (*self.0.as_ptr()).payload.set(payload) }
    }

    /// Whether it waits to fire; false again once it has been popped.
    pub fn is_armed(&self) -> bool {
        // SAFETY: the node lives as long as `self`.
        unsafe { !(*self.sul()).list.owner.is_null() }
    }

    /// When it fires, while it is armed.
    pub fn due(&self) -> Option<i64> {
        // SAFETY: the node lives as long as `self`.
        self.is_armed().then(|| unsafe { (*self.sul()).us })
    }

    /// Takes it off its wheel, ripe or not; nothing when it is not armed.
    pub fn cancel(&self) {
        // SAFETY: the node lives as long as `self`, and so do the neighbours on its list.
        unsafe { WheelRef::cancel(self.sul()) }
    }

    fn sul(&self) -> *mut lws_sorted_usec_list {
        // SAFETY: the node lives as long as `self`; no reference is made.
        unsafe { &raw mut (*self.0.as_ptr()).sul }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
        // SAFETY: made by Box in `new`, and on no list any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl WheelRef {
    /// Arms a timer to fire at `due` (absolute µs), moving it if it was armed.
    pub fn arm(self, timer: &Timer, due: i64) {
        // SAFETY: the node is valid until the timer is dropped, which takes it off.
        unsafe { self.schedule(timer.sul(), due, false) }
    }
}

/// Tells whose timer this is.
///
/// # Safety
/// `sul` is valid.
pub(super) unsafe fn fired(sul: *mut lws_sorted_usec_list) -> Fired {
    // SAFETY: valid by contract; only `Timer::new` uses the mark, which no one else can name.
    unsafe {
        match (*sul).cb {
            Some(f) if ptr::fn_addr_eq(f, engine_timer as unsafe extern "C" fn(*mut lws_sorted_usec_list)) => {
                Fired::Engine((*sul.cast::<Node>()).payload.get())
            }
            _ => Fired::User(sul),
        }
    }
}

/// The mark of the engine's timers: its address is compared, it is never called. The body keeps it apart from others.
#[inline(never)]
unsafe extern "C" fn engine_timer(sul: *mut lws_sorted_usec_list) {
    crate::util::log::err!("timer {sul:p} of the library was called as one of the program");
}
