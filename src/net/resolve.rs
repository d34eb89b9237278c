//! Names to addresses, by the system's own resolver (nsswitch.conf is honoured), without ever making the service thread
//! wait. `getaddrinfo` cannot be interrupted, so lookups run on threads of their own: none before the first lookup, a
//! bounded number, each gone again when it has been idle for a while.
//!
//! A lookup that nobody wants any more is abandoned: if it has not begun it never does, else its thread no longer counts
//! and ends with it. Dropping the resolver waits for nobody. Threads do not survive a fork: a resolver belongs to the
//! process that made it, and the child makes its own.

use std::collections::{HashSet, VecDeque};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow};

/// Threads that look up at one time.
const THREADS: usize = 4;

/// Threads at most, with those whose lookup was abandoned and that the system does not let go yet.
const THREADS_WITH_ABANDONED: usize = 16;

/// How long a thread stays without work.
const IDLE: Duration = Duration::from_secs(5);

/// The stack of a thread: glibc's resolver and its plug-ins need less.
const STACK: usize = 256 * 1024;

/// Names a lookup: the token and the serial of the connection that asked.
pub type Id = (u32, u32);

/// What a lookup came to. An error is told in words.
pub type Found = Result<Vec<SocketAddr>, String>;

struct Job {
    id: Id,
    host: String,
    port: u16,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    running: HashSet<Id>,
    abandoned: HashSet<Id>,
    idle: usize,
    threads: usize,
    found: Vec<(Id, Found)>,
    waker: Option<Arc<mio::Waker>>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    has_found: AtomicBool,
}

/// The lookups of one context in one process.
pub struct Resolver {
    shared: Arc<Shared>,
    /// The fork epoch that it was made in.
    pub epoch: u32,
}

impl Resolver {
    /// A resolver without threads. `epoch` is remembered for the caller.
    pub fn new(epoch: u32) -> Resolver {
        Resolver { shared: Arc::default(), epoch }
    }

    /// Who is woken when a lookup has ended.
    pub fn set_waker(&self, waker: Arc<mio::Waker>) {
        lock(&self.shared).waker = Some(waker);
    }

    /// Begins to look up. The answer is in [`Resolver::take_found`] some time later, for every lookup exactly one.
    pub fn ask(&self, id: Id, host: &str, port: u16) {
        let mut state = lock(&self.shared);
        state.waiting.push_back(Job { id, host: host.to_owned(), port });
        let busy = state.threads - state.abandoned.len();
        let may_start = busy < THREADS && state.threads < THREADS_WITH_ABANDONED;
        if state.idle < state.waiting.len() && may_start {
            match start(&self.shared) {
                Ok(()) => state.threads += 1,
                Err(e) if state.threads == 0 => {
                    state.waiting.pop_back();
                    state.found.push((id, Err(format!("no thread can be started to look up '{host}': {e}"))));
                    self.shared.has_found.store(true, Ordering::Release);
                }
                Err(_) => {}
            }
        }
        self.shared.work.notify_one();
    }

    /// The answer to a lookup is not wanted any more.
    pub fn abandon(&self, id: Id) {
        let mut state = lock(&self.shared);
        state.waiting.retain(|job| job.id != id);
        state.found.retain(|(found, _)| *found != id);
        if state.running.contains(&id) {
            state.abandoned.insert(id);
            // Its thread counts no more; another may begin with what waits.
            let more = !state.waiting.is_empty() && state.idle == 0 && state.threads < THREADS_WITH_ABANDONED;
            if more && start(&self.shared).is_ok() {
                state.threads += 1;
            }
        }
    }

    /// Answers wait to be taken.
    pub fn has_found(&self) -> bool {
        self.shared.has_found.load(Ordering::Acquire)
    }

    /// Takes the answers that have come.
    pub fn take_found(&self) -> Vec<(Id, Found)> {
        let mut state = lock(&self.shared);
        self.shared.has_found.store(false, Ordering::Release);
        std::mem::take(&mut state.found)
    }

