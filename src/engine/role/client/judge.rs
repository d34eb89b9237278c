//! The judgement of an answer's head: a WebSocket's handshake is checked to the letter (RFC 6455 section 4.1), an HTTP
//! answer's body is made out. What a head says is read in `wire/http1/answer`; here is what the program hears, and when.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::client::body::Incoming;
use crate::engine::role::client::{Client, Stage, text};
use crate::engine::role::ws::client_ext::Agreed;
use crate::engine::role::ws::{ClientSide, Ws};
use crate::engine::wsi::{Close, Role, Wsi};
use crate::wire::http1::answer::{self, Follows};

impl Context {
    /// The answer's head is whole.
    pub fn judge_answer(&self, wsi: &Rc<Wsi>) {
        let Some((status, is_ws, no_follow)) =
            wsi.with_client(|c| (c.status, c.ask.is_ws(), c.ask.flags & LCCSCF_HTTP_NO_FOLLOW_REDIRECT != 0))
        else {
            return;
        };
        if matches!(status, 301 | 302 | 303 | 307 | 308) && !no_follow {
            return self.redirected(wsi, status);
        }
        if is_ws { self.judge_handshake(wsi, status) } else { self.judge_http(wsi) }
    }

    fn judge_handshake(&self, wsi: &Rc<Wsi>, status: u16) {
        if self.notify(wsi, LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP) != 0 {
            return self.client_fails(wsi, "HS: disallowed at ESTABLISHED");
        }
        if !wsi.is_live() {
            return;
        }
        match status {
            101 => {}
            401 => return self.client_fails(wsi, "HS: ws upgrade unauthorized"),
            _ => return self.client_fails(wsi, "HS: ws upgrade response not 101"),
        }
        let checked = match &*wsi.role.borrow() {
            Role::Client(c) => check_handshake(c),
            _ => return,
        };
        let chosen = match checked {
            Ok(chosen) => chosen,
            Err(why) => return self.client_fails(wsi, why),
        };
        let agreed = match self.extensions_answered(wsi) {
            Ok(agreed) => agreed,
            Err(why) => return self.client_fails(wsi, why),
        };
        if !wsi.bound.get() {
            // It was bound to none: now to the one that the server chose, or the vhost's first.
            let index = chosen.and_then(|name| wsi.vhost.borrow().protocol_named(&name)).unwrap_or(0);
            self.set_protocol(wsi, index);
        }
        if !self.ensure_pss(wsi) {
            return self.client_fails(wsi, "HS: OOM");
        }
        let settings = match self.ask_extension_defaults(wsi, &agreed) {
            Some(settings) => settings,
            None => return self.client_fails(wsi, "HS: EXT: failed setting defaults"),
        };
        if self.notify(wsi, LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH) != 0 {
            return self.client_fails(wsi, "HS: Rejected by filter cb");
        }
        if wsi.is_live() {
            self.client_becomes_ws(wsi, agreed, &settings);
        }
    }

    fn client_becomes_ws(&self, wsi: &Rc<Wsi>, agreed: Vec<Agreed>, settings: &[String]) {
        let Some((head, side, wants)) = wsi.with_client(|c| {
            let side = ClientSide { idle: c.ask.idle, retry: c.ask.retry, rejected: false };
            (c.head.take(), side, wsi.want_writable.get() || c.wants_writable)
        }) else {
            return;
        };
        let utf8 = wsi.vhost.borrow().config.options & LWS_SERVER_OPTION_VALIDATE_UTF8 != 0;
        *wsi.role.borrow_mut() = Role::Ws(Box::new(Ws::client(head, utf8, side)));
        if !self.use_extensions(wsi, agreed, settings) {
            return self.close_later(wsi, Close::AtOnce);
        }
        wsi.want_writable.set(wants);
        self.validity_confirmed(wsi);
        if self.notify(wsi, LWS_CALLBACK_CLIENT_ESTABLISHED) != 0 {
            wsi.with_ws(|ws| ws.client.as_mut().map(|c| c.rejected = true));
            self.close_later(wsi, Close::Orderly);
        }
        wsi.with_ws(|ws| ws.head = None);
    }

    fn judge_http(&self, wsi: &Rc<Wsi>) {
        let incoming = match &*wsi.role.borrow() {
            Role::Client(c) => framing(c),
            _ => return,
        };
        let Some(incoming) = incoming else { return self.client_fails(wsi, text::READ) };
        wsi.with_client(|c| c.incoming = incoming);
        if self.notify(wsi, LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH) != 0 {
            return self.client_fails(wsi, "HS: disallowed by client filter");
        }
        if !wsi.is_live() {
            return;
        }
        if self.notify(wsi, LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP) != 0 {
            return self.client_fails(wsi, "HS: disallowed at ESTABLISHED");
        }
        if !wsi.is_live() {
            return;
        }
        // From here on the server and the program set the pace, as on 4.1.6: events may be hours apart.
        wsi.with_client(|c| {
            c.stage = Stage::Body;
            c.progressed = true;
        });
        if wsi.with_client(|c| c.incoming.is_done()) == Some(true) {
            self.client_completed(wsi);
        }
        self.make_ready(wsi);
    }
}

/// What follows the head. `None`: it cannot be told.
fn framing(client: &Client) -> Option<Incoming> {
    Some(match answer::follows(client.head.as_deref()?, client.ask.is_head())? {
        Follows::Length(n) => Incoming::Length(n),
        Follows::Chunked => Incoming::Chunked(Box::default()),
        Follows::UntilClose => Incoming::UntilClose,
    })
}

/// The subprotocol that the server chose, or why the handshake is refused.
fn check_handshake(client: &Client) -> Result<Option<Vec<u8>>, &'static str> {
    let Some(head) = client.head.as_deref() else { return Err(text::READ) };
    answer::check_upgrade(head, &client.key, client.ask.protocols.as_deref().unwrap_or_default())
}
