//! Where wheels live: in slabs that are never freed, so that a timer's `list.owner` can be recognised as a slot of a
//! wheel, and led back to its context, at any time, from any thread and without a lock.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::{BUCKETS, LEVELS, NEVER, Wheel};
use crate::abi::lws_sorted_usec_list;
use crate::util::dll2::lws_dll2_owner;
use crate::util::shared::Shared;

/// A wheel and what the pool knows of it. All zero is a valid, empty one.
#[repr(C)]
struct Pooled {
    wheel: Wheel,
    /// Handle of the context whose wheel this is; 0 while it is free.
    context: AtomicU64,
    /// The wheel of the wake-from-suspend timers, made when the first is scheduled.
    companion: Cell<*const Pooled>,
    next_free: Cell<*const Pooled>,
}

/// Slab n holds 2^n wheels: looking an address up takes as many comparisons as there are slabs.
const SLABS: usize = 24;
static SLAB: [AtomicPtr<Pooled>; SLABS] = [const { AtomicPtr::new(ptr::null_mut()) }; SLABS];
static FREE: Shared<Free> = Shared::new(Free(ptr::null()));

/// Head of the list of free wheels.
struct Free(*const Pooled);
// SAFETY: free wheels are only reached through the mutex, and live forever.
unsafe impl Send for Free {}

/// A service thread's wheel. Copies name the same one; all are used by one thread at a time, the owner of the context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WheelRef(NonNull<Pooled>);

/// Takes an empty wheel for the context of this handle (not 0), served up to now.
pub fn acquire(context: u64) -> WheelRef {
    let p = {
        let mut free = FREE.lock();
        if free.0.is_null() {
            free.0 = new_slab();
        }
        let p = free.0;
        // SAFETY: wheels live forever, and free ones are touched under the lock only.
        free.0 = unsafe { (*p).next_free.get() };
        p
    };
    let w = WheelRef(NonNull::new(p.cast_mut()).unwrap_or_else(|| handle_alloc_error(slab_layout(0))));
    w.elapsed().set(crate::util::time::now_usecs());
    w.next().set(NEVER);
    w.companion_cell().set(ptr::null());
    w.context().store(context, Ordering::Release);
    w
}

/// The handle of the context whose timer has this `list.owner`; None when it is a list of the program's own, or of a
/// context that is gone. Any thread, no lock; the pointer is only compared.
pub fn context_of(owner: *const lws_dll2_owner) -> Option<u64> {
    let address = owner as usize;
    for (n, slab) in SLAB.iter().enumerate() {
        let base = slab.load(Ordering::Acquire);
        if base.is_null() {
            break;
        }
        let offset = address.wrapping_sub(base as usize);
        if offset < size_of::<Pooled>() << n {
            let (index, within) = (offset / size_of::<Pooled>(), offset % size_of::<Pooled>());
            // The buckets are the first member of a wheel, and that of its entry.
            if within % size_of::<lws_dll2_owner>() != 0 || within / size_of::<lws_dll2_owner>() >= BUCKETS {
                return None;
            }
            // SAFETY: inside the slab, which lives forever; the field is atomic.
            let context = unsafe { &(*base.add(index)).context }.load(Ordering::Acquire);
            return (context != 0).then_some(context);
        }
    }
    None
}

fn slab_layout(n: usize) -> Layout {
    // At most 2^23 times some 20 KB: no overflow.
    Layout::array::<Pooled>(1 << n).unwrap_or(Layout::new::<Pooled>())
}

/// Makes the next slab and chains its wheels. Called under the lock.
fn new_slab() -> *const Pooled {
    let Some((n, slot)) = SLAB.iter().enumerate().find(|(_, s)| s.load(Ordering::Relaxed).is_null()) else {
        return ptr::null();
    };
    // SAFETY: the layout is not empty.
    let base = unsafe { alloc_zeroed(slab_layout(n)) }.cast::<Pooled>();
    if base.is_null() {
        handle_alloc_error(slab_layout(n));
    }
    for i in 0..(1 << n) - 1 {
        // SAFETY: both are inside the new slab; all zero is a valid wheel.
        unsafe { (*base.add(i)).next_free.set(base.add(i + 1)) };
    }
    slot.store(base, Ordering::Release);
    base
}

impl WheelRef {
    /// Detaches what is still scheduled and gives the wheel back. The last use of it: no copy may be used afterwards.
    pub fn release(self) {
        self.detach_all();
        if let Some(c) = self.companion() {
            c.release();
        }
        self.context().store(0, Ordering::Release);
        let mut free = FREE.lock();
        // SAFETY: inside the slab, which lives forever; under the lock.
        unsafe { (*self.0.as_ptr()).next_free.set(free.0) };
        free.0 = self.0.as_ptr();
    }

    /// Cancels a timer: takes it off the list that it is on, whichever that is, and zeroes its `us`.
    ///
    /// # Safety
    /// `sul` is valid, as is the list that it is on.
    pub unsafe fn cancel(sul: *mut lws_sorted_usec_list) {
        // SAFETY: by contract.
        unsafe {
            crate::util::dll2::remove(&raw mut (*sul).list);
            (*sul).us = 0;
        }
    }

    /// The wheel of the wake-from-suspend timers.
    pub(super) fn wakesuspend(self) -> WheelRef {
        self.companion().unwrap_or_else(|| {
            let c = acquire(self.context().load(Ordering::Relaxed));
            c.elapsed().set(self.elapsed().get());
            self.companion_cell().set(c.0.as_ptr());
            c
        })
    }

    pub(super) fn companion(self) -> Option<WheelRef> {
        NonNull::new(self.companion_cell().get().cast_mut()).map(WheelRef)
    }

    // What follows never makes a reference to a bucket: C code writes to them through pointers of its own.

    fn context(&self) -> &'static AtomicU64 {
        // SAFETY: wheels live forever, and only an atomic is behind the reference.
        unsafe { &(*self.0.as_ptr()).context }
    }

    fn companion_cell(&self) -> &'static Cell<*const Pooled> {
        // SAFETY: wheels live forever, and only a cell is behind the reference.
        unsafe { &(*self.0.as_ptr()).companion }
    }

    pub(super) fn bucket(self, index: usize) -> *mut lws_dll2_owner {
        debug_assert!(index < BUCKETS);
        // SAFETY: inside the wheel, which lives forever.
        unsafe { (&raw mut (*self.0.as_ptr()).wheel.buckets).cast::<lws_dll2_owner>().add(index) }
    }

    pub(super) fn head(self, bucket: usize) -> *mut lws_sorted_usec_list {
        // SAFETY: a bucket of the wheel; the list is a timer's first member.
        unsafe { (*self.bucket(bucket)).head.cast() }
    }

    pub(super) fn count(self, bucket: usize) -> u32 {
        // SAFETY: a bucket of the wheel.
        unsafe { (*self.bucket(bucket)).count }
    }

    pub(super) fn occupied(&self) -> &'static [Cell<u64>; LEVELS] {
        // SAFETY: wheels live forever, and only cells are behind the reference.
        unsafe { &(*self.0.as_ptr()).wheel.occupied }
    }

    pub(super) fn elapsed(&self) -> &'static Cell<i64> {
        // SAFETY: wheels live forever, and only a cell is behind the reference.
        unsafe { &(*self.0.as_ptr()).wheel.elapsed }
    }

    pub(super) fn next(&self) -> &'static Cell<i64> {
        // SAFETY: wheels live forever, and only a cell is behind the reference.
        unsafe { &(*self.0.as_ptr()).wheel.next }
    }
}
