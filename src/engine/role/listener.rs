//! The listening role: accepted sockets become connections.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;
use std::sync::atomic::Ordering::Release;

use crate::abi::*;
use crate::engine::context::{Context, Entry, State};
use crate::engine::role::http1::Http;
use crate::engine::role::raw::Raw;
use crate::engine::transport::Transport;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Phase, Role, TimerKind, Wsi};
use crate::guard::{self, Kind};
use crate::net::{Accepted, Listener, Stream};
use crate::util::time::now_usecs;

/// Connections that one listener takes in one turn.
const ACCEPT_BATCH: usize = 64;

/// After running out of descriptors or memory, accepting is tried again so much later (µs).
const ACCEPT_RETRY_US: i64 = 250_000;

/// The vhosts of a listener, for who chooses among them later.
pub type SharedVhosts = Rc<RefCell<Vec<Rc<Vhost>>>>;

/// A listener, and the vhosts that share it.
pub struct Listening {
    listener: Rc<Listener>,
    /// All vhosts that are reached through it; the first takes requests whose Host matches none.
    pub vhosts: SharedVhosts,
}

impl Listening {
    /// A listener for one vhost.
    pub fn new(listener: Listener, vhost: Rc<Vhost>) -> Listening {
        Listening { listener: Rc::new(listener), vhosts: Rc::new(RefCell::new(vec![vhost])) }
    }

    /// Its descriptor.
    pub fn fd(&self) -> RawFd {
        self.listener.as_raw_fd()
    }

    /// Its socket.
    pub fn socket(&self) -> &Listener {
        &self.listener
    }
}

impl Context {
    /// Accepts what waits, within a batch.
    pub fn accept(&self, listening: &Rc<Wsi>) {
        let listener = match &*listening.role.borrow() {
            Role::Listener(l) => l.listener.clone(),
            _ => return,
        };
        for _ in 0..ACCEPT_BATCH {
            if listening.phase.get() != Phase::Live || listening.close.get().is_some() {
                return;
            }
            if self.descriptors.get() >= self.config.fd_limit || self.tls_is_full(&listening.vhost.borrow()) {
                // One of ours has to close first, which brings the retry forward.
                self.accept_retry.set(Some(now_usecs() + ACCEPT_RETRY_US));
                return;
            }
            match listener.accept() {
                Ok(accepted) => {
                    self.accept_trouble_told.set(false);
                    self.accepted(listening, accepted);
                }
                Err(e) => match e.kind() {
                    ErrorKind::WouldBlock => {
                        listening.transport.readable.set(false);
                        return;
                    }
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => {
                        // EMFILE, ENFILE, ENOBUFS, ENOMEM and kin: the peer stays in the kernel's queue.
                        self.accept_pauses(&e);
                        return;
                    }
                },
            }
            if self.state.get() != State::Serving {
                return;
            }
        }
        self.make_ready(listening);
    }

    fn accept_pauses(&self, error: &std::io::Error) {
        self.accept_retry.set(Some(now_usecs() + ACCEPT_RETRY_US));
        if !self.accept_trouble_told.replace(true) {
            crate::util::log::err!("accept: {error}; new connections wait until that has passed");
        }
    }

    /// Lets the listeners try again that had to pause.
    pub fn retry_accepts(&self, now: i64) {
        if self.accept_retry.get().is_some_and(|due| due <= now) {
            self.accept_retry.set(None);
            for wsi in self.all_listeners().iter().filter(|w| w.transport.readable.get()) {
                self.make_ready(wsi);
            }
        }
    }

