//! A context: vhosts, the table of connections, the ready list, timers, and the buffers of its service thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::atomic::Ordering::Release;

use slab::Slab;

use crate::abi::*;
use crate::engine::app::Application;
use crate::engine::config::ContextConfig;
use crate::engine::cork::Cork;
use crate::engine::linger::Linger;
use crate::engine::mask::Masking;
use crate::engine::role::client::connect::Rival;
use crate::engine::role::ws::deflate;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::Wsi;
use crate::guard::{self, Domain, Handle, Kind, SlotRef};
use crate::net::resolve::Resolver;
use crate::net::tls::{Backend, Rustls};
use crate::net::{Interest, Poller, Token};
use crate::util::sul_wheel::WheelRef;

/// The poller token of the wake-up descriptor.
pub const WAKE_TOKEN: Token = Token(usize::MAX - 1);

/// The poller token of lookups that have ended.
pub const RESOLVED_TOKEN: Token = Token(usize::MAX - 2);

/// Room before and after the receive buffer's payload area: programs find writable bytes in front of what they are
/// given, and a NUL behind it.
pub const RX_MARGIN: usize = 64;

/// Size of the receive buffer of a service thread.
pub const RX_SIZE: usize = 256 * 1024;

/// Where a context is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, not served yet.
    Fresh,
    /// Being served.
    Serving,
    /// `lws_context_destroy` was called from inside; it is carried out when the stack has unwound.
    DestroyAsked,
    /// Being taken down.
    Destroying,
}

/// An entry of the table of connections.
pub enum Entry {
    /// A connection or listener.
    Wsi(Rc<Wsi>),
    /// A socket without a connection that is being closed with care.
    Linger(Linger),
    /// A socket that connects for a client connection beside its own.
    Rival(Rival),
}

/// One context with one service thread.
pub struct Context {
    /// Its handle.
    pub slot: SlotRef,
    /// Who may call, and how the service thread is woken.
    pub domain: &'static Domain,
    /// The program.
    pub app: Box<dyn Application>,
    /// What it was made from.
    pub config: ContextConfig,
    /// Its vhosts in creation order.
    pub vhosts: RefCell<Vec<Rc<Vhost>>>,
    /// Connections by token.
    pub table: RefCell<Slab<Entry>>,
    /// Tokens of the listeners among them.
    pub listeners: RefCell<Vec<u32>>,
    /// Tokens of connections that have something to do in the next round.
    pub ready: RefCell<VecDeque<u32>>,
    /// Tokens of connections that are to be closed when the stack has unwound.
    pub closing: RefCell<Vec<u32>>,
    /// Tokens of sockets that linger, oldest first, with their deadlines.
    pub lingering: RefCell<VecDeque<(i64, u32)>>,
    /// The timers.
    pub wheel: WheelRef,
    /// Readiness; made in the first pass of a process.
    pub poller: RefCell<Option<Poller>>,
    /// The receive buffer, when it is not in use.
    pub rx: RefCell<Option<Vec<u8>>>,
    /// Frames that wait for the end of their connection's turn.
    pub cork: Cork,
    /// Mask keys and the buffer that client frames are masked in.
    pub masking: RefCell<Masking>,
    /// Names being looked up; made with the first.
    pub resolver: RefCell<Option<Resolver>>,
    /// Token of the connection whose turn it is.
    pub turn_of: Cell<Option<u32>>,
    /// Callbacks on the stack.
    pub depth: Cell<u32>,
    /// Failures of new client connections that are being told within the call that made them.
    pub connecting: Cell<u32>,
    /// EVENT_WAIT_CANCELLED is owed to every protocol.
    pub cancel_owed: Cell<bool>,
    /// PROTOCOL_INIT was sent to the vhosts that there were.
    pub protocols_due: Cell<bool>,
    /// Where it is in its life.
    pub state: Cell<State>,
    /// Connections and listeners that hold a descriptor.
    pub descriptors: Cell<usize>,
    /// Request heads being held.
    pub heads: Cell<usize>,
    /// Token and serial of connections that wait for a place in the pool of request heads, longest wait first.
    pub awaiting_head: RefCell<VecDeque<(u32, u32)>>,
    /// A vhost that was destroyed may have lost its last connection.
    pub reap_due: Cell<bool>,
    /// Next serial for a connection.
    pub serial: Cell<u32>,
    /// Listeners that ran out of descriptors are tried again at this time (µs).
    pub accept_retry: Cell<Option<i64>>,
    /// That accepting fails was logged, and it has not worked since.
    pub accept_trouble_told: Cell<bool>,
    /// Pseudo handles that are not in use.
    pub pseudo: RefCell<Vec<SlotRef>>,
    /// Most bytes that a connection may hold back before it is closed; 0: no bound.
    pub max_backlog: Cell<usize>,
    /// Most bytes of one message that a peer may send; 0: no bound.
    pub max_message: Cell<u64>,
    /// Inflaters and compressors that connections borrow.
    pub deflate: deflate::Pool,
    /// The TLS library.
    pub tls_backend: Rc<dyn Backend>,
    /// Accepted connections that speak TLS.
    pub tls_sessions: Cell<usize>,
    /// When the lifetimes of certificates are told next (µs); `None`: no vhost speaks TLS.
    pub tls_daily: Cell<Option<i64>>,
}