    /// Lets it go in a child process, where a lock may be held for ever by a thread that is not there.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        state.closed = true;
        state.waiting.clear();
        state.waker = None;
        self.shared.work.notify_all();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a thread that no signal of the program is handled on.
fn start(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = shared.clone();
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started =
        std::thread::Builder::new().name("lws-resolve".into()).stack_size(STACK).spawn(move || serve(&shared));
    before.thread_set_mask()?;
    started.map(|_| ())
}

fn serve(shared: &Shared) {
    while let Some(job) = next(shared) {
        let found = look_up(&job.host, job.port);
        let mut state = lock(shared);
        state.running.remove(&job.id);
        if state.abandoned.remove(&job.id) {
            // Another thread has its place by now.
            break;
        }
        if state.closed {
            break;
        }
        state.found.push((job.id, found));
        shared.has_found.store(true, Ordering::Release);
        if let Some(waker) = &state.waker {
            // A poller that is gone needs no waking.
            let _ = waker.wake();
        }
    }
    lock(shared).threads -= 1;
}

/// The next job; `None`: the thread is to end.
fn next(shared: &Shared) -> Option<Job> {
    let mut state = lock(shared);
    loop {
        if state.closed {
            return None;
        }
        if let Some(job) = state.waiting.pop_front() {
            state.running.insert(job.id);
            return Some(job);
        }
        state.idle += 1;
        let (after, wait) = shared.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
        state = after;
        state.idle -= 1;
        if wait.timed_out() && state.waiting.is_empty() {
            return None;
        }
    }
}

fn look_up(host: &str, port: u16) -> Found {
    let mut found: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(|e| format!("'{host}': {e}"))?.collect();
    found.dedup();
    if found.is_empty() { Err(format!("'{host}' has no address")) } else { Ok(found) }
}

/// The order in which to try addresses: the families in turn, beginning with that of the first (RFC 8305 section 4).
pub fn interleave(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (a, b): (Vec<_>, Vec<_>) = found.into_iter().partition(|addr| addr.is_ipv6() == first_is_v6);
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    let mut out = Vec::new();
    loop {
        let pair = (a.next(), b.next());
        if pair == (None, None) {
            return out;
        }
        out.extend(pair.0);
        out.extend(pair.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(resolver: &Resolver) -> Vec<(Id, Found)> {
        for _ in 0..2000 {
            if resolver.has_found() {
                return resolver.take_found();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no answer came");
    }

    #[test]
    fn no_thread_before_the_first_lookup() {
        let resolver = Resolver::new(0);
        assert_eq!(lock(&resolver.shared).threads, 0);
    }

    #[test]
    fn a_name_becomes_addresses() {
        let resolver = Resolver::new(0);
        resolver.ask((1, 2), "localhost", 80);
        let found = wait_for(&resolver);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, (1, 2));
        let addresses = found[0].1.as_ref().expect("localhost has an address");
        assert!(addresses.iter().all(|a| a.ip().is_loopback() && a.port() == 80), "{addresses:?}");
    }

    #[test]
    fn every_lookup_is_answered_and_threads_are_bounded() {
        let resolver = Resolver::new(0);
        for n in 0..100 {
            resolver.ask((n, 0), if n % 2 == 0 { "127.0.0.1" } else { "bad\0name" }, 1);
        }
        assert!(lock(&resolver.shared).threads <= THREADS);
        let mut ids = HashSet::new();
        while ids.len() < 100 {
            for ((n, _), found) in wait_for(&resolver) {
                assert_eq!(found.is_ok(), n % 2 == 0, "{n}: {found:?}");
                assert!(ids.insert(n), "{n} came twice");
            }
        }
    }

    #[test]
    fn an_abandoned_lookup_gives_no_answer() {
        let resolver = Resolver::new(0);
        for n in 0..50 {
            resolver.ask((n, 0), "127.0.0.1", 1);
            resolver.abandon((n, 0));
        }
        resolver.ask((99, 0), "127.0.0.1", 1);
        assert!(wait_for(&resolver).iter().all(|(id, _)| *id == (99, 0)));
    }

    #[test]
    fn families_take_turns() {
        let a = |t: &str| t.parse::<SocketAddr>().expect("an address");
        let found = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"].map(a).to_vec();
        let want = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].map(a).to_vec();
        assert_eq!(interleave(found), want);
        assert_eq!(interleave(Vec::new()), Vec::new());
    }
}
