//! Calls of other threads that wait for the service thread (the policy `marshal`), in the order of each caller's calls.

use std::collections::VecDeque;

use super::sync::{AtomicUsize, Mutex, Ordering, lock};

/// A call that waits.
pub type Job = Box<dyn FnOnce() + Send>;

/// Bytes of payload that may wait.
pub const MOST_BYTES: usize = 16 << 20;

/// Calls that may wait.
pub const MOST_JOBS: usize = 1 << 16;

/// The queue has no room.
#[derive(Debug)]
pub struct Full;

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    bytes: usize,
}

/// The queue of one domain.
pub struct Queue {
    waiting: Mutex<Waiting>,
    count: AtomicUsize,
}

impl Queue {
    /// An empty queue.
    pub fn new() -> Queue {
        Queue { waiting: Mutex::new(Waiting::default()), count: AtomicUsize::new(0) }
    }

    /// Something waits. Costs a load.
    pub fn has_jobs(&self) -> bool {
        self.count.load(Ordering::Acquire) != 0
    }

    /// Puts a call at the end; `bytes` is what it carries.
    ///
    /// # Errors
    /// [`Full`], and the call is dropped.
    pub fn post(&self, job: Job, bytes: usize) -> Result<(), Full> {
        let mut waiting = lock(&self.waiting);
        if waiting.jobs.len() >= MOST_JOBS || waiting.bytes.saturating_add(bytes) > MOST_BYTES {
            return Err(Full);
        }
        waiting.jobs.push_back(job);
        waiting.bytes += bytes;
        self.count.store(waiting.jobs.len(), Ordering::Release);
        Ok(())
    }

    /// Takes all that waits.
    pub fn take(&self) -> VecDeque<Job> {
        let mut waiting = lock(&self.waiting);
        waiting.bytes = 0;
        self.count.store(0, Ordering::Release);
        std::mem::take(&mut waiting.jobs)
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn calls_are_taken_in_the_order_they_came() {
        let queue = Queue::new();
        let seen = Arc::new(Mutex::new(Vec::new()));
        for n in 0..5 {
            let seen = seen.clone();
            queue.post(Box::new(move || seen.lock().expect("not poisoned").push(n)), 1).expect("there is room");
        }
        assert!(queue.has_jobs());
        queue.take().into_iter().for_each(|job| job());
        assert!(!queue.has_jobs());
        assert_eq!(*seen.lock().expect("not poisoned"), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_may_wait_is_bounded() {
        let queue = Queue::new();
        queue.post(Box::new(|| ()), MOST_BYTES).expect("there is room");
        assert!(queue.post(Box::new(|| ()), 1).is_err());
        queue.take();
        queue.post(Box::new(|| ()), 1).expect("there is room again");
    }
}
