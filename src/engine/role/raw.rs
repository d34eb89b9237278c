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
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Role, TimerKind, Wsi};

/// State of a raw connection.
pub struct Raw {
    /// What only one has that `lws_client_connect_via_info` made.
    pub client: Option<ClientSide>,
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
        *wsi.role.borrow_mut() = Role::Raw(Box::new(Raw { client: Some(ClientSide { retry }) }));
        self.clear_timer(wsi, TimerKind::Timeout);
        wsi.want_writable.set(wants);
        if self.notify(wsi, LWS_CALLBACK_RAW_CONNECTED) != 0 {
            return self.close_later(wsi, Close::Orderly);
        }
        self.make_ready(wsi);
    }

    /// Hands over what was read, in pieces no longer than `pt_serv_buf_size`, as on 4.1.6 whatever the protocol wants.
    pub fn raw_receive(&self, wsi: &Rc<Wsi>, bytes: &mut [u8]) -> ReadOutcome {
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
