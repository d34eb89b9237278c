//! Extensions that a program brings itself: their callbacks see each payload on its way in and out, and each frame before it
//! is sent, in the order that 4.1.6 has.

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::Extension;
use crate::engine::context::{Context, RX_SIZE};
use crate::engine::role::ws::Piece;
use crate::engine::role::ws::deflate::Inflated;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Phase, Wsi};
use crate::wire::ws::close::code;
use crate::wire::ws::encode::{self, MAX_HEADER};
use crate::wire::ws::{frame, opcode};

/// Reserved bits that a program's extension may use.
pub const ANY_RSV: u8 = 0x70;

/// What a payload callback answers when more is to come without new input.
const HAS_PENDING: i32 = 2;

/// Rounds of one payload callback without any output before the extension is taken to be stuck.
const EMPTY_ROUNDS: usize = 16;

/// An extension in use on a connection.
#[derive(Clone)]
pub struct InUse {
    /// The vhost's entry.
    pub extension: Extension,
    /// The extension's own state.
    pub state: *mut c_void,
}

/// The extensions of a connection.
#[derive(Default)]
pub struct Chain {
    /// In the order of the vhost's table.
    pub used: Rc<Vec<InUse>>,
    /// A piece that came while reading was stopped: its bytes and what it is.
    waiting: Option<(Vec<u8>, frame::Piece, Vec<u8>)>,
    /// The message that goes out has begun with frames that came to nothing: the opcode that its first frame needs.
    opcode_owed: Cell<Option<u8>>,
    /// The next delivery is its message's first.
    fresh: bool,
}

impl Chain {
    /// The chain of these.
    pub fn new(used: Vec<InUse>) -> Chain {
        Chain { used: Rc::new(used), ..Chain::default() }
    }
}

impl Context {
    /// The extensions in use on a connection, if a program brought any.
    pub fn program_extensions(&self, wsi: &Wsi) -> Option<Rc<Vec<InUse>>> {
        wsi.with_ws(|ws| ws.chain.as_ref().map(|c| c.used.clone())).flatten()
    }

    /// Gives a payload to the extensions, and what they make of it to the program.
    pub fn ws_program_receive(&self, wsi: &Rc<Wsi>, payload: &[u8], piece: &frame::Piece) -> Inflated {
        wsi.with_ws(|ws| {
            if let Some(chain) = &mut ws.chain {
                chain.fresh |= piece.first_fragment;
            }
        });
        self.program_receive(wsi, payload.to_vec(), piece, Vec::new())
    }

    /// Goes on with a piece that waited.
    pub fn ws_program_waiting(&self, wsi: &Rc<Wsi>) -> Inflated {
        wsi.undelivered.set(false);
        match wsi.with_ws(|ws| ws.chain.as_mut().and_then(|c| c.waiting.take())).flatten() {
            Some((input, piece, output)) => self.program_receive(wsi, input, &piece, output),
            None => Inflated::All,
        }
    }

    fn program_receive(
        &self,
        wsi: &Rc<Wsi>,
        mut input: Vec<u8>,
        piece: &frame::Piece,
        mut output: Vec<u8>,
    ) -> Inflated {
        let Some(chain) = self.program_extensions(wsi) else { return Inflated::Ended };
        let limit = self.piece_limit(wsi).min(RX_SIZE);
        let mut pending = output.is_empty();
        let mut empty = 0;
        loop {
            if wsi.close.get().is_some() || wsi.phase.get() != Phase::Live {
                return Inflated::Ended;
            }
            if wsi.rx_stopped() {
                wsi.undelivered.set(true);
                wsi.with_ws(|ws| {
                    if let Some(chain) = &mut ws.chain {
                        chain.waiting = Some((input, *piece, output));
                    }
                });
                return Inflated::Waits;
            }
            if output.len() <= limit && pending {
                let before = output.len();
                wsi.piece.set(Piece { rsv: piece.rsv, last: piece.is_final(), ..wsi.piece.get() });
                match self.through(&chain, wsi, None, &mut input, &mut output) {
                    Some(more) => pending = more || !input.is_empty(),
                    None => return Inflated::Failed(code::UNEXPECTED_CONDITION, "extension"),
                }
                empty = if output.len() == before { empty + 1 } else { 0 };
                if empty > EMPTY_ROUNDS {
                    return Inflated::Failed(code::UNEXPECTED_CONDITION, "extension");
                }
                continue;
            }
            let last = !pending && output.len() <= limit && piece.is_final();
            let now = output.len().min(limit);
            if now == 0 && !last {
                return Inflated::All;
            }
            let mut part: Vec<u8> = output.drain(..now).collect();
            if !self.deliver_part(wsi, &mut part, piece, last) {
                return Inflated::Failed(code::INVALID_PAYLOAD, "bad utf8");
            }
            if output.is_empty() && !pending {
                return Inflated::All;
            }
        }
    }

