//! One record per API function: its name, what to do instead of calling it from the wrong thread, and what has been told
//! about it already.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering::Relaxed};

/// Which thread a function belongs to.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Rule {
    /// The service thread.
    Service,
    /// The service thread, or a thread that becomes it because no other is inside.
    Claim,
}

/// The record of one API function.
pub struct Site {
    name: &'static str,
    remedy: &'static str,
    dead_told: AtomicBool,
    strange_told: AtomicBool,
    pseudo_told: AtomicBool,
    queued_told: AtomicBool,
    next_refusal: AtomicI64,
    untold: AtomicU32,
}

/// Between two messages about the same function under the policy `refuse` (µs).
const REFUSAL_INTERVAL: i64 = 1_000_000;

impl Site {
    /// A record in which nothing has been told yet.
    pub const fn new(name: &'static str, remedy: &'static str) -> Site {
        Site {
            name,
            remedy,
            dead_told: AtomicBool::new(false),
            strange_told: AtomicBool::new(false),
            pseudo_told: AtomicBool::new(false),
            queued_told: AtomicBool::new(false),
            next_refusal: AtomicI64::new(0),
            untold: AtomicU32::new(0),
        }
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What to do instead of calling it from another thread.
    pub fn remedy(&self) -> &'static str {
        self.remedy
    }

    /// True once: a dead handle is told about.
    pub fn tells_dead(&self) -> bool {
        !self.dead_told.swap(true, Relaxed)
    }

    /// True once: something that is no handle of the right kind is told about.
    pub fn tells_strange(&self) -> bool {
        !self.strange_told.swap(true, Relaxed)
    }

    /// True once: a stand-in where a connection is needed is told about.
    pub fn tells_pseudo(&self) -> bool {
        !self.pseudo_told.swap(true, Relaxed)
    }

    /// True once: a queued call is told about.
    pub fn tells_queued(&self) -> bool {
        !self.queued_told.swap(true, Relaxed)
    }

    /// `Some` at most once a second: a refused call is told about, with how many were not told since.
    pub fn tells_refusal(&self, now: i64) -> Option<u32> {
        let next = self.next_refusal.load(Relaxed);
        if now < next || self.next_refusal.compare_exchange(next, now + REFUSAL_INTERVAL, Relaxed, Relaxed).is_err() {
            self.untold.fetch_add(1, Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_once_a_second_with_the_number_left_out() {
        let site = Site::new("f", "do not");
        assert_eq!(site.tells_refusal(10), Some(0));
        assert_eq!(site.tells_refusal(20), None);
        assert_eq!(site.tells_refusal(30), None);
        assert_eq!(site.tells_refusal(10 + REFUSAL_INTERVAL), Some(2));
    }

    #[test]
    fn a_dead_handle_is_told_once() {
        let site = Site::new("f", "do not");
        assert!(site.tells_dead());
        assert!(!site.tells_dead());
    }
}
