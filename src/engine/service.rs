//! The service loop: three calls that any host can make (`fd`, `deadline`, `turn`), and one round of serving.

use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use crate::abi::*;
use crate::engine::context::{Context, Entry, RESOLVED_TOKEN, State, WAKE_TOKEN};
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Phase, Role, RoleKind, Wsi};
use crate::net::{Ready, Token};
use crate::util::time::now_usecs;

/// WRITEABLE callbacks that one connection may have in one turn: programs that write one message each time still get
/// their messages into one send.
const WRITEABLE_PER_TURN: usize = 64;

/// How long a pass may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    No,
    /// Until something is to be done.
    UntilWork,
    /// At most so many milliseconds.
    Millis(u32),
}

/// What a host's own poll said about a descriptor.
#[derive(Clone, Copy, Debug)]
pub struct HostReady {
    /// There is something to read.
    pub readable: bool,
    /// It takes data.
    pub writable: bool,
    /// It hung up or has an error.
    pub ended: bool,
}

impl Context {
    /// The poller's descriptor, for a host that polls it; -1 before the first pass.
    pub fn fd(&self) -> RawFd {
        self.poller.borrow().as_ref().map_or(-1, |p| p.fd())
    }

    /// When the next pass has to be made: 0 when something waits already, else the due time (µs), `None` for never.
    pub fn deadline(&self, now: i64) -> Option<i64> {
        if !self.ready.borrow().is_empty()
            || !self.closing.borrow().is_empty()
            || self.cancel_owed.get()
            || self.domain.has_jobs()
            || self.has_resolved()
            || self.state.get() == State::Fresh
        {
            return Some(0);
        }
        // `i64::MAX` stands for never while they are compared: folding `Option`s is optimised into code that reads
        // an absent one's value before it looks at the tag, and memcheck reports that.
        let due = [self.wheel.next_due(), self.linger_deadline(now), self.accept_retry.get(), self.tls_daily.get()];
        let earliest = due.map(|at| at.unwrap_or(i64::MAX)).into_iter().fold(i64::MAX, i64::min);
        (earliest != i64::MAX).then_some(earliest)
    }

    /// One round: waits as `wait` says, then serves what is ready. `false`: the context is ending.
    pub fn turn(&self, wait: Wait) -> bool {
        if !self.start() {
            return false;
        }
        if let Err(e) = self.ensure_poller() {
            crate::util::log::err!("the event set cannot be made: {e}");
            return false;
        }
        self.poll(wait);
        let now = now_usecs();
        self.run_timers(now);
        self.run_jobs();
        self.app.attend(self);
        self.settle();
        self.tell_certificate_ages(now);
        if self.cancel_owed.replace(false) {
            self.broadcast(LWS_CALLBACK_EVENT_WAIT_CANCELLED);
            self.settle();
        }
        self.take_resolved();
        self.retry_accepts(now);
        self.serve_ready();
        self.settle();
        self.state.get() == State::Serving
    }

    /// What the first pass does before it serves: PROTOCOL_INIT everywhere, GET_THREAD_ID. `false`: ending.
    pub fn start(&self) -> bool {
        match self.state.get() {
            State::Serving => return true,
            State::Fresh => self.state.set(State::Serving),
            State::DestroyAsked | State::Destroying => return false,
        }
        let vhosts = self.vhosts.borrow().clone();
        if let Some(first) = vhosts.first()
            && !first.config.protocols.is_empty()
        {
            self.call_without_wsi(first, 0, LWS_CALLBACK_GET_THREAD_ID, std::ptr::null_mut());
        }
        self.app.started(self);
        self.tell_certificate_ages(now_usecs());
        self.settle();
        self.state.get() == State::Serving
    }

    fn poll(&self, wait: Wait) {
        let now = now_usecs();
        let until_deadline = self.deadline(now).map(|due| (due - now).max(0) as u64);
        let bound = match wait {
            Wait::No => Some(0),
            Wait::UntilWork => until_deadline,
            Wait::Millis(ms) => Some(until_deadline.unwrap_or(u64::MAX).min(u64::from(ms) * 1000)),
        };
        // The kernel waits in whole milliseconds; a timer must not be early, so round up.
        let bound = bound.map(|us| Duration::from_millis(us.div_ceil(1000)));
        let mut poller = self.poller.borrow_mut();
        let Some(poller) = poller.as_mut() else { return };
        let result = poller.wait(bound, |event| self.note(event));
        if let Err(e) = result {
            crate::util::log::err!("waiting for events failed: {e}");
        }
    }

