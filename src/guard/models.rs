//! Models of the guard, checked by loom over all interleavings: the same code, with loom's atomics and locks in place of
//! std's (`sync`). `tests/suite/22-loom` runs them.

use std::sync::atomic::AtomicU32 as Count;
use std::sync::atomic::Ordering::{Relaxed, Release};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::domain::{Domain, Entered, enter_new};
use super::handle::Kind;
use super::misuse::Misuse;
use super::site::Rule;
use super::table::{SlotRef, Table};

/// A context: its record, its slot, and something that only the thread inside may touch. Loom fails the model when two
/// threads touch it without order.
struct Context {
    table: Table,
    domain: &'static Domain,
    slot: SlotRef,
    engine: UnsafeCell<u32>,
}

impl Context {
    fn new() -> Arc<Context> {
        let table = Table::new(0);
        let domain = Domain::leaked();
        domain.begin().expect("a model's wake-up descriptor always opens");
        let slot = table.insert(Kind::Context, domain, std::ptr::null(), None).expect("there is room");
        Arc::new(Context { table, domain, slot, engine: UnsafeCell::new(0) })
    }

    fn enter(&self, rule: Rule) -> Result<Entered, Option<Misuse>> {
        self.domain.try_enter(self.slot, rule)
    }

    /// What a call does inside.
    fn work(&self) {
        // SAFETY: the calling thread is inside; that this is enough is what the model checks.
        self.engine.with_mut(|engine| unsafe { *engine += 1 });
    }

    fn done(&self) -> u32 {
        // SAFETY: as in `work`.
        self.engine.with(|engine| unsafe { *engine })
    }
}

/// A call that another thread queues: it counts itself.
fn post_counted(cx: &Context, done: &std::sync::Arc<Count>) {
    let done = done.clone();
    let job = move || {
        done.fetch_add(1, Relaxed);
    };
    cx.domain.post(Box::new(job), 1).expect("there is room");
}