    fn deliver_part(&self, wsi: &Rc<Wsi>, part: &mut Vec<u8>, piece: &frame::Piece, last: bool) -> bool {
        let valid = wsi.with_ws(|ws| {
            let first = ws.chain.as_mut().is_some_and(|c| std::mem::take(&mut c.fresh));
            let (binary, rsv, frame_left) = (piece.binary, piece.rsv, piece.frame_remaining);
            wsi.piece.set(Piece { first, last, binary, rsv, frame_left });
            piece.binary || ws.text_is_valid(part, first, last)
        });
        if valid == Some(true) {
            let len = part.len();
            part.push(0);
            self.ws_piece(wsi, part, len);
        }
        valid.unwrap_or(true)
    }

    /// Runs a payload through the extensions, one after the other. What is left of `input` stays there. `Some(true)`: one of
    /// them has more to give. `sending` holds the write protocol of a payload that goes out.
    fn through(
        &self,
        chain: &[InUse],
        wsi: &Wsi,
        sending: Option<u32>,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> Option<bool> {
        let mut more = false;
        let mut from = std::mem::take(input);
        for (at, used) in chain.iter().enumerate() {
            let mut to = Vec::new();
            let rc = self.app.extension_payload(used, self.slot.handle, wsi.handle(), sending, &mut from, &mut to);
            if rc < 0 {
                return None;
            }
            more |= rc == HAS_PENDING;
            if at == 0 {
                *input = from;
            }
            from = to;
        }
        output.append(&mut from);
        Some(more)
    }

    /// Sends a data frame whose payload and header the extensions have seen.
    pub fn ws_program_send(&self, wsi: &Wsi, chain: &[InUse], protocol: u32, op: u8, payload: &[u8]) -> Delivery {
        let fin = protocol & LWS_WRITE_NO_FIN == 0;
        let (mut input, mut output) = (payload.to_vec(), Vec::new());
        loop {
            let before = (input.len(), output.len());
            match self.through(chain, wsi, Some(protocol), &mut input, &mut output) {
                Some(false) if input.is_empty() => break,
                // An extension that neither takes nor gives anything has no more to say.
                Some(_) if before == (input.len(), output.len()) => break,
                Some(_) => {}
                None => return Delivery::Broken,
            }
        }
        let owed = wsi.with_ws(|ws| ws.chain.as_ref().and_then(|c| c.opcode_owed.take())).flatten();
        let op = if op == opcode::CONTINUATION { owed.unwrap_or(op) } else { op };
        if output.is_empty() && !fin {
            wsi.with_ws(|ws| {
                if let Some(c) = &ws.chain {
                    c.opcode_owed.set((op != opcode::CONTINUATION).then_some(op));
                }
            });
            return Delivery::Sent;
        }
        let mut head = [0; MAX_HEADER];
        let n = encode::encode_header(&mut head, fin, 0, op, output.len() as u64, None);
        let mut whole = head[..n].to_vec();
        whole.append(&mut output);
        for used in chain {
            self.app.extension_presend(used, self.slot.handle, wsi.handle(), &mut whole);
        }
        self.send_frame_rsv(wsi, fin, whole[0] & ANY_RSV, op, &whole[n..], true)
    }

    /// The connection ends: its extensions free their state.
    pub fn ws_program_end(&self, wsi: &Wsi) {
        let chain = wsi.with_ws(|ws| ws.chain.take()).flatten();
        for used in chain.iter().flat_map(|c| c.used.iter()) {
            self.app.extension_destroy(used, self.slot.handle, wsi.handle());
        }
    }
}
