//! permessage-deflate on a connection: messages are inflated on their way to RECEIVE and compressed on their way out.
//!
//! Inflaters and compressors belong to the service thread and are lent for the length of one message. What came out of a
//! frame and could not be handed over yet (flow control, the turn's budget) waits as compressed bytes, so that a small frame
//! that inflates to much costs its peer's share of time and no memory.

use std::cell::RefCell;
use std::rc::Rc;

use flate2::Decompress;

use crate::engine::context::{Context, RX_SIZE};
use crate::engine::role::ws::Piece;
use crate::engine::wsi::{Phase, Wsi};
use crate::wire::ws::close::code;
use crate::wire::ws::deflate::inflate::{State, new_inflater};
use crate::wire::ws::deflate::negotiate::MAX_BITS;
use crate::wire::ws::deflate::{Agreement, Compressor, History, Inflating, OutOfMemory};
use crate::wire::ws::frame::{self, Side};
use crate::wire::ws::opcode;

/// The bit that marks a compressed message, where it stands in a frame's first byte.
pub const RSV1: u8 = 0x40;

/// Inflated bytes that one connection may have delivered in one turn before the others have theirs.
const TURN_BUDGET: usize = 1 << 20;

/// Inflaters, and compressors of each kind, that are kept for the next message.
const KEPT: usize = 8;

/// Room for compressed output that is kept for the next message.
const SCRATCH_KEPT: usize = 256 * 1024;

/// 4.1.6's default: the fastest.
const DEFAULT_LEVEL: u8 = 1;

/// What a service thread lends to its connections.
#[derive(Default)]
pub struct Pool {
    inflaters: RefCell<Vec<Decompress>>,
    compressors: RefCell<Vec<Compressor>>,
    /// Where inflated pieces stand while they are delivered.
    output: RefCell<Vec<u8>>,
    /// Where compressed payloads stand while they are sent.
    scratch: RefCell<Vec<u8>>,
}

impl Pool {
    fn inflater(&self) -> Decompress {
        self.inflaters.borrow_mut().pop().unwrap_or_else(new_inflater)
    }

    fn take_back(&self, inflating: Inflating) {
        let mut kept = self.inflaters.borrow_mut();
        if kept.len() < KEPT {
            kept.push(inflating.finish());
        }
    }

    fn compressor(&self, bits: u8, level: u8) -> Option<Compressor> {
        let mut kept = self.compressors.borrow_mut();
        match kept.iter().position(|c| c.bits == bits && c.level == level) {
            Some(at) => Some(kept.swap_remove(at)),
            None => Compressor::new(bits, level),
        }
    }

    fn take_compressor_back(&self, compressor: Compressor) {
        let mut kept = self.compressors.borrow_mut();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(compressor);
    }
}

/// Options that programs set on a connection (`lws_set_extension_option`).
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// zlib's level, 0 to 9.
    pub level: u8,
    /// Longest piece that a RECEIVE gets of a compressed message; 0: the protocol's own limit.
    pub piece: usize,
}

/// What is known of the frame that is being inflated.
#[derive(Clone, Copy)]
struct Frame {
    /// The message's data ends with these bytes.
    last: bool,
    binary: bool,
    /// Payload bytes of the frame that are still to come.
    left: u64,
}

/// Compressed bytes of a frame that wait, and what is inflated of them and not delivered.
struct Waiting {
    input: Vec<u8>,
    output: Vec<u8>,
    frame: Frame,
    done: Option<bool>,
}

/// State of a connection on which the extension was agreed.
pub struct Deflate {
    history: History,
    inflating: Option<Inflating>,
    /// The message under way has delivered nothing yet.
    fresh: bool,
    /// Inflated bytes of the message under way.
    message_len: u64,
    waiting: Option<Box<Waiting>>,
    /// Window of our compressor; `None`: it cannot keep to what was agreed, so messages go uncompressed.
    own_bits: Option<u8>,
    compressing: Option<Compressor>,
    /// Options that the program set.
    pub tuning: Tuning,
    /// The program wants its messages compressed.
    pub compresses: bool,
}

impl Deflate {
    /// The state for an agreement, seen from our side.
    pub fn new(agreed: &Agreement, side: Side) -> Deflate {
        let (own_bits, peer_bits, peer_afresh) = match side {
            Side::Server => {
                (agreed.server_max_window_bits, agreed.client_max_window_bits, agreed.client_no_context_takeover)
            }
            Side::Client => {
                (agreed.client_max_window_bits, agreed.server_max_window_bits, agreed.server_no_context_takeover)
            }
        };
        Deflate {
            history: History::new((!peer_afresh).then_some(peer_bits.unwrap_or(MAX_BITS))),
            inflating: None,
            fresh: true,
            message_len: 0,
            waiting: None,
            own_bits: Some(own_bits.unwrap_or(MAX_BITS)).filter(|bits| *bits > 8),
            compressing: None,
            tuning: Tuning { level: DEFAULT_LEVEL, piece: 0 },
            compresses: true,
        }
    }
}

