//! The body of an HTTP answer. The program is told that there is something and reads it into a buffer of its own
//! (`lws_http_client_read`); what it leaves stays in the socket, so that TCP pushes back to the server.

use std::ops::Range;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::client::Stage;
use crate::engine::transport::Incoming as Read;
use crate::engine::wsi::{Close, Wsi};
use crate::wire::http1::chunked::{ChunkDecoder, ChunkEvent};

/// RECEIVE_CLIENT_HTTP callbacks that one connection may have in one turn before the others have theirs.
const READS_PER_TURN: usize = 64;

/// What is still to come of an answer's body.
pub enum Incoming {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked(Box<ChunkDecoder>),
    /// All until the connection ends.
    UntilClose,
}

impl Incoming {
    /// Nothing is to come.
    pub fn is_done(&self) -> bool {
        match self {
            Incoming::Length(n) => *n == 0,
            Incoming::Chunked(decoder) => decoder.is_done(),
            Incoming::UntilClose => false,
        }
    }
}

/// What a read for the program's buffer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// So many bytes stand in it, as they came from the socket.
    Bytes(usize),
    /// There is nothing now.
    Nothing,
    /// The body is over, or will never be whole: the connection is to be closed.
    Ended,
}

/// What the next of those bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Body, in this range of the bytes given; the rest begins behind it.
    Body(Range<usize>),
    /// All of the bytes given were framing.
    Used,
    /// The body's end; so many bytes given belong to it.
    End(usize),
    /// The framing is broken.
    Bad,
}

impl Context {
    /// Tells the program of body that it can read. `true`: there is more for the next turn.
    pub fn client_body_turn(&self, wsi: &Rc<Wsi>) -> bool {
        for _ in 0..READS_PER_TURN {
            let has_more = wsi.transport.readable.get() || wsi.has_held();
            if !has_more || !wsi.is_live() || wsi.rx_stopped() {
                return false;
            }
            match wsi.with_client(|c| (c.stage, std::mem::take(&mut c.progressed))) {
                Some((Stage::Body, true)) => {}
                Some((Stage::Over, _)) => {
                    self.client_wait_for_end(wsi);
                    return false;
                }
                // It was told and has not read: it is told again when it has.
                _ => return false,
            }
            if self.notify(wsi, LWS_CALLBACK_RECEIVE_CLIENT_HTTP) != 0 {
                self.close_later(wsi, Close::Orderly);
                return false;
            }
        }
        true
    }

    /// The answer was read: the server's closing is all that is waited for; what it says on top is of no use.
    fn client_wait_for_end(&self, wsi: &Wsi) {
        let mut scratch = [0; 512];
        let read = wsi.transport.read(&mut scratch, &self.verify_hook(wsi));
        let ended = !matches!(read, Read::Nothing | Read::Secured);
        if ended || wsi.has_held() {
            wsi.transport.eof.set(true);
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// The role is at the body.
    pub fn client_reads_body(&self, wsi: &Wsi) -> bool {
        wsi.with_client(|c| matches!(c.stage, Stage::Body | Stage::Over)).unwrap_or(false)
    }

    /// Fills the program's buffer with what has come.
    pub fn client_fill(&self, wsi: &Wsi, out: &mut [u8]) -> Filled {
        let most = wsi
            .with_client(|c| match (&c.incoming, c.stage) {
                (Incoming::Length(n), Stage::Body) => Some(usize::try_from(*n).unwrap_or(usize::MAX)),
                (_, Stage::Body) => Some(usize::MAX),
                _ => None,
            })
            .flatten();
        let Some(most) = most else { return Filled::Ended };
        let most = most.min(out.len());
        let out = &mut out[..most];
        wsi.with_client(|c| c.progressed = true);
        if wsi.has_held() {
            let (n, _) = wsi.take_held(out);
            wsi.return_held(0);
            return Filled::Bytes(n);
        }
        match wsi.transport.read(out, &self.verify_hook(wsi)) {
            Read::Bytes(n) => Filled::Bytes(n),
            Read::Nothing | Read::Secured => Filled::Nothing,
            Read::End | Read::Broken(None) => self.client_body_ended(wsi),
            Read::Broken(Some(why)) => {
                // Cut off: what has no other end than the connection's is not whole.
                crate::util::log::info!("{}: {why}", wsi.handle());
                wsi.transport.eof.set(true);
                wsi.transport.readable.set(false);
                self.client_broken_body(wsi);
                Filled::Ended
            }
        }
    }

    /// The connection ended: that completes a body which has no other end.
    fn client_body_ended(&self, wsi: &Wsi) -> Filled {
        wsi.transport.eof.set(true);
        wsi.transport.readable.set(false);
        if wsi.with_client(|c| matches!(c.incoming, Incoming::UntilClose)) == Some(true) {
            self.client_completed(wsi);
        }
        wsi.with_client(|c| c.stage = Stage::Over);
        self.close_later(wsi, Close::Orderly);
        Filled::Ended
    }

    /// Makes out the next part of bytes that [`Context::client_fill`] gave. `None`: this is no client at its body.
    pub fn client_part(&self, wsi: &Wsi, bytes: &[u8]) -> Option<Part> {
        wsi.with_client(|c| match (&mut c.incoming, c.stage) {
            (_, stage) if stage != Stage::Body => None,
            (Incoming::Length(left), _) => {
                let n = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= n as u64;
                Some(if n == 0 { Part::End(0) } else { Part::Body(0..n) })
            }
            (Incoming::UntilClose, _) => Some(Part::Body(0..bytes.len())),
            (Incoming::Chunked(decoder), _) => Some(next_chunk_part(decoder, bytes)),
        })
        .flatten()
    }

    /// The body's framing cannot be followed any further.
    pub fn client_broken_body(&self, wsi: &Wsi) {
        wsi.with_client(|c| c.stage = Stage::Over);
        self.close_later(wsi, Close::Orderly);
    }

    /// The body is all there.
    pub fn client_is_complete(&self, wsi: &Wsi) -> bool {
        wsi.with_client(|c| c.stage == Stage::Body && c.incoming.is_done()).unwrap_or(false)
    }

    /// The answer is in, whole: it is told. Who waits for the socket gets it in the next turn; else it is closed by the
    /// server, or here after some seconds. Non-zero: the program wants it closed.
    pub fn client_completed(&self, wsi: &Wsi) -> i32 {
        if wsi.with_client(|c| c.stage == Stage::Over) != Some(false) {
            return 0;
        }
        wsi.with_client(|c| c.stage = Stage::Over);
        self.client_rests(wsi);
        let rc = self.notify(wsi, LWS_CALLBACK_COMPLETED_CLIENT_HTTP);
        if rc != 0 || wsi.transport.eof.get() {
            self.close_later(wsi, Close::Orderly);
        } else {
            self.make_ready(wsi);
        }
        rc
    }
}

fn next_chunk_part(decoder: &mut ChunkDecoder, bytes: &[u8]) -> Part {
    let step = decoder.next(bytes, 0);
    match step.event {
        ChunkEvent::Data(range) => Part::Body(range),
        ChunkEvent::End => Part::End(step.used),
        ChunkEvent::NeedMore => Part::Used,
        ChunkEvent::Error(_) => Part::Bad,
    }
}
