//! The ownership record of one context: which thread it belongs to, who is inside, how its service thread is woken.
//! Records are used again and never freed, so that any thread may look at one at any time.

use std::sync::atomic::AtomicPtr as StdAtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::handle::Handle;
use super::misuse::Misuse;
use super::policy::{Policy, thread_policy};
use super::queue::{Full, Job, Queue};
use super::report;
use super::site::{Rule, Site};
use super::sync::{AtomicBool, AtomicUsize, yield_now};
use super::table::SlotRef;
use super::thread::{self, Identity, Published};
use super::turnstile::Turnstile;
use super::wake::WakeFd;

/// Why a call does not get in.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The function returns its error value.
    Refused,
    /// The function may be queued for the service thread.
    Marshal,
}

/// See the module.
pub struct Domain {
    /// Thread pointer of the thread that is inside; 0: none is.
    inside: AtomicUsize,
    /// Thread pointer of the service thread; 0: none is.
    owner: AtomicUsize,
    /// The first service pass has been made: only some functions may change the owner.
    bound: AtomicBool,
    /// A wake-up is under way already.
    waking: AtomicBool,
    /// `lws_cancel_service` was called.
    cancelled: AtomicBool,
    /// Those who wake, so that the descriptor is not closed under them.
    wakers: Turnstile,
    wake: WakeFd,
    /// The queue; another one after a fork, since a thread of the parent may have held its lock.
    queue: StdAtomicPtr<Queue>,
    who: Published,
    /// The context, for the thread that is inside.
    object: StdAtomicPtr<()>,
    /// The next record in the list of all.
    next: StdAtomicPtr<Domain>,
}

/// How often the owner tries to get in before another thread inside is a broken rule: one that had a handle of the
/// record's former context leaves at once.
const OWNERS_PATIENCE: u32 = if cfg!(loom) { 1 } else { 100 };

static ALL: StdAtomicPtr<Domain> = StdAtomicPtr::new(std::ptr::null_mut());
static FREE: Mutex<Vec<&'static Domain>> = Mutex::new(Vec::new());

fn free() -> MutexGuard<'static, Vec<&'static Domain>> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(loom))]
pub(super) type Held = MutexGuard<'static, Vec<&'static Domain>>;

/// Held around a fork, so that the child finds the list whole and unlocked. `None`: the forking thread has it itself (it
/// forks in a signal handler).
#[cfg(not(loom))]
pub(super) fn hold() -> Option<Held> {
    super::sync::lock_within(&FREE)
}

/// Being in a domain. Dropping it leaves.
pub struct Entered {
    outermost: Option<&'static Domain>,
}

impl Entered {
    /// In a call from within a callback.
    #[inline(always)]
    pub(super) fn nested() -> Entered {
        Entered { outermost: None }
    }

    /// No call of this thread into the domain is on the stack below this one.
    #[inline(always)]
    pub fn is_outermost(&self) -> bool {
        self.outermost.is_some()
    }

    /// The first service pass is being made.
    pub fn bind(&self) {
        if let Some(domain) = self.outermost {
            domain.bound.store(true, Release);
        }
    }
}

impl Drop for Entered {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(domain) = self.outermost {
            domain.inside.store(0, Release);
        }
    }
}

/// Gets into the domain of a context that no other thread knows yet. A thread with a handle of the record's former context
/// may be there for a moment.
pub fn enter_new(domain: &'static Domain) -> Entered {
    let me = thread::pointer();
    while domain.inside.compare_exchange(0, me, AcqRel, Acquire).is_err() {
        yield_now();
    }
    domain.take_over(me);
    Entered { outermost: Some(domain) }
}

