//! A connection as the program sees it: bound protocol, per-session area, timers, what it asked for, and what it is at
//! the moment (its role). Everything that a callback may touch sits in cells, so that no borrow outlives a call.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use crate::engine::family::Family;
use crate::engine::members::Neighbours;
use crate::engine::reading::Held;
use crate::engine::role::client::Client;
use crate::engine::role::http1::Http;
use crate::engine::role::listener::Listening;
use crate::engine::role::raw::Raw;
use crate::engine::role::ws::{Piece, Ws};
use crate::engine::transport::Transport;
use crate::engine::vhost::Vhost;
use crate::guard::{Handle, SlotRef};
use crate::util::sul_wheel::Timer;

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Doing what its role does.
    Live,
    /// A ws close frame of ours is out: the peer's is waited for, nothing else passes.
    AwaitClose,
    /// To be closed when the stack has unwound; what is still held back is sent first.
    Draining,
    /// Its closing callbacks are being made.
    Closing,
    /// WSI_DESTROY has returned.
    Dead,
}

/// Why a connection is to be closed, which decides what is still sent and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Held-back data is sent, then the closing callbacks come.
    Orderly,
    /// The same, but a ws connection whose program set a close reason says goodbye first.
    ByCallback,
    /// The socket is of no more use, or the program wants it gone at once.
    AtOnce,
    /// Refused before it became anything: WSI_DESTROY alone is told.
    Unborn,
    /// Not closed: a client connection that begins anew, elsewhere, with the same handle.
    Anew,
}

/// What runs out when a timer of a connection fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TimerKind {
    /// `lws_set_timeout` and the library's own waits: the connection is closed.
    Timeout = 0,
    /// `lws_set_timer_usecs`: LWS_CALLBACK_TIMER.
    User = 1,
    /// The sign of life policy.
    Validity = 2,
}

/// The role of a connection, with the state that only this role has.
pub enum Role {
    /// Accepts connections.
    Listener(Box<Listening>),
    /// HTTP/1 server side.
    Http(Box<Http>),
    /// Client side, before it is a WebSocket or until its HTTP answer is read.
    Client(Box<Client>),
    /// WebSocket, either side.
    Ws(Box<Ws>),
    /// Bytes that only the program understands.
    Raw(Box<Raw>),
}

/// Which role a connection has, for code that must not hold the role while it acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// [`Role::Listener`].
    Listener,
    /// [`Role::Http`].
    Http,
    /// [`Role::Client`].
    Client,
    /// [`Role::Ws`].
    Ws,
    /// [`Role::Raw`].
    Raw,
}

/// One connection, or a listener.
pub struct Wsi {
    /// Its handle, and the values that any thread may ask for.
    pub slot: SlotRef,
    /// Index in the context's table of connections; also its poller token.
    pub token: u32,
    /// Tells apart the connections that have had the same token.
    pub serial: u32,
    /// The vhost it belongs to now.
    pub vhost: RefCell<Rc<Vhost>>,
    /// Index of the bound protocol in the vhost's table.
    pub protocol: Cell<usize>,
    /// Its place among the connections of that protocol.
    pub neighbours: Neighbours,
    /// The bind was told and not yet taken back, so that a drop is owed.
    pub bound: Cell<bool>,
    /// The per-session area was made by the library (else it is the program's).
    pub owns_pss: Cell<bool>,
    /// Socket, readiness, backlog.
    pub transport: Transport,
    /// What it is at the moment.
    pub role: RefCell<Role>,
    /// Where it is in its life.
    pub phase: Cell<Phase>,
    /// The closing that was asked for and is carried out when the stack has unwound.
    pub close: Cell<Option<Close>>,
    /// The program waits for WRITEABLE.
    pub want_writable: Cell<bool>,
    /// It is in the ready list.
    pub in_ready: Cell<bool>,
    /// Callbacks of this connection that are on the stack now.
    pub in_callback: Cell<u8>,
    /// Why reading is stopped (`LWS_RXFLOW_REASON_*`); 0: it runs.
    pub rx_stop_reasons: Cell<u8>,
    /// Bytes that were read and not delivered when reading was stopped.
    pub held: Cell<Option<Box<Held>>>,
    /// The piece of a message that is being delivered.
    pub piece: Cell<Piece>,
    /// Compressed data was read that is not inflated and delivered yet; it comes before what is held.
    pub undelivered: Cell<bool>,
    /// Goodbye was told already (`*_DROP_PROTOCOL`).
    pub drop_told: Cell<bool>,
    /// Timers, made on first use.
    pub timers: RefCell<[Option<Timer>; 3]>,
    /// Its parent and children, if it has had any.
    pub family: OnceCell<Box<Family>>,
}

