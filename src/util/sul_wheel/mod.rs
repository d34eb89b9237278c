//! The timers of a service thread: a hierarchical timing wheel over the program's own `lws_sorted_usec_list_t`.
//!
//! Due times flow in, timers that are due flow out, in the order of their due time, among the same microsecond the
//! one scheduled last first. Insertion and removal cost the same however many timers wait.
//!
//! **Layout.** 11 levels of 64 slots; a slot of level n spans 64^n µs. A timer sits at the level of the highest group
//! of six bits in which its due time differs from the time up to which the wheel has been served (`elapsed`), so a slot
//! above level 0 never holds what is due at or before `elapsed`. Serving moves whole slots into the *ripe* list, and
//! splits at most one slot, the one that holds the present, into lower levels; a timer so moves down at most ten times.
//!
//! **What C sees.** A slot is a `lws_dll2_owner` and a timer a `lws_dll2` on it: while scheduled, `list.owner` is not
//! NULL and `us` is the due time. A program may take a timer off with `lws_dll2_remove(&sul.list)` at any time and free
//! it: nothing here remembers a timer but the list that it is on. The occupancy bits may therefore be set for an empty
//! slot (never unset for a full one), and are looked upon as a hint. Slots live in pooled memory that is never freed
//! (`pool.rs`), which is how a timer leads back to its service thread: [`context_of`].
//!
//! **Threads.** A wheel belongs to the thread that owns its service thread's context; [`WheelRef`] is neither `Send`
//! nor `Sync`. Only [`context_of`] may be called from anywhere.

mod pool;
mod sort;
#[cfg(test)]
mod tests;
mod timer;

use std::cell::Cell;
use std::ptr;

pub use self::pool::{WheelRef, acquire, context_of};
pub use self::timer::Timer;
use super::dll2::{self, lws_dll2, lws_dll2_owner};
use crate::abi::lws_sorted_usec_list;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// 11 * 6 = 66 bits hold any time of 63 bits.
const LEVELS: usize = 11;
/// Due before `elapsed` when it was scheduled.
const OVERDUE: usize = LEVELS * SLOTS;
/// Taken out of the slots by the pass under way, sorted, waiting to be popped.
const RIPE: usize = OVERDUE + 1;
const BUCKETS: usize = RIPE + 1;
/// The next due time is looked up exactly in a slot of no more timers than this; a fuller one gives its start instead.
const EXACT: u32 = 32;
const NEVER: i64 = i64::MAX;

/// What a pass found due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    /// A timer of the program: detached already, its `us` is 0; its callback is to be called and may free it.
    User(*mut lws_sorted_usec_list),
    /// A [`Timer`] of the engine, by its payload.
    Engine(u64),
}

/// All of it is reached through raw pointers only, since C code changes the lists.
#[repr(C)]
struct Wheel {
    buckets: [lws_dll2_owner; BUCKETS],
    occupied: [Cell<u64>; LEVELS],
    /// All that was due before this has left the slots.
    elapsed: Cell<i64>,
    /// No timer in the slots is due before this.
    next: Cell<i64>,
}

impl WheelRef {
    /// Puts a timer into the wheel, to fire at `due` (absolute, as `lws_now_usecs()` counts), taking it off any list
    /// that it is on. Its callback member is the caller's matter. `wakesuspend` chooses the set which
    /// [`WheelRef::earliest_wakeable`] looks at; it fires all the same.
    ///
    /// # Safety
    /// `sul` is valid, as is the list that it is on, and it stays valid until it has fired or was taken off.
    pub unsafe fn schedule(self, sul: *mut lws_sorted_usec_list, due: i64, wakesuspend: bool) {
        let wheel = if wakesuspend { self.wakesuspend() } else { self };
        // SAFETY: by contract; `list` is the first member of a valid timer.
        unsafe {
            dll2::remove(&raw mut (*sul).list);
            (*sul).us = due;
            wheel.insert(sul);
        }
    }

    /// Moves all that is due at `now` into the ripe list, from where [`WheelRef::pop_ripe`] takes it. What is scheduled
    /// later fires in a later pass, however soon it is due. Returns whether anything is ripe.
    pub fn collect_due(self, now: i64) -> bool {
        for w in self.both() {
            w.advance(now);
        }
        self.both().any(|w| w.count(RIPE) != 0)
    }

