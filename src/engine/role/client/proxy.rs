//! HTTP proxies: a tunnel by CONNECT for every client connection of a vhost that has one, as 4.1.6 makes it.

use std::rc::Rc;

use crate::engine::context::Context;
use crate::engine::role::client::Stage;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{TimerKind, Wsi};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of `user:password` that a proxy's text may have: 4.1.6's number.
const LOGIN_MOST: usize = 95;

/// The proxy gave no tunnel, for whatever reason, in 4.1.6's words. The log has the reason.
pub const NO_TUNNEL: &str = "proxy not h1";

/// Where the proxy is, and how to log in there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Its host.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// `user:password` in base64.
    pub login: Option<String>,
}

impl Proxy {
    /// From `[user:password@]host:port`; a scheme `http://` and a slash at the end do not count. A text without a port means
    /// `port`, if that is known.
    pub fn parse(spec: &str, port: Option<u16>) -> Result<Proxy, String> {
        let bare = spec.strip_prefix("http://").unwrap_or(spec).trim_end_matches('/');
        let (login, place) = match bare.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, bare),
        };
        if login.is_some_and(|l| l.len() > LOGIN_MOST) {
            return Err(format!("user and password of a proxy have at most {LOGIN_MOST} bytes"));
        }
        let wanted = || "a proxy is written [user:password@]host:port".to_owned();
        let (host, port) = match place.rfind(':').filter(|at| !place[*at..].contains(']')) {
            Some(colon) => (&place[..colon], place[colon + 1..].parse().ok()),
            None => (place, port),
        };
        let port = port.filter(|p| *p != 0).ok_or_else(wanted)?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || host.bytes().any(|b| b <= b' ') {
            return Err(wanted());
        }
        Ok(Proxy { address: host.to_owned(), port, login: login.map(|l| STANDARD.encode(l.as_bytes())) })
    }
}

impl Context {
    /// The proxy that connections of the vhost go through.
    pub fn proxy_of(&self, wsi: &Wsi) -> Option<Proxy> {
        let is_unix = wsi.with_client(|c| c.ask.address.starts_with('+')).unwrap_or(false);
        if is_unix { None } else { wsi.vhost.borrow().proxy.borrow().clone() }
    }

    /// Asks the proxy for a tunnel to the peer.
    pub fn ask_for_tunnel(&self, wsi: &Rc<Wsi>, proxy: &Proxy) {
        let head = wsi.with_client(|c| {
            c.stage = Stage::Tunnel;
            let host = match c.ask.address.contains(':') {
                true => format!("[{}]:{}", c.ask.address, c.ask.port),
                false => format!("{}:{}", c.ask.address, c.ask.port),
            };
            let login = proxy.login.as_ref().map(|l| format!("Proxy-authorization: basic {l}\r\n")).unwrap_or_default();
            format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nUser-agent: lws\r\n{login}\r\n")
        });
        self.client_step_timer(wsi);
        if self.transmit(wsi, head.unwrap_or_default().as_bytes(), &[]) == Delivery::Broken {
            return self.client_fails(wsi, "proxy write failed");
        }
        self.make_ready(wsi);
    }

    /// The proxy went away, or sent what is no answer.
    pub fn tunnel_broken(&self, wsi: &Wsi) {
        crate::util::log::notice!("{}: the proxy gives no tunnel", wsi.handle());
        self.client_fails(wsi, NO_TUNNEL);
    }

    /// The proxy has answered.
    pub fn tunnel_answered(&self, wsi: &Rc<Wsi>, status: u16) {
        if !(200..300).contains(&status) {
            crate::util::log::notice!("{}: the proxy answers {status}", wsi.handle());
            return self.client_fails(wsi, NO_TUNNEL);
        }
        self.clear_timer(wsi, TimerKind::Timeout);
        self.client_way_stands(wsi);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read() {
        let plain = Proxy { address: "p".into(), port: 3128, login: None };
        assert_eq!(Proxy::parse("p:3128", None), Ok(plain.clone()));
        assert_eq!(Proxy::parse("p:3128", Some(1)), Ok(plain.clone()));
        assert_eq!(Proxy::parse("p", Some(3128)), Ok(plain.clone()));
        assert_eq!(Proxy::parse("http://p:3128/", None), Ok(plain.clone()));
        assert_eq!(Proxy::parse("u:p@p:3128", None), Ok(Proxy { login: Some("dTpw".into()), ..plain.clone() }));
        let v6 = Proxy { address: "::1".into(), ..plain };
        assert_eq!(Proxy::parse("[::1]:3128", None), Ok(v6.clone()));
        assert_eq!(Proxy::parse("[::1]", Some(3128)), Ok(v6));
        for bad in ["", "p", "p:", "p:0", "p:70000", ":80", "a b:80", "[::1]", &format!("{}@p:1", "u".repeat(96))] {
            assert!(Proxy::parse(bad, None).is_err(), "{bad}");
        }
        assert!(Proxy::parse("", Some(80)).is_err());
    }
}
