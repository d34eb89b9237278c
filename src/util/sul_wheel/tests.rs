//! The wheel against a sorted map, and what a program may do to its timers behind the wheel's back.

#![allow(clippy::undocumented_unsafe_blocks, reason = "the timers of a test live as long as it does")]

use std::collections::BTreeMap;

use super::*;

/// Timers in memory that is not moved.
struct Timers(Vec<*mut lws_sorted_usec_list>);

impl Timers {
    fn new(n: usize) -> Timers {
        Timers((0..n).map(|_| Box::into_raw(Box::new(blank()))).collect())
    }

    fn index(&self, sul: *mut lws_sorted_usec_list) -> usize {
        self.0.iter().position(|&p| p == sul).expect("an unknown timer fired")
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        for &p in &self.0 {
            unsafe {
                unlink(p);
                drop(Box::from_raw(p));
            }
        }
    }
}

fn blank() -> lws_sorted_usec_list {
    lws_sorted_usec_list { list: dll2::DETACHED, us: 0, cb: None, latency_us: 0 }
}

/// What a program may do at any time.
unsafe fn unlink(p: *mut lws_sorted_usec_list) {
    unsafe { dll2::remove(&raw mut (*p).list) }
}

struct Rng(u64);

impl Rng {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn at_time(t: i64) -> WheelRef {
    let w = acquire(7);
    w.elapsed().set(t);
    w
}

fn drain(w: WheelRef) -> Vec<*mut lws_sorted_usec_list> {
    std::iter::from_fn(|| w.pop_ripe())
        .map(|f| match f {
            Fired::User(p) => p,
            Fired::Engine(n) => panic!("engine timer {n} out of nowhere"),
        })
        .collect()
}

/// Random scheduling, moving, cancelling (also by plain list removal) and serving, with what fires compared to a map.
fn against_a_map(seed: u64, timers: usize, rounds: usize, spread: u32) {
    let mut rng = Rng(seed);
    let t = Timers::new(timers);
    let mut now = rng.next(1 << 50) as i64;
    let w = at_time(now);
    // Due time, then newest first.
    let mut model: BTreeMap<(i64, std::cmp::Reverse<u64>), usize> = BTreeMap::new();
    let mut key: Vec<Option<(i64, std::cmp::Reverse<u64>)>> = vec![None; timers];
    let mut wakesuspend = vec![false; timers];
    let mut sequence = 0;
    for round in 0..rounds {
        for _ in 0..rng.next(8) {
            let i = rng.next(timers as u64) as usize;
            match rng.next(10) {
                0 => {
                    unsafe { unlink(t.0[i]) };
                    key[i].take().map(|k| model.remove(&k));
                }
                1 => {
                    unsafe { WheelRef::cancel(t.0[i]) };
                    key[i].take().map(|k| model.remove(&k));
                }
                kind => {
                    let bits = rng.next(spread as u64);
                    let delay = rng.next(1 << bits) as i64 - if kind == 2 { 20 } else { 0 };
                    wakesuspend[i] = rng.next(5) == 0;
                    unsafe { w.schedule(t.0[i], now + delay, wakesuspend[i]) };
                    key[i].take().map(|k| model.remove(&k));
                    sequence += 1;
                    let k = (now + delay, std::cmp::Reverse(sequence));
                    key[i] = Some(k);
                    model.insert(k, i);
                }
            }
        }
        let due = model.first_key_value().map(|(k, _)| k.0);
        match (w.next_due(), due) {
            (Some(n), Some(d)) => assert!(n <= d, "seed {seed} round {round}: next {n} is later than {d}"),
            (None, Some(d)) => panic!("seed {seed} round {round}: {d} is not announced"),
            _ => (),
        }
        now += match rng.next(4) {
            0 => 0,
            1 => rng.next(3) as i64,
            2 => {
                let bits = rng.next(spread as u64);
                rng.next(1 << bits) as i64
            }
            _ => due.map_or(0, |d| (d - now).max(0)),
        };
        w.collect_due(now);
        let fired = drain(w);
        let mut expected = Vec::new();
        let mut dues = vec![0; timers];
        while let Some(e) = model.first_entry().filter(|e| e.key().0 <= now) {
            let due = e.key().0;
            let i = e.remove();
            key[i] = None;
            dues[i] = due;
            expected.push(i);
        }
        let got: Vec<usize> = fired.iter().map(|&p| t.index(p)).collect();
        let times = |v: &[usize]| v.iter().map(|&i| dues[i]).collect::<Vec<_>>();
        assert_eq!(times(&got), times(&expected), "seed {seed} round {round}");
        // Within a microsecond each of the two sets is ordered in itself.
        for set in [false, true] {
            let of = |v: &[usize]| v.iter().copied().filter(|&i| wakesuspend[i] == set).collect::<Vec<_>>();
            assert_eq!(of(&got), of(&expected), "seed {seed} round {round}");
        }
        for i in &got {
            let s = unsafe { t.0[*i].read() };
            assert!(s.list.owner.is_null() && s.list.prev.is_null() && s.list.next.is_null() && s.us == 0);
        }
    }
    w.release();
    assert!(t.0.iter().all(|&p| unsafe { (*p).list.owner.is_null() }));
}

#[test]
fn what_fires_is_what_a_sorted_map_says() {
    for seed in 1..=30 {
        against_a_map(seed, 40, 2000, 40);
        against_a_map(seed + 100, 200, 500, 12);
        against_a_map(seed + 200, 5, 1000, 60);
    }
}

#[test]
fn the_order_is_by_due_time_and_newest_first_within_a_microsecond() {
    let mut rng = Rng(99);
    for round in 0..300 {
        let t = Timers::new(100);
        let start = rng.next(1 << 40) as i64;
        let w = at_time(start);
        let spread = 1 + rng.next(5000);
        let mut expected = Vec::new();
        for (i, &p) in t.0.iter().enumerate() {
            let due = start + rng.next(spread) as i64;
            unsafe { w.schedule(p, due, false) };
            expected.push((due, std::cmp::Reverse(i)));
            if rng.next(10) == 0 {
                // Moves the present on, so that slots are split and later insertions meet earlier ones.
                let now = w.elapsed().get() + rng.next(spread / 8 + 1) as i64;
                if expected.iter().all(|e| e.0 > now) {
                    w.next().set(now);
                    assert!(!w.collect_due(now));
                }
            }
        }
        expected.sort();
        w.collect_due(start + 5000);
        let got: Vec<usize> = drain(w).iter().map(|&p| t.index(p)).collect();
        assert_eq!(got, expected.iter().map(|e| e.1.0).collect::<Vec<_>>(), "round {round}");
        w.release();
    }
}

#[test]
fn timers_far_apart_and_at_the_ends_of_time_fire_in_order() {
    let t = Timers::new(6);
    let w = at_time(0);
    let dues = [i64::MAX, i64::MAX - 1, 1 << 62, 5, 0, -7];
    for (&p, &due) in t.0.iter().zip(&dues) {
        unsafe { w.schedule(p, due, false) };
    }
    let mut got = Vec::new();
    for now in [0, 4, 5, 1 << 61, i64::MAX - 1, i64::MAX] {
        w.collect_due(now);
        got.push(drain(w).iter().map(|&p| t.index(p)).collect::<Vec<_>>());
    }
    assert_eq!(got, [vec![5, 4], vec![], vec![3], vec![], vec![2, 1], vec![0]]);
    w.release();
}

#[test]
fn a_ripe_timer_can_be_cancelled_moved_and_freed_and_new_ones_wait_for_the_next_pass() {
    let t = Timers::new(5);
    let w = at_time(1000);
    for &p in &t.0[..4] {
        unsafe { w.schedule(p, 1010, false) };
    }
    assert!(w.collect_due(1010));
    assert_eq!(w.pop_ripe(), Some(Fired::User(t.0[3])));
    unsafe {
        // As callbacks may: cancel another, move another, make a new one that is due already, start itself again.
        unlink(t.0[2]);
        w.schedule(t.0[1], 1020, false);
        w.schedule(t.0[4], 1005, false);
        w.schedule(t.0[3], 1010, false);
    }
    assert_eq!(drain(w), [t.0[0]]);
    assert_eq!(w.next_due(), Some(1005));
    assert!(w.collect_due(1010));
    assert_eq!(drain(w), [t.0[4], t.0[3]]);
    assert_eq!(w.next_due(), Some(1020));
    w.release();
}

#[test]
fn waking_as_told_reaches_a_timer_after_a_few_early_wakes_at_most() {
    let mut rng = Rng(5);
    for _ in 0..200 {
        let n = 1 + rng.next(100) as usize;
        let t = Timers::new(n);
        let mut now = rng.next(1 << 40) as i64;
        let w = at_time(now);
        let base = rng.next(1 << 38);
        for &p in &t.0 {
            unsafe { w.schedule(p, now + (base + rng.next(100)) as i64, false) };
        }
        let (mut fired, mut early) = (0, 0);
        while let Some(next) = w.next_due() {
            assert!(next >= now, "it would spin: {next} is before {now}");
            now = next;
            w.collect_due(now);
            let got = drain(w).len();
            fired += got;
            early += usize::from(got == 0);
        }
        assert_eq!(fired, n);
        assert!(early <= LEVELS, "{early} early wakes for {n} timers");
        w.release();
    }
}

#[test]
fn cancelled_timers_cost_one_early_wake_not_a_spin() {
    let t = Timers::new(100);
    let w = at_time(0);
    for (i, &p) in t.0.iter().enumerate() {
        unsafe { w.schedule(p, 1000 + 17 * i as i64, false) };
        unsafe { unlink(p) };
    }
    let mut wakes = 0;
    while let Some(next) = w.next_due() {
        w.collect_due(next);
        assert_eq!(w.pop_ripe(), None);
        wakes += 1;
    }
    assert_eq!(wakes, 1);
    w.release();
}

#[test]
fn a_program_that_changes_the_due_time_of_a_scheduled_timer_breaks_nothing() {
    let mut rng = Rng(3);
    for _ in 0..100 {
        let t = Timers::new(50);
        let w = at_time(1 << 30);
        for &p in &t.0 {
            unsafe {
                w.schedule(p, (1 << 30) + rng.next(1 << 20) as i64, false);
                (*p).us = rng.next(1 << 31) as i64;
            }
        }
        let (mut fired, mut wakes) = (0, 0);
        let mut now = 1 << 30;
        while let Some(next) = w.next_due() {
            now = now.max(next);
            w.collect_due(now);
            fired += drain(w).len();
            wakes += 1;
            assert!(wakes < 50 * (LEVELS + 1), "it spins");
        }
        assert_eq!(fired, 50);
        w.release();
    }
}

#[test]
fn the_engines_timers_fire_by_payload_and_leave_with_their_owner() {
    let w = at_time(0);
    let (a, b, c) = (Timer::new(1), Timer::new(2), Timer::new(3));
    w.arm(&a, 10);
    w.arm(&b, 5);
    w.arm(&c, 7);
    assert!(a.is_armed() && a.due() == Some(10));
    drop(c);
    a.set_payload(11);
    b.cancel();
    assert!(!b.is_armed() && b.due().is_none());
    w.arm(&b, 20);
    w.collect_due(20);
    assert_eq!(w.pop_ripe(), Some(Fired::Engine(11)));
    assert!(!a.is_armed());
    b.cancel();
    assert_eq!(w.pop_ripe(), None);
    w.arm(&a, 30);
    w.release();
    assert!(!a.is_armed());
}

#[test]
fn a_scheduled_timer_leads_to_its_context_and_a_list_of_the_programs_does_not() {
    let t = Timers::new(2);
    let (w, x) = (acquire(41), acquire(42));
    unsafe {
        w.schedule(t.0[0], 1 << 60, false);
        x.schedule(t.0[1], 1 << 60, true);
        let (a, b) = ((*t.0[0]).list.owner, (*t.0[1]).list.owner);
        assert_eq!((context_of(a), context_of(b)), (Some(41), Some(42)));
        assert_eq!(context_of(a.byte_add(8)), None);
        w.release();
        x.release();
        assert_eq!((context_of(a), context_of(b)), (None, None));
    }
    let mine = dll2::EMPTY;
    assert_eq!(context_of(&mine), None);
    assert_eq!(context_of(ptr::null()), None);
}

#[test]
fn the_wake_from_suspend_set_tells_its_earliest_exactly() {
    let t = Timers::new(100);
    let w = at_time(0);
    assert_eq!(w.earliest_wakeable(), None);
    unsafe { w.schedule(t.0[0], 3, false) };
    assert_eq!(w.earliest_wakeable(), None);
    for (i, &p) in t.0.iter().enumerate().skip(1) {
        unsafe { w.schedule(p, 1_000_000 - i as i64, true) };
    }
    assert_eq!(w.earliest_wakeable(), Some(999_901));
    assert_eq!(w.next_due(), Some(3));
    w.collect_due(999_901);
    assert_eq!(drain(w), [t.0[0], t.0[99]]);
    w.release();
}

#[test]
fn wheels_are_used_again_and_found_in_every_slab() {
    let wheels: Vec<WheelRef> = (1..=20).map(acquire).collect();
    for (i, w) in wheels.iter().enumerate() {
        for bucket in [0, 5, BUCKETS - 1] {
            assert_eq!(context_of(w.bucket(bucket)), Some(i as u64 + 1));
        }
        assert_eq!(context_of(w.bucket(BUCKETS - 1).wrapping_add(1)), None);
    }
    wheels.into_iter().for_each(WheelRef::release);
}

#[test]
fn a_million_timers_come_out_sorted() {
    const N: usize = 1_000_000;
    let mut memory: Vec<lws_sorted_usec_list> = (0..N).map(|_| blank()).collect();
    let base = memory.as_mut_ptr();
    let mut rng = Rng(11);
    let w = at_time(0);
    for i in 0..N {
        unsafe { w.schedule(base.add(i), rng.next(60_000_000) as i64, false) };
    }
    let mut removed = 0;
    for i in (0..N).step_by(10) {
        unsafe { dll2::remove(&raw mut (*base.add(i)).list) };
        removed += 1;
    }
    let (mut now, mut last, mut fired) = (0, -1, 0);
    while let Some(next) = w.next_due() {
        now = next.max(now + 1000);
        w.collect_due(now);
        loop {
            let head = w.head(RIPE);
            let due = if head.is_null() { 0 } else { unsafe { (*head).us } };
            if w.pop_ripe().is_none() {
                break;
            }
            assert!(due >= last && due <= now, "{due} came after {last} at {now}");
            last = due;
            fired += 1;
        }
    }
    assert_eq!(fired + removed, N);
    w.release();
}
