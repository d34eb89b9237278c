//! The ownership record of one context: which thread it belongs to, who is inside, how its service thread is woken.
//! Records are used again and never freed, so that any thread may look at one at any time.

use std::sync::atomic::AtomicPtr as StdAtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::{Mutex, PoisonError};

use super::fork;
use super::handle::Handle;
use super::misuse::Misuse;
use super::policy::{Policy, thread_policy};
use super::queue::{Full, Job, Queue};
use super::report;
use super::site::{Rule, Site};
use super::sync::{AtomicBool, AtomicUsize};
use super::table::SlotRef;
use super::thread::{self, Identity};
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
    who: Mutex<Identity>,
    /// The context, for the thread that is inside.
    object: StdAtomicPtr<()>,
    /// The next record in the list of all.
    next: StdAtomicPtr<Domain>,
}

static ALL: StdAtomicPtr<Domain> = StdAtomicPtr::new(std::ptr::null_mut());
static FREE: Mutex<Vec<&'static Domain>> = Mutex::new(Vec::new());

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

/// Gets into the domain of a context that no other thread knows yet.
pub fn enter_new(domain: &'static Domain) -> Entered {
    domain.inside.store(thread::pointer(), Release);
    domain.take_over(thread::pointer());
    Entered { outermost: Some(domain) }
}

impl Domain {
    /// A record for a new context, which belongs to no thread yet.
    pub fn acquire() -> std::io::Result<&'static Domain> {
        fork::watch();
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let domain = free.unwrap_or_else(|| {
            let domain: &'static Domain = Box::leak(Box::new(Domain {
                inside: AtomicUsize::new(0),
                owner: AtomicUsize::new(0),
                bound: AtomicBool::new(false),
                waking: AtomicBool::new(false),
                cancelled: AtomicBool::new(false),
                wakers: Turnstile::closed(),
                wake: WakeFd::new(),
                queue: StdAtomicPtr::new(Box::leak(Box::new(Queue::new()))),
                who: Mutex::new(Identity::default()),
                object: StdAtomicPtr::new(std::ptr::null_mut()),
                next: StdAtomicPtr::new(std::ptr::null_mut()),
            }));
            let mut head = ALL.load(Acquire);
            loop {
                domain.next.store(head, Relaxed);
                match ALL.compare_exchange_weak(head, std::ptr::from_ref(domain).cast_mut(), AcqRel, Acquire) {
                    Ok(_) => return domain,
                    Err(now) => head = now,
                }
            }
        });
        domain.inside.store(0, Relaxed);
        domain.owner.store(0, Relaxed);
        domain.bound.store(false, Relaxed);
        domain.waking.store(false, Relaxed);
        domain.cancelled.store(false, Relaxed);
        domain.queue().take();
        if let Err(e) = domain.wake.open() {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).push(domain);
            return Err(e);
        }
        domain.wakers.open();
        Ok(domain)
    }

    /// Gives the record back. All handles that name it are dead by now.
    pub fn release(&'static self) {
        self.wakers.close();
        self.wake.close();
        drop(self.queue().take());
        self.object.store(std::ptr::null_mut(), Release);
        self.owner.store(0, Release);
        self.bound.store(false, Release);
        self.inside.store(0, Release);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
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

    #[cold]
    #[inline(never)]
    pub(super) fn enter_from_outside(
        &'static self,
        subject: SlotRef,
        site: &'static Site,
        rule: Rule,
    ) -> Result<Entered, Refusal> {
        match self.try_enter(rule) {
            Ok(entered) if subject.is_alive() => Ok(entered),
            // It ended while this thread was on its way in.
            Ok(_) => Err(Refusal::Refused),
            Err(kind) if !subject.is_alive() => {
                let _ = kind;
                Err(Refusal::Refused)
            }
            Err(kind) => Err(self.broken(subject.handle, site, kind)),
        }
    }

    /// Gets in by the rules of ownership.
    ///
    /// # Errors
    /// Which rule stands against it.
    pub fn try_enter(&'static self, rule: Rule) -> Result<Entered, Misuse> {
        let me = thread::pointer();
        // A thread that may not come in does not touch `inside`: the owner must never find it taken by a mistaken call.
        if self.belongs_elsewhere(me, rule) {
            return Err(Misuse::WrongThread);
        }
        if self.inside.compare_exchange(0, me, AcqRel, Acquire).is_err() {
            let owned = self.owner.load(Acquire) == me;
            return Err(if owned || rule != Rule::Claim { Misuse::SecondEntry } else { Misuse::Claim });
        }
        let entered = Entered { outermost: Some(self) };
        if self.belongs_elsewhere(me, rule) {
            return Err(Misuse::WrongThread);
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
        *self.who.lock().unwrap_or_else(PoisonError::into_inner) = thread::identity();
        self.owner.store(me, Release);
        thread::tell_at_end(self);
    }

    /// A thread that claimed this domain ends: it owns nothing any more, so that a later thread with the same thread
    /// pointer is not taken for it.
    pub(super) fn thread_ends(&self, pointer: usize) {
        let _ = self.owner.compare_exchange(pointer, 0, AcqRel, Relaxed);
        let _ = self.inside.compare_exchange(pointer, 0, AcqRel, Relaxed);
    }

    /// The service thread, for messages; `None` when there is none.
    pub fn owner(&self) -> Option<Identity> {
        (self.owner.load(Acquire) != 0).then(|| self.who.lock().unwrap_or_else(PoisonError::into_inner).clone())
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
            self.cancelled.store(true, Release);
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
    pub fn wake_fd(&self) -> i32 {
        self.wake.reader()
    }

    /// Waits until the context of `handle` is gone, or the thread inside has left or ended.
    pub fn wait_for_destroy(&self, slot: SlotRef) {
        let mut pause = std::time::Duration::from_millis(1);
        while slot.is_alive() && self.inside.load(Acquire) != 0 {
            std::thread::sleep(pause);
            pause = (pause * 2).min(std::time::Duration::from_millis(20));
        }
    }

    /// In the child after a fork: the forking thread is the only one there is.
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
