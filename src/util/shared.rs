//! What all contexts of a process share, behind locks that a fork finds open: the forking thread takes every one of them
//! before, and lets go of them after, in both processes. So the child neither waits for a thread that it does not have,
//! nor finds anything half changed.

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// A value behind such a lock. Nothing of the program's is called while one is locked, and no other one is locked.
pub struct Shared<T: 'static> {
    value: Mutex<T>,
    /// The lock, while this thread forks.
    kept: UnsafeCell<Option<MutexGuard<'static, T>>>,
    /// It is in the list of all.
    listed: AtomicBool,
}

// SAFETY: `kept` is touched only by the thread that has the list's lock.
unsafe impl<T: Send> Sync for Shared<T> {}

/// One of them, whatever its value.
trait AtFork: Sync {
    /// Takes the lock, unless this thread has it already. The caller has the list's lock.
    fn keep(&'static self);
    /// Lets go of it, if it was taken. The caller has the list's lock.
    fn let_go(&self);
}

/// All that were ever locked. Who has this lock is alone with all `kept` and with [`LIST_KEPT`].
static LIST: Mutex<Vec<&'static dyn AtFork>> = Mutex::new(Vec::new());

struct ListKept(UnsafeCell<Option<MutexGuard<'static, Vec<&'static dyn AtFork>>>>);

// SAFETY: touched only by the thread that has the lock that it is about.
unsafe impl Sync for ListKept {}

static LIST_KEPT: ListKept = ListKept(UnsafeCell::new(None));

thread_local!(static FORKS: Cell<bool> = const { Cell::new(false) });

impl<T: Send> Shared<T> {
    /// A value that nobody has looked at yet.
    pub const fn new(value: T) -> Shared<T> {
        Shared { value: Mutex::new(value), kept: UnsafeCell::new(None), listed: AtomicBool::new(false) }
    }

    /// Locks it.
    pub fn lock(&'static self) -> MutexGuard<'static, T> {
        if !self.listed.load(Ordering::Acquire) {
            // Who forks has the list: until it is through, no lock is taken that it does not know.
            let mut list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.listed.load(Ordering::Relaxed) {
                list.push(self);
                self.listed.store(true, Ordering::Release);
            }
        }
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> AtFork for Shared<T> {
    fn keep(&'static self) {
        // SAFETY: by contract.
        unsafe { *self.kept.get() = lock_within(&self.value) };
    }

    fn let_go(&self) {
        // SAFETY: by contract.
        drop(unsafe { (*self.kept.get()).take() });
    }
}

/// Locks, but gives up after two seconds: for a thread that may have it already, since a signal came in between. Any other
/// thread lets go of it much sooner, also where many wait for a processor.
pub fn lock_within<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for attempt in 0..3000 {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if attempt < 1000 => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}

/// The calling thread is about to fork: takes all of them. Without effect where it has the list already, since it forks in
/// a signal handler.
pub fn before_fork() {
    let Some(list) = lock_within(&LIST) else { return };
    for shared in list.iter() {
        shared.keep();
    }
    // SAFETY: this thread has the lock.
    unsafe { *LIST_KEPT.0.get() = Some(list) };
    FORKS.set(true);
}

/// It has forked: lets go of them. In the child it is the copy of the thread that took them.
pub fn after_fork() {
    if !FORKS.replace(false) {
        return;
    }
    // SAFETY: this thread has the lock; it is let go when `list` is dropped, after the place is empty.
    let list = unsafe { (*LIST_KEPT.0.get()).take() };
    for shared in list.iter().flat_map(|list| list.iter()) {
        shared.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_locked_by_others_only_after_the_fork() {
        static NUMBER: Shared<u32> = Shared::new(1);
        *NUMBER.lock() += 1;
        before_fork();
        let other = std::thread::spawn(|| *NUMBER.lock() += 1);
        std::thread::sleep(Duration::from_millis(20));
        assert!(!other.is_finished());
        after_fork();
        other.join().expect("it gets the lock");
        assert_eq!(*NUMBER.lock(), 3);
        after_fork();
    }

    #[test]
    fn a_thread_that_has_a_lock_can_fork() {
        static NUMBER: Shared<u32> = Shared::new(1);
        let mut number = NUMBER.lock();
        before_fork();
        after_fork();
        *number += 1;
        assert_eq!(*number, 2);
    }
}