impl Context {
    /// A context without vhosts. Its handle is registered by the caller (the floor that owns the allocation).
    pub fn new(
        slot: SlotRef,
        domain: &'static Domain,
        app: Box<dyn Application>,
        config: ContextConfig,
        wheel: WheelRef,
    ) -> Context {
        Context {
            slot,
            domain,
            app,
            config,
            vhosts: RefCell::default(),
            table: RefCell::default(),
            listeners: RefCell::default(),
            ready: RefCell::default(),
            closing: RefCell::default(),
            lingering: RefCell::default(),
            wheel,
            poller: RefCell::new(None),
            rx: RefCell::new(None),
            cork: Cork::default(),
            masking: RefCell::default(),
            resolver: RefCell::new(None),
            turn_of: Cell::new(None),
            depth: Cell::new(0),
            connecting: Cell::new(0),
            cancel_owed: Cell::new(true),
            protocols_due: Cell::new(false),
            state: Cell::new(State::Fresh),
            descriptors: Cell::new(0),
            heads: Cell::new(0),
            awaiting_head: RefCell::default(),
            reap_due: Cell::new(false),
            serial: Cell::new(0),
            accept_retry: Cell::new(None),
            accept_trouble_told: Cell::new(false),
            pseudo: RefCell::default(),
            max_backlog: Cell::new(0),
            max_message: Cell::new(0),
            deflate: deflate::Pool::default(),
            tls_backend: Rc::new(Rustls),
            tls_sessions: Cell::new(0),
            tls_daily: Cell::new(None),
        }
    }

    /// The connection with that token.
    pub fn wsi(&self, token: u32) -> Option<Rc<Wsi>> {
        match self.table.borrow().get(token as usize) {
            Some(Entry::Wsi(w)) => Some(w.clone()),
            _ => None,
        }
    }

    /// All connections and listeners, in table order.
    pub fn all(&self) -> Vec<Rc<Wsi>> {
        self.table
            .borrow()
            .iter()
            .filter_map(|(_, e)| if let Entry::Wsi(w) = e { Some(w.clone()) } else { None })
            .collect()
    }

    /// All listeners, oldest first.
    pub fn all_listeners(&self) -> Vec<Rc<Wsi>> {
        self.listeners.borrow().iter().filter_map(|token| self.wsi(*token)).collect()
    }

    /// The vhost with that handle.
    pub fn vhost(&self, handle: Handle) -> Option<Rc<Vhost>> {
        self.vhosts.borrow().iter().find(|v| v.slot.handle == handle).cloned()
    }

    /// Puts a connection into the next round.
    pub fn make_ready(&self, wsi: &Wsi) {
        if !wsi.in_ready.replace(true) {
            self.ready.borrow_mut().push_back(wsi.token);
        }
    }

    /// Calls the callback of protocol `index` of the connection's vhost.
    pub fn call_protocol(&self, wsi: &Wsi, index: usize, reason: u32, input: *mut c_void, len: usize) -> c_int {
        self.call_with_user(wsi, index, reason, wsi.user(), input, len)
    }

    /// Calls the bound protocol's callback.
    pub fn call(&self, wsi: &Wsi, reason: u32, input: *mut c_void, len: usize) -> c_int {
        self.call_protocol(wsi, wsi.protocol.get(), reason, input, len)
    }

    /// Calls the bound protocol's callback with something else than the per-session area as `user`.
    pub fn call_as(&self, wsi: &Wsi, reason: u32, user: *mut c_void, input: *mut c_void, len: usize) -> c_int {
        self.call_with_user(wsi, wsi.protocol.get(), reason, user, input, len)
    }

    #[inline]
    pub fn call_with_user(
        &self,
        wsi: &Wsi,
        index: usize,
        reason: u32,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        let vhost = wsi.vhost();
        let Some(protocol) = vhost.config.protocols.get(index) else { return 0 };
        self.depth.set(self.depth.get() + 1);
        wsi.in_callback.set(wsi.in_callback.get().saturating_add(1));
        let rc = self.app.call(protocol, wsi.handle(), reason, user, input, len);
        wsi.in_callback.set(wsi.in_callback.get() - 1);
        self.depth.set(self.depth.get() - 1);
        rc
    }

    /// Calls the bound protocol's callback with neither `in` nor `len`.
    pub fn notify(&self, wsi: &Wsi, reason: u32) -> c_int {
        self.call(wsi, reason, std::ptr::null_mut(), 0)
    }

    /// Calls the callback of one protocol of a vhost with a pseudo handle that answers its vhost and protocol.
    pub fn call_without_wsi(&self, vhost: &Vhost, index: usize, reason: u32, input: *mut c_void) -> c_int {
        self.call_without_wsi_len(vhost, index, reason, input, 0)
    }

