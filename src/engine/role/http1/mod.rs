//! The HTTP/1 server role: a request head comes in, mounts and the program answer, the connection is kept for the next
//! request. `request` reads what is asked, `mounts` routes it (`auth`, `file`,
//! `interpret`), `body` takes request bodies, `upgrade` turns a connection into a WebSocket, `response` makes
//! heads, `answer` watches what goes out.

pub mod answer;
pub mod auth;
pub mod body;
pub mod file;
pub mod interpret;
pub mod mounts;
pub mod request;
pub mod response;
pub mod upgrade;

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::wsi::{Close, Phase, TimerKind, Wsi};
use crate::wire::http1::HeadError;
use crate::wire::http1::head::{Fed, HeadReader};
use crate::wire::http1::names::Method;
use crate::wire::http1::table::{HeadTable, Version};

use answer::Answer;
use body::Incoming;
use file::Sending;

/// Where a server connection is between two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A request head is awaited or under way.
    Head,
    /// The request is with a mount or the program; what comes behind it waits.
    Busy,
    /// The request's body comes in.
    Body,
    /// The request is answered; the rest of its body is thrown away.
    Discard,
    /// The last request of the connection is answered.
    Over,
}

/// State of an HTTP/1 server connection.
pub struct Http {
    reader: Option<Box<HeadReader>>,
    /// The head of the request in hand, until the program lets it go.
    pub head: Option<Box<HeadTable>>,
    /// Where it is between two requests.
    pub stage: Stage,
    /// What is still to come of the request's body.
    pub incoming: Incoming,
    /// The method of the request in hand.
    pub method: Option<Method>,
    /// The request's version, known when it is routed; until then answers are HTTP/1.0.
    pub version: Version,
    /// The request asked for the connection to end, or cannot keep it.
    pub close_asked: bool,
    /// The client waits for 100 Continue before it sends the body.
    pub expects_continue: bool,
    /// The answer under way.
    pub answer: Answer,
    /// The file under way.
    pub file: Option<Box<Sending>>,
    /// It waits for a place in the pool of request heads.
    pub awaits_head: bool,
    /// The answer is an event stream: it ends when the peer does.
    pub event_stream: bool,
    /// The wait for a peer that does not read is armed.
    pub stalled: bool,
    /// The peer ended its side while the program is busy: each step of the answer has its time.
    pub peer_left: bool,
}

impl Http {
    /// A connection that has sent nothing yet.
    pub fn server() -> Http {
        Http {
            reader: None,
            head: None,
            stage: Stage::Head,
            incoming: Incoming::None,
            method: None,
            version: Version::Http10,
            close_asked: false,
            expects_continue: false,
            answer: Answer::default(),
            file: None,
            awaits_head: false,
            event_stream: false,
            stalled: false,
            peer_left: false,
        }
    }

    /// What has come of a request's first line that is not whole.
    fn line_so_far(&self) -> Vec<u8> {
        self.reader.as_ref().map_or_else(Vec::new, |r| r.first_line_so_far().to_vec())
    }

    /// A head is held, under way or whole, and counts against the context's pool.
    pub fn holds_head(&self) -> bool {
        self.reader.is_some() || self.head.is_some()
    }
}

impl Context {
    /// The role takes no more bytes for the moment: the program is busy with a request, the answer waits for the peer,
    /// or the pool of request heads is used up.
    pub fn http_pauses_reading(&self, wsi: &Wsi) -> bool {
        wsi.with_http(|http| match http.stage {
            Stage::Busy | Stage::Over => true,
            Stage::Head => wsi.transport.has_backlog() || !http.holds_head() && !self.has_room_for_head(wsi, http),
            _ => false,
        })
        .unwrap_or(false)
    }

    /// Takes bytes of requests.
    pub fn http_receive(&self, wsi: &Rc<Wsi>, area: &mut [u8]) -> ReadOutcome {
        let len = area.len() - 1;
        if wsi.close.get().is_some() || wsi.phase.get() != Phase::Live {
            return ReadOutcome::Ended;
        }
        if wsi.rx_stopped() || self.http_pauses_reading(wsi) {
            return ReadOutcome::Stopped(0);
        }
        match wsi.with_http(|http| http.stage) {
            Some(Stage::Head) => self.head_bytes(wsi, &area[..len]),
            Some(Stage::Body) => self.body_bytes(wsi, area),
            Some(Stage::Discard) => self.discard_bytes(wsi, &area[..len]),
            Some(Stage::Busy | Stage::Over) | None => ReadOutcome::Stopped(0),
        }
    }

