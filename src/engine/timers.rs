//! Time: the connection's timers in the service thread's one timer structure, and what happens when they run out.

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::wsi::{Close, Phase, TimerKind, Wsi};
use crate::util::sul_wheel::{Fired, Timer};
use crate::util::time::now_usecs;
use crate::wire::ws::opcode;

impl Context {
    /// Arms (or moves) one of a connection's timers to `usecs` from now.
    pub fn set_timer(&self, wsi: &Wsi, kind: TimerKind, usecs: i64) {
        let mut timers = wsi.timers.borrow_mut();
        let timer = timers[kind as usize].get_or_insert_with(|| Timer::new(payload(wsi, kind)));
        self.wheel.arm(timer, now_usecs().saturating_add(usecs.max(0)));
    }

    /// Disarms one of a connection's timers and gives its memory back.
    pub fn clear_timer(&self, wsi: &Wsi, kind: TimerKind) {
        wsi.timers.borrow_mut()[kind as usize] = None;
    }

    /// One of a connection's timers is armed.
    pub fn has_timer(&self, wsi: &Wsi, kind: TimerKind) -> bool {
        wsi.timers.borrow()[kind as usize].as_ref().is_some_and(Timer::is_armed)
    }

    /// `lws_set_timeout`: closes the connection in `secs` seconds, or at once, or clears the wait.
    pub fn set_timeout(&self, wsi: &Wsi, reason: pending_timeout, secs: i32) {
        match secs {
            LWS_TO_KILL_SYNC | LWS_TO_KILL_ASYNC => self.close_later(wsi, Close::Orderly),
            _ if secs <= 0 || reason == NO_PENDING_TIMEOUT => self.clear_timer(wsi, TimerKind::Timeout),
            _ => self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000),
        }
    }

    /// `lws_set_timer_usecs`: LWS_CALLBACK_TIMER in so many microseconds.
    pub fn set_user_timer(&self, wsi: &Wsi, usecs: i64) {
        if usecs == LWS_SET_TIMER_USEC_CANCEL {
            self.clear_timer(wsi, TimerKind::User);
        } else {
            self.set_timer(wsi, TimerKind::User, usecs);
        }
    }

    /// The peer has shown that it lives: the sign of life policy starts over.
    pub fn validity_confirmed(&self, wsi: &Wsi) {
        let idle = self.idle_policy(wsi);
        wsi.with_ws(|ws| ws.ping_unanswered = false);
        let secs = if idle.pings() { idle.ping_secs } else { idle.hangup_secs };
        if secs != 0 {
            self.set_timer(wsi, TimerKind::Validity, i64::from(secs) * 1_000_000);
        }
    }

    /// Runs all timers that are due. Timers that callbacks set are for a later pass.
    pub fn run_timers(&self, now: i64) {
        self.wheel.collect_due(now);
        while let Some(fired) = self.wheel.pop_ripe() {
            match fired {
                Fired::User(sul) => {
                    self.depth.set(self.depth.get() + 1);
                    self.app.timer(sul);
                    self.depth.set(self.depth.get() - 1);
                }
                Fired::Engine(payload) => self.timer_fired(payload),
            }
            self.settle();
        }
    }

    fn timer_fired(&self, payload: u64) {
        let Some((wsi, kind)) = self.timer_target(payload) else { return };
        match kind {
            TimerKind::User => {
                if wsi.is_live() && self.notify(&wsi, LWS_CALLBACK_TIMER) != 0 {
                    self.close_later(&wsi, Close::ByCallback);
                }
            }
            TimerKind::Timeout => match wsi.phase.get() {
                Phase::Live if wsi.with_client(|_| ()).is_some() => self.client_timed_out(&wsi),
                Phase::Live => self.close_later(&wsi, Close::Orderly),
                _ => self.close_later(&wsi, Close::AtOnce),
            },
            TimerKind::Validity if wsi.with_client(|_| ()).is_some() => self.client_attempt_due(&wsi),
            TimerKind::Validity => self.validity_due(&wsi),
        }
    }

    fn validity_due(&self, wsi: &Wsi) {
        if !wsi.is_live() {
            return;
        }
        let idle = self.idle_policy(wsi);
        let waiting = wsi.with_ws(|ws| std::mem::replace(&mut ws.ping_unanswered, true)).unwrap_or(true);
        if waiting || !idle.pings() {
            self.close_later(wsi, Close::Orderly);
            return;
        }
        self.send_control(wsi, opcode::PING, &[]);
        if idle.hangup_secs != 0 {
            let left = idle.hangup_secs.saturating_sub(idle.ping_secs).max(1);
            self.set_timer(wsi, TimerKind::Validity, i64::from(left) * 1_000_000);
        }
    }

    fn timer_target(&self, payload: u64) -> Option<(std::rc::Rc<Wsi>, TimerKind)> {
        let wsi = self.wsi((payload >> 40) as u32)?;
        let kind = match payload & 0xff {
            0 => TimerKind::Timeout,
            1 => TimerKind::User,
            _ => TimerKind::Validity,
        };
        (wsi.serial == (payload >> 8) as u32).then_some((wsi, kind))
    }
}

/// Token (24 bits), serial (32 bits) and kind (8 bits) of a timer.
fn payload(wsi: &Wsi, kind: TimerKind) -> u64 {
    u64::from(wsi.token) << 40 | u64::from(wsi.serial) << 8 | kind as u64
}
