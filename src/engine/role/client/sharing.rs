//! HTTP transactions that share a connection to a server, one after the other (`LCCSCF_PIPELINE`).
//!
//! The first to a server leads. Who comes while it is busy queues behind it; when its answer is whole it hands its socket to
//! the first in the queue, which leads from then on, and ends. With nobody waiting the socket is kept warm for
//! `keep_warm_secs`. As on 4.1.6 requests are not sent ahead of answers, so a lost socket costs one transaction at most, and
//! one that the server closed before it saw the request costs none: a request that may be repeated (RFC 9110 section 9.2.2)
//! goes again, once, on a socket of its own. When a socket cannot be handed on, the queue goes on with a new one; when
//! the server cannot be joined at all, the whole queue fails. Nobody waits longer than the vhost's `connect_timeout_secs`: who
//! has waited so long goes on with a socket of its own, as without the flag, so that a slow answer holds up no others.

use std::collections::VecDeque;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;

use crate::abi::*;
use crate::engine::context::{Context, State};
use crate::engine::role::client::body::Incoming;
use crate::engine::role::client::proxy::Proxy;
use crate::engine::role::client::{Client, Stage, text};
use crate::engine::transport::Incoming as Read;
use crate::engine::wsi::{Close, TimerKind, Wsi};
use crate::wire::http1::names::token;
use crate::wire::http1::table::Version;

/// How long a connection whose answer is read stays where the program does not say (seconds).
const KEEP_SECS: u16 = 5;

/// What connections have to have in common to share a socket.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Server {
    address: String,
    port: u16,
    /// A server may take a connection for the host of its first request; TLS compares it with the certificate.
    host: String,
    flags: u32,
    iface: Option<String>,
    alpn: Option<Vec<Vec<u8>>>,
    own_identity: bool,
    proxy: Option<Proxy>,
}

/// A place in a queue: token and serial of who waits, and the redirects it had followed when it took it.
type Place = (u32, u32, u8);

/// What a client connection has to do with others that go to the same server.
#[derive(Default)]
pub struct Sharing {
    /// It leads those to this server.
    leads: Option<Server>,
    /// Those that wait for its socket.
    queue: VecDeque<Place>,
    /// It holds no place among the descriptors.
    pub placeless: bool,
    /// It has its socket from another one.
    pub reused: bool,
    /// Its socket went to another one.
    pub handed_on: bool,
    /// Its answer is whole and the server keeps the connection.
    persistent: bool,
    /// The request, as long as it may have to be sent again.
    pub replay: Option<Vec<u8>>,
    /// Seconds to stay without a transaction; 0: the library's choice.
    pub keep_warm_secs: u16,
}

impl Sharing {
    /// Of one that stays for so many seconds without a transaction.
    pub fn keeping(keep_warm_secs: u16) -> Sharing {
        Sharing { keep_warm_secs, ..Sharing::default() }
    }
}

impl Client {
    /// Where it goes, if it may share a socket. The methods are 4.1.6's; a WebSocket can only take one over.
    fn server(&self, proxy: Option<Proxy>) -> Option<Server> {
        let ask = &self.ask;
        let method = ask.method.as_deref();
        if ask.flags & LCCSCF_PIPELINE == 0 || !matches!(method, None | Some("GET" | "POST" | "PUT")) {
            return None;
        }
        Some(Server {
            address: ask.address.clone(),
            port: ask.port,
            host: ask.host.clone(),
            flags: ask.flags
                & (LCCSCF_USE_SSL
                    | LCCSCF_ALLOW_SELFSIGNED
                    | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK
                    | LCCSCF_ALLOW_EXPIRED
                    | LCCSCF_ALLOW_INSECURE),
            iface: ask.iface.clone(),
            alpn: ask.alpn.clone(),
            own_identity: ask.identity.is_some(),
            proxy,
        })
    }

    /// The connection stays open behind the answer at hand (RFC 9112 section 9.3).
    fn server_keeps_it(&self) -> bool {
        self.ask.flags & LCCSCF_PIPELINE != 0
            && !matches!(self.incoming, Incoming::UntilClose)
            && !self.body_pending
            && self.head.as_deref().is_some_and(|h| {
                // A length beside chunks may be somebody's try to smuggle an answer in (RFC 9112 section 6.3).
                h.version() == Version::Http11
                    && !h.list_has(token::CONNECTION, "close")
                    && !(h.has(token::CONTENT_LENGTH) && matches!(self.incoming, Incoming::Chunked(_)))
            })
    }

    /// Its request can be sent a second time although the server may have acted on the first.
    pub fn may_repeat(&self) -> bool {
        self.sharing.reused
            && !self.body_pending
            && self.parts.is_none()
            && matches!(self.ask.method.as_deref(), None | Some("GET" | "PUT"))
    }
}