/// A pass of the service thread: what waits is found before the wait, and after it. `true`: it was cancelled.
fn pass(cx: &Context) -> bool {
    let mut cancelled = false;
    if !cx.domain.has_jobs() {
        cx.domain.wait();
        cancelled = cx.domain.clear_wake();
    }
    cx.domain.take_jobs().for_each(|job| job());
    cancelled
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

#[test]
fn before_the_first_pass_whoever_comes_in_is_alone_and_sees_what_was_done() {
    model(|| {
        let cx = Context::new();
        let both: Vec<_> = (0..2)
            .map(|_| {
                let cx = cx.clone();
                thread::spawn(move || match cx.enter(Rule::Service) {
                    Ok(_entered) => {
                        cx.work();
                        1
                    }
                    Err(why) => {
                        assert_eq!(why, Some(Misuse::SecondEntry));
                        0
                    }
                })
            })
            .collect();
        let came_in: u32 = both.into_iter().map(|t| t.join().expect("it does not panic")).sum();
        assert!(came_in >= 1, "both were refused, though one was alone");
        let _entered = cx.enter(Rule::Service).expect("nobody is inside any more");
        assert_eq!(cx.done(), came_in);
    });
}

#[test]
fn after_the_first_pass_only_a_claim_changes_the_owner_and_none_comes_in_beside_it() {
    model(|| {
        let cx = Context::new();
        let server = {
            let cx = cx.clone();
            thread::spawn(move || {
                {
                    let Ok(entered) = cx.enter(Rule::Claim) else { return false };
                    entered.bind();
                    cx.work();
                }
                // Between two passes the owner may call anything, unless the context was claimed meanwhile.
                match cx.enter(Rule::Service) {
                    Ok(_entered) => cx.work(),
                    Err(why) => assert_ne!(why, None),
                }
                true
            })
        };
        let other = {
            let cx = cx.clone();
            thread::spawn(move || {
                if let Ok(entered) = cx.enter(Rule::Claim) {
                    entered.bind();
                    cx.work();
                    return true;
                }
                false
            })
        };
        let served = server.join().expect("it does not panic");
        let claimed = other.join().expect("it does not panic");
        assert!(served || claimed);
        // Neither is the owner of this thread: a plain call is refused, a claim gets in.
        assert_eq!(cx.enter(Rule::Service).err(), Some(Some(Misuse::WrongThread)));
        let _entered = cx.enter(Rule::Claim).expect("nobody is inside");
        assert!(cx.done() >= 1);
    });
}

#[test]
fn a_plain_call_on_its_way_in_while_another_thread_binds_the_context_is_refused() {
    model(|| {
        let cx = Context::new();
        let plain = {
            let cx = cx.clone();
            thread::spawn(move || {
                if let Ok(_entered) = cx.enter(Rule::Service) {
                    assert_eq!(cx.done(), 0, "inside a context that another thread serves");
                }
            })
        };
        if let Ok(entered) = cx.enter(Rule::Claim) {
            entered.bind();
            cx.work();
        }
        plain.join().expect("it does not panic");
    });
}

#[test]
fn a_mistaken_call_never_makes_the_owner_find_its_context_taken() {
    model(|| {
        let cx = Context::new();
        cx.enter(Rule::Claim).expect("it is new").bind();
        let mistaken = {
            let cx = cx.clone();
            thread::spawn(move || assert_eq!(cx.enter(Rule::Service).err(), Some(Some(Misuse::WrongThread))))
        };
        let _entered = cx.enter(Rule::Service).expect("a refused call disturbed the owner");
        cx.work();
        mistaken.join().expect("it does not panic");
    });
}

#[test]
fn a_handle_of_the_former_context_of_a_record_does_not_get_into_the_next() {
    model(|| {
        let cx = Context::new();
        let late = {
            let cx = cx.clone();
            thread::spawn(move || {
                if let Ok(entered) = cx.enter(Rule::Claim) {
                    assert_eq!(cx.done(), 0, "inside the next context with the old handle");
                    drop(entered);
                }
            })
        };
        // lws_context_destroy and lws_create_context, where the same record is used again.
        if let Ok(entered) = cx.enter(Rule::Claim) {
            cx.table.retire(cx.slot);
            cx.domain.end();
            drop(entered);
            cx.domain.begin().expect("it opens");
            let entered = enter_new(cx.domain);
            cx.work();
            drop(entered);
        }
        late.join().expect("it does not panic");
    });
}

#[test]
fn what_is_read_by_a_handle_is_of_that_life() {
    model(|| {
        let table = Arc::new(Table::new(0));
        let domain = Domain::leaked();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        first.slot.port.store(1, Release);
        let reader = {
            let table = table.clone();
            thread::spawn(move || match table.lookup(first.handle) {
                Ok(slot) => slot.read(|s| s.port.load(Relaxed)),
                Err(_) => None,
            })
        };
        table.retire(first);
        let next = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        assert_eq!(next.handle.index(), first.handle.index(), "the slot was to be used again");
        next.slot.port.store(2, Release);
        let seen = reader.join().expect("it does not panic");
        assert!(matches!(seen, None | Some(1)), "a dead handle read {seen:?}");
    });
}

#[test]
fn what_is_written_by_a_handle_stays_in_that_life() {
    model(|| {
        let table = Arc::new(Table::new(0));
        let domain = Domain::leaked();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        let writer = {
            let table = table.clone();
            thread::spawn(move || {
                table.write(first, |s| s.port.store(1, Release));
            })
        };
        table.retire(first);
        let next = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        writer.join().expect("it does not panic");
        assert_eq!(next.read(|s| s.port.load(Relaxed)), Some(0), "a dead handle wrote into the next life");
    });
}

#[test]
fn two_threads_never_get_the_same_slot() {
    model(|| {
        let table = Arc::new(Table::new(0));
        let domain = Domain::leaked();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        let other = {
            let table = table.clone();
            thread::spawn(move || {
                table.retire(first);
                table.insert(Kind::Wsi, domain, std::ptr::null(), None).map(|s| s.handle)
            })
        };
        let mine = table.insert(Kind::Wsi, domain, std::ptr::null(), None).map(|s| s.handle);
        let theirs = other.join().expect("it does not panic");
        assert!(mine.is_some() && theirs.is_some() && mine != theirs);
        assert!(mine != Some(first.handle) && theirs != Some(first.handle));
    });
}

#[test]
fn a_slot_that_two_threads_retire_is_free_once_and_its_next_life_is_let_be() {
    model(|| {
        let table = Arc::new(Table::new(0));
        let domain = Domain::leaked();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        let other = {
            let table = table.clone();
            thread::spawn(move || table.retire(first))
        };
        table.retire(first);
        let next = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        other.join().expect("it does not panic");
        assert!(next.is_alive(), "a dead handle ended the next life");
        let more = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        assert_ne!(next.handle.index(), more.handle.index(), "one slot was given out twice");
    });
}

/// Two threads queue a call each, the service thread waits as in its poller until both are done. A lost wake-up is a
/// deadlock, which loom finds.
#[test]
fn a_queued_call_always_wakes_the_service_thread() {
    model(|| {
        let cx = Context::new();
        let done = std::sync::Arc::new(Count::new(0));
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let (cx, done) = (cx.clone(), done.clone());
                thread::spawn(move || post_counted(&cx, &done))
            })
            .collect();
        while done.load(Relaxed) < 2 {
            pass(&cx);
        }
        for caller in callers {
            caller.join().expect("it does not panic");
        }
    });
}

