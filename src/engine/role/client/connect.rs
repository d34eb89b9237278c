//! From a name to a connected socket. Numeric addresses, localhost and unix sockets are tried within the call.
//!
//! The first socket belongs to the connection at once, so that its descriptor is known early. Further ones connect beside
//! it (RFC 8305) as entries of the table without a connection, and the first that stands takes the place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;

use crate::abi::*;
use crate::engine::context::{Context, Entry};
use crate::engine::role::client::{Ask, Client, Stage, text};
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Role, TimerKind, Wsi};
use crate::guard::Handle;
use crate::net::{Interest, Place, Stream, Token, connect};

/// After so long without an outcome the next address is tried beside (RFC 8305 section 5; µs).
const ATTEMPT_DELAY_US: i64 = 250_000;

/// Connections may fail so deep inside each other's callbacks within the call that makes them.
const NESTED_MOST: u32 = 8;

/// A socket that connects for a client connection beside its own.
pub struct Rival {
    stream: Stream,
    owner: u32,
    serial: u32,
}

impl Rival {
    /// Its descriptor.
    pub fn fd(&self) -> i32 {
        self.stream.as_raw_fd()
    }
}

impl Context {
    /// `lws_client_connect_via_info`: begins a client connection. `told` gets its handle before any callback. `None`: it
    /// failed within the call, its callbacks were made, and it is gone.
    pub fn connect(
        &self,
        vhost: &Rc<Vhost>,
        ask: Ask,
        parent: Option<&Wsi>,
        told: &dyn Fn(Option<Handle>),
    ) -> Option<Handle> {
        // PROTOCOL_INIT comes at the latest now.
        let vhosts = self.vhosts.borrow().clone();
        for v in &vhosts {
            self.init_or_drop(v);
        }
        if vhost.dying.get() {
            return None;
        }
        let (userdata, opaque, is_ws) = (ask.userdata, ask.opaque, ask.is_ws());
        let named = ask.local_protocol.as_ref().or(ask.protocols.as_ref());
        let index = named.and_then(|n| vhost.protocol_named(n.as_bytes()));
        let role = Role::Client(Box::new(Client::new(ask)));
        let wsi = self.new_wsi(vhost.clone(), role, None)?;
        wsi.slot.slot.opaque.store(opaque, Relaxed);
        if let Some(parent) = parent {
            self.set_parent(&wsi, parent);
        }
        if !userdata.is_null() {
            wsi.set_user(userdata);
        }
        told(Some(wsi.handle()));
        match index {
            Some(index) => self.client_bind(&wsi, index),
            None if !is_ws => {
                self.ensure_pss(&wsi);
            }
            None => {}
        }
        self.client_start(&wsi);
        if wsi.close.get().is_none_or(|how| how == Close::Anew) {
            return Some(wsi.handle());
        }
        if self.connecting.get() >= NESTED_MOST {
            return Some(self.fail_later(&wsi));
        }
        told(None);
        self.connecting.set(self.connecting.get() + 1);
        self.close_new(&wsi);
        self.connecting.set(self.connecting.get() - 1);
        None
    }

    /// A program that tries again in CLIENT_CONNECTION_ERROR, for ever, would fill the stack: from some depth on the
    /// failure is told in the next pass.
    fn fail_later(&self, wsi: &Wsi) -> Handle {
        wsi.close.set(None);
        self.unwatch_own(wsi);
        wsi.with_client(|c| c.stage = Stage::Connecting);
        self.set_timer(wsi, TimerKind::Timeout, 0);
        wsi.handle()
    }

    /// Binds to a protocol of the vhost and tells it so; what it returns has no meaning.
    pub fn client_bind(&self, wsi: &Wsi, index: usize) {
        self.set_protocol(wsi, index);
        self.ensure_pss(wsi);
        let bind = wsi.with_client(|c| c.ask.bind_reasons().0).unwrap_or(LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL);
        self.notify(wsi, bind);
        wsi.bound.set(true);
        wsi.drop_told.set(false);
    }