impl Context {
    /// Begins a transaction: on a socket that another one leaves, behind another one, or on a socket of its own.
    pub fn client_start(&self, wsi: &Rc<Wsi>) {
        match self.leader_for(wsi) {
            Some(leader) if self.can_hand_on(&leader) => {
                self.hand_over(&leader, wsi);
                self.client_request(wsi);
                self.tell_instantiated(wsi);
                self.close_later(&leader, Close::Orderly);
            }
            Some(leader) if self.may_queue_behind(&leader) => {
                self.wait_behind(&leader, wsi);
                self.tell_instantiated(wsi);
            }
            leader => {
                if let Some(leader) = leader {
                    self.release_queue(&leader, None);
                }
                self.lead(wsi);
                self.seek(wsi);
            }
        }
    }

    /// The answer is whole: how long the connection stays, and whether another transaction may have it.
    pub fn client_rests(&self, wsi: &Wsi) {
        let secs = wsi.with_client(|c| {
            c.sharing.persistent = c.server_keeps_it();
            if c.sharing.keep_warm_secs == 0 { KEEP_SECS } else { c.sharing.keep_warm_secs }
        });
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs.unwrap_or(KEEP_SECS)) * 1_000_000);
    }

    /// A turn of a connection that leads, after its answer: the next transaction gets the socket. `true`: it did.
    pub fn client_moves_on(&self, wsi: &Rc<Wsi>) -> bool {
        let rests = wsi.with_client(|c| c.stage == Stage::Over && c.sharing.leads.is_some()) == Some(true);
        if !rests || wsi.close.get().is_some() {
            return false;
        }
        if !self.can_hand_on(wsi) {
            self.release_queue(wsi, None);
            return false;
        }
        let Some(next) = self.next_waiting(wsi) else { return false };
        self.hand_over(wsi, &next);
        self.close_later(wsi, Close::Orderly);
        self.settle();
        if next.is_live() {
            self.client_request(&next);
        }
        true
    }

    /// Who waits for the connection's socket goes on without it. `why`: the server cannot be joined, so neither by them.
    pub fn release_queue(&self, wsi: &Wsi, why: Option<&str>) {
        let mut queue = self.retire(wsi);
        if matches!(self.state.get(), State::Destroying | State::DestroyAsked) {
            return;
        }
        if let Some(why) = why {
            while let Some(next) = self.pop_waiting(&mut queue) {
                self.client_fails(&next, why.to_owned());
            }
        }
        self.promote(queue);
    }

    /// The server let a socket go that another transaction had used before: the request may go again. `false`: it may not.
    pub fn client_repeats(&self, wsi: &Rc<Wsi>) -> bool {
        let may = wsi.with_client(|c| c.stage == Stage::Answer && c.sharing.replay.is_some() && !c.has_answer_begun());
        if may != Some(true) {
            return false;
        }
        crate::util::log::info!("{}: the server let go of the connection; the request goes again", wsi.handle());
        self.unwatch_own(wsi);
        wsi.transport.forget_end();
        wsi.close.set(None);
        wsi.with_client(|c| {
            c.sharing.reused = false;
            c.stage = Stage::Resolving;
        });
        self.seek(wsi);
        true
    }

    /// The connection that leads those to the same server, alive.
    fn leader_for(&self, wsi: &Wsi) -> Option<Rc<Wsi>> {
        let server = self.server_of(wsi)?;
        let vhost = wsi.vhost();
        let (token, serial) = *vhost.leaders.borrow().get(&server)?;
        self.wsi(token).filter(|w| w.serial == serial && w.serial != wsi.serial)
    }

    fn server_of(&self, wsi: &Wsi) -> Option<Server> {
        let proxy = self.proxy_of(wsi);
        wsi.with_client(|c| c.server(proxy)).flatten()
    }

    /// Makes it the one that others to the same server queue behind.
    fn lead(&self, wsi: &Wsi) {
        if wsi.with_client(|c| c.ask.is_ws()) != Some(false) {
            return;
        }
        if let Some(server) = self.server_of(wsi) {
            wsi.vhost.borrow().leaders.borrow_mut().insert(server.clone(), (wsi.token, wsi.serial));
            wsi.with_client(|c| c.sharing.leads = Some(server));
        }
    }

    /// It leads no longer. Returns who waits.
    fn retire(&self, wsi: &Wsi) -> VecDeque<Place> {
        let Some((server, queue)) = wsi.with_client(|c| (c.sharing.leads.take(), std::mem::take(&mut c.sharing.queue)))
        else {
            return VecDeque::new();
        };
        if let Some(server) = server {
            let vhost = wsi.vhost.borrow();
            let mut leaders = vhost.leaders.borrow_mut();
            if leaders.get(&server) == Some(&(wsi.token, wsi.serial)) {
                leaders.remove(&server);
            }
        }
        queue
    }

    /// It is there for the next: busy, or done in a way that leaves the socket good.
    fn may_queue_behind(&self, leader: &Wsi) -> bool {
        let (is_over, persistent) =
            leader.with_client(|c| (c.stage == Stage::Over, c.sharing.persistent)).unwrap_or((true, false));
        leader.is_live() && (!is_over || persistent && !leader.transport.eof.get())
    }

    /// Its answer is whole, nobody is in its callbacks, and nothing has come or waits on the socket.
    fn can_hand_on(&self, wsi: &Rc<Wsi>) -> bool {
        let over = wsi.with_client(|c| c.stage == Stage::Over && c.sharing.persistent) == Some(true);
        let t = &wsi.transport;
        if !over || !wsi.is_live() || wsi.in_callback.get() != 0 || t.has_backlog() || t.eof.get() || wsi.has_held() {
            return false;
        }
        if !t.readable.get() {
            return t.with_stream(|_| ()).is_some();
        }
        // What comes without being asked for is no answer to the next request.
        let mut scratch = [0; 1];
        let is_quiet = matches!(t.read(&mut scratch, &self.verify_hook(wsi)), Read::Nothing | Read::Secured);
        if !is_quiet {
            wsi.with_client(|c| c.sharing.persistent = false);
            t.eof.set(true);
            self.close_later(wsi, Close::Orderly);
        }
        is_quiet
    }

    /// Gives the socket of one to another, which leads from now on.
    fn hand_over(&self, from: &Rc<Wsi>, to: &Rc<Wsi>) {
        let queue = self.retire(from);
        let fd = from.transport.with_stream(AsRawFd::as_raw_fd).unwrap_or(-1);
        if let Some(p) = &*self.poller.borrow() {
            p.deregister(fd);
        }
        to.transport.take_over(&from.transport);
        from.slot.slot.fd.store(-1, Relaxed);
        to.slot.slot.fd.store(fd, Relaxed);
        from.with_client(|c| c.sharing.handed_on = true);
        self.clear_timer(to, TimerKind::Validity);
        self.take_place(to);
        to.with_client(|c| c.sharing.reused = true);
        self.lead(to);
        if to.with_client(|c| c.sharing.leads.is_some()) == Some(true) {
            to.with_client(|c| c.sharing.queue = queue);
        } else {
            self.promote(queue);
        }
        if let Err(e) = self.watch(to) {
            crate::util::log::err!("a connection cannot be watched: {e}");
            self.client_fails(to, text::UNABLE);
        }
    }

    /// Queues. Meanwhile it needs no descriptor.
    fn wait_behind(&self, leader: &Wsi, wsi: &Wsi) {
        let redirects = wsi.with_client(|c| {
            c.stage = Stage::Queued;
            c.sharing.placeless = true;
            c.redirects
        });
        self.descriptor_gone();
        self.clear_timer(wsi, TimerKind::Timeout);
        let secs = wsi.vhost.borrow().config.connect_timeout_secs;
        self.set_timer(wsi, TimerKind::Validity, i64::from(secs) * 1_000_000);
        leader.with_client(|c| c.sharing.queue.push_back((wsi.token, wsi.serial, redirects.unwrap_or(0))));
    }

    /// It has waited long enough: it goes on with a socket of its own. Its place in the queue is passed over.
    pub fn stop_waiting(&self, wsi: &Rc<Wsi>) {
        crate::util::log::info!("{}: the connection that it waits for is busy: it takes one of its own", wsi.handle());
        self.leave_queue(wsi);
        self.lead(wsi);
        self.seek(wsi);
    }

    /// From waiting to seeking a socket.
    fn leave_queue(&self, wsi: &Wsi) {
        self.clear_timer(wsi, TimerKind::Validity);
        self.take_place(wsi);
        wsi.with_client(|c| c.stage = Stage::Resolving);
    }

    /// Gives it the place among the descriptors back that it had left.
    pub fn take_place(&self, wsi: &Wsi) {
        if wsi.with_client(|c| std::mem::take(&mut c.sharing.placeless)) == Some(true) {
            self.descriptors.set(self.descriptors.get() + 1);
        }
    }

    /// The first that waits for the connection's socket.
    fn next_waiting(&self, wsi: &Wsi) -> Option<Rc<Wsi>> {
        let mut queue = wsi.with_client(|c| std::mem::take(&mut c.sharing.queue))?;
        let next = self.pop_waiting(&mut queue);
        wsi.with_client(|c| c.sharing.queue = queue);
        next
    }

    /// Takes the first that still waits out of a queue; those that have gone meanwhile are passed over.
    fn pop_waiting(&self, queue: &mut VecDeque<Place>) -> Option<Rc<Wsi>> {
        while let Some((token, serial, redirects)) = queue.pop_front() {
            if let Some(wsi) = self.wsi(token).filter(|w| w.serial == serial && w.is_live())
                && wsi.with_client(|c| c.stage == Stage::Queued && c.redirects == redirects) == Some(true)
            {
                return Some(wsi);
            }
        }
        None
    }

    /// The first of a queue seeks a socket of its own, and the others wait behind it.
    fn promote(&self, mut queue: VecDeque<Place>) {
        while let Some(next) = self.pop_waiting(&mut queue) {
            self.leave_queue(&next);
            self.lead(&next);
            let leads = next.with_client(|c| {
                let leads = c.sharing.leads.is_some();
                if leads {
                    c.sharing.queue = std::mem::take(&mut queue);
                }
                leads
            });
            self.seek(&next);
            if leads == Some(true) {
                return;
            }
        }
    }
}
