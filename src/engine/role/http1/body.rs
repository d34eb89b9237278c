//! Request bodies: to the program in pieces, or thrown away where nobody wants them.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::role::http1::Stage;
use crate::engine::wsi::{Close, TimerKind, Wsi};
use crate::wire::http1::chunked::{ChunkDecoder, ChunkEvent};
use crate::wire::http1::names::Method;
use crate::wire::http1::table::Version;

/// What is thrown away at most of a body that comes after the answer; of a longer one the connection is closed.
pub const DISCARD_MOST: u64 = 1 << 20;

/// What is still to come of a request's body.
pub enum Incoming {
    /// Nothing (any more).
    None,
    /// Content-Length is 0.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks, and how many bytes of them were thrown away.
    Chunked(Box<ChunkDecoder>, u64),
}

impl Incoming {
    /// Bytes still to come; `None`: more than can be said of chunks that were not thrown away so far.
    pub fn rest(&self) -> Option<u64> {
        match self {
            Incoming::None | Incoming::Empty => Some(0),
            Incoming::Length(n) => Some(*n),
            // The bound is watched while they come.
            Incoming::Chunked(_, thrown) => (*thrown <= DISCARD_MOST).then_some(1),
        }
    }
}

/// What the bytes in hand are.
enum Piece {
    Data { start: usize, len: usize, used: usize },
    NeedMore(usize),
    End(usize),
    Bad,
}

impl Context {
    /// After the head was given to the program: its body comes, unless the request is over already or the library
    /// answers it.
    pub fn expect_body(&self, wsi: &Rc<Wsi>) {
        if !wsi.is_live() {
            return;
        }
        let next = wsi.with_http(|http| {
            let wanted = http.stage == Stage::Busy
                && http.file.is_none()
                // A body has no meaning there (RFC 9110 sections 9.3.1, 9.3.2); it goes after the answer.
                && !matches!(http.method, Some(Method::Get | Method::Head) | None);
            match http.incoming {
                _ if !wanted => None,
                Incoming::None => None,
                Incoming::Empty => (http.method == Some(Method::Post)).then_some(true),
                Incoming::Length(_) | Incoming::Chunked(..) => {
                    http.stage = Stage::Body;
                    Some(false)
                }
            }
        });
        match next.flatten() {
            None => {}
            Some(true) => {
                // A form post without a body still gets its (empty) body and completion, as 4.1.6 tells them.
                if self.call(wsi, LWS_CALLBACK_HTTP_BODY, std::ptr::null_mut(), 0) != 0 {
                    return self.close_later(wsi, Close::Orderly);
                }
                self.body_complete(wsi);
            }
            Some(false) => {
                self.invite_body(wsi);
                self.set_step_timer(wsi);
            }
        }
    }

    /// Sends 100 Continue where the client waits for it (RFC 9110 section 10.1.1).
    fn invite_body(&self, wsi: &Wsi) {
        let due = wsi.with_http(|http| {
            std::mem::take(&mut http.expects_continue) && http.version == Version::Http11 && !http.answer.has_begun()
        });
        if due == Some(true) {
            self.transmit(wsi, b"HTTP/1.1 100 Continue\r\n\r\n", &[]);
            // The client waits for it: it does not stay in the cork while the program waits for the client.
            if self.is_turn_of(wsi) {
                self.uncork(wsi);
            }
        }
    }

    fn next_piece(&self, wsi: &Wsi, bytes: &[u8], limit: usize) -> Piece {
        wsi.with_http(|http| match &mut http.incoming {
            Incoming::None | Incoming::Empty => Piece::End(0),
            Incoming::Length(left) => {
                let len = bytes.len().min(limit).min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                if *left == 0 {
                    http.incoming = Incoming::None;
                }
                Piece::Data { start: 0, len, used: len }
            }
            Incoming::Chunked(decoder, _) => {
                let step = decoder.next(bytes, limit);
                match step.event {
                    ChunkEvent::NeedMore => Piece::NeedMore(step.used),
                    ChunkEvent::Data(range) => Piece::Data { start: range.start, len: range.len(), used: step.used },
                    ChunkEvent::End => {
                        http.incoming = Incoming::None;
                        Piece::End(step.used)
                    }
                    ChunkEvent::Error(_) => Piece::Bad,
                }
            }
        })
        .unwrap_or(Piece::Bad)
    }

    fn body_is_whole(&self, wsi: &Wsi) -> bool {
        wsi.with_http(|http| matches!(http.incoming, Incoming::None)) == Some(true)
    }

    /// Hands the next piece of a body to the program.
    pub fn body_bytes(&self, wsi: &Rc<Wsi>, area: &mut [u8]) -> ReadOutcome {
        let len = area.len() - 1;
        let used = match self.next_piece(wsi, &area[..len], self.piece_limit(wsi)) {
            Piece::Bad => {
                self.refuse_request(wsi, HTTP_STATUS_BAD_REQUEST);
                return ReadOutcome::Ended;
            }
            Piece::NeedMore(used) => used,
            Piece::End(used) => {
                self.body_complete(wsi);
                return ReadOutcome::Used(used);
            }
            Piece::Data { start, len, used } => {
                self.set_step_timer(wsi);
                if !self.body_piece(wsi, area, start, len) {
                    return ReadOutcome::Ended;
                }
                used
            }
        };
        // The program may have answered already.
        if self.body_is_whole(wsi) && wsi.with_http(|http| http.stage) == Some(Stage::Body) {
            self.body_complete(wsi);
        }
        ReadOutcome::Used(used)
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
    fn body_complete(&self, wsi: &Rc<Wsi>) {
        wsi.with_http(|http| http.stage = Stage::Busy);
        self.clear_timer(wsi, TimerKind::Timeout);
        if self.notify(wsi, LWS_CALLBACK_HTTP_BODY_COMPLETION) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// Throws away what comes of a body after its request was answered.
    pub fn discard_bytes(&self, wsi: &Rc<Wsi>, bytes: &[u8]) -> ReadOutcome {
        let used = match self.next_piece(wsi, bytes, usize::MAX) {
            Piece::Bad => {
                self.close_later(wsi, Close::Orderly);
                return ReadOutcome::Ended;
            }
            Piece::NeedMore(used) | Piece::End(used) | Piece::Data { used, .. } => used,
        };
        let too_much = wsi.with_http(|http| {
            if let Incoming::Chunked(_, thrown) = &mut http.incoming {
                *thrown += used as u64;
            }
            if matches!(http.incoming, Incoming::None) {
                http.stage = Stage::Head;
            }
            http.incoming.rest().is_none()
        });
        if too_much == Some(true) {
            self.close_later(wsi, Close::Orderly);
            return ReadOutcome::Ended;
        }
        ReadOutcome::Used(used)
    }
}