/// How far a frame's compressed bytes got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inflated {
    /// They are used up.
    All,
    /// Some wait: reading was stopped, or the turn's budget is used up.
    Waits,
    /// The connection is ending, or failed with this code and text.
    Ended,
    /// The peer broke the protocol.
    Failed(u16, &'static str),
}

impl Context {
    /// Inflates the payload of a piece of a compressed message, and delivers what comes of it.
    pub fn ws_inflate(&self, wsi: &Rc<Wsi>, payload: &[u8], piece: &frame::Piece) -> Inflated {
        let frame = Frame { last: piece.is_final(), binary: piece.binary, left: piece.frame_remaining };
        self.inflate_from(wsi, payload, &[], frame, None)
    }

    /// Goes on with what waited; called when reading is on.
    pub fn ws_inflate_waiting(&self, wsi: &Rc<Wsi>) -> Inflated {
        wsi.undelivered.set(false);
        let waiting = wsi.with_ws(|ws| ws.deflate.as_mut().and_then(|d| d.waiting.take())).flatten();
        match waiting {
            Some(w) => self.inflate_from(wsi, &w.input, &w.output, w.frame, w.done),
            None => Inflated::All,
        }
    }

    fn inflate_from(&self, wsi: &Rc<Wsi>, input: &[u8], carried: &[u8], frame: Frame, done: Option<bool>) -> Inflated {
        let Some(mut inflating) = self.lent_inflater(wsi) else { return Inflated::Ended };
        let limit = self.inflated_limit(wsi);
        let mut output = self.deflate.output.take();
        if output.len() < limit + 2 {
            // One byte more than a piece tells whether something follows it; one more takes the NUL behind.
            output.resize(limit + 2, 0);
        }
        output[..carried.len()].copy_from_slice(carried);
        let mut run = Run { input, output: &mut output, have: carried.len(), limit, budget: TURN_BUDGET, frame, done };
        let result = self.inflate_and_deliver(wsi, &mut inflating, &mut run);
        let (rest, have, done) = (run.input, run.have, run.done);
        match result {
            Inflated::Waits => {
                let waiting = Waiting { input: rest.to_vec(), output: output[..have].to_vec(), frame, done };
                wsi.undelivered.set(true);
                self.keep_inflating(wsi, inflating, Some(Box::new(waiting)));
            }
            Inflated::All if done != Some(true) => self.keep_inflating(wsi, inflating, None),
            _ => self.deflate.take_back(inflating),
        }
        *self.deflate.output.borrow_mut() = output;
        result
    }

    fn inflate_and_deliver(&self, wsi: &Rc<Wsi>, inflating: &mut Inflating, run: &mut Run<'_>) -> Inflated {
        loop {
            if wsi.close.get().is_some() || wsi.phase.get() != Phase::Live {
                return Inflated::Ended;
            }
            if wsi.rx_stopped() || run.budget == 0 {
                return Inflated::Waits;
            }
            if run.have > run.limit {
                if !self.deliver_inflated(wsi, run, run.limit, false) {
                    return Inflated::Failed(code::INVALID_PAYLOAD, "bad utf8");
                }
                run.output[0] = run.output[run.limit];
                run.have = 1;
                continue;
            }
            if let Some(whole) = run.done {
                if (whole || run.have > 0) && !self.deliver_inflated(wsi, run, run.have, whole) {
                    return Inflated::Failed(code::INVALID_PAYLOAD, "bad utf8");
                }
                return Inflated::All;
            }
            let room = &mut run.output[run.have..=run.limit];
            let Ok(step) = inflating.step(run.input, run.frame.last, room) else {
                return Inflated::Failed(code::INVALID_PAYLOAD, "bad deflate");
            };
            if let Some(failed) = self.account(wsi, &room[..step.wrote]) {
                return failed;
            }
            run.input = &run.input[step.used..];
            run.have += step.wrote;
            run.budget = run.budget.saturating_sub(step.wrote);
            run.done = match step.state {
                State::OutputFull => None,
                State::NeedsInput => Some(false),
                State::Whole => Some(true),
            };
        }
    }

    /// The inflater of the message under way, or one for a message that begins.
    fn lent_inflater(&self, wsi: &Wsi) -> Option<Inflating> {
        wsi.with_ws(|ws| {
            let d = ws.deflate.as_mut()?;
            Some(d.inflating.take().unwrap_or_else(|| {
                (d.fresh, d.message_len) = (true, 0);
                Inflating::begin(self.deflate.inflater(), &d.history)
            }))
        })
        .flatten()
    }

    fn keep_inflating(&self, wsi: &Wsi, inflating: Inflating, waiting: Option<Box<Waiting>>) {
        wsi.with_ws(|ws| {
            if let Some(d) = &mut ws.deflate {
                d.inflating = Some(inflating);
                d.waiting = waiting;
            }
        });
    }

