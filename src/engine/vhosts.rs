//! Making and ending vhosts, and the listeners that they share.

use std::rc::Rc;
use std::sync::atomic::Ordering::Release;

use crate::abi::*;
use crate::engine::config::VhostConfig;
use crate::engine::context::{Context, State};
use crate::engine::role::listener::Listening;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Role};
use crate::guard::{self, Kind};
use crate::net::{Bind, BindError, Listener};
use crate::util::intern;

/// Connections that the kernel queues for a listener.
const LISTEN_BACKLOG: i32 = 4096;

impl Context {
    /// Makes a vhost, with its listeners. `None`: it cannot listen (logged), or PROTOCOL_INIT was refused.
    pub fn create_vhost(&self, config: VhostConfig) -> Option<Rc<Vhost>> {
        if matches!(self.state.get(), State::DestroyAsked | State::Destroying) {
            crate::util::log::err!("vhost '{}': its context is being destroyed", config.name);
            return None;
        }
        let Some(slot) = guard::insert(Kind::Vhost, self.domain, std::ptr::null(), self.slot.handle) else {
            crate::util::log::err!("no handle is left for vhost '{}'", config.name);
            return None;
        };
        let binds = config.binds.clone();
        let vhost = Rc::new(Vhost::new(slot, config, self.config.server_string.as_deref()));
        publish(&vhost);
        slot.slot.obj.store(Rc::as_ptr(&vhost).cast_mut().cast(), std::sync::atomic::Ordering::Release);
        if let Err(why) = self.set_up_tls(&vhost) {
            crate::util::log::err!("vhost '{}': TLS cannot be set up: {why}", vhost.config.name);
            guard::retire(slot);
            return None;
        }
        if vhost.config.tls.is_some() && self.tls_daily.get().is_none() {
            self.tls_daily.set(Some(0));
        }
        for bind in &binds {
            if let Err(why) = self.listen(&vhost, bind) {
                crate::util::log::err!("vhost '{}' cannot listen: {why}", vhost.config.name);
                let tokens = vhost.listeners.borrow().clone();
                for token in tokens {
                    self.drop_listener_silently(token);
                }
                guard::retire(slot);
                return None;
            }
        }
        self.vhosts.borrow_mut().push(vhost.clone());
        if self.protocols_due.get() && !self.init_or_drop(&vhost) {
            return None;
        }
        Some(vhost)
    }

    /// Sends PROTOCOL_INIT to all vhosts; those that are made later get it at once.
    pub fn init_all(&self) {
        self.protocols_due.set(true);
        let vhosts = self.vhosts.borrow().clone();
        for vhost in &vhosts {
            self.init_or_drop(vhost);
        }
    }

    /// Sends PROTOCOL_INIT; a vhost whose protocol refuses is destroyed again. `false`: it was.
    pub fn init_or_drop(&self, vhost: &Rc<Vhost>) -> bool {
        match self.init_protocols(vhost) {
            Ok(()) => true,
            Err(index) => {
                let name = vhost.config.protocol_names.get(index).map_or("?".into(), |n| n.to_string_lossy());
                crate::util::log::err!(
                    "vhost '{}': protocol '{name}' refused LWS_CALLBACK_PROTOCOL_INIT; the vhost is ended",
                    vhost.config.name
                );
                self.destroy_vhost(vhost);
                false
            }
        }
    }

