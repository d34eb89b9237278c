//! The HTTP/1 server role: a request head comes in, mounts and the program answer, the connection is kept for the next
//! request. `request` routes, `upgrade` turns a connection into a WebSocket, `response` makes heads, `file` sends files.

pub mod file;
pub mod request;
pub mod response;
pub mod upgrade;

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Phase, TimerKind, Wsi};
use crate::wire::http1::chunked::{ChunkDecoder, ChunkEvent};
use crate::wire::http1::head::{Fed, HeadReader};
use crate::wire::http1::table::{HeadTable, Version};

use file::Sending;

/// Where a server connection is between two requests.
pub enum Stage {
    /// A request head is awaited or under way.
    Head,
    /// The request is with a mount or the program; what comes behind it waits.
    Busy,
    /// The request's body comes in: bytes left of it.
    Body(u64),
    /// The request's body comes in chunks.
    Chunks(Box<ChunkDecoder>),
}

/// What was promised of the response under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response {
    /// Its Content-Length.
    pub length: Option<u64>,
    /// Its status, once a head was begun.
    pub status: u32,
    /// The connection ends with it.
    pub close: bool,
}

/// State of an HTTP/1 server connection.
pub struct Http {
    reader: Option<Box<HeadReader>>,
    /// The head of the request in hand.
    pub head: Option<Box<HeadTable>>,
    /// Where it is between two requests.
    pub stage: Stage,
    /// The request's version, known when it is routed; until then answers are HTTP/1.0.
    pub version: Version,
    /// The request asked for the connection to end, or cannot keep it.
    pub close_asked: bool,
    /// The response under way.
    pub response: Response,
    /// The file under way.
    pub file: Option<Box<Sending>>,
    /// The request's body is whole and HTTP_BODY_COMPLETION was told.
    pub upgrading: bool,
    /// The peer has ended its side; what it asked for is still answered.
    pub half_closed: bool,
    /// It waits for a place in the pool of request heads.
    pub awaits_head: bool,
}