    /// Longest piece of a compressed message that a RECEIVE of this connection gets.
    fn inflated_limit(&self, wsi: &Wsi) -> usize {
        let own = wsi.with_ws(|ws| ws.deflate.as_ref().map_or(0, |d| d.tuning.piece)).unwrap_or(0);
        let limit = self.piece_limit(wsi).min(RX_SIZE);
        if own == 0 { limit } else { limit.min(own) }
    }

    /// Remembers inflated bytes for the messages to come, and bounds their number.
    fn account(&self, wsi: &Wsi, new: &[u8]) -> Option<Inflated> {
        let most = self.max_message.get();
        wsi.with_ws(|ws| {
            let d = ws.deflate.as_mut()?;
            d.message_len += new.len() as u64;
            if most != 0 && d.message_len > most {
                return Some(Inflated::Failed(code::MESSAGE_TOO_LARGE, "message too large"));
            }
            (!d.history.push(new)).then_some(Inflated::Failed(code::UNEXPECTED_CONDITION, "out of memory"))
        })
        .flatten()
    }

    /// Hands the first `len` bytes of the output to the program. `false`: they are no UTF-8.
    fn deliver_inflated(&self, wsi: &Rc<Wsi>, run: &mut Run<'_>, len: usize, last: bool) -> bool {
        let (text, frame) = (&run.output[..len], run.frame);
        let valid = wsi.with_ws(|ws| {
            let first = ws.deflate.as_mut().is_some_and(|d| std::mem::take(&mut d.fresh));
            wsi.piece.set(Piece { first, last, binary: frame.binary, rsv: RSV1, frame_left: frame.left });
            frame.binary || ws.text_is_valid(text, first, last)
        });
        if valid == Some(true) {
            self.ws_piece(wsi, run.output, len);
        }
        valid.unwrap_or(true)
    }

    /// Compresses a frame's payload if its message is to be compressed, and gives `send` what goes into the frame: its
    /// reserved bits and its payload.
    pub fn with_compressed<T>(
        &self,
        wsi: &Wsi,
        fin: bool,
        op: u8,
        payload: &[u8],
        send: impl FnOnce(u8, &[u8]) -> T,
    ) -> Result<T, OutOfMemory> {
        let Some(mut compressor) = self.lent_compressor(wsi, op) else { return Ok(send(0, payload)) };
        let mut out = self.deflate.scratch.take();
        out.clear();
        let done = compressor.fragment(payload, fin, &mut out);
        let first = op != opcode::CONTINUATION;
        if fin {
            self.deflate.take_compressor_back(compressor);
        } else {
            wsi.with_ws(|ws| {
                if let Some(d) = &mut ws.deflate {
                    d.compressing = Some(compressor);
                }
            });
        }
        let result = match done {
            // What does not get shorter goes as it is: that is each message's own choice.
            Ok(()) if first && fin && out.len() >= payload.len() => Ok(send(0, payload)),
            Ok(()) => Ok(send(if first { RSV1 } else { 0 }, &out)),
            Err(e) => Err(e),
        };
        if out.capacity() <= SCRATCH_KEPT {
            *self.deflate.scratch.borrow_mut() = out;
        }
        result
    }

    /// The compressor for a frame: of the message under way, or one for a message that begins; `None`: it goes uncompressed.
    fn lent_compressor(&self, wsi: &Wsi, op: u8) -> Option<Compressor> {
        wsi.with_ws(|ws| {
            let d = ws.deflate.as_mut()?;
            let under_way = d.compressing.take();
            if op == opcode::CONTINUATION {
                return under_way;
            }
            if let Some(mut abandoned) = under_way {
                abandoned.reset();
                self.deflate.take_compressor_back(abandoned);
            }
            if !d.compresses {
                return None;
            }
            self.deflate.compressor(d.own_bits?, d.tuning.level)
        })
        .flatten()
    }

    /// The connection ends: what it was lent goes back.
    pub fn ws_give_back(&self, wsi: &Wsi) {
        let lent = wsi.with_ws(|ws| ws.deflate.as_mut().map(|d| (d.inflating.take(), d.compressing.take()))).flatten();
        let Some((inflating, compressing)) = lent else { return };
        if let Some(inflating) = inflating {
            self.deflate.take_back(inflating);
        }
        if let Some(mut compressor) = compressing {
            compressor.reset();
            self.deflate.take_compressor_back(compressor);
        }
    }
}

/// One run over a frame's compressed bytes.
struct Run<'a> {
    /// What is not inflated yet.
    input: &'a [u8],
    output: &'a mut [u8],
    /// Inflated bytes that are not delivered yet.
    have: usize,
    /// Longest piece to deliver.
    limit: usize,
    budget: usize,
    frame: Frame,
    /// All of the input is inflated; whether the message is whole with it.
    done: Option<bool>,
}