impl Wsi {
    /// Its handle.
    pub fn handle(&self) -> Handle {
        self.slot.handle
    }

    /// Its descriptor; -1 when it has none.
    pub fn descriptor(&self) -> std::os::fd::RawFd {
        match &*self.role.borrow() {
            Role::Listener(l) => l.fd(),
            _ => self.transport.fd(),
        }
    }

    /// The vhost it belongs to now.
    pub fn vhost(&self) -> Rc<Vhost> {
        self.vhost.borrow().clone()
    }

    /// The per-session area, or null.
    pub fn user(&self) -> *mut c_void {
        self.slot.slot.user.load(Relaxed)
    }

    /// Replaces the pointer that callbacks get as `user`.
    pub fn set_user(&self, user: *mut c_void) {
        self.slot.slot.user.store(user, Release);
    }

    /// Live, or saying goodbye: its functions still answer.
    pub fn is_live(&self) -> bool {
        self.phase.get() == Phase::Live && self.close.get().is_none()
    }

    /// It has come as far as its protocol's first callback: a request was routed there, or it is a WebSocket.
    pub fn has_met_protocol(&self) -> bool {
        self.bound.get() || self.is_ws()
    }

    /// Its role.
    #[inline]
    pub fn kind(&self) -> RoleKind {
        match &*self.role.borrow() {
            Role::Listener(_) => RoleKind::Listener,
            Role::Http(_) => RoleKind::Http,
            Role::Client(_) => RoleKind::Client,
            Role::Ws(_) => RoleKind::Ws,
            Role::Raw(_) => RoleKind::Raw,
        }
    }

    /// It is a listener.
    pub fn is_listener(&self) -> bool {
        matches!(*self.role.borrow(), Role::Listener(_))
    }

    /// It speaks WebSocket.
    pub fn is_ws(&self) -> bool {
        matches!(*self.role.borrow(), Role::Ws(_))
    }

    /// Runs `f` on the ws state, if it has that role.
    pub fn with_ws<T>(&self, f: impl FnOnce(&mut Ws) -> T) -> Option<T> {
        match &mut *self.role.borrow_mut() {
            Role::Ws(ws) => Some(f(ws)),
            _ => None,
        }
    }

    /// Runs `f` on the http state, if it has that role.
    pub fn with_http<T>(&self, f: impl FnOnce(&mut Http) -> T) -> Option<T> {
        match &mut *self.role.borrow_mut() {
            Role::Http(http) => Some(f(http)),
            _ => None,
        }
    }

    /// Runs `f` on the raw state, if it has that role.
    pub fn with_raw<T>(&self, f: impl FnOnce(&mut Raw) -> T) -> Option<T> {
        match &mut *self.role.borrow_mut() {
            Role::Raw(raw) => Some(f(raw)),
            _ => None,
        }
    }

    /// Reading was stopped by `lws_rx_flow_control`.
    pub fn rx_stopped(&self) -> bool {
        self.rx_stop_reasons.get() != 0
    }

    /// Data may be sent now: the socket takes it and nothing is held back.
    pub fn can_write(&self) -> bool {
        self.transport.writable.get() && !self.transport.has_backlog() && !self.transport.is_handshaking()
    }
}
