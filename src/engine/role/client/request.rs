//! The request of a client connection.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::Extension;
use crate::engine::context::Context;
use crate::engine::role::client::multipart::Parts;
use crate::engine::role::client::{Ask, Stage, text};
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, TimerKind, Wsi};
use crate::wire::ws::handshake;

/// Least room for the headers that the program adds.
const ADDED_ROOM: usize = 4096;

impl Context {
    /// The way to the peer stands: the request goes out.
    pub fn client_request(&self, wsi: &Rc<Wsi>) {
        let again = wsi.with_client(|c| c.sharing.replay.take().inspect(|_| c.stage = Stage::Answer)).flatten();
        if let Some(head) = again {
            return self.send_request(wsi, &head);
        }
        let mut random = [0; 16];
        if getrandom::fill(&mut random).is_err() {
            return self.client_fails(wsi, text::UNABLE);
        }
        let key = handshake::client_key(random);
        let offers = self.extensions_to_offer(wsi);
        if !wsi.is_live() {
            return;
        }
        let raw_origin = wsi.vhost.borrow().config.options & LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN != 0;
        let head = wsi.with_client(|c| {
            c.key = key;
            // From here on its failing is told as CLOSED_CLIENT_HTTP, as on 4.1.6.
            c.stage = Stage::Answer;
            if c.ask.flags & LCCSCF_HTTP_MULTIPART_MIME != 0 && !c.ask.is_ws() {
                c.parts = Parts::new().ok();
            }
            let head = request_head(&c.ask, &key, &offers, raw_origin, c.parts.as_ref());
            c.offers = offers;
            head
        });
        let Some(mut head) = head else { return };
        if !self.append_headers(wsi, &mut head) {
            return;
        }
        wsi.with_client(|c| c.sharing.replay = c.may_repeat().then(|| head.clone()));
        self.send_request(wsi, &head);
    }

    fn send_request(&self, wsi: &Rc<Wsi>, head: &[u8]) {
        self.client_step_timer(wsi);
        if self.transmit(wsi, head, &[]) == Delivery::Broken {
            if !self.client_repeats(wsi) {
                self.client_fails(wsi, text::READ);
            }
            return;
        }
        if wsi.with_client(|c| std::mem::take(&mut c.wants_writable)) == Some(true) {
            wsi.want_writable.set(true);
        }
        self.make_ready(wsi);
    }

    /// Lets the program add header lines, then ends the head. `false`: it refused.
    fn append_headers(&self, wsi: &Rc<Wsi>, head: &mut Vec<u8>) -> bool {
        let room = self.config.pt_serv_buf_size.max(ADDED_ROOM);
        let mut added = vec![0_u8; room];
        let start = added.as_mut_ptr();
        let mut at = start;
        let rc = self.call(wsi, LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, std::ptr::from_mut(&mut at).cast(), room);
        if rc != 0 {
            self.close_later(wsi, Close::Orderly);
            return false;
        }
        let wrote = (at as usize).wrapping_sub(start as usize);
        if wrote > room {
            crate::util::log::err!("LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER wrote more than len bytes");
            self.close_later(wsi, Close::Orderly);
            return false;
        }
        head.extend_from_slice(&added[..wrote]);
        head.extend_from_slice(b"\r\n");
        wsi.is_live()
    }

    /// Arms the wait for the peer's next step: the vhost's `timeout_secs`.
    pub fn client_step_timer(&self, wsi: &Wsi) {
        let secs = wsi.vhost.borrow().config.timeout_secs;
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000);
    }

    /// `lws_client_http_body_pending`: whether the program has request body to send.
    pub fn client_body_pending(&self, wsi: &Wsi, pending: bool) {
        if wsi.with_client(|c| std::mem::replace(&mut c.body_pending, pending)) == Some(true) {
            self.client_body_moves(wsi);
        }
    }

    /// The server takes request body: the wait for its answer begins anew, if there is one.
    pub fn client_body_moves(&self, wsi: &Wsi) {
        if wsi.with_client(|c| c.stage) == Some(Stage::Answer) && self.has_timer(wsi, TimerKind::Timeout) {
            self.client_step_timer(wsi);
        }
    }
}

/// The head without the blank line, in 4.1.6's order.
fn request_head(ask: &Ask, key: &[u8; 24], offers: &[Extension], raw_origin: bool, parts: Option<&Parts>) -> Vec<u8> {
    let method = ask.method.as_deref().unwrap_or("GET");
    let mut out = format!(
        "{method} {} HTTP/1.1\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nHost: {}\r\n",
        ask.path, ask.host
    );
    if let Some(origin) = &ask.origin {
        let scheme = match ask.flags & LCCSCF_USE_SSL {
            _ if raw_origin => "",
            0 => "http://",
            _ => "https://",
        };
        out += &format!("Origin: {scheme}{origin}\r\n");
    }
    if ask.is_ws() {
        out += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
        out += &String::from_utf8_lossy(key);
        out += "\r\n";
        if let Some(protocols) = &ask.protocols {
            out += &format!("Sec-WebSocket-Protocol: {protocols}\r\n");
        }
        if !offers.is_empty() {
            let offers: Vec<_> = offers.iter().map(|e| e.client_offer.as_str()).collect();
            out += &format!("Sec-WebSocket-Extensions: {}\r\n", offers.join(", "));
        }
        out += "Sec-WebSocket-Version: 13\r\n";
        return out.into_bytes();
    }
    if let Some(parts) = parts {
        out += &format!("content-type: multipart/form-data; boundary=\"{}\"\r\n", parts.boundary());
    }
    if ask.flags & LCCSCF_PIPELINE == 0 {
        out += "connection: close\r\n";
    }
    if ask.flags & LCCSCF_HTTP_X_WWW_FORM_URLENCODED != 0 {
        out += "Content-Type: application/x-www-form-urlencoded\r\n";
    }
    out.into_bytes()
}