    /// The pool of request heads has a place. If not, the connection is entered among those that wait for one.
    fn has_room_for_head(&self, wsi: &Wsi, http: &mut Http) -> bool {
        let has_room = self.heads.get() < self.config.max_http_header_pool;
        if !has_room && !std::mem::replace(&mut http.awaits_head, true) {
            let mut waiting = self.awaiting_head.borrow_mut();
            // Those who went away while they waited are forgotten before they are as many as the rest.
            if waiting.len() > 64 + 2 * self.table.borrow().len() {
                waiting.retain(|(token, serial)| self.wsi(*token).is_some_and(|w| w.serial == *serial));
            }
            waiting.push_back((wsi.token, wsi.serial));
        }
        has_room
    }

    /// A request head was let go.
    pub fn head_gone(&self) {
        self.heads.set(self.heads.get().saturating_sub(1));
        self.offer_heads();
    }

    /// Looks again at as many connections that wait for a place in the pool of request heads as there are places.
    pub fn offer_heads(&self) {
        let mut places = self.config.max_http_header_pool.saturating_sub(self.heads.get());
        while places > 0 {
            let Some((token, serial)) = self.awaiting_head.borrow_mut().pop_front() else { return };
            if let Some(wsi) = self.wsi(token).filter(|w| w.serial == serial)
                && wsi.with_http(|http| std::mem::take(&mut http.awaits_head)).unwrap_or(false)
            {
                self.make_ready(&wsi);
                places -= 1;
            }
        }
    }

    fn head_bytes(&self, wsi: &Rc<Wsi>, bytes: &[u8]) -> ReadOutcome {
        let max = self.config.max_http_header_data;
        let raw = wsi.vhost.borrow().config.raw;
        let before = raw.and_then(|_| wsi.with_http(|http| http.line_so_far())).unwrap_or_default();
        if let Some(raw) = raw
            && (self.takes_no_http(wsi) || is_connect(&before, bytes))
        {
            return self.fall_back_to_raw(wsi, raw.protocol, &before, bytes);
        }
        let mut first_bytes = false;
        let fed = wsi.with_http(|http| {
            if http.reader.is_none() {
                first_bytes = true;
                self.heads.set(self.heads.get() + 1);
            }
            http.reader.get_or_insert_with(|| Box::new(HeadReader::request(max))).feed(bytes)
        });
        match fed {
            Some(Ok(Fed::NeedMore)) => {
                if first_bytes && wsi.with_http(|http| http.method.is_some()) == Some(true) {
                    // Not the first request: the wait for one ends here, that for its end begins. The first one's runs
                    // since the connection was accepted.
                    self.set_step_timer(wsi);
                }
                ReadOutcome::Used(bytes.len())
            }
            Some(Ok(Fed::Done { used, head })) => {
                wsi.with_http(|http| {
                    http.reader = None;
                    http.method = head.method();
                    http.head = Some(Box::new(head));
                    http.stage = Stage::Busy;
                });
                self.clear_timer(wsi, TimerKind::Timeout);
                self.request(wsi);
                ReadOutcome::Used(used)
            }
            Some(Err(HeadError::Method)) if raw.is_some() => {
                let protocol = raw.map_or(0, |raw| raw.protocol);
                self.fall_back_to_raw(wsi, protocol, &before, bytes)
            }
            Some(Err(e)) => {
                crate::util::log::info!("{}: a request that cannot be read: {e}", wsi.handle());
                wsi.with_http(|http| http.method = None);
                self.refuse_request(wsi, u32::from(e.status()));
                ReadOutcome::Ended
            }
            None => ReadOutcome::Ended,
        }
    }

