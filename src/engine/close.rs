//! The end of a connection. Closing is marked where it is decided and carried out when the stack has unwound to the
//! loop, so that nothing disappears under a callback.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::{Context, Entry, State};
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Phase, Role, RoleKind, TimerKind, Wsi};
use crate::guard;
use crate::util::time::now_usecs;

/// How long the peer's close frame is waited for after ours, and held-back data may take to go (seconds).
const GOODBYE_SECS: u32 = 5;

impl Context {
    /// Marks a connection to be closed. The most urgent mark counts.
    pub fn close_later(&self, wsi: &Wsi, how: Close) {
        if matches!(wsi.phase.get(), Phase::Closing | Phase::Dead) {
            return;
        }
        let how = match (wsi.close.get(), how) {
            (Some(Close::AtOnce), Close::Unborn) | (Some(Close::Unborn), _) => Close::Unborn,
            (Some(Close::AtOnce), _) => Close::AtOnce,
            (Some(how), Close::Anew) => how,
            (_, how) => how,
        };
        if wsi.close.replace(Some(how)).is_none() {
            self.closing.borrow_mut().push(wsi.token);
        }
    }

    /// Carries out what was marked while callbacks ran. Called when no callback is on the stack.
    pub fn settle(&self) {
        if self.depth.get() != 0 {
            return;
        }
        loop {
            let batch = std::mem::take(&mut *self.closing.borrow_mut());
            if batch.is_empty() {
                break;
            }
            for token in batch {
                if let Some(wsi) = self.wsi(token)
                    && let Some(how) = wsi.close.take()
                {
                    self.close_now(&wsi, how);
                }
            }
        }
        self.reap_vhosts();
    }

    /// Takes a connection as far towards its end as it can go now.
    fn close_now(&self, wsi: &Rc<Wsi>, how: Close) {
        if how == Close::Anew {
            return self.client_anew(wsi);
        }
        if how == Close::ByCallback && wsi.phase.get() == Phase::Live && self.say_goodbye(wsi) {
            return;
        }
        if matches!(how, Close::Orderly | Close::ByCallback) && wsi.transport.has_backlog() {
            // What a write has accepted is not lost because the program hangs up.
            if wsi.phase.replace(Phase::Draining) != Phase::Draining {
                self.set_timer(wsi, TimerKind::Timeout, i64::from(GOODBYE_SECS) * 1_000_000);
            }
            return;
        }
        self.finish(wsi, how);
    }

    /// Sends the close frame whose reason the program set. `true`: the peer's is waited for.
    fn say_goodbye(&self, wsi: &Rc<Wsi>) -> bool {
        let Some(Some(payload)) = wsi.with_ws(|ws| ws.close_to_send.take()) else { return false };
        wsi.phase.set(Phase::AwaitClose);
        self.tell_drop(wsi, wsi.ws_reasons().drop);
        if self.send_close_frame(wsi, &payload) == Delivery::Broken {
            wsi.close.set(None);
            self.finish(wsi, Close::AtOnce);
            return true;
        }
        self.set_timer(wsi, TimerKind::Timeout, i64::from(GOODBYE_SECS) * 1_000_000);
        // 4.1.6 tells WRITEABLE once a close frame of its own went out.
        wsi.want_writable.set(true);
        self.make_ready(wsi);
        true
    }

    /// Ends a connection, after those that belong to it.
    fn finish(&self, wsi: &Rc<Wsi>, how: Close) {
        for child in self.descendants(wsi) {
            self.finish_one(&child, Close::AtOnce);
        }
        self.finish_one(wsi, how);
    }

    /// The closing callbacks, the socket, the handle.
    fn finish_one(&self, wsi: &Rc<Wsi>, how: Close) {
        if matches!(wsi.phase.replace(Phase::Closing), Phase::Closing | Phase::Dead) {
            return;
        }
        let is_listener = wsi.is_listener();
        self.tls_ends(wsi);
        if how != Close::Unborn {
            self.farewell(wsi, how);
        }
        self.leave_parent(wsi);
        // p0 of the vhost hears the last of everything, also of its listener.
        self.call_protocol(wsi, 0, LWS_CALLBACK_WSI_DESTROY, std::ptr::null_mut(), 0);
        wsi.phase.set(Phase::Dead);
        self.ws_program_end(wsi);
        self.ws_give_back(wsi);
        guard::retire(wsi.slot);
        self.free_pss(wsi);
        *wsi.timers.borrow_mut() = Default::default();
        self.close_socket(wsi, how);
        self.leave_members(wsi);
        self.table.borrow_mut().try_remove(wsi.token as usize);
        let vhost = wsi.vhost();
        if is_listener {
            vhost.listeners.borrow_mut().retain(|t| *t != wsi.token);
            self.listeners.borrow_mut().retain(|t| *t != wsi.token);
        } else {
            vhost.connections.set(vhost.connections.get() - 1);
        }
        self.reap_due.set(self.reap_due.get() || vhost.dying.get());
    }