impl Domain {
    /// A record for a new context, which belongs to no thread yet.
    #[cfg(not(loom))]
    pub fn acquire() -> std::io::Result<&'static Domain> {
        let used = free().pop();
        let domain = used.unwrap_or_else(|| Domain::leaked().listed());
        if let Err(e) = domain.begin() {
            free().push(domain);
            return Err(e);
        }
        Ok(domain)
    }

    pub(super) fn leaked() -> &'static Domain {
        Box::leak(Box::new(Domain {
            inside: AtomicUsize::new(0),
            owner: AtomicUsize::new(0),
            bound: AtomicBool::new(false),
            waking: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            wakers: Turnstile::closed(),
            wake: WakeFd::new(),
            queue: StdAtomicPtr::new(Box::leak(Box::new(Queue::new()))),
            who: Published::default(),
            object: StdAtomicPtr::new(std::ptr::null_mut()),
            next: StdAtomicPtr::new(std::ptr::null_mut()),
        }))
    }

    /// Puts a new record into the list of all.
    fn listed(&'static self) -> &'static Domain {
        let mut head = ALL.load(Acquire);
        loop {
            self.next.store(head, Relaxed);
            match ALL.compare_exchange_weak(head, std::ptr::from_ref(self).cast_mut(), AcqRel, Acquire) {
                Ok(_) => return self,
                Err(now) => head = now,
            }
        }
    }

    /// A new context begins in the record. Who was inside at the end of the former one may still be on its way out:
    /// [`enter_new`] waits for it.
    pub(super) fn begin(&self) -> std::io::Result<()> {
        self.owner.store(0, Relaxed);
        self.bound.store(false, Relaxed);
        self.waking.store(false, Relaxed);
        self.cancelled.store(false, Relaxed);
        self.queue().take();
        self.wake.open()?;
        self.wakers.open();
        Ok(())
    }

    /// Gives the record back. All handles that name it are dead by now. The calling thread may still be inside; it
    /// touches the record once more, when it leaves.
    pub fn release(&'static self) {
        self.end();
        free().push(self);
    }

    pub(super) fn end(&self) {
        self.wakers.close();
        self.wake.close();
        drop(self.queue().take());
        self.object.store(std::ptr::null_mut(), Release);
        self.owner.store(0, Release);
        self.bound.store(false, Release);
    }

    /// Says where the context is. It stays there until [`Domain::release`].
    pub fn set_object(&self, object: *mut ()) {
        self.object.store(object, Release);
    }

    /// The context, for the thread that is inside; null before it is made and after it has gone.
    #[inline(always)]
    pub fn object(&self) -> *mut () {
        self.object.load(Relaxed)
    }

    /// The calling thread is inside.
    #[inline(always)]
    pub fn is_inside(&self) -> bool {
        self.inside.load(Relaxed) == thread::pointer()
    }

    #[inline(never)]
    pub(super) fn enter_from_outside(
        &'static self,
        subject: SlotRef,
        site: &'static Site,
        rule: Rule,
    ) -> Result<Entered, Refusal> {
        match self.try_enter(subject, rule) {
            Ok(entered) => Ok(entered),
            Err(Some(kind)) if subject.is_alive() => Err(self.broken(subject.handle, site, kind)),
            // It ended while this thread was on its way in.
            Err(_) => Err(Refusal::Refused),
        }
    }

    /// Gets in by the rules of ownership, for a call on `subject`.
    ///
    /// # Errors
    /// Which rule stands against it; `None`: `subject` has ended, and the record may be another context's by now.
    pub(super) fn try_enter(&'static self, subject: SlotRef, rule: Rule) -> Result<Entered, Option<Misuse>> {
        let me = thread::pointer();
        // A thread that may not come in does not touch `inside`: the owner must never find it taken by a mistaken call.
        if self.belongs_elsewhere(me, rule) {
            return Err(Some(Misuse::WrongThread));
        }
        let mut patience = OWNERS_PATIENCE;
        while self.inside.compare_exchange(0, me, AcqRel, Acquire).is_err() {
            let owned = self.owner.load(Acquire) == me;
            if !owned || patience == 0 {
                return Err(Some(if owned || rule != Rule::Claim { Misuse::SecondEntry } else { Misuse::Claim }));
            }
            patience -= 1;
            yield_now();
        }
        let entered = Entered { outermost: Some(self) };
        if !subject.is_alive() {
            return Err(None);
        }
        if self.belongs_elsewhere(me, rule) {
            return Err(Some(Misuse::WrongThread));
        }
        if self.owner.load(Relaxed) != me {
            self.take_over(me);
        }
        Ok(entered)
    }

    fn belongs_elsewhere(&self, me: usize, rule: Rule) -> bool {
        rule != Rule::Claim && self.bound.load(Acquire) && self.owner.load(Acquire) != me
    }

    /// The calling thread, which is inside, becomes the owner.
    fn take_over(&'static self, me: usize) {
        self.who.set(&thread::identity());
        self.owner.store(me, Release);
        thread::tell_at_end(self);
    }

    /// The poller's wait in a model.
    #[cfg(loom)]
    pub(super) fn wait(&self) {
        self.wake.wait();
    }

    /// A thread that claimed this domain ends: it owns nothing any more, so that a later thread with the same thread
    /// pointer is not taken for it.
    pub(super) fn thread_ends(&self, pointer: usize) {
        let _ = self.owner.compare_exchange(pointer, 0, AcqRel, Relaxed);
        let _ = self.inside.compare_exchange(pointer, 0, AcqRel, Relaxed);
    }

    /// The service thread, for messages; `None` when there is none.
    pub fn owner(&self) -> Option<Identity> {
        (self.owner.load(Acquire) != 0).then(|| self.who.get())
    }

    /// A broken rule: counted, told, and decided by the policy.
    #[cold]
    fn broken(&self, subject: Handle, site: &'static Site, kind: Misuse) -> Refusal {
        kind.count();
        match thread_policy() {
            Policy::Abort => report::and_abort(&report::broken_rule(self, subject, site, kind)),
            Policy::Refuse => {
                if let Some(untold) = site.tells_refusal(crate::util::time::now_usecs()) {
                    let more = if untold > 0 {
                        format!(" ({untold} more like it since the last message)")
                    } else {
                        String::new()
                    };
                    let text = report::broken_rule(self, subject, site, kind);
                    crate::util::log::err!("{text} The call is refused.{more}");
                }
                Refusal::Refused
            }
            Policy::Marshal => {
                if site.tells_queued() {
                    let text = report::broken_rule(self, subject, site, kind);
                    crate::util::log::notice!("{text} The policy is 'marshal' (told once for this function).");
                }
                Refusal::Marshal
            }
        }
    }

    fn queue(&self) -> &'static Queue {
        // SAFETY: queues are leaked; the pointer is never null.
        unsafe { &*self.queue.load(Acquire) }
    }

    /// Calls of other threads wait.
    #[inline]
    pub fn has_jobs(&self) -> bool {
        self.queue().has_jobs()
    }

    /// Takes the calls that wait.
    pub fn take_jobs(&self) -> impl Iterator<Item = Job> {
        self.queue().take().into_iter()
    }

    /// Queues a call for the service thread and wakes it; `bytes` is what the call carries.
    ///
    /// # Errors
    /// [`Full`]: too much waits already.
    pub fn post(&self, job: Job, bytes: usize) -> Result<(), Full> {
        self.queue().post(job, bytes)?;
        if let Some(_pass) = self.wakers.pass() {
            self.signal();
        }
        Ok(())
    }

    /// `lws_cancel_service` for the context of `handle`: no lock, no allocation, no log, errno kept.
    pub fn cancel(&self, slot: SlotRef) {
        // The record may pass to another context while we look: whoever is through sees its handle dead.
        if let Some(_pass) = self.wakers.pass()
            && slot.is_alive()
        {
            // Not a plain store: an exchange stands in one order with the service thread's, for the models' eyes too.
            self.cancelled.swap(true, AcqRel);
            self.signal();
        }
    }

    fn signal(&self) {
        if !self.waking.swap(true, AcqRel) {
            self.wake.signal();
        }
    }

    /// The wake-up descriptor was readable: it is made unreadable. `true`: `lws_cancel_service` was called since.
    pub fn clear_wake(&self) -> bool {
        self.wake.drain();
        // In this order nothing is lost: who comes after the first line signals anew, who came before is seen below.
        self.waking.swap(false, AcqRel);
        self.cancelled.swap(false, AcqRel)
    }

    /// The descriptor that wakes this process's service thread, for a poller that has just been made.
    #[cfg(not(loom))]
    pub fn wake_fd(&self) -> i32 {
        self.wake.reader()
    }

    /// Gets in to destroy the context of `subject`, as soon as the thread inside has left or is no more. `None`: it has
    /// gone meanwhile. `ask` is called until it is `true`: that the thread inside was asked to destroy it.
    #[cfg(not(loom))]
    pub fn enter_to_destroy(&'static self, subject: SlotRef, mut ask: impl FnMut() -> bool) -> Option<Entered> {
        let mut pause = std::time::Duration::from_millis(1);
        let mut asked = false;
        loop {
            match self.try_enter(subject, Rule::Claim) {
                Ok(entered) => return Some(entered),
                Err(None) => return None,
                Err(Some(_)) if !subject.is_alive() => return None,
                Err(Some(_)) => asked = asked || ask(),
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(std::time::Duration::from_millis(20));
        }
    }

    /// In the child after a fork: the forking thread is the only one there is.
    #[cfg(not(loom))]
    fn in_child(&self, me: usize) {
        if self.inside.load(Relaxed) != me {
            self.inside.store(0, Relaxed);
        }
        if self.owner.load(Relaxed) != me {
            self.owner.store(0, Relaxed);
        }
        // Whoever serves first in this process becomes the owner, as at the start.
        self.bound.store(false, Relaxed);
        self.wakers.forget_passers();
        self.waking.store(false, Relaxed);
        self.wake.renew_in_child();
    }
}

/// In the child after a fork, for every record.
#[cfg(not(loom))]
pub(super) fn all_in_child() {
    let me = thread::pointer();
    let mut at = ALL.load(Acquire);
    while !at.is_null() {
        // SAFETY: records are leaked.
        let domain = unsafe { &*at };
        domain.in_child(me);
        at = domain.next.load(Acquire);
    }
}

/// In the child after a fork, before the first pass: locks that a thread of the parent may have held are left behind.
pub fn renew_queue(domain: &Domain) {
    domain.queue.store(Box::leak(Box::new(Queue::new())), Release);
}