    /// Takes the next ripe timer. It is on no list any more and its `us` is 0, so that its callback may schedule it
    /// again, or free it.
    pub fn pop_ripe(self) -> Option<Fired> {
        let mut first: *mut lws_sorted_usec_list = ptr::null_mut();
        for w in self.both() {
            let head = w.head(RIPE);
            // SAFETY: what is on a list of the wheel is valid, by the contract of `schedule`.
            if !head.is_null() && (first.is_null() || unsafe { (*head).us < (*first).us }) {
                first = head;
            }
        }
        if first.is_null() {
            return None;
        }
        // SAFETY: as above; nothing else looks at the timer now.
        unsafe {
            dll2::remove(&raw mut (*first).list);
            (*first).us = 0;
            Some(timer::fired(first))
        }
    }

    /// When the loop is to look again (absolute µs): never later than the next timer is due, None when there is none.
    /// It may be earlier, a bounded number of times for each timer.
    pub fn next_due(self) -> Option<i64> {
        let ripe = self.both().any(|w| w.count(RIPE) != 0);
        let next = self.both().map(|w| w.next().get()).min().unwrap_or(NEVER);
        if ripe { Some(self.elapsed().get()) } else { (next != NEVER).then_some(next) }
    }

    /// The exact due time of the earliest timer that was scheduled with `wakesuspend`, if any.
    pub fn earliest_wakeable(self) -> Option<i64> {
        let w = self.companion()?;
        [RIPE, OVERDUE]
            .into_iter()
            .find(|&b| w.count(b) != 0)
            .map(|b| w.least_due(b))
            .or_else(|| w.earliest_in_slots(u32::MAX))
    }

    /// Takes all timers off; they stay as if they had been cancelled, but for their `us`. For the end of a context.
    pub fn detach_all(self) {
        for w in self.both() {
            for bucket in 0..BUCKETS {
                loop {
                    let head = w.head(bucket);
                    if head.is_null() {
                        break;
                    }
                    // SAFETY: what is on a list of the wheel is valid, by the contract of `schedule`.
                    unsafe { dll2::remove(&raw mut (*head).list) };
                }
            }
            for bits in w.occupied() {
                bits.set(0);
            }
            w.next().set(NEVER);
        }
    }

    fn both(self) -> impl Iterator<Item = WheelRef> {
        [Some(self), self.companion()].into_iter().flatten()
    }

    /// # Safety
    /// `sul` is valid, detached, and its `us` set.
    unsafe fn insert(self, sul: *mut lws_sorted_usec_list) {
        // SAFETY: valid by contract.
        let due = unsafe { (*sul).us };
        let bucket = match place(self.elapsed().get(), due) {
            None => OVERDUE,
            Some((level, slot)) => {
                let bits = &self.occupied()[level];
                bits.set(bits.get() | 1 << slot);
                level * SLOTS + slot
            }
        };
        self.next().set(self.next().get().min(due));
        // SAFETY: valid by contract, and the bucket is the wheel's own.
        unsafe { dll2::add_head(&raw mut (*sul).list, self.bucket(bucket)) };
    }

    /// Serves the slots up to and including `now`.
    fn advance(self, now: i64) {
        if now < self.next().get() {
            return;
        }
        let before = self.elapsed().get();
        let now = now.max(before);
        self.take_whole(OVERDUE);
        let differ = (now ^ before) as u64;
        let top = if differ == 0 { 0 } else { (differ.ilog2() / BITS) as usize };
        // Below the level where the present has moved on, everything is due.
        for level in 0..top {
            self.take_slots(level, u64::MAX);
        }
        // On it, the slots before the present one are.
        let present = digit(now, top);
        self.take_slots(top, (1 << present) - 1);
        self.elapsed().set(now);
        // At level 0 the present slot is of this very microsecond; further up it is split.
        if top == 0 {
            self.take_slots(0, 1 << present);
        } else {
            self.split(top, present, now);
        }
        self.next().set(self.earliest_in_slots(EXACT).unwrap_or(NEVER));
    }

    /// Moves the occupied slots of `which`, earliest first, to the ripe list.
    fn take_slots(self, level: usize, which: u64) {
        let bits = &self.occupied()[level];
        let mut take = bits.get() & which;
        bits.set(bits.get() & !which);
        while take != 0 {
            let slot = take.trailing_zeros() as usize;
            take &= take - 1;
            self.take_whole(level * SLOTS + slot);
        }
    }

