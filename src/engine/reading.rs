//! Reading: from the socket into the service thread's one buffer, decoded in place by the role, in turns that no busy
//! peer can stretch.

use std::rc::Rc;

use crate::engine::context::{Context, RX_MARGIN, RX_SIZE};
use crate::engine::role::ReadOutcome;
use crate::engine::transport::Incoming;
use crate::engine::wsi::{Close, Phase, RoleKind, Wsi};

/// Bytes that one connection may read in one turn before the others have theirs.
const TURN_BUDGET: usize = RX_SIZE;

/// Bytes of control answers (pongs) that may wait for a peer that does not read before we stop reading from it.
pub const CONTROL_QUEUE_BOUND: usize = 16 * 1024;

/// First size of the pieces in which held-back bytes are delivered.
const HELD_PIECE: usize = 8 * 1024;

/// What is to become of bytes that a role did not use.
enum Rest {
    /// They come again, in front of what is read next.
    Waits,
    /// The connection is ending.
    Void,
}

/// Bytes that were read and not delivered when reading was stopped.
pub struct Held {
    bytes: Vec<u8>,
    at: usize,
}

impl Wsi {
    /// Runs `f` on what is held. It is in a cell and not behind a borrow's counter, since each idle connection would have that.
    fn with_held<T>(&self, f: impl FnOnce(&mut Option<Box<Held>>) -> T) -> T {
        let mut held = self.held.take();
        let result = f(&mut held);
        self.held.set(held);
        result
    }

    /// Something that was read waits to be delivered.
    pub fn has_held(&self) -> bool {
        self.with_held(|held| held.as_ref().is_some_and(|h| h.at < h.bytes.len()))
    }

    /// The same, or compressed bytes wait to be inflated.
    pub fn has_waiting(&self) -> bool {
        self.undelivered.get() || self.has_held()
    }

    /// Keeps bytes. Nothing is kept yet.
    pub fn hold(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.held.set(Some(Box::new(Held { bytes: bytes.to_vec(), at: 0 })));
        }
    }

    /// Copies the first of the kept bytes into `out`. Returns how many, and how many are left behind them.
    pub fn take_held(&self, out: &mut [u8]) -> (usize, usize) {
        self.with_held(|held| match held {
            Some(h) => {
                let waiting = &h.bytes[h.at..];
                let n = waiting.len().min(out.len());
                out[..n].copy_from_slice(&waiting[..n]);
                h.at += n;
                (n, h.bytes.len() - h.at)
            }
            None => (0, 0),
        })
    }

    /// The last `n` bytes that were taken are kept after all. Memory of none is given back.
    pub fn return_held(&self, n: usize) {
        self.with_held(|held| {
            if let Some(h) = held {
                h.at -= n;
                if h.at == h.bytes.len() {
                    *held = None;
                }
            }
        });
    }

    pub fn drop_held(&self) {
        self.held.set(None);
    }
}

impl Context {
    /// Reads what a connection has, within its budget. `true`: there may be more.
    pub fn read(&self, wsi: &Rc<Wsi>) -> bool {
        if wsi.rx_stopped() && !wsi.transport.read_closed.get() && !wsi.has_waiting() {
            return false;
        }
        if self.client_reads_body(wsi) {
            return self.client_body_turn(wsi);
        }
        let mut buffer = self.rx.borrow_mut().take().unwrap_or_else(|| vec![0; RX_SIZE + 2 * RX_MARGIN]);
        let more = self.read_with(wsi, &mut buffer);
        *self.rx.borrow_mut() = Some(buffer);
        more
    }

    fn may_read(&self, wsi: &Wsi) -> bool {
        !wsi.rx_stopped()
            && !wsi.undelivered.get()
            && wsi.close.get().is_none()
            && matches!(wsi.phase.get(), Phase::Live | Phase::AwaitClose)
            && !self.control_queue_full(wsi)
            && !self.http_pauses_reading(wsi)
            && !self.client_pauses_reading(wsi)
    }

    fn control_queue_full(&self, wsi: &Wsi) -> bool {
        wsi.transport.has_backlog() && wsi.with_ws(|ws| ws.control_waiting > CONTROL_QUEUE_BOUND).unwrap_or(false)
    }

    /// What was held back has gone to the kernel.
    pub fn backlog_gone(&self, wsi: &Wsi) {
        wsi.with_ws(|ws| ws.control_waiting = 0);
        self.peer_took(wsi, true);
        if wsi.transport.readable.get() || wsi.has_held() {
            self.make_ready(wsi);
        }
    }