    /// Begins to look for the peer that the connection asks for.
    pub fn seek(&self, wsi: &Rc<Wsi>) {
        if !wsi.is_live() {
            return;
        }
        let secs = wsi.vhost.borrow().config.connect_timeout_secs;
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000);
        if self.descriptors.get() > self.config.fd_limit {
            crate::util::log::err!(
                "a client connection needs a descriptor, and the service thread holds as many as it may ({})",
                self.config.fd_limit
            );
            return self.client_fails(wsi, text::UNABLE);
        }
        let proxy = self.proxy_of(wsi);
        wsi.with_client(|c| c.via = proxy);
        let Some((address, port)) = self.first_hop(wsi) else { return };
        let no_v6 = wsi.vhost.borrow().config.options & LWS_SERVER_OPTION_DISABLE_IPV6 != 0;
        match known_places(&address, port, no_v6) {
            Some(places) => self.found(wsi, places),
            None => self.resolve(wsi, &address, port),
        }
    }

    /// Whom to join: the proxy, or the peer itself.
    pub fn first_hop(&self, wsi: &Wsi) -> Option<(String, u16)> {
        wsi.with_client(|c| match &c.via {
            Some(proxy) => (proxy.address.clone(), proxy.port),
            None => (c.ask.address.clone(), c.ask.port),
        })
    }

    /// The places where the peer may be are known.
    pub fn found(&self, wsi: &Rc<Wsi>, places: Vec<Place>) {
        wsi.with_client(|c| {
            c.places = places.into();
            c.stage = Stage::Connecting;
        });
        self.try_next(wsi);
    }

    /// Begins with the next address that lets itself be tried. Fails the connection when there is none and no socket is
    /// on its way.
    fn try_next(&self, wsi: &Rc<Wsi>) {
        let has_own = wsi.transport.with_stream(|_| ()).is_some();
        if has_own && self.descriptors.get() >= self.config.fd_limit {
            // Side by side only where there is room: the next has its turn when this one has failed.
            return;
        }
        while let Some(place) = wsi.with_client(|c| c.places.pop_front()).flatten() {
            let from = match self.local_address(wsi, &place) {
                Ok(from) => from,
                Err(why) => {
                    crate::util::log::err!("{why}");
                    continue;
                }
            };
            match connect::connect(&place, from) {
                Ok(c) if has_own => return self.add_rival(wsi, c.stream),
                Ok(c) => return self.own_attempt(wsi, c.stream, c.done),
                Err(e) => crate::util::log::info!("{}: connecting to {place:?}: {e}", wsi.handle()),
            }
        }
        let on_its_way = has_own || wsi.with_client(|c| !c.rivals.is_empty()).unwrap_or(false);
        if !on_its_way {
            self.client_fails(wsi, text::UNABLE);
        }
    }

    /// Where to connect from, in the family of the place.
    fn local_address(&self, wsi: &Wsi, place: &Place) -> Result<Option<SocketAddr>, String> {
        let iface = wsi.with_client(|c| c.ask.iface.clone()).flatten();
        let (Some(iface), Place::Tcp(to)) = (iface, place) else { return Ok(None) };
        let ip: Option<IpAddr> = iface.parse().ok().or_else(|| crate::util::interface::address(&iface, to.is_ipv4()));
        match ip {
            Some(ip) if ip.is_ipv4() == to.is_ipv4() => Ok(Some(SocketAddr::new(ip, 0))),
            Some(ip) => Err(format!("iface '{iface}' has the address {ip}, which cannot reach {to}")),
            None => Err(format!("iface '{iface}' is no address and no interface with an address of this machine")),
        }
    }

    /// The connection's own socket begins to connect.
    fn own_attempt(&self, wsi: &Rc<Wsi>, stream: Stream, done: bool) {
        wsi.slot.slot.fd.store(stream.as_raw_fd(), Relaxed);
        wsi.transport.readable.set(false);
        wsi.transport.read_closed.set(false);
        wsi.transport.writable.set(done);
        wsi.transport.put_stream(stream);
        wsi.want_writable.set(true);
        if let Err(e) = self.watch(wsi) {
            crate::util::log::err!("a new connection cannot be watched: {e}");
            return self.client_fails(wsi, text::UNABLE);
        }
        self.tell_instantiated(wsi);
        if !wsi.is_live() {
            return;
        }
        if done {
            self.make_ready(wsi);
        } else if wsi.with_client(|c| !c.places.is_empty()) == Some(true) {
            self.set_timer(wsi, TimerKind::Validity, ATTEMPT_DELAY_US);
        }
    }

    /// SERVER_NEW_CLIENT_INSTANTIATED, once. Raw connections never tell it, as on 4.1.6.
    pub fn tell_instantiated(&self, wsi: &Wsi) {
        let first = wsi.with_client(|c| !std::mem::replace(&mut c.instantiated, true) && !c.ask.is_raw()) == Some(true);
        if first && self.notify(wsi, LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    fn add_rival(&self, wsi: &Rc<Wsi>, stream: Stream) {
        let mut table = self.table.borrow_mut();
        let entry = table.vacant_entry();
        let token = entry.key();
        let fd = stream.as_raw_fd();
        entry.insert(Entry::Rival(Rival { stream, owner: wsi.token, serial: wsi.serial }));
        drop(table);
        self.descriptors.set(self.descriptors.get() + 1);
        wsi.with_client(|c| c.rivals.push(token as u32));
        if let Some(p) = &*self.poller.borrow()
            && let Err(e) = p.register(fd, Token(token), Interest::Both)
        {
            crate::util::log::err!("a connecting socket cannot be watched: {e}");
        }
        if wsi.with_client(|c| !c.places.is_empty()) == Some(true) {
            self.set_timer(wsi, TimerKind::Validity, ATTEMPT_DELAY_US);
        }
    }

    /// The time has come to try the next address, or to wait for another transaction's socket no longer.
    pub fn client_attempt_due(&self, wsi: &Rc<Wsi>) {
        if wsi.close.get().is_some() {
            return;
        }
        match wsi.with_client(|c| c.stage) {
            Some(Stage::Connecting) => self.try_next(wsi),
            Some(Stage::Queued) => self.stop_waiting(wsi),
            _ => {}
        }
    }

    /// One turn of a connection whose socket is connecting. `false`: it is past that, or no client.
    pub fn client_connecting(&self, wsi: &Rc<Wsi>) -> bool {
        if wsi.with_client(|c| c.is_connecting()) != Some(true) {
            return false;
        }
        if wsi.close.get().is_some() {
            return true;
        }
        match wsi.transport.with_stream(connect::outcome) {
            Some(Some(Ok(()))) => self.client_joined(wsi),
            Some(Some(Err(e))) => {
                crate::util::log::info!("{}: connecting: {e}", wsi.handle());
                self.unwatch_own(wsi);
                self.try_next(wsi);
            }
            Some(None) | None => {}
        }
        true
    }

    /// Lets the connection's own socket go, which has failed.
    pub fn unwatch_own(&self, wsi: &Wsi) {
        self.end_tls(wsi);
        if let Some(stream) = wsi.transport.take_stream() {
            if let Some(p) = &*self.poller.borrow() {
                p.deregister(stream.as_raw_fd());
            }
            wsi.slot.slot.fd.store(-1, Relaxed);
        }
    }

    /// One that connects beside has an event.
    pub fn rival_event(&self, token: u32) {
        let (outcome, owner) = match self.table.borrow().get(token as usize) {
            Some(Entry::Rival(r)) => (connect::outcome(&r.stream), (r.owner, r.serial)),
            _ => return,
        };
        let owner = self.wsi(owner.0).filter(|w| w.serial == owner.1 && w.close.get().is_none());
        match (outcome, owner) {
            (None, Some(_)) => {}
            (Some(Ok(())), Some(wsi)) => {
                let Some(stream) = self.take_rival(token) else { return };
                self.unwatch_own(&wsi);
                wsi.slot.slot.fd.store(stream.as_raw_fd(), Relaxed);
                wsi.transport.writable.set(true);
                wsi.transport.put_stream(stream);
                match self.watch(&wsi) {
                    Ok(()) => self.client_joined(&wsi),
                    Err(_) => self.client_fails(&wsi, text::UNABLE),
                }
            }
            (_, owner) => {
                self.take_rival(token);
                if let Some(wsi) = owner {
                    wsi.with_client(|c| c.rivals.retain(|t| *t != token));
                    self.try_next(&wsi);
                }
            }
        }
    }

    fn take_rival(&self, token: u32) -> Option<Stream> {
        let mut table = self.table.borrow_mut();
        if !matches!(table.get(token as usize), Some(Entry::Rival(_))) {
            return None;
        }
        let Entry::Rival(rival) = table.remove(token as usize) else { return None };
        drop(table);
        if let Some(p) = &*self.poller.borrow() {
            p.deregister(rival.fd());
        }
        self.descriptor_gone();
        Some(rival.stream)
    }

    /// Ends those that connect beside.
    pub fn drop_rivals(&self, wsi: &Wsi) {
        for token in wsi.with_client(|c| std::mem::take(&mut c.rivals)).unwrap_or_default() {
            let is_its = matches!(self.table.borrow().get(token as usize),
                Some(Entry::Rival(r)) if r.owner == wsi.token && r.serial == wsi.serial);
            if is_its {
                self.take_rival(token);
            }
        }
    }

    /// A socket stands: the others go, and what comes between it and the request begins.
    fn client_joined(&self, wsi: &Rc<Wsi>) {
        self.drop_rivals(wsi);
        self.clear_timer(wsi, TimerKind::Validity);
        wsi.want_writable.set(false);
        wsi.transport.writable.set(true);
        wsi.with_client(|c| c.places.clear());
        let ka = wsi.vhost.borrow().config.ka;
        if ka.0 != 0
            && let Some(Err(e)) = wsi.transport.with_stream(|s| s.keepalive(ka.0, ka.2, ka.1))
        {
            crate::util::log::warn!("TCP keepalive cannot be set: {e}");
        }
        match wsi.with_client(|c| c.via.clone()).flatten() {
            Some(proxy) => self.ask_for_tunnel(wsi, &proxy),
            None => self.client_way_stands(wsi),
        }
    }
}

/// Places that need no lookup: a unix socket, a numeric address, this machine.
fn known_places(address: &str, port: u16, no_v6: bool) -> Option<Vec<Place>> {
    if let Some(path) = address.strip_prefix('+') {
        return Some(vec![Place::Unix(path.to_owned())]);
    }
    let bare = address.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(address);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some(vec![Place::Tcp(SocketAddr::new(ip, port))]);
    }
    if address.eq_ignore_ascii_case("localhost") || address.eq_ignore_ascii_case("localhost.") {
        let v6 = Place::Tcp(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port));
        let v4 = Place::Tcp(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        return Some(if no_v6 { vec![v4] } else { vec![v6, v4] });
    }
    None
}
