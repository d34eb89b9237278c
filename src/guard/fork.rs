//! Forks: the child has one thread, whatever the parent had.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::domain;

static EPOCH: AtomicU32 = AtomicU32::new(0);

/// A number that differs in a child process from its parent's: what was made in another epoch is shared with another
/// process.
pub fn fork_epoch() -> u32 {
    EPOCH.load(Relaxed)
}

/// Has forks noticed from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    // SAFETY: the handler only touches atomics and makes async-signal-safe calls.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

unsafe extern "C" fn in_child() {
    EPOCH.fetch_add(1, Relaxed);
    domain::all_in_child();
}