    fn read_with(&self, wsi: &Rc<Wsi>, buffer: &mut [u8]) -> bool {
        let mut budget = TURN_BUDGET;
        if wsi.undelivered.get() && !wsi.rx_stopped() {
            let inflated = match self.program_extensions(wsi) {
                Some(_) => self.ws_program_waiting(wsi),
                None => self.ws_inflate_waiting(wsi),
            };
            if self.after_inflating(wsi, inflated, 0).is_some() {
                return false;
            }
        }
        let mut carried = self.read_held(wsi, buffer);
        if wsi.has_held() {
            let more = self.may_read(wsi);
            if !more {
                self.look_for_an_error(wsi);
            }
            return more;
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
            match wsi.transport.read(&mut buffer[from..to], &self.verify_hook(wsi)) {
                Incoming::Bytes(n) => {
                    budget = budget.saturating_sub(n);
                    // TLS gives what one read of the socket came to, also when there is more.
                    let fills = n == to - from || wsi.transport.is_secure() && carried + n <= RX_SIZE / 2;
                    let more = fills && wsi.transport.readable.get();
                    carried = self.deliver_read(wsi, buffer, carried + n, more);
                    if budget == 0 {
                        wsi.hold(&buffer[RX_MARGIN..RX_MARGIN + carried]);
                        return wsi.transport.readable.get();
                    }
                }
                Incoming::Secured => self.secured(wsi),
                Incoming::Nothing => {
                    if carried > 0 {
                        self.deliver_read(wsi, buffer, carried, false);
                    }
                    return false;
                }
                Incoming::End => {
                    if carried > 0 {
                        self.deliver_read(wsi, buffer, carried, false);
                    }
                    self.peer_ended(wsi);
                    return false;
                }
                Incoming::Broken(why) => {
                    wsi.transport.eof.set(true);
                    wsi.transport.readable.set(false);
                    self.broken(wsi, why);
                    return false;
                }
            }
        }
    }

    /// What was read earlier and held back comes first. It is copied out in small pieces, so that a program which stops
    /// after each message does not have all of it copied for each; a piece grows while it ends inside a message. Returns
    /// how much of the last stands at the buffer's front, to be continued by what the socket has.
    fn read_held(&self, wsi: &Rc<Wsi>, buffer: &mut [u8]) -> usize {
        let mut size = HELD_PIECE;
        while wsi.has_held() && self.may_read(wsi) {
            let (now, left) = wsi.take_held(&mut buffer[RX_MARGIN..RX_MARGIN + size]);
            let is_last = left == 0 && wsi.transport.readable.get();
            let more = size < RX_SIZE && (left > 0 || is_last);
            let (used, rest) = self.deliver(wsi, buffer, now, more);
            if matches!(rest, Rest::Void) {
                wsi.drop_held();
                return 0;
            }
            if is_last && more && self.may_read(wsi) {
                wsi.drop_held();
                buffer.copy_within(RX_MARGIN + used..RX_MARGIN + now, RX_MARGIN);
                return now - used;
            }
            wsi.return_held(now - used);
            size = if more && used == 0 { RX_SIZE.min(size * 2) } else { HELD_PIECE };
        }
        0
    }

    /// Hands what was read to the role. What it leaves is moved to the front when `more` is about to be read behind it,
    /// or held for the connection when reading was stopped. Returns how much was moved to the front.
    fn deliver_read(&self, wsi: &Rc<Wsi>, buffer: &mut [u8], len: usize, more: bool) -> usize {
        let (used, rest) = self.deliver(wsi, buffer, len, more);
        let from = RX_MARGIN + used;
        match rest {
            Rest::Void => 0,
            Rest::Waits if more && self.may_read(wsi) => {
                buffer.copy_within(from..RX_MARGIN + len, RX_MARGIN);
                len - used
            }
            Rest::Waits => {
                wsi.hold(&buffer[from..RX_MARGIN + len]);
                0
            }
        }
    }

    /// Hands `buffer[RX_MARGIN..][..len]` to the role. Returns how much it used, and what is to become of the rest.
    fn deliver(&self, wsi: &Rc<Wsi>, buffer: &mut [u8], len: usize, more: bool) -> (usize, Rest) {
        let mut at = 0;
        while at < len {
            let area = &mut buffer[RX_MARGIN + at..RX_MARGIN + len + 1];
            let outcome = match wsi.kind() {
                RoleKind::Ws => self.ws_receive(wsi, area, more),
                RoleKind::Http => self.http_receive(wsi, area),
                RoleKind::Client => self.client_receive(wsi, &area[..area.len() - 1]),
                RoleKind::Raw => {
                    let len = area.len() - 1;
                    self.raw_receive(wsi, &mut area[..len])
                }
                RoleKind::Listener => ReadOutcome::Ended,
            };
            match outcome {
                ReadOutcome::Used(n) => at += n,
                ReadOutcome::Stopped(n) | ReadOutcome::WaitsForMore(n) => return (at + n, Rest::Waits),
                ReadOutcome::Ended => return (at, Rest::Void),
            }
        }
        (len, Rest::Waits)
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
        self.tls_peer_ended(wsi);
        match wsi.phase.get() {
            Phase::Live | Phase::AwaitClose => self.role_peer_ended(wsi),
            _ => {}
        }
    }
}
