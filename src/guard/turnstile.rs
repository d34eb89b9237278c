//! Lets threads pass through a short section, and lets one thread close it and know that nobody is left in it.
//!
//! State and count live in one word, so that closing and passing are ordered by that word alone. Passing takes no lock
//! and allocates nothing: a signal handler may pass, also one that interrupted the thread which is closing.

use super::sync::{AtomicU32, Ordering, const_fn, yield_now};

const CLOSED: u32 = 1 << 31;

/// See the module.
pub struct Turnstile {
    /// [`CLOSED`] and the number of threads in the section.
    state: AtomicU32,
}

/// Being in the section.
pub struct Pass<'a>(&'a Turnstile);

impl Turnstile {
    const_fn! {
        /// A closed turnstile.
        pub fn closed() -> Self {
            Turnstile { state: AtomicU32::new(CLOSED) }
        }
    }

    /// Opens it. What the caller wrote before is visible to all who pass.
    pub fn open(&self) {
        self.state.fetch_and(!CLOSED, Ordering::AcqRel);
    }

    /// Closes it and returns when nobody is in the section any more. What was written in the section is visible then.
    /// Must not be called from within the section.
    pub fn close(&self) {
        let mut state = self.state.fetch_or(CLOSED, Ordering::AcqRel);
        while state & !CLOSED != 0 {
            yield_now();
            state = self.state.load(Ordering::Acquire);
        }
    }

    /// Enters the section, or `None` when it is closed.
    pub fn pass(&self) -> Option<Pass<'_>> {
        let before = self.state.fetch_add(1, Ordering::AcqRel);
        let pass = Pass(self);
        (before & CLOSED == 0).then_some(pass)
    }

    /// In the child after a fork: those in the section exist no more.
    #[cfg(not(loom))]
    pub(super) fn forget_passers(&self) {
        self.state.fetch_and(CLOSED, Ordering::AcqRel);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.state.fetch_sub(1, Ordering::AcqRel);
    }
}
