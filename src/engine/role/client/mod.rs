//! The client role: a connection from the call that asks for it until it is a WebSocket, or until its HTTP answer has
//! been read. `connect` finds and joins the peer, `request` makes the request, `judge` reads the answer's head,
//! `redirect` follows it elsewhere, `body` hands out what comes behind it, `sharing` lets several have one socket in turn.
//!
//! Between TCP connect and the request there is room for steps that need the socket first: a proxy's tunnel, TLS.

pub mod body;
pub mod connect;
pub mod judge;
pub mod multipart;
pub mod proxy;
pub mod redirect;
pub mod request;
pub mod resolving;
pub mod secure;
pub mod sharing;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::{Extension, IdlePolicy};
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::wsi::{Close, Phase, Role, TimerKind, Wsi};
use crate::net::Place;
use crate::net::tls::Identity;
use crate::wire::http1::head::{Fed, HeadReader};
use crate::wire::http1::table::HeadTable;

use body::Incoming;
use multipart::Parts;
use proxy::Proxy;
use sharing::Sharing;

/// `lws_client_connect_info`, read once at the door.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Host name, address, or `+` and the path of a unix socket.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// Request path with its query; begins with a slash.
    pub path: String,
    /// The Host header.
    pub host: String,
    /// The Origin header.
    pub origin: Option<String>,
    /// Subprotocols to ask for, with commas.
    pub protocols: Option<String>,
    /// Protocol of the vhost that it is to be bound to.
    pub local_protocol: Option<String>,
    /// The HTTP method; `None`: a WebSocket.
    pub method: Option<String>,
    /// `LCCSCF_*` bits.
    pub flags: u32,
    /// Interface or address to connect from.
    pub iface: Option<String>,
    /// The program's own per-session data, or null.
    pub userdata: *mut c_void,
    /// What `lws_get_opaque_user_data` returns.
    pub opaque: *mut c_void,
    /// Sign of life policy; `None`: the vhost's.
    pub idle: Option<IdlePolicy>,
    /// The retry policy as C gave it; null: the vhost's.
    pub retry: *const c_void,
    /// Protocols to offer by ALPN, best first; `None`: the context's.
    pub alpn: Option<Vec<Vec<u8>>>,
    /// Seconds that the connection stays after its answer; 0: the library's choice.
    pub keep_warm_secs: u16,
    /// The certificate and key to show; `None`: the vhost's.
    pub identity: Option<Identity>,
}

impl Ask {
    /// It asks for a WebSocket.
    pub fn is_ws(&self) -> bool {
        self.method.is_none()
    }

    /// It asks for a socket whose bytes are the program's own.
    pub fn is_raw(&self) -> bool {
        self.method.as_deref() == Some("RAW")
    }

    /// How a bind to a protocol is told, and its end.
    pub fn bind_reasons(&self) -> (u32, u32) {
        match self.is_raw() {
            true => (LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL),
            false => (LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL, LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL),
        }
    }

    /// The answer to it has no body, whatever its head says.
    pub fn is_head(&self) -> bool {
        self.method.as_deref().is_some_and(|m| m.eq_ignore_ascii_case("HEAD"))
    }
}

/// How far a client connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Another transaction has the socket that this one waits for.
    Queued,
    /// The host's addresses are being looked up.
    Resolving,
    /// Sockets are connecting.
    Connecting,
    /// A proxy was asked for a tunnel.
    Tunnel,
    /// A TLS handshake is under way.
    Securing,
    /// The request went out, or its body is going; the answer's head is awaited.
    Answer,
    /// The answer's head is in; its body is read by the program.
    Body,
    /// The answer is in, whole or cut.
    Over,
}

/// State of a client connection that is not a WebSocket (yet).
pub struct Client {
    /// What was asked for; redirects change it.
    pub ask: Box<Ask>,
    /// How far it has come.
    pub stage: Stage,
    /// The proxy that it goes through: what the vhost had when it set out.
    pub via: Option<Proxy>,
    /// Addresses not tried yet.
    pub places: VecDeque<Place>,
    /// Tokens of further sockets that are connecting beside the connection's own.
    pub rivals: Vec<u32>,
    /// SERVER_NEW_CLIENT_INSTANTIATED was told.
    pub instantiated: bool,
    /// The program asked for WRITEABLE before there was a request to go with.
    pub wants_writable: bool,
    reader: Option<Box<HeadReader>>,
    /// The answer's head.
    pub head: Option<Box<HeadTable>>,
    /// Its status; 0 before there is one.
    pub status: u16,
    /// The `Sec-WebSocket-Key` that was sent.
    pub key: [u8; 24],
    /// Extensions that were offered.
    pub offers: Vec<Extension>,
    /// The parts of a multipart body.
    pub parts: Option<Parts>,
    /// The program has request body to send.
    pub body_pending: bool,
    /// What is still to come of the answer's body.
    pub incoming: Incoming,
    /// The program read, or was told the end, since it was told that there is something.
    pub progressed: bool,
    /// Redirects followed so far.
    pub redirects: u8,
    /// A redirect turned the request into a GET.
    pub redirected_to_get: bool,
    /// What it has to do with others to the same server.
    pub sharing: Sharing,
    /// What to turn to, when it is to begin anew.
    pub anew: Option<Box<Ask>>,
    /// Why it failed; told as CLIENT_CONNECTION_ERROR when it closes.
    pub error: Option<Cow<'static, str>>,
}