#[test]
fn calls_queued_one_after_the_other_each_wake_the_service_thread() {
    model(|| {
        let cx = Context::new();
        let done = std::sync::Arc::new(Count::new(0));
        let caller = {
            let (cx, done) = (cx.clone(), done.clone());
            thread::spawn(move || {
                for _ in 0..3 {
                    post_counted(&cx, &done);
                }
            })
        };
        while done.load(Relaxed) < 3 {
            pass(&cx);
        }
        caller.join().expect("it does not panic");
    });
}

#[test]
fn a_cancel_beside_a_queued_call_is_not_lost() {
    model(|| {
        let cx = Context::new();
        let done = std::sync::Arc::new(Count::new(0));
        let caller = {
            let (cx, done) = (cx.clone(), done.clone());
            thread::spawn(move || post_counted(&cx, &done))
        };
        let canceller = {
            let cx = cx.clone();
            thread::spawn(move || cx.domain.cancel(cx.slot))
        };
        let mut cancelled = false;
        while done.load(Relaxed) == 0 || !cancelled {
            cancelled |= pass(&cx);
        }
        caller.join().expect("it does not panic");
        canceller.join().expect("it does not panic");
    });
}

#[test]
fn a_cancel_is_never_lost() {
    model(|| {
        let cx = Context::new();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let cx = cx.clone();
                thread::spawn(move || cx.domain.cancel(cx.slot))
            })
            .collect();
        loop {
            cx.domain.wait();
            if cx.domain.clear_wake() {
                break;
            }
        }
        for caller in callers {
            caller.join().expect("it does not panic");
        }
    });
}

/// `lws_cancel_service` may come while the context is destroyed: it never writes to a descriptor that was closed, which the
/// model's descriptor asserts, and never wakes the next context in the record.
#[test]
fn a_cancel_beside_the_end_touches_neither_a_closed_descriptor_nor_the_next_context() {
    model(|| {
        let cx = Context::new();
        let caller = {
            let cx = cx.clone();
            thread::spawn(move || cx.domain.cancel(cx.slot))
        };
        cx.table.retire(cx.slot);
        cx.domain.end();
        cx.domain.begin().expect("it opens");
        caller.join().expect("it does not panic");
        assert!(!cx.domain.clear_wake(), "a dead handle cancelled another context");
    });
}