    fn listen(&self, vhost: &Rc<Vhost>, bind: &Bind) -> Result<(), BindError> {
        // A vhost that asks for a place where another one listens already shares its socket.
        for wsi in self.all_listeners() {
            if let Role::Listener(l) = &*wsi.role.borrow()
                && same_place(l.socket(), bind)
                && wsi.close.get().is_none()
            {
                vhost.doors.borrow_mut().push(wsi.token);
                l.vhosts.borrow_mut().push(vhost.clone());
                self.listens_on(vhost, l.socket().port);
                return Ok(());
            }
        }
        let listener = Listener::new(bind, LISTEN_BACKLOG)?;
        if let (Bind::Unix(path), Some((uid, gid))) = (bind, vhost.config.unix_socket_owner)
            && !path.starts_with('@')
        {
            // Owner and group may connect, nobody else, as on 4.1.6.
            let owned = std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .and_then(|()| std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o660)));
            owned.map_err(|source| BindError { step: "change of owner", bind: bind.clone(), source })?;
        }
        let port = listener.port;
        let role = Role::Listener(Box::new(Listening::new(listener, vhost.clone())));
        let fail = |step, source| BindError { step, bind: bind.clone(), source };
        let Some(wsi) = self.new_wsi(vhost.clone(), role, None) else {
            return Err(fail("making a handle", std::io::ErrorKind::OutOfMemory.into()));
        };
        wsi.transport.readable.set(true);
        vhost.listeners.borrow_mut().push(wsi.token);
        vhost.doors.borrow_mut().push(wsi.token);
        self.watch(&wsi).map_err(|source| fail("watching", source))?;
        self.listens_on(vhost, port);
        Ok(())
    }

    fn listens_on(&self, vhost: &Vhost, port: u16) {
        vhost.listen_port.set(port);
        vhost.slot.slot.port.store(i32::from(port), Release);
    }

    /// Takes back a listener of a vhost that never came to be: no callback is due.
    fn drop_listener_silently(&self, token: u32) {
        if let Some(wsi) = self.wsi(token) {
            self.table.borrow_mut().try_remove(token as usize);
            self.listeners.borrow_mut().retain(|t| *t != token);
            self.descriptors.set(self.descriptors.get() - 1);
            guard::retire(wsi.slot);
        }
    }

    /// `lws_vhost_destroy`: its listeners close (or pass to a vhost that shares them), live connections go on, and it
    /// ends when the last of them has gone.
    pub fn destroy_vhost(&self, vhost: &Rc<Vhost>) {
        if vhost.dying.replace(true) {
            return;
        }
        self.reap_due.set(true);
        for wsi in self.all_listeners() {
            let heir = match &*wsi.role.borrow() {
                Role::Listener(l) => {
                    l.vhosts.borrow_mut().retain(|v| !Rc::ptr_eq(v, vhost));
                    if !Rc::ptr_eq(&wsi.vhost.borrow(), vhost) {
                        continue;
                    }
                    l.vhosts.borrow().first().cloned()
                }
                _ => continue,
            };
            match heir {
                Some(heir) => {
                    vhost.listeners.borrow_mut().retain(|t| *t != wsi.token);
                    heir.listeners.borrow_mut().push(wsi.token);
                    *wsi.vhost.borrow_mut() = heir;
                    self.publish_protocol(&wsi);
                }
                None => self.close_later(&wsi, Close::Orderly),
            }
        }
    }

    /// The last of a vhost: PROTOCOL_DESTROY where INIT was taken, private areas, finalize, the handle.
    pub fn end_vhost(&self, vhost: &Rc<Vhost>) {
        for index in 0..vhost.accepted.get() {
            self.call_without_wsi(vhost, index, LWS_CALLBACK_PROTOCOL_DESTROY, std::ptr::null_mut());
        }
        for area in vhost.private.take() {
            if !area.is_null() {
                self.app.free(area);
            }
        }
        if let Some(finalize) = vhost.config.finalize {
            self.app.finalize(vhost.slot.handle, finalize);
        }
        guard::retire(vhost.slot);
    }

    /// `lws_context_destroy`: carried out when no callback is on the stack any more.
    pub fn ask_to_destroy(&self) {
        if self.state.get() != State::Destroying {
            self.state.set(State::DestroyAsked);
        }
    }

    /// Takes the whole context down: connections with their callbacks, listeners, vhosts, timers.
    pub fn destroy(&self) {
        self.state.set(State::Destroying);
        for vhost in self.vhosts.borrow().iter() {
            vhost.dying.set(true);
        }
        self.close_everything();
        // They are known until each has ended: PROTOCOL_DESTROY asks for private areas.
        let vhosts = self.vhosts.borrow().clone();
        for vhost in &vhosts {
            self.end_vhost(vhost);
        }
        self.vhosts.borrow_mut().clear();
        for pseudo in self.pseudo.take() {
            guard::retire(pseudo);
        }
        self.wheel.detach_all();
        *self.poller.borrow_mut() = None;
    }
}

/// What any thread may ask of a vhost. Texts and tables are kept for ever.
fn publish(vhost: &Vhost) {
    let (slot, config) = (vhost.slot.slot, &vhost.config);
    slot.user.store(config.user, Release);
    slot.name.store(intern::keep(&config.name).as_ptr().cast_mut().cast(), Release);
    let iface = config.iface.as_deref().map_or(std::ptr::null(), |i| intern::keep(i).as_ptr());
    slot.iface.store(iface.cast_mut().cast(), Release);
    slot.asked_port.store(config.port, Release);
    slot.protocol.store(config.protocols.as_ptr().cast_mut().cast(), Release);
}

fn same_place(have: &Listener, want: &Bind) -> bool {
    match (&have.bind, want) {
        (Bind::Tcp { addr: a, .. }, Bind::Tcp { addr: b, .. }) => {
            b.port() != 0 && have.port == b.port() && (a.ip() == b.ip())
        }
        (Bind::Unix(a), Bind::Unix(b)) => a == b,
        _ => false,
    }
}