    /// Marks what an event tells. No callback runs here.
    fn note(&self, event: Ready) {
        if event.token == WAKE_TOKEN {
            if self.domain.clear_wake() {
                self.cancel_owed.set(true);
            }
            return;
        }
        if event.token == RESOLVED_TOKEN {
            // It is seen by what the resolver has.
            return;
        }
        let token = event.token.0 as u32;
        match self.table.borrow().get(event.token.0) {
            Some(Entry::Wsi(wsi)) => {
                let t = &wsi.transport;
                if event.readable {
                    t.readable.set(true);
                }
                if event.writable {
                    t.writable.set(true);
                }
                if event.read_closed {
                    t.read_closed.set(true);
                }
                if event.readable && !wsi.rx_stopped()
                    || event.read_closed
                    || wsi.want_writable.get()
                    || t.has_backlog()
                {
                    self.make_ready(wsi);
                }
            }
            Some(Entry::Linger(_) | Entry::Rival(_)) => self.ready.borrow_mut().push_back(token),
            None => {}
        }
    }

    /// Marks a descriptor as ready that the host's own poll found so, and finds its connection. `None`: it is none of ours.
    pub fn mark_ready(&self, fd: RawFd, ready: HostReady) -> Option<Rc<Wsi>> {
        if fd < 0 {
            return None;
        }
        let table = self.table.borrow();
        let (token, wsi) = table.iter().find_map(|(token, entry)| match entry {
            Entry::Wsi(wsi) if wsi.descriptor() == fd => Some((token, wsi.clone())),
            _ => None,
        })?;
        drop(table);
        let HostReady { readable, writable, ended } = ready;
        self.note(Ready { token: Token(token), readable: readable || ended, writable, read_closed: ended });
        Some(wsi)
    }

    /// Runs what foreign threads have queued (the marshal policy).
    pub fn run_jobs(&self) {
        if !self.domain.has_jobs() {
            return;
        }
        for job in self.domain.take_jobs() {
            job();
            self.settle();
        }
    }

    fn serve_ready(&self) {
        let round = self.ready.borrow().len();
        for _ in 0..round {
            let Some(token) = self.ready.borrow_mut().pop_front() else { return };
            let entry = match self.table.borrow().get(token as usize) {
                Some(Entry::Wsi(wsi)) => Some(wsi.clone()),
                Some(Entry::Linger(_) | Entry::Rival(_)) => None,
                None => continue,
            };
            match entry {
                Some(wsi) => self.serve_or_close(&wsi),
                None => {
                    self.linger_readable(token);
                    self.rival_event(token);
                }
            }
            self.settle();
            if self.state.get() != State::Serving {
                return;
            }
        }
        // One that was offered a place may not have taken it.
        self.offer_heads();
    }

    /// One connection's turn. An error of the library's own in it costs this connection, and no other.
    fn serve_or_close(&self, wsi: &Rc<Wsi>) {
        if catch_unwind(AssertUnwindSafe(|| self.serve(wsi))).is_ok() {
            return;
        }
        crate::util::log::err!("{}: an error inside the library was caught; please report it", wsi.handle());
        // What the turn had begun is put back; borrows have ended while it unwound.
        self.turn_of.set(None);
        self.cork.forget();
        self.depth.set(0);
        wsi.in_callback.set(0);
        if wsi.is_listener() {
            self.make_ready(wsi);
        } else {
            self.close_later(wsi, Close::AtOnce);
        }
    }

