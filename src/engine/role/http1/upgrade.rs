//! Turning a connection into a WebSocket: RFC 6455 section 4.2, with 4.1.6's order of callbacks and its choice of the
//! subprotocol.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::http1::response::HeadBytes;
use crate::engine::role::ws::Ws;
use crate::engine::transport::Delivery;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Phase, Role, TimerKind, Wsi};
use crate::wire::http1::names::{Method, Token, token};
use crate::wire::http1::table::{HeadTable, Version};
use crate::wire::ws::handshake;

/// Room for the headers that the program adds to the 101 answer.
const ADDED_HEADERS_ROOM: usize = 4096;

/// RFC 9110 section 15.5.22; the API has no name for it.
const UPGRADE_REQUIRED: u32 = 426;

impl Context {
    /// A request for a WebSocket, read whole.
    pub fn upgrade(&self, wsi: &Rc<Wsi>) {
        let Some(upgrade) = self.header(wsi, token::UPGRADE) else { return };
        if self.with_head(wsi, |head| head.method() == Some(Method::Get)) != Some(true) {
            return self.refuse_upgrade(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, b"allow:", b"GET");
        }
        let mut text = upgrade.clone();
        text.push(0);
        let rc = self.call_protocol(wsi, 0, LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, text.as_mut_ptr().cast(), 0);
        if rc != 0 {
            // Below 0: hang up. Above: the program has answered.
            return self.close_later(wsi, Close::Unborn);
        }
        if !wsi.is_live() {
            return;
        }
        let version = self.header(wsi, token::VERSION);
        if version.as_deref() != Some(b"13") {
            // RFC 6455 section 4.4: the versions that are spoken here are told.
            return self.refuse_upgrade(wsi, UPGRADE_REQUIRED, b"sec-websocket-version:", b"13");
        }
        let vhost = self.named_vhost(wsi);
        if vhost.config.options & LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK != 0 && !self.host_is(wsi, &vhost) {
            return self.close_later(wsi, Close::Unborn);
        }
        if self.is_misdirected(wsi, &vhost) {
            return self.refuse_request(wsi, super::request::MISDIRECTED_REQUEST);
        }
        // An empty list offers nothing.
        let offered = self.header(wsi, token::PROTOCOL).filter(|list| !list.trim_ascii().is_empty());
        let Some((index, named)) = choose_protocol(&vhost, offered.as_deref()) else {
            crate::util::log::info!("{}: none of the subprotocols that the client offers is known here", wsi.handle());
            return self.close_later(wsi, Close::Unborn);
        };
        self.move_to_vhost(wsi, vhost);
        // A refused bind only means that no drop is owed.
        self.bind_protocol(wsi, index);
        let key = self.header(wsi, token::KEY);
        self.become_ws(wsi);
        let options = self.mount_hit(wsi).is_none_or(|mount| self.tell_options(wsi, &mount));
        let refused = !options || self.filter(wsi, offered) || !self.accept_upgrade(wsi, key.as_deref(), index, named);
        // The headers can be read up to ESTABLISHED, then they go.
        if refused {
            self.close_later(wsi, Close::Orderly);
        } else {
            // The handshake's wait ends here; one that the program sets in ESTABLISHED stays.
            self.clear_timer(wsi, TimerKind::Timeout);
            self.validity_confirmed(wsi);
            let session = wsi.transport.with_session(|s| s.raw()).unwrap_or(std::ptr::null_mut());
            if wsi.is_live() && self.call(wsi, LWS_CALLBACK_ESTABLISHED, session, 0) != 0 {
                self.close_later(wsi, Close::Orderly);
            }
        }
        self.forget_head(wsi);
    }

    /// Runs `f` on the head of the request in hand; `None` when it was let go.
    pub fn with_head<T>(&self, wsi: &Wsi, f: impl FnOnce(&HeadTable) -> T) -> Option<T> {
        match &*wsi.role.borrow() {
            Role::Http(http) => http.head.as_deref().map(f),
            Role::Ws(ws) => ws.head.as_deref().map(f),
            Role::Client(c) => c.head.as_deref().map(f),
            Role::Listener(_) | Role::Raw(_) => None,
        }
    }

    /// The same, to write into it.
    pub fn with_head_mut<T>(&self, wsi: &Wsi, f: impl FnOnce(&mut HeadTable) -> T) -> Option<T> {
        match &mut *wsi.role.borrow_mut() {
            Role::Http(http) => http.head.as_deref_mut().map(f),
            Role::Ws(ws) => ws.head.as_deref_mut().map(f),
            Role::Client(c) => c.head.as_deref_mut().map(f),
            Role::Listener(_) | Role::Raw(_) => None,
        }
    }

    /// One header of the request in hand, its fragments joined; `None` when it is absent.
    pub fn header(&self, wsi: &Wsi, token: Token) -> Option<Vec<u8>> {
        self.with_head(wsi, |head| head.has(token).then(|| joined(head, token))).flatten()
    }

