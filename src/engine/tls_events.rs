//! Events of TLS for the program, as OpenSSL numbers them: LWS_CALLBACK_SSL_INFO, where the vhost's mask has their bits.
//!
//! What is told is what a TLS library of any kind knows: a handshake begins, it is over, a fatal alert or close_notify was read
//! or written. The steps of OpenSSL's own state machine (its SSL_CB_LOOP and SSL_CB_EXIT) have no counterpart.

use std::ffi::c_int;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::wsi::Wsi;
use crate::net::tls::{Alert, TlsError};

/// SSL_CB_HANDSHAKE_START
const HANDSHAKE_START: c_int = 0x10;
/// SSL_CB_HANDSHAKE_DONE
const HANDSHAKE_DONE: c_int = 0x20;
/// SSL_CB_READ_ALERT
const READ_ALERT: c_int = 0x4004;
/// SSL_CB_WRITE_ALERT
const WRITE_ALERT: c_int = 0x4008;

/// Level and number of close_notify, in two bytes as in the record.
const CLOSE_NOTIFY: c_int = 0x100;
/// The level of fatal alerts.
const FATAL: c_int = 0x200;

impl Context {
    /// A TLS handshake begins.
    pub fn tls_begins(&self, wsi: &Wsi) {
        self.tls_event(wsi, HANDSHAKE_START, 1);
    }

    /// It is over, and all is well.
    pub fn tls_done(&self, wsi: &Wsi) {
        self.tls_event(wsi, HANDSHAKE_DONE, 1);
    }

    /// TLS failed, perhaps by an alert.
    pub fn tls_failed(&self, wsi: &Wsi, why: &TlsError) {
        match why.alert {
            Some(Alert::Received(number)) => self.tls_event(wsi, READ_ALERT, FATAL | c_int::from(number)),
            Some(Alert::Sent(number)) => self.tls_event(wsi, WRITE_ALERT, FATAL | c_int::from(number)),
            None => {}
        }
    }

    /// The peer has said close_notify.
    pub fn tls_peer_ended(&self, wsi: &Wsi) {
        if wsi.transport.is_secure() {
            self.tls_event(wsi, READ_ALERT, CLOSE_NOTIFY);
        }
    }

    /// The connection is about to be told closed. Where the program wants to hear of it close_notify is said now, not with
    /// the end of the socket, behind which there is nobody to tell.
    pub fn tls_ends(&self, wsi: &Wsi) {
        if wsi.vhost.borrow().config.tls_events & WRITE_ALERT != 0 && wsi.transport.say_end() {
            self.tls_event(wsi, WRITE_ALERT, CLOSE_NOTIFY);
        }
    }

    fn tls_event(&self, wsi: &Wsi, event: c_int, ret: c_int) {
        if wsi.vhost.borrow().config.tls_events & event == 0 {
            return;
        }
        let mut info = lws_ssl_info { r#where: event, ret };
        // As on 4.1.6 the answer has no effect.
        self.call(wsi, LWS_CALLBACK_SSL_INFO, (&raw mut info).cast(), 0);
    }
}
