//! Reading: from the socket into the service thread's one buffer, decoded in place by the role, in turns that no busy
//! peer can stretch.

use std::io::ErrorKind;
use std::rc::Rc;

use crate::engine::context::{Context, RX_MARGIN, RX_SIZE};
use crate::engine::role::ReadOutcome;
use crate::engine::wsi::{Close, Phase, Role, Wsi};

/// Bytes that one connection may read in one turn before the others have theirs.
const TURN_BUDGET: usize = RX_SIZE;

/// Bytes of control answers (pongs) that may wait for a peer that does not read before we stop reading from it.
pub const CONTROL_QUEUE_BOUND: usize = 16 * 1024;

impl Context {
    /// Reads what a connection has, within its budget. `true`: there may be more.
    pub fn read(&self, wsi: &Rc<Wsi>) -> bool {
        if wsi.rx_stopped() && !wsi.transport.read_closed.get() && wsi.held.borrow().is_empty() {
            return false;
        }
        let mut buffer = self.rx.borrow_mut().take().unwrap_or_else(|| vec![0; RX_SIZE + 2 * RX_MARGIN]);
        let more = self.read_with(wsi, &mut buffer);
        *self.rx.borrow_mut() = Some(buffer);
        more
    }

    fn may_read(&self, wsi: &Wsi) -> bool {
        !wsi.rx_stopped()
            && wsi.close.get().is_none()
            && matches!(wsi.phase.get(), Phase::Live | Phase::AwaitClose)
            && !self.control_queue_full(wsi)
            && !self.http_pauses_reading(wsi)
    }

    fn control_queue_full(&self, wsi: &Wsi) -> bool {
        wsi.transport.has_backlog() && wsi.with_ws(|ws| ws.control_waiting > CONTROL_QUEUE_BOUND).unwrap_or(false)
    }

    /// What was held back has gone to the kernel.
    pub fn backlog_gone(&self, wsi: &Wsi) {
        wsi.with_ws(|ws| ws.control_waiting = 0);
        self.peer_took(wsi, true);
        if wsi.transport.readable.get() {
            self.make_ready(wsi);
        }
    }

    fn read_with(&self, wsi: &Rc<Wsi>, buffer: &mut [u8]) -> bool {
        let mut budget = TURN_BUDGET;
        let mut carried = 0;
        // What flow control held back comes first.
        if !wsi.held.borrow().is_empty() && self.may_read(wsi) {
            let held = std::mem::take(&mut *wsi.held.borrow_mut());
            let now = held.len().min(RX_SIZE);
            buffer[RX_MARGIN..RX_MARGIN + now].copy_from_slice(&held[..now]);
            if now < held.len() {
                *wsi.held.borrow_mut() = held[now..].to_vec();
            }
            drop(held);
            self.deliver(wsi, buffer, now, false);
            if !wsi.held.borrow().is_empty() {
                return self.may_read(wsi);
            }
        }
        loop {
            if !wsi.transport.readable.get() {
                return false;
            }
            if !self.may_read(wsi) {
                self.look_for_an_error(wsi);
                return false;
            }
            let (from, to) = (RX_MARGIN + carried, RX_MARGIN + RX_SIZE);
            let asked = to - from;
            match wsi.transport.with_stream(|s| s.read(&mut buffer[from..to])) {
                None => return false,
                Some(Ok(0)) => {
                    if carried > 0 {
                        self.deliver(wsi, buffer, carried, false);
                    }
                    self.peer_ended(wsi);
                    return false;
                }
                Some(Ok(n)) => {
                    let full = n == asked;
                    if !full && !wsi.transport.read_closed.get() {
                        wsi.transport.readable.set(false);
                    }
                    budget = budget.saturating_sub(n);
                    carried = self.deliver(wsi, buffer, carried + n, full && budget > 0);
                    if budget == 0 {
                        return wsi.transport.readable.get();
                    }
                }
                Some(Err(e)) if e.kind() == ErrorKind::WouldBlock => {
                    wsi.transport.readable.set(false);
                    if carried > 0 {
                        self.deliver(wsi, buffer, carried, false);
                    }
                    return false;
                }
                Some(Err(_)) => {
                    wsi.transport.eof.set(true);
                    wsi.transport.readable.set(false);
                    self.close_later(wsi, Close::AtOnce);
                    return false;
                }
            }
        }
    }

    /// Hands `buffer[RX_MARGIN..][..len]` to the role. What it leaves is moved to the front when `more` is about to be
    /// read behind it, or held for the connection when reading was stopped. Returns how much was moved to the front.
    fn deliver(&self, wsi: &Rc<Wsi>, buffer: &mut [u8], len: usize, more: bool) -> usize {
        let mut at = 0;
        while at < len {
            let area = &mut buffer[RX_MARGIN + at..RX_MARGIN + len + 1];
            let outcome = match &*wsi.role.borrow() {
                Role::Ws(_) => Some(true),
                Role::Http(_) => Some(false),
                Role::Listener(_) => None,
            };
            let outcome = match outcome {
                Some(true) => self.ws_receive(wsi, area, more),
                Some(false) => self.http_receive(wsi, area),
                None => return 0,
            };
            match outcome {
                ReadOutcome::Used(n) => at += n,
                ReadOutcome::Stopped(n) => {
                    at += n;
                    wsi.held.borrow_mut().splice(0..0, buffer[RX_MARGIN + at..RX_MARGIN + len].iter().copied());
                    return 0;
                }
                ReadOutcome::WaitsForMore(n) => {
                    at += n;
                    buffer.copy_within(RX_MARGIN + at..RX_MARGIN + len, RX_MARGIN);
                    return len - at;
                }
                ReadOutcome::Ended => return 0,
            }
        }
        0
    }

    /// Reading is off, yet an event said that the peer ended. Data may stand before the end, so the end is remembered
    /// until reading is on again; only an error ends the connection now.
    fn look_for_an_error(&self, wsi: &Wsi) {
        if !wsi.transport.read_closed.get() {
            return;
        }
        if wsi.transport.with_stream(|s| s.failed()).unwrap_or(false) {
            self.close_later(wsi, Close::AtOnce);
        } else {
            self.http_peer_is_leaving(wsi);
        }
    }

    /// The peer ended its side.
    fn peer_ended(&self, wsi: &Rc<Wsi>) {
        wsi.transport.eof.set(true);
        wsi.transport.readable.set(false);
        match wsi.phase.get() {
            Phase::Live | Phase::AwaitClose => self.role_peer_ended(wsi),
            _ => {}
        }
    }
}