    fn accepted(&self, listening: &Rc<Wsi>, accepted: Accepted) {
        let vhost = listening.vhost();
        let Some(first) = vhost.config.protocols.first() else { return };
        let fd = accepted.stream.as_raw_fd();
        self.depth.set(self.depth.get() + 1);
        let refused = self.app.filter_connection(first, listening.handle(), fd, accepted.peer);
        self.depth.set(self.depth.get() - 1);
        if refused != 0 {
            return;
        }
        let (idle, interval, probes) = (vhost.config.ka.0, vhost.config.ka.2, vhost.config.ka.1);
        if idle != 0
            && let Err(e) = accepted.stream.keepalive(idle, interval, probes)
        {
            crate::util::log::warn!("TCP keepalive cannot be set: {e}");
        }
        let raw = vhost.config.raw.filter(|raw| raw.all);
        let role = match raw {
            Some(_) => Role::Raw(Box::new(Raw::accepted())),
            None => Role::Http(Box::new(Http::server())),
        };
        let Some(wsi) = self.new_wsi(vhost, role, Some(accepted.stream)) else { return };
        self.call_protocol(&wsi, 0, LWS_CALLBACK_WSI_CREATE, std::ptr::null_mut(), 0);
        if !self.begin_tls(listening, &wsi) {
            return self.close_later(&wsi, Close::Unborn);
        }
        let vhost = wsi.vhost();
        self.set_protocol(&wsi, vhost.config.default_protocol);
        if let Err(e) = self.watch(&wsi) {
            crate::util::log::err!("a new connection cannot be watched: {e}");
            self.close_later(&wsi, Close::AtOnce);
            return;
        }
        if let Some(raw) = raw {
            self.cancel_owed.set(true);
            return self.raw_accepted(&wsi, raw.protocol);
        }
        self.lend_pss(&wsi);
        if wsi.is_live()
            && self.call_protocol(&wsi, 0, LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED, std::ptr::null_mut(), 0) != 0
        {
            self.close_later(&wsi, Close::Orderly);
            return;
        }
        self.set_timer(&wsi, TimerKind::Timeout, i64::from(vhost.config.timeout_secs) * 1_000_000);
        // The original wakes itself after each connection that was taken on, and programs see it.
        self.cancel_owed.set(true);
    }

    /// Enters a new connection into the tables; it holds a descriptor from now on. `None`: the tables are full.
    pub fn new_wsi(&self, vhost: Rc<Vhost>, role: Role, stream: Option<Stream>) -> Option<Rc<Wsi>> {
        let fd = match &role {
            Role::Listener(l) => l.fd(),
            _ => stream.as_ref().map_or(-1, |s| s.as_raw_fd()),
        };
        let Some(slot) = guard::insert(Kind::Wsi, self.domain, std::ptr::null(), self.slot.handle) else {
            crate::util::log::err!("no handle is left for a new connection");
            return None;
        };
        slot.slot.fd.store(fd, Release);
        let serial = self.serial.get().wrapping_add(1);
        self.serial.set(serial);
        let is_listener = matches!(role, Role::Listener(_));
        let mut table = self.table.borrow_mut();
        let entry = table.vacant_entry();
        let wsi = Rc::new(Wsi {
            slot,
            token: entry.key() as u32,
            serial,
            vhost: RefCell::new(vhost),
            protocol: Cell::new(0),
            neighbours: Default::default(),
            bound: Cell::new(false),
            owns_pss: Cell::new(false),
            transport: Transport::new(stream),
            role: RefCell::new(role),
            phase: Cell::new(Phase::Live),
            close: Cell::new(None),
            want_writable: Cell::new(false),
            in_ready: Cell::new(false),
            in_callback: Cell::new(0),
            rx_stop_reasons: Cell::new(0),
            held: Cell::default(),
            piece: Cell::default(),
            undelivered: Cell::new(false),
            drop_told: Cell::new(false),
            timers: RefCell::default(),
            family: Default::default(),
        });
        slot.slot.obj.store(Rc::as_ptr(&wsi).cast_mut().cast(), std::sync::atomic::Ordering::Release);
        entry.insert(Entry::Wsi(wsi.clone()));
        drop(table);
        self.descriptors.set(self.descriptors.get() + 1);
        if is_listener {
            self.listeners.borrow_mut().push(wsi.token);
        } else {
            let vhost = wsi.vhost.borrow();
            vhost.connections.set(vhost.connections.get() + 1);
            self.join_members(&wsi);
        }
        self.publish_protocol(&wsi);
        Some(wsi)
    }
}