impl Client {
    /// A connection that has not begun.
    pub fn new(ask: Ask) -> Client {
        Client {
            sharing: Sharing::keeping(ask.keep_warm_secs),
            anew: None,
            ask: Box::new(ask),
            stage: Stage::Resolving,
            via: None,
            places: VecDeque::new(),
            rivals: Vec::new(),
            instantiated: false,
            wants_writable: false,
            reader: None,
            head: None,
            status: 0,
            key: [0; 24],
            offers: Vec::new(),
            parts: None,
            body_pending: false,
            incoming: Incoming::UntilClose,
            progressed: false,
            redirects: 0,
            redirected_to_get: false,
            error: None,
        }
    }

    /// There is no socket that has joined the peer yet.
    pub fn is_connecting(&self) -> bool {
        matches!(self.stage, Stage::Resolving | Stage::Connecting)
    }

    /// The request has not gone out, so nothing of the program's can.
    pub fn before_request(&self) -> bool {
        self.is_connecting() || matches!(self.stage, Stage::Queued | Stage::Tunnel | Stage::Securing)
    }

    /// Something of an answer has come.
    pub fn has_answer_begun(&self) -> bool {
        self.reader.is_some() || self.status != 0
    }
}

impl Wsi {
    /// Runs `f` on the client state, if it has that role.
    pub fn with_client<T>(&self, f: impl FnOnce(&mut Client) -> T) -> Option<T> {
        match &mut *self.role.borrow_mut() {
            Role::Client(client) => Some(f(client)),
            _ => None,
        }
    }

    /// It was made by `lws_client_connect_via_info`.
    pub fn is_client(&self) -> bool {
        match &*self.role.borrow() {
            Role::Client(_) => true,
            Role::Ws(ws) => ws.client.is_some(),
            Role::Raw(raw) => raw.client.is_some(),
            _ => false,
        }
    }
}

/// Texts of CLIENT_CONNECTION_ERROR that do not belong to the judgement of an answer. They are 4.1.6's.
pub mod text {
    /// No address could be joined.
    pub const UNABLE: &str = "Unable to connect";
    /// The peer went away, or sent what is no answer.
    pub const READ: &str = "read failed";
    /// The connection was ended before it stood.
    pub const CLOSED: &str = "closed before established";
    /// The peer did not answer in time; 4.1.6 says nothing at all.
    pub const NO_ANSWER: &str = "Timed out waiting for the answer";
    /// The TLS handshake was not over in time.
    pub const NO_HANDSHAKE: &str = "Timed out during the TLS handshake";
    /// No socket was joined in time.
    pub const NO_CONNECT: &str = "Timed out waiting for connect";
}

impl Context {
    /// The attempt has failed: CLIENT_CONNECTION_ERROR says why, as the connection closes.
    pub fn client_fails(&self, wsi: &Wsi, why: impl Into<Cow<'static, str>>) {
        wsi.with_client(|c| {
            c.error.get_or_insert(why.into());
        });
        self.close_later(wsi, Close::AtOnce);
    }

    /// The time for the step at hand is over.
    pub fn client_timed_out(&self, wsi: &Wsi) {
        match wsi.with_client(|c| c.stage) {
            Some(Stage::Queued | Stage::Resolving | Stage::Connecting) => self.client_fails(wsi, text::NO_CONNECT),
            Some(Stage::Securing) => self.client_fails(wsi, text::NO_HANDSHAKE),
            Some(Stage::Answer | Stage::Tunnel) => self.client_fails(wsi, text::NO_ANSWER),
            _ => self.close_later(wsi, Close::Orderly),
        }
    }

    /// The peer ended its side, or the socket broke.
    pub fn client_peer_ended(&self, wsi: &Rc<Wsi>) {
        match wsi.with_client(|c| c.stage) {
            Some(Stage::Answer) if self.client_repeats(wsi) => {}
            Some(Stage::Tunnel) => self.tunnel_broken(wsi),
            Some(Stage::Answer) => self.client_fails(wsi, text::READ),
            _ => self.close_later(wsi, Close::Orderly),
        }
    }

