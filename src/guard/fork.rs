//! Forks: the child has one thread, whatever the parent had.

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{domain, table};
use crate::util::shared;

static EPOCH: AtomicU32 = AtomicU32::new(0);

/// A number that differs in a child process from its parent's: what was made in another epoch is shared with another
/// process.
pub fn fork_epoch() -> u32 {
    EPOCH.load(Relaxed)
}

/// Has forks noticed from the moment on that the library is loaded: with the first context it would be too late, since
/// another thread may fork while that is made.
// SAFETY: the loader calls what is in this section, and as C functions.
#[used]
#[unsafe(link_section = ".init_array")]
static WATCH: extern "C" fn() = watch;

extern "C" fn watch() {
    // SAFETY: the handlers only touch atomics, take locks and let go of them, and make async-signal-safe calls.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

/// The locks that the forking thread holds from before the fork until after it, so that the child finds what they protect
/// whole, and unlocked.
struct Kept(UnsafeCell<Option<(table::Held, domain::Held)>>);

// SAFETY: only a thread that has both locks touches it: `before` fills it when it has them, and the handlers after the fork
// run in the same thread (in the child its copy), with the locks still held.
unsafe impl Sync for Kept {}

static KEPT: Kept = Kept(UnsafeCell::new(None));

thread_local!(static KEEPS: Cell<bool> = const { Cell::new(false) });

unsafe extern "C" fn before() {
    shared::before_fork();
    // Without them where this thread has one already, since it forks in a signal handler.
    if let (Some(table), Some(domains)) = (table::hold(), domain::hold()) {
        KEEPS.set(true);
        // SAFETY: this thread has both locks.
        unsafe { *KEPT.0.get() = Some((table, domains)) };
    }
}

fn let_go() {
    shared::after_fork();
    if KEEPS.replace(false) {
        // SAFETY: this thread has both locks; they are let go when this is dropped, after the place is empty.
        drop(unsafe { (*KEPT.0.get()).take() });
    }
}

unsafe extern "C" fn in_parent() {
    let_go();
}

unsafe extern "C" fn in_child() {
    let_go();
    EPOCH.fetch_add(1, Relaxed);
    domain::all_in_child();
}
