//! Following a redirect: the same connection handle, another request, as a rule to another socket.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::client::{Ask, Client};
use crate::engine::wsi::{Close, Phase, Role, TimerKind, Wsi};
use crate::wire::http1::location::{self, Location};
use crate::wire::http1::names::token;

/// Redirects that are followed, one after the other, before the connection is given up: 4.1.6's number.
pub const MOST: u8 = 3;

/// Where `lws_client_reset` turns a connection to.
pub struct Turn {
    /// TLS is spoken there.
    pub tls: bool,
    /// Host name or address.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// Request path; begins with a slash.
    pub path: String,
    /// The Host header.
    pub host: String,
}

impl Context {
    /// The answer sends the request elsewhere.
    pub fn redirected(&self, wsi: &Rc<Wsi>, status: u16) {
        let location = match &*wsi.role.borrow() {
            Role::Client(c) => c.head.as_ref().and_then(|h| h.value(token::LOCATION)).map(<[u8]>::to_vec),
            _ => return,
        };
        let Some(mut location) = location.filter(|l| !l.trim_ascii().is_empty()) else {
            return self.client_fails(wsi, "HS: Redirect code but no Location");
        };
        location = location.trim_ascii().to_vec();
        let target = String::from_utf8_lossy(&location).into_owned();
        location.push(0);
        let rc = self.call(wsi, LWS_CALLBACK_CLIENT_HTTP_REDIRECT, location.as_mut_ptr().cast(), usize::from(status));
        if rc != 0 {
            return self.client_fails(wsi, "HS: user code rejected redirect");
        }
        if !wsi.is_live() {
            return;
        }
        let next = wsi.with_client(|c| {
            let mut ask = next_ask(&c.ask, &target)?;
            let to_get = turns_into_get(status, ask.method.as_deref());
            if to_get {
                ask.method = Some("GET".into());
            }
            Ok::<_, &'static str>((ask, to_get || c.redirected_to_get, c.redirects + 1))
        });
        match next {
            Some(Ok((_, _, redirects))) if redirects > MOST => self.client_fails(wsi, "HS: Redirect failed"),
            Some(Ok((ask, to_get, redirects))) => self.begin_again(wsi, ask, to_get, redirects),
            Some(Err(why)) => self.client_fails(wsi, why),
            None => {}
        }
    }

    /// Drops what the connection was and seeks the peer of `ask`, with the same handle.
    pub fn begin_again(&self, wsi: &Rc<Wsi>, ask: Ask, to_get: bool, redirects: u8) {
        self.release_queue(wsi, None);
        self.drop_rivals(wsi);
        self.abandon_lookup(wsi);
        self.clear_timer(wsi, TimerKind::Validity);
        let drop = wsi.with_client(|c| c.ask.bind_reasons().1).unwrap_or(LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL);
        let was_bound = wsi.bound.replace(false);
        // The area goes first: programs see no user in the DROP, as on 4.1.6.
        self.free_pss(wsi);
        if was_bound {
            self.call(wsi, drop, crate::engine::bind::drop_reason(), 0);
        }
        if !wsi.is_live() {
            return;
        }
        self.unwatch_own(wsi);
        wsi.drop_held();
        wsi.transport.forget_end();
        let is_ws = ask.is_ws();
        wsi.with_client(|c| {
            let mut fresh = Client::new(ask);
            fresh.instantiated = c.instantiated;
            fresh.sharing.placeless = c.sharing.placeless;
            fresh.redirects = redirects;
            fresh.redirected_to_get = to_get;
            *c = fresh;
        });
        if was_bound {
            self.client_bind(wsi, wsi.protocol.get());
        } else if !is_ws {
            self.ensure_pss(wsi);
        }
        self.take_place(wsi);
        self.client_start(wsi);
    }

    /// `lws_client_reset`: turns the connection to another server, path and host. It begins anew when the callbacks that are
    /// on the stack have returned. `false`: it is no client connection that waits for or reads an answer, or was turned too
    /// often.
    pub fn client_turn(&self, wsi: &Wsi, to: Turn) -> bool {
        if !matches!(wsi.close.get(), None | Some(Close::Anew)) || wsi.phase.get() != Phase::Live {
            return false;
        }
        let turned = wsi.with_client(|c| {
            if c.redirects >= MOST || c.sharing.handed_on {
                crate::util::log::err!("{}: it was turned to another server {MOST} times already", wsi.handle());
                return false;
            }
            let mut ask = c.ask.clone();
            ask.flags = if to.tls { ask.flags | LCCSCF_USE_SSL } else { ask.flags & !LCCSCF_USE_SSL };
            (ask.address, ask.port, ask.path, ask.host) = (to.address, to.port, to.path, to.host);
            c.anew = Some(ask);
            true
        });
        if turned == Some(true) {
            self.close_later(wsi, Close::Anew);
        }
        turned == Some(true)
    }

    /// Carries that out.
    pub fn client_anew(&self, wsi: &Rc<Wsi>) {
        let next = wsi.with_client(|c| c.anew.take().map(|ask| (*ask, c.redirected_to_get, c.redirects + 1))).flatten();
        if let Some((ask, to_get, redirects)) = next {
            self.begin_again(wsi, ask, to_get, redirects);
        }
    }
}

/// RFC 9110 section 15.4: 303 turns all but HEAD into GET; 301 and 302 turn POST into GET, as everyone does.
fn turns_into_get(status: u16, method: Option<&str>) -> bool {
    match (status, method) {
        (303, Some(m)) => !m.eq_ignore_ascii_case("GET") && !m.eq_ignore_ascii_case("HEAD"),
        (301 | 302, Some(m)) => m.eq_ignore_ascii_case("POST"),
        _ => false,
    }
}

/// What to ask for next.
fn next_ask(now: &Ask, target: &str) -> Result<Ask, &'static str> {
    let mut ask = now.clone();
    match location::resolve(now.flags & LCCSCF_USE_SSL != 0, &now.path, target)? {
        Location::Here { path } => ask.path = path,
        Location::There { tls, address, port, host, path } => {
            ask.flags = if tls { ask.flags | LCCSCF_USE_SSL } else { ask.flags & !LCCSCF_USE_SSL };
            (ask.address, ask.port, ask.host, ask.path) = (address, port, host, path);
        }
    }
    Ok(ask)
}