impl Http {
    /// A connection that has sent nothing yet.
    pub fn server() -> Http {
        Http {
            reader: None,
            head: None,
            stage: Stage::Head,
            version: Version::Http10,
            close_asked: false,
            response: Response::default(),
            file: None,
            upgrading: false,
            half_closed: false,
            awaits_head: false,
        }
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
            Stage::Busy => true,
            Stage::Head => wsi.transport.has_backlog() || !http.holds_head() && !self.has_room_for_head(wsi, http),
            _ => false,
        })
        .unwrap_or(false)
    }

    /// Takes bytes of requests.
    pub fn http_receive(&self, wsi: &Rc<Wsi>, area: &mut [u8]) -> ReadOutcome {
        enum Next {
            Head,
            Body,
            Chunks,
            Stop,
        }
        let len = area.len() - 1;
        let next = wsi.with_http(|http| match http.stage {
            Stage::Head => Next::Head,
            Stage::Busy => Next::Stop,
            Stage::Body(_) => Next::Body,
            Stage::Chunks(_) => Next::Chunks,
        });
        if wsi.close.get().is_some() || wsi.phase.get() != Phase::Live {
            return ReadOutcome::Ended;
        }
        if wsi.rx_stopped() || self.http_pauses_reading(wsi) {
            return ReadOutcome::Stopped(0);
        }
        match next {
            Some(Next::Head) => self.head_bytes(wsi, &area[..len]),
            Some(Next::Body) => self.body_bytes(wsi, area),
            Some(Next::Chunks) => self.chunk_bytes(wsi, area),
            Some(Next::Stop) | None => ReadOutcome::Stopped(0),
        }
    }

    /// The pool of request heads has a place. If not, the connection is entered among those that wait for one.
    fn has_room_for_head(&self, wsi: &Wsi, http: &mut Http) -> bool {
        let has_room = self.heads.get() < self.config.max_http_header_pool;
        if !has_room && !std::mem::replace(&mut http.awaits_head, true) {
            self.awaiting_head.borrow_mut().push_back((wsi.token, wsi.serial));
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
        let fed = wsi.with_http(|http| {
            if http.reader.is_none() {
                self.heads.set(self.heads.get() + 1);
            }
            http.reader.get_or_insert_with(|| Box::new(HeadReader::request(max))).feed(bytes)
        });
        match fed {
            Some(Ok(Fed::NeedMore)) => ReadOutcome::Used(bytes.len()),
            Some(Ok(Fed::Done { used, head })) => {
                wsi.with_http(|http| {
                    http.reader = None;
                    http.head = Some(Box::new(head));
                    http.stage = Stage::Busy;
                });
                self.clear_timer(wsi, TimerKind::Timeout);
                self.request(wsi);
                ReadOutcome::Used(used)
            }
            Some(Err(e)) => {
                crate::util::log::info!("{}: a request that cannot be read: {e}", wsi.handle());
                self.refuse_request(wsi, u32::from(e.status()));
                ReadOutcome::Ended
            }
            None => ReadOutcome::Ended,
        }
    }

    fn body_bytes(&self, wsi: &Rc<Wsi>, area: &mut [u8]) -> ReadOutcome {
        let limit = self.piece_limit(wsi);
        let Some(left) = wsi.with_http(|http| if let Stage::Body(left) = http.stage { left } else { 0 }) else {
            return ReadOutcome::Ended;
        };
        let n = (area.len() - 1).min(limit).min(usize::try_from(left).unwrap_or(usize::MAX));
        wsi.with_http(|http| http.stage = Stage::Body(left - n as u64));
        if !self.body_piece(wsi, area, 0, n) {
            return ReadOutcome::Ended;
        }
        if left == n as u64 {
            self.body_complete(wsi);
        }
        ReadOutcome::Used(n)
    }

    fn chunk_bytes(&self, wsi: &Rc<Wsi>, area: &mut [u8]) -> ReadOutcome {
        let len = area.len() - 1;
        let limit = self.piece_limit(wsi);
        let step = wsi
            .with_http(|http| match &mut http.stage {
                Stage::Chunks(decoder) => Some(decoder.next(&area[..len], limit)),
                _ => None,
            })
            .flatten();
        let Some(step) = step else { return ReadOutcome::Ended };
        match step.event {
            ChunkEvent::NeedMore => {}
            ChunkEvent::Data(range) => {
                if !self.body_piece(wsi, area, range.start, range.len()) {
                    return ReadOutcome::Ended;
                }
            }
            ChunkEvent::End => self.body_complete(wsi),
            ChunkEvent::Error(_) => {
                self.refuse_request(wsi, HTTP_STATUS_BAD_REQUEST);
                return ReadOutcome::Ended;
            }
        }
        ReadOutcome::Used(step.used)
    }

    /// Hands a piece of a request body to the program, with a NUL behind it. `false`: the connection is ending.
    fn body_piece(&self, wsi: &Rc<Wsi>, area: &mut [u8], start: usize, len: usize) -> bool {
        let behind = std::mem::replace(&mut area[start + len], 0);
        let piece = area[start..].as_mut_ptr().cast();
        let rc = self.call(wsi, LWS_CALLBACK_HTTP_BODY, piece, len);
        area[start + len] = behind;
        if rc != 0 {
            self.close_later(wsi, Close::Orderly);
        }
        rc == 0 && wsi.is_live()
    }

    /// The body is whole.
    pub fn body_complete(&self, wsi: &Rc<Wsi>) {
        wsi.with_http(|http| http.stage = Stage::Busy);
        self.clear_timer(wsi, TimerKind::Timeout);
        if self.notify(wsi, LWS_CALLBACK_HTTP_BODY_COMPLETION) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
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

    /// `lws_write` on an http connection: the bytes go as they are.
    pub fn http_write(&self, wsi: &Wsi, payload: &[u8], _kind: u32) -> i32 {
        match self.transmit(wsi, &[], payload) {
            Delivery::Broken => -1,
            Delivery::Sent | Delivery::Held => payload.len() as i32,
        }
    }

    /// `lws_http_transaction_completed`: 1 when the connection must be closed now, 0 when it goes on.
    pub fn transaction_completed(&self, wsi: &Wsi) -> i32 {
        let mut had_head = false;
        let end = wsi.with_http(|http| {
            http.file = None;
            had_head = http.head.take().is_some();
            let end = http.close_asked || http.response.close || http.response.status == 0 || http.half_closed;
            http.response = Response::default();
            http.stage = Stage::Head;
            end
        });
        if had_head {
            self.head_gone();
        }
        let Some(false) = end else { return 1 };
        let index = wsi.vhost.borrow().config.default_protocol;
        if !self.bind_protocol(wsi, index) {
            return 1;
        }
        let secs = wsi.vhost.borrow().config.keepalive_secs;
        self.set_timer(wsi, TimerKind::Timeout, i64::from(secs) * 1_000_000);
        if wsi.transport.readable.get() || !wsi.held.borrow().is_empty() {
            self.make_ready(wsi);
        }
        0
    }

    /// The peer ended its side while a request is being answered: it is answered whole, then the connection closes.
    /// `false`: nothing is under way.
    pub fn http_finishes_after_end(&self, wsi: &Wsi) -> bool {
        wsi.with_http(|http| {
            http.half_closed = true;
            matches!(http.stage, Stage::Busy)
        })
        .unwrap_or(false)
    }
}