    /// Arms the wait for the next step of the peer: the vhost's `timeout_secs`.
    pub fn set_step_timer(&self, wsi: &Wsi) {
        let secs = wsi.vhost.borrow().config.timeout_secs;
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000);
    }

    /// Largest piece of data that a RECEIVE or BODY callback of this connection gets.
    pub fn piece_limit(&self, wsi: &Wsi) -> usize {
        let own = wsi.vhost.borrow().config.protocols.get(wsi.protocol.get()).map_or(0, |p| p.rx_buffer_size);
        if own != 0 { own } else { self.config.pt_serv_buf_size }
    }

    /// WRITEABLE of an http connection: a file under way goes on, else the program is told.
    pub fn http_writeable(&self, wsi: &Rc<Wsi>) {
        if wsi.with_http(|http| http.file.is_some()).unwrap_or(false) {
            self.continue_file(wsi);
        } else if self.notify(wsi, LWS_CALLBACK_HTTP_WRITEABLE) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// `lws_http_transaction_completed`: 1 when the connection must be closed now, 0 when it goes on.
    pub fn transaction_completed(&self, wsi: &Wsi) -> i32 {
        let end = wsi
            .with_http(|http| {
                if matches!(http.stage, Stage::Head | Stage::Discard) {
                    // There is no transaction, or it is over already.
                    return None;
                }
                let rest = http.incoming.rest();
                let end = http.stage == Stage::Over
                    || http.close_asked
                    || http.answer.ends_connection()
                    || rest.is_none_or(|n| n > body::DISCARD_MOST)
                    // Without a 100 nobody knows whether the body will come.
                    || rest != Some(0) && http.expects_continue;
                http.file = None;
                http.event_stream = false;
                http.peer_left = false;
                http.expects_continue = false;
                http.answer = Answer::default();
                http.stage = match (end, rest) {
                    (true, _) => Stage::Over,
                    (false, Some(0)) => Stage::Head,
                    (false, _) => Stage::Discard,
                };
                Some(end)
            })
            .flatten();
        let Some(end) = end else { return 0 };
        self.let_head_go(wsi);
        if end {
            self.close_later(wsi, Close::Orderly);
            return 1;
        }
        let index = wsi.vhost.borrow().config.default_protocol;
        if !self.bind_protocol(wsi, index) {
            return 1;
        }
        if wsi.transport.has_backlog() {
            self.stall_timer(wsi);
        } else {
            self.keepalive_timer(wsi);
        }
        if wsi.transport.readable.get() || wsi.has_held() {
            self.make_ready(wsi);
        }
        0
    }

    /// `lws_http_headers_detach`: the request's head is let go before the answer is out.
    pub fn let_head_go(&self, wsi: &Wsi) {
        if wsi.with_http(|http| http.head.take().is_some()) == Some(true) {
            self.head_gone();
        }
    }

    fn keepalive_timer(&self, wsi: &Wsi) {
        let secs = wsi.vhost.borrow().config.keepalive_secs;
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000);
    }

    /// What was sent waits for the peer, which has `timeout_secs` for each bit of progress.
    pub fn stall_timer(&self, wsi: &Wsi) {
        if wsi.with_http(|http| http.stalled = true).is_some() {
            self.set_step_timer(wsi);
        }
    }

    /// The peer has taken some of what waits for it; `all`: nothing waits any more.
    pub fn peer_took(&self, wsi: &Wsi, all: bool) {
        let stage = wsi.with_http(|http| std::mem::replace(&mut http.stalled, !all).then_some(http.stage)).flatten();
        match stage {
            None => {}
            Some(_) if !all => self.set_step_timer(wsi),
            Some(Stage::Head) => self.keepalive_timer(wsi),
            Some(Stage::Body | Stage::Discard) => self.set_step_timer(wsi),
            Some(Stage::Busy | Stage::Over) if wsi.with_http(|http| http.peer_left) == Some(true) => {
                self.set_step_timer(wsi);
            }
            Some(Stage::Busy | Stage::Over) => self.clear_timer(wsi, TimerKind::Timeout),
        }
    }

    /// `lws_http_mark_sse`: the answer goes on as long as both sides like; no wait runs, and the head is let go.
    pub fn mark_event_stream(&self, wsi: &Wsi) {
        if wsi.with_http(|http| http.event_stream = true).is_some() {
            self.clear_timer(wsi, TimerKind::Timeout);
            self.let_head_go(wsi);
        }
    }

    /// An event said that the peer ended its side while reading is off. A request that came whole is answered all the
    /// same, then the connection closes; an event stream has nobody to go on for. Whether anybody still reads shows only
    /// when something is sent, so a program that does not answer has the vhost's `timeout_secs`, or the wait that it set.
    pub fn http_peer_is_leaving(&self, wsi: &Wsi) {
        let first = wsi.with_http(|http| {
            let first = http.stage == Stage::Busy && !std::mem::replace(&mut http.peer_left, true);
            (http.event_stream, first)
        });
        match first {
            Some((true, _)) => self.close_later(wsi, Close::Orderly),
            Some((false, true)) if !self.has_timer(wsi, TimerKind::Timeout) => self.set_step_timer(wsi),
            _ => {}
        }
    }
}

/// A request by CONNECT. Where what is no HTTP goes to a raw protocol, this does as well, as on 4.1.6.
fn is_connect(before: &[u8], bytes: &[u8]) -> bool {
    const CONNECT: &[u8] = b"CONNECT ";
    before.len() < CONNECT.len() && before.iter().chain(bytes).take(CONNECT.len()).eq(CONNECT)
}