    /// One connection's turn: held-back data goes out, what came is read, WRITEABLE is given, the cork is sent.
    pub fn serve(&self, wsi: &Rc<Wsi>) {
        wsi.in_ready.set(false);
        if matches!(wsi.phase.get(), Phase::Closing | Phase::Dead) {
            return;
        }
        if wsi.is_listener() {
            self.accept(wsi);
            return;
        }
        if self.client_connecting(wsi) || self.client_moves_on(wsi) {
            return;
        }
        self.turn_of.set(Some(wsi.token));
        let sound = self.drain_backlog(wsi);
        if sound && wsi.has_waiting() {
            // As on 4.1.6, WRITEABLE goes before what flow control held back.
            self.give_writeable(wsi);
        }
        let more = sound && self.read(wsi);
        self.give_writeable(wsi);
        self.uncork(wsi);
        self.turn_of.set(None);
        if wsi.close.get().is_none()
            && wsi.phase.get() != Phase::Dead
            && (more || wsi.undelivered.get() && !wsi.rx_stopped() || wsi.want_writable.get() && wsi.can_write())
        {
            self.make_ready(wsi);
        }
    }

    /// `false`: the connection is broken, or it was only waiting for its held-back data to go.
    fn drain_backlog(&self, wsi: &Wsi) -> bool {
        if !wsi.transport.has_backlog() || !wsi.transport.writable.get() {
            return wsi.transport.with_stream(|_| ()).is_some();
        }
        match wsi.transport.drain() {
            Delivery::Sent if wsi.phase.get() == Phase::Draining => {
                self.close_later(wsi, Close::Orderly);
                false
            }
            Delivery::Sent => {
                self.backlog_gone(wsi);
                true
            }
            Delivery::Held => {
                self.peer_took(wsi, false);
                true
            }
            Delivery::Broken => {
                self.close_later(wsi, Close::AtOnce);
                false
            }
        }
    }

    /// Gives the WRITEABLE callbacks that were asked for, as long as data can go.
    pub fn give_writeable(&self, wsi: &Rc<Wsi>) {
        for _ in 0..WRITEABLE_PER_TURN {
            if !wsi.want_writable.get() || !wsi.can_write() || wsi.close.get().is_some() || self.cork.is_full() {
                return;
            }
            match wsi.phase.get() {
                // A new socket is on its way: there is nothing that the program could write to.
                Phase::Live if wsi.with_client(|c| c.before_request()) == Some(true) => return,
                Phase::Live => {
                    wsi.want_writable.set(false);
                    self.writeable(wsi);
                }
                Phase::AwaitClose => {
                    wsi.want_writable.set(false);
                    self.notify(wsi, wsi.ws_reasons().writeable);
                    return;
                }
                _ => return,
            }
            if self.state.get() != State::Serving {
                return;
            }
        }
    }

    fn writeable(&self, wsi: &Rc<Wsi>) {
        match wsi.kind() {
            RoleKind::Ws => {
                if self.notify(wsi, wsi.ws_reasons().writeable) != 0 {
                    self.close_later(wsi, Close::ByCallback);
                }
            }
            RoleKind::Http => self.http_writeable(wsi),
            RoleKind::Client => self.client_writeable(wsi),
            RoleKind::Raw => self.raw_writeable(wsi),
            RoleKind::Listener => {}
        }
    }

    /// The same as [`Context::callback_on_writable`] for the connection whose turn it is, if it is a WebSocket: its turn
    /// ends with a look at what it asked for. `None`: it is another one. Cannot panic.
    #[inline]
    pub fn ask_in_own_turn(&self, wsi: &Wsi) -> Option<i32> {
        if !self.is_turn_of(wsi)
            || wsi.phase.get() != Phase::Live
            || !matches!(*wsi.role.try_borrow().ok()?, Role::Ws(_))
        {
            return None;
        }
        wsi.want_writable.set(true);
        Some(1)
    }

    /// It is this connection's turn.
    #[inline]
    pub fn is_turn_of(&self, wsi: &Wsi) -> bool {
        self.turn_of.get() == Some(wsi.token)
    }

    /// Asks for one WRITEABLE callback. 1: noted; 0: the connection is ending.
    pub fn callback_on_writable(&self, wsi: &Wsi) -> i32 {
        if wsi.phase.get() != Phase::Live || wsi.is_listener() {
            return 0;
        }
        if wsi.with_client(|c| {
            c.before_request() && {
                c.wants_writable = true;
                true
            }
        }) == Some(true)
        {
            return 1;
        }
        wsi.want_writable.set(true);
        if wsi.can_write() && !self.is_turn_of(wsi) {
            self.make_ready(wsi);
        }
        1
    }
}