    /// The Host header is exactly the vhost's name, with its port where one is told.
    fn host_is(&self, wsi: &Wsi, vhost: &Vhost) -> bool {
        let Some(host) = self.header(wsi, token::HOST) else { return false };
        let host = String::from_utf8_lossy(&host).into_owned();
        let name = &vhost.config.name;
        host.eq_ignore_ascii_case(name) || host.eq_ignore_ascii_case(&format!("{name}:{}", vhost.listen_port.get()))
    }

    /// The role changes; the head moves along so that it can still be read.
    fn become_ws(&self, wsi: &Wsi) {
        let head = wsi.with_http(|http| http.head.take()).flatten();
        let utf8 = wsi.vhost.borrow().config.options & LWS_SERVER_OPTION_VALIDATE_UTF8 != 0;
        *wsi.role.borrow_mut() = Role::Ws(Box::new(Ws::server(head, utf8)));
    }

    fn filter(&self, wsi: &Wsi, offered: Option<Vec<u8>>) -> bool {
        let mut offered = offered;
        let input = match &mut offered {
            Some(text) => {
                text.push(0);
                text.as_mut_ptr().cast()
            }
            None => std::ptr::null_mut(),
        };
        self.call(wsi, LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, input, 0) != 0
    }

    /// Sends the 101 answer. `false`: the request cannot be accepted, or the program refused.
    fn accept_upgrade(&self, wsi: &Rc<Wsi>, key: Option<&[u8]>, index: usize, named: bool) -> bool {
        let Some(key) = key.filter(|k| handshake::is_valid_key(k)) else { return false };
        if !wsi.is_live() {
            return false;
        }
        let mut head = HeadBytes::default();
        head.bytes
            .extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n");
        head.header(b"Sec-WebSocket-Accept:", &handshake::accept_key(key));
        if named && let Some(name) = wsi.vhost.borrow().config.protocol_names.get(index) {
            head.header(b"Sec-WebSocket-Protocol:", name.to_bytes());
        }
        if let Some(extensions) = self.agree_extensions(wsi) {
            head.header(b"Sec-WebSocket-Extensions:", extensions.as_bytes());
        }
        if !wsi.is_live() {
            return false;
        }
        let Some(added) = self.ask_for_headers(wsi, index) else { return false };
        head.bytes.extend_from_slice(&added);
        head.finish();
        self.transmit(wsi, &head.bytes, &[]) != Delivery::Broken && wsi.phase.get() == Phase::Live
    }

    /// LWS_CALLBACK_ADD_HEADERS of a protocol: header lines for the answer. `None`: it refuses.
    pub fn ask_for_headers(&self, wsi: &Wsi, protocol: usize) -> Option<Vec<u8>> {
        let mut added = vec![0_u8; ADDED_HEADERS_ROOM];
        let start: *mut std::ffi::c_char = added.as_mut_ptr().cast();
        let mut args =
            lws_process_html_args { p: start, len: 0, max_len: ADDED_HEADERS_ROOM as i32, r#final: 0, chunked: 0 };
        let input = std::ptr::from_mut(&mut args).cast();
        if self.call_protocol(wsi, protocol, LWS_CALLBACK_ADD_HEADERS, input, 0) != 0 {
            return None;
        }
        let wrote = (args.p as usize).wrapping_sub(start as usize);
        if wrote > ADDED_HEADERS_ROOM {
            crate::util::log::err!("LWS_CALLBACK_ADD_HEADERS wrote more than max_len bytes; the connection is closed");
            return None;
        }
        added.truncate(wrote);
        Some(added)
    }

    fn forget_head(&self, wsi: &Wsi) {
        let had = wsi.with_ws(|ws| ws.head.take().is_some()).unwrap_or(false);
        if had {
            self.head_gone();
        }
    }

    /// Answers a handshake that cannot be taken, with one header that says what could.
    fn refuse_upgrade(&self, wsi: &Wsi, status: u32, name: &[u8], value: &[u8]) {
        self.set_http_version(wsi, Version::Http11);
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, status, None);
        head.header(name, value);
        head.header(b"connection:", b"close");
        head.length(0);
        head.finish();
        self.transmit(wsi, &head.bytes, &[]);
        self.close_later(wsi, Close::Unborn);
    }
}

/// The subprotocol by the client's list in its order, and that it was named; without a list, the vhost's default, unless
/// the vhost asks for a list.
fn choose_protocol(vhost: &Vhost, offered: Option<&[u8]>) -> Option<(usize, bool)> {
    let Some(offered) = offered else {
        return (!vhost.config.subprotocol_required).then_some((vhost.config.default_protocol, false));
    };
    handshake::list(offered).find_map(|name| vhost.protocol_named(name)).map(|index| (index, true))
}

/// A header's fragments, joined.
pub fn joined(head: &HeadTable, token: Token) -> Vec<u8> {
    let mut out = vec![0; head.total_length(token) + 1];
    let len = head.copy(token, &mut out).unwrap_or(0);
    out.truncate(len);
    out
}