    /// The closing callbacks that the role has.
    fn farewell(&self, wsi: &Rc<Wsi>, how: Close) {
        match wsi.kind() {
            RoleKind::Ws => {
                let rejected = wsi.with_ws(|ws| ws.client.as_ref().is_some_and(|c| c.rejected)) == Some(true);
                let reasons = wsi.ws_reasons();
                if rejected {
                    self.tell_connection_error(wsi, "HS: Rejected at CLIENT_ESTABLISHED");
                }
                self.tell_drop(wsi, reasons.drop);
                self.ws_program_end(wsi);
                if !rejected {
                    self.notify(wsi, reasons.closed);
                }
            }
            RoleKind::Http => {
                self.tell_drop(wsi, LWS_CALLBACK_HTTP_DROP_PROTOCOL);
                self.notify(wsi, LWS_CALLBACK_CLOSED_HTTP);
            }
            RoleKind::Client => self.client_farewell(wsi, how),
            RoleKind::Raw => self.raw_farewell(wsi),
            RoleKind::Listener => {}
        }
    }

    /// Ends a connection that failed within the call that made it: none of its callbacks is on the stack.
    pub fn close_new(&self, wsi: &Rc<Wsi>) {
        if let Some(how) = wsi.close.take() {
            self.finish(wsi, how);
        }
    }

    fn close_socket(&self, wsi: &Wsi, how: Close) {
        let poller = self.poller.borrow();
        let listener_fd = match &*wsi.role.borrow() {
            Role::Listener(l) => Some(l.fd()),
            Role::Http(http) => {
                if http.holds_head() {
                    self.head_gone();
                }
                None
            }
            Role::Ws(_) | Role::Client(_) | Role::Raw(_) => None,
        };
        if let Some(fd) = listener_fd {
            if let Some(p) = &*poller {
                p.deregister(fd);
            }
            self.descriptor_gone();
            return;
        }
        let t = &wsi.transport;
        let polite = how != Close::AtOnce && !t.eof.get() && (t.readable.get() || !peer_said_goodbye(wsi));
        self.end_tls(wsi);
        let Some(stream) = t.take_stream() else {
            if wsi.with_client(|c| !c.sharing.placeless) == Some(true) {
                // Its place among the descriptors was kept for it.
                self.descriptor_gone();
            }
            return;
        };
        self.descriptor_gone();
        if polite && self.state.get() != State::Destroying {
            drop(poller);
            self.linger(stream, now_usecs());
        } else if let Some(p) = &*poller {
            p.deregister(std::os::fd::AsRawFd::as_raw_fd(&stream));
        }
    }

    /// A descriptor was given back: listeners that wait for one may try again.
    pub fn descriptor_gone(&self) {
        self.descriptors.set(self.descriptors.get() - 1);
        if self.accept_retry.get().is_some() {
            self.accept_retry.set(Some(0));
        }
    }

    /// Frees vhosts that were destroyed and whose last connection has gone.
    fn reap_vhosts(&self) {
        while self.reap_due.get() {
            let gone = self
                .vhosts
                .borrow()
                .iter()
                .position(|v| v.dying.get() && v.connections.get() == 0 && v.listeners.borrow().is_empty());
            let Some(index) = gone else { return self.reap_due.set(false) };
            let vhost = self.vhosts.borrow()[index].clone();
            self.end_vhost(&vhost);
            self.vhosts.borrow_mut().retain(|v| !Rc::ptr_eq(v, &vhost));
        }
    }
}

fn peer_said_goodbye(wsi: &Wsi) -> bool {
    wsi.with_ws(|ws| ws.peer_closed).unwrap_or(false)
}

impl Context {
    /// Removes every connection of the context with its callbacks, vhost by vhost. The socket of each is closed at once.
    pub fn close_everything(&self) {
        let vhosts = self.vhosts.borrow().clone();
        for vhost in &vhosts {
            let mut mine: Vec<_> =
                (0..vhost.config.protocols.len()).flat_map(|index| self.members(vhost, index)).collect();
            mine.sort_by_key(|wsi| wsi.token);
            let listeners = vhost.listeners.borrow().clone();
            // Connections first, then their listeners.
            for wsi in mine.into_iter().chain(listeners.into_iter().filter_map(|token| self.wsi(token))) {
                wsi.close.set(None);
                self.finish(&wsi, if wsi.transport.has_backlog() { Close::AtOnce } else { Close::Orderly });
            }
        }
        self.closing.borrow_mut().clear();
        self.ready.borrow_mut().clear();
        self.table.borrow_mut().retain(|_, e| matches!(e, Entry::Wsi(_)));
    }
}
