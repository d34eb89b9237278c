//! The raw role: a stream of bytes that nobody but the program understands. What comes is handed over as it was read, what
//! is written goes as it is.
//!
//! How a connection came to be raw does not matter here, but for the little that only a client has.

use std::ffi::c_void;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::role::client::Client;
use crate::engine::role::http1::Http;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Role, TimerKind, Wsi};

/// State of a raw connection.
pub struct Raw {
    /// What only one has that `lws_client_connect_via_info` made.
    pub client: Option<ClientSide>,
    /// The wait for the end of its TLS handshake, or for the plain text in its place, is armed.
    pub awaits_tls: bool,
}

impl Raw {
    /// An accepted connection.
    pub fn accepted() -> Raw {
        Raw { client: None, awaits_tls: false }
    }
}

/// What stays of a client connection that is raw.
pub struct ClientSide {
    /// The retry policy as C gave it; null: the vhost's.
    pub retry: *const c_void,
}

impl Context {
    /// The way to the peer stands, and the bytes on it are the program's.
    pub fn raw_connected(&self, wsi: &Rc<Wsi>) {
        let Some((retry, wants)) = wsi.with_client(|c: &mut Client| (c.ask.retry, c.wants_writable)) else { return };
        *wsi.role.borrow_mut() = Role::Raw(Box::new(Raw { client: Some(ClientSide { retry }), awaits_tls: false }));
        self.clear_timer(wsi, TimerKind::Timeout);
        wsi.want_writable.set(wants);
        if self.notify(wsi, LWS_CALLBACK_RAW_CONNECTED) != 0 {
            return self.close_later(wsi, Close::Orderly);
        }
        self.make_ready(wsi);
    }

    /// An accepted connection is the program's from the start. With TLS its handshake is still to come, for which the peer
    /// has the vhost's `timeout_secs`.
    pub fn raw_accepted(&self, wsi: &Rc<Wsi>, protocol: usize) {
        self.set_protocol(wsi, protocol);
        if !self.ensure_pss(wsi) {
            return self.close_later(wsi, Close::Unborn);
        }
        // As on 4.1.6, who refuses the bind is told no drop.
        wsi.bound.set(self.notify(wsi, LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL) == 0);
        if wsi.transport.is_handshaking() {
            wsi.with_raw(|raw| raw.awaits_tls = true);
            self.set_step_timer(wsi);
        }
        self.raw_adopted(wsi);
    }

    /// What came where a request was awaited is no HTTP, and the vhost gives such connections to a raw protocol. `before`:
    /// what came earlier of the same line.
    pub fn fall_back_to_raw(&self, wsi: &Rc<Wsi>, protocol: usize, before: &[u8], bytes: &[u8]) -> ReadOutcome {
        let refused = self.is_misdirected(wsi, &wsi.vhost());
        if wsi.with_http(|http| http.holds_head()) == Some(true) {
            self.head_gone();
        }
        self.clear_timer(wsi, TimerKind::Timeout);
        wsi.with_http(|http| *http = Http::server());
        if refused {
            // The vhost checks certificates, and the client named another one in TLS.
            self.close_later(wsi, Close::AtOnce);
            return ReadOutcome::Ended;
        }
        // The bind is told by HTTP's reason, as on 4.1.6, which also goes on where it is refused.
        self.bind_protocol(wsi, protocol);
        *wsi.role.borrow_mut() = Role::Raw(Box::new(Raw::accepted()));
        if !self.ensure_pss(wsi) {
            self.close_later(wsi, Close::AtOnce);
        }
        self.raw_adopted(wsi);
        match self.raw_receive(wsi, &mut before.to_vec()) {
            ReadOutcome::Used(_) if wsi.is_live() => ReadOutcome::Used(0),
            ReadOutcome::Stopped(n) => {
                wsi.hold(&[&before[n..], bytes].concat());
                ReadOutcome::Stopped(bytes.len())
            }
            _ => ReadOutcome::Ended,
        }
    }

    fn raw_adopted(&self, wsi: &Wsi) {
        if wsi.is_live() && self.notify(wsi, LWS_CALLBACK_RAW_ADOPT) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// The TLS handshake of a connection that was raw from the start is over, or plain text is served in its place.
    pub fn raw_handshake_over(&self, wsi: &Wsi) {
        if wsi.with_raw(|raw| std::mem::take(&mut raw.awaits_tls)) == Some(true) {
            self.clear_timer(wsi, TimerKind::Timeout);
            if self.is_misdirected(wsi, &wsi.vhost()) {
                self.close_later(wsi, Close::AtOnce);
            }
        }
    }

    /// `lws_raw_transaction_completed`: -1 when the program is to close the connection, by its callback's return; 0 when
    /// something that it wrote waits for the peer, behind which the connection closes by itself.
    pub fn raw_transaction_completed(&self, wsi: &Wsi) -> i32 {
        if !wsi.transport.has_backlog() {
            return -1;
        }
        self.close_later(wsi, Close::Orderly);
        0
    }

    /// Hands over what was read, in pieces no longer than `pt_serv_buf_size`, as on 4.1.6 whatever the protocol wants.
    pub fn raw_receive(&self, wsi: &Rc<Wsi>, bytes: &mut [u8]) -> ReadOutcome {
        self.raw_handshake_over(wsi);
        let limit = self.config.pt_serv_buf_size.max(1);
        let mut at = 0;
        while at < bytes.len() {
            if !wsi.is_live() {
                return ReadOutcome::Ended;
            }
            if wsi.rx_stopped() {
                return ReadOutcome::Stopped(at);
            }
            let piece = limit.min(bytes.len() - at);
            if self.call(wsi, LWS_CALLBACK_RAW_RX, bytes[at..].as_mut_ptr().cast(), piece) != 0 {
                self.close_later(wsi, Close::Orderly);
                return ReadOutcome::Ended;
            }
            at += piece;
        }
        ReadOutcome::Used(at)
    }

    /// WRITEABLE of a raw connection.
    pub fn raw_writeable(&self, wsi: &Rc<Wsi>) {
        if self.notify(wsi, LWS_CALLBACK_RAW_WRITEABLE) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// `lws_write` on a raw connection: every kind of write means the bytes as they are.
    pub fn raw_write(&self, wsi: &Wsi, payload: &[u8]) -> Delivery {
        if wsi.transport.has_backlog() {
            crate::guard::misuse::write_on_backlog(wsi.handle());
        }
        self.transmit(wsi, &[], payload)
    }

    /// The closing callbacks of a raw connection.
    pub fn raw_farewell(&self, wsi: &Wsi) {
        self.tell_drop(wsi, LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL);
        self.notify(wsi, LWS_CALLBACK_RAW_CLOSE);
    }
}