    fn take_whole(self, bucket: usize) {
        // SAFETY: the bucket's timers are valid by the contract of `schedule`, and go to the ripe list at once.
        unsafe {
            let chain = self.unhook(bucket);
            let chain = if (SLOTS..RIPE).contains(&bucket) { sort::by_due(chain) } else { chain };
            self.make_ripe(chain);
        }
    }

    /// Takes apart the slot that holds the present: what is due becomes ripe, the rest goes to lower levels.
    fn split(self, level: usize, slot: usize, now: i64) {
        let bits = &self.occupied()[level];
        if bits.get() & 1 << slot == 0 {
            return;
        }
        bits.set(bits.get() & !(1 << slot));
        // SAFETY: the slot's timers are valid by the contract of `schedule`; each goes to one list or chain at once.
        unsafe {
            let mut due: *mut lws_dll2 = ptr::null_mut();
            // From the tail on, and always in front: equal due times stay in their order.
            let mut at = (*self.bucket(level * SLOTS + slot)).tail;
            self.bucket(level * SLOTS + slot).write(dll2::EMPTY);
            while !at.is_null() {
                let earlier = (*at).prev;
                if (*at.cast::<lws_sorted_usec_list>()).us <= now {
                    (*at).next = due;
                    due = at;
                } else {
                    (*at).owner = ptr::null_mut();
                    self.insert(at.cast());
                }
                at = earlier;
            }
            self.make_ripe(sort::by_due(due));
        }
    }

    /// Empties a bucket and gives its timers as a chain by `next`; their other links are stale.
    unsafe fn unhook(self, bucket: usize) -> *mut lws_dll2 {
        let owner = self.bucket(bucket);
        // SAFETY: a bucket of this wheel.
        unsafe {
            let chain = (*owner).head;
            owner.write(dll2::EMPTY);
            chain
        }
    }

    /// # Safety
    /// `chain` is a chain by `next` of valid timers, which nothing else refers to.
    unsafe fn make_ripe(self, chain: *mut lws_dll2) {
        let ripe = self.bucket(RIPE);
        let mut at = chain;
        // SAFETY: by contract.
        unsafe {
            while !at.is_null() {
                let next = (*at).next;
                (*at).owner = ptr::null_mut();
                dll2::add_tail(at, ripe);
                at = next;
            }
        }
    }

    /// The earliest due time in the slots: exact where the slot that holds it has at most `exact` timers, else a time
    /// that is not later. Clears bits of slots that have run empty.
    fn earliest_in_slots(self, exact: u32) -> Option<i64> {
        let elapsed = self.elapsed().get();
        for level in 0..LEVELS {
            let bits = &self.occupied()[level];
            while bits.get() != 0 {
                let slot = bits.get().trailing_zeros() as usize;
                let bucket = level * SLOTS + slot;
                let count = self.count(bucket);
                if count == 0 {
                    bits.set(bits.get() & !(1 << slot));
                    continue;
                }
                let (first, last) = span(elapsed, level, slot);
                if level == 0 || count > exact {
                    return Some(first);
                }
                // A program that has changed `us` meanwhile must not make this lie outside the slot.
                return Some(self.least_due(bucket).clamp(first, last));
            }
        }
        None
    }

    fn least_due(self, bucket: usize) -> i64 {
        let mut least = NEVER;
        let mut at: *mut lws_dll2 = self.head(bucket).cast();
        while !at.is_null() {
            // SAFETY: what is on a list of the wheel is valid, by the contract of `schedule`.
            unsafe {
                least = least.min((*at.cast::<lws_sorted_usec_list>()).us);
                at = (*at).next;
            }
        }
        least
    }
}

/// The level and slot of a timer that is due at `due`; None when that is before `elapsed`.
fn place(elapsed: i64, due: i64) -> Option<(usize, usize)> {
    if due < elapsed {
        return None;
    }
    let differ = (due ^ elapsed) as u64;
    let level = if differ == 0 { 0 } else { (differ.ilog2() / BITS) as usize };
    Some((level, digit(due, level)))
}

fn digit(time: i64, level: usize) -> usize {
    (time as u64 >> (BITS * level as u32)) as usize & (SLOTS - 1)
}

/// First and last due time of a slot.
fn span(elapsed: i64, level: usize, slot: usize) -> (i64, i64) {
    let shift = BITS * level as u32;
    let above = (elapsed as u64).checked_shr(shift + BITS).unwrap_or(0);
    let first = above.checked_shl(shift + BITS).unwrap_or(0) | (slot as u64) << shift;
    (first as i64, (first | ((1 << shift) - 1)) as i64)
}