    /// The same, with a length.
    pub fn call_without_wsi_len(
        &self,
        vhost: &Vhost,
        index: usize,
        reason: u32,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        self.call_without_wsi_user(vhost, index, reason, std::ptr::null_mut(), input, len)
    }

    /// The same, with something else in place of the connection's user data.
    pub fn call_without_wsi_user(
        &self,
        vhost: &Vhost,
        index: usize,
        reason: u32,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        let Some(pseudo) = self.take_pseudo() else { return 0 };
        let protocol = &vhost.config.protocols[index];
        pseudo.slot.vhost.store(vhost.slot.handle.bits(), Release);
        pseudo.slot.protocol.store(std::ptr::from_ref(protocol).cast_mut().cast(), Release);
        self.depth.set(self.depth.get() + 1);
        let rc = self.app.call(protocol, pseudo.handle, reason, user, input, len);
        self.depth.set(self.depth.get() - 1);
        self.pseudo.borrow_mut().push(pseudo);
        rc
    }

    fn take_pseudo(&self) -> Option<SlotRef> {
        let free = self.pseudo.borrow_mut().pop();
        free.or_else(|| guard::insert(Kind::Pseudo, self.domain, std::ptr::null(), self.slot.handle))
    }

    /// Sends a reason to every protocol of every vhost, in vhost and table order.
    pub fn broadcast(&self, reason: u32) {
        let vhosts = self.vhosts.borrow().clone();
        for vhost in vhosts.iter().filter(|v| !v.dying.get() || v.inited.get()) {
            for index in 0..vhost.config.protocols.len() {
                if self.call_without_wsi(vhost, index, reason, std::ptr::null_mut()) != 0
                    && reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED
                {
                    static TOLD: std::sync::Once = std::sync::Once::new();
                    TOLD.call_once(|| {
                        crate::util::log::warn!(
                            "a non-zero return from LWS_CALLBACK_EVENT_WAIT_CANCELLED has no meaning and is ignored"
                        );
                    });
                }
            }
        }
    }

    /// Sends PROTOCOL_INIT to the protocols of a vhost that had none yet. `Err`: one refused; the vhost cannot live.
    pub fn init_protocols(&self, vhost: &Vhost) -> Result<(), usize> {
        let skipped = vhost.config.options & LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT != 0;
        if skipped || vhost.dying.get() || vhost.inited.replace(true) {
            return Ok(());
        }
        for index in 0..vhost.config.protocols.len() {
            let pvo = vhost.config.pvo.get(index).copied().unwrap_or(std::ptr::null());
            if self.call_without_wsi(vhost, index, LWS_CALLBACK_PROTOCOL_INIT, pvo.cast_mut().cast()) != 0 {
                return Err(index);
            }
            vhost.accepted.set(index + 1);
        }
        Ok(())
    }

    /// Tells the poller of a connection, if there is a poller already; the first pass does the rest.
    pub fn watch(&self, wsi: &Wsi) -> std::io::Result<()> {
        match &*self.poller.borrow() {
            Some(p) => {
                let (fd, interest) = match &*wsi.role.borrow() {
                    crate::engine::wsi::Role::Listener(l) => (l.fd(), Interest::Read),
                    _ => (wsi.transport.fd(), Interest::Both),
                };
                if fd < 0 {
                    // A client connection that has no socket yet.
                    return Ok(());
                }
                p.register(fd, Token(wsi.token as usize), interest)
            }
            None => Ok(()),
        }
    }

    /// Makes the poller that this process needs: none yet, or one that is shared with a parent process.
    pub fn ensure_poller(&self) -> std::io::Result<()> {
        let epoch = guard::fork_epoch();
        if self.poller.borrow().as_ref().is_some_and(|p| p.epoch == epoch) {
            return Ok(());
        }
        if self.poller.borrow().is_some() {
            guard::domain::renew_queue(self.domain);
        }
        let poller = Poller::new(epoch)?;
        poller.register(self.domain.wake_fd(), WAKE_TOKEN, Interest::Read)?;
        *self.poller.borrow_mut() = Some(poller);
        for wsi in self.all() {
            self.watch(&wsi)?;
        }
        if let Some(p) = &*self.poller.borrow() {
            for (token, entry) in &*self.table.borrow() {
                if let Entry::Rival(rival) = entry {
                    p.register(rival.fd(), Token(token), Interest::Both)?;
                }
            }
        }
        self.renew_resolver()?;
        Ok(())
    }

    /// Takes a connection's protocol for granted in what any thread may ask.
    pub fn publish_protocol(&self, wsi: &Wsi) {
        let vhost = wsi.vhost.borrow();
        let p = vhost.config.protocols.get(wsi.protocol.get());
        wsi.slot
            .slot
            .protocol
            .store(p.map_or(std::ptr::null_mut(), |p| std::ptr::from_ref(p).cast_mut().cast()), Release);
        wsi.slot.slot.vhost.store(vhost.slot.handle.bits(), Release);
        wsi.slot.slot.fixed_lines().store(vhost.fixed_lines.as_ptr().cast_mut().cast(), Release);
    }
}