    /// The closing callbacks of a client connection that is no WebSocket.
    pub fn client_farewell(&self, wsi: &Rc<Wsi>, how: Close) {
        let (failed, joined) = wsi.with_client(|c| (c.error.clone(), !c.before_request())).unwrap_or((None, true));
        let told = wsi.with_client(|c| {
            c.error.take().or(match c.stage {
                Stage::Tunnel if how == Close::AtOnce => Some(proxy::NO_TUNNEL.into()),
                Stage::Queued | Stage::Resolving | Stage::Connecting | Stage::Tunnel | Stage::Securing => {
                    Some(text::CLOSED.into())
                }
                Stage::Answer if how == Close::AtOnce => Some(text::READ.into()),
                _ => None,
            })
        });
        let drop = wsi.with_client(|c| c.ask.bind_reasons().1).unwrap_or(LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL);
        match told.flatten() {
            Some(why) => {
                self.tell_connection_error(wsi, &why);
                self.tell_drop(wsi, drop);
            }
            // Who has handed the socket on is done, and nothing was closed.
            None if wsi.with_client(|c| c.sharing.handed_on) == Some(true) => self.tell_drop(wsi, drop),
            None => {
                self.tell_drop(wsi, drop);
                self.notify(wsi, LWS_CALLBACK_CLOSED_CLIENT_HTTP);
            }
        }
        self.release_queue(wsi, failed.as_deref().filter(|_| !joined));
        self.drop_rivals(wsi);
        self.abandon_lookup(wsi);
    }

    /// CLIENT_CONNECTION_ERROR with a text that the program may read, and a NUL behind it.
    pub fn tell_connection_error(&self, wsi: &Wsi, why: &str) {
        let mut text = why.as_bytes().to_vec();
        text.push(0);
        self.call(wsi, LWS_CALLBACK_CLIENT_CONNECTION_ERROR, text.as_mut_ptr().cast(), why.len());
    }

    /// The role takes no bytes by itself: they are for the program, which reads when it likes.
    pub fn client_pauses_reading(&self, wsi: &Wsi) -> bool {
        wsi.with_client(|c| !matches!(c.stage, Stage::Tunnel | Stage::Securing | Stage::Answer)).unwrap_or(false)
    }

    /// Takes bytes of the answer's head.
    pub fn client_receive(&self, wsi: &Rc<Wsi>, bytes: &[u8]) -> ReadOutcome {
        if wsi.close.get().is_some() || wsi.phase.get() != Phase::Live {
            return ReadOutcome::Ended;
        }
        let max = self.config.max_http_header_data;
        let fed = wsi.with_client(|c| match c.stage {
            Stage::Answer | Stage::Tunnel => {
                c.sharing.replay = None;
                Some(c.reader.get_or_insert_with(|| Box::new(HeadReader::response(max))).feed(bytes))
            }
            _ => None,
        });
        match fed.flatten() {
            None => ReadOutcome::Stopped(0),
            Some(Ok(Fed::NeedMore)) => ReadOutcome::Used(bytes.len()),
            Some(Ok(Fed::Done { used, head })) => {
                self.client_head(wsi, head);
                // After a redirect the rest is that answer's body, on a socket that is gone.
                let is_void = wsi.close.get().is_some() || wsi.with_client(|c| c.is_connecting()) == Some(true);
                if is_void { ReadOutcome::Ended } else { ReadOutcome::Used(used) }
            }
            Some(Err(e)) => {
                crate::util::log::info!("{}: an answer that cannot be read: {e}", wsi.handle());
                match wsi.with_client(|c| c.stage) {
                    Some(Stage::Tunnel) => self.tunnel_broken(wsi),
                    _ => self.client_fails(wsi, text::READ),
                }
                ReadOutcome::Ended
            }
        }
    }

    fn client_head(&self, wsi: &Rc<Wsi>, head: HeadTable) {
        // 100 Continue and its kin come before the answer proper (RFC 9110 section 15.2).
        if (100..200).contains(&head.status()) && head.status() != 101 {
            return;
        }
        if wsi.with_client(|c| c.stage) == Some(Stage::Tunnel) {
            wsi.with_client(|c| c.reader = None);
            return self.tunnel_answered(wsi, head.status());
        }
        wsi.with_client(|c| {
            c.reader = None;
            c.status = head.status();
            c.head = Some(Box::new(head));
        });
        self.clear_timer(wsi, TimerKind::Timeout);
        self.judge_answer(wsi);
    }

    /// WRITEABLE of a client that is no WebSocket.
    pub fn client_writeable(&self, wsi: &Rc<Wsi>) {
        if wsi.with_client(|c| c.body_pending) == Some(true) {
            self.client_body_moves(wsi);
        }
        if self.notify(wsi, LWS_CALLBACK_CLIENT_HTTP_WRITEABLE) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// The sign of life policy of a connection.
    pub fn idle_policy(&self, wsi: &Wsi) -> IdlePolicy {
        let own = wsi.with_ws(|ws| ws.client.as_ref().and_then(|c| c.idle)).flatten();
        own.unwrap_or_else(|| wsi.vhost.borrow().config.idle)
    }

    /// The retry policy of a connection, as C gave it.
    pub fn retry_policy(&self, wsi: &Wsi) -> *const c_void {
        let own = match &*wsi.role.borrow() {
            Role::Client(c) => c.ask.retry,
            Role::Ws(ws) => ws.client.as_ref().map_or(std::ptr::null(), |c| c.retry),
            Role::Raw(raw) => raw.client.as_ref().map_or(std::ptr::null(), |c| c.retry),
            _ => std::ptr::null(),
        };
        if own.is_null() { wsi.vhost.borrow().config.retry } else { own }
    }
}
