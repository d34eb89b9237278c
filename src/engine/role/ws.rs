//! The WebSocket role: frames become RECEIVE callbacks, pings are answered, the close handshake is led.

pub mod client_ext;
pub mod deflate;
pub mod negotiate;
pub mod program_ext;

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::IdlePolicy;
use crate::engine::context::Context;
use crate::engine::role::ReadOutcome;
use crate::engine::role::ws::deflate::{Deflate, Inflated, RSV1};
use crate::engine::role::ws::program_ext::{ANY_RSV, Chain};
use crate::engine::wsi::{Close, Phase, Role, Wsi};
use crate::wire::http1::table::HeadTable;
use crate::wire::ws::frame::{self, Event, FrameDecoder, Side};
use crate::wire::ws::utf8::Utf8Validator;
use crate::wire::ws::{close, opcode};

/// Longest reason that a close frame carries beside its code.
pub const CLOSE_REASON_MAX: usize = 123;

/// What the piece of a message that is being delivered is: the answers of `lws_is_first_fragment` and kin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Piece {
    /// The first of its message.
    pub first: bool,
    /// The last of its message.
    pub last: bool,
    /// Of a binary message.
    pub binary: bool,
    /// RSV bits of its frame.
    pub rsv: u8,
    /// Bytes of its frame that are still to come.
    pub frame_left: u64,
}

/// What a client side has beside.
pub struct ClientSide {
    /// Sign of life policy; `None`: the vhost's.
    pub idle: Option<IdlePolicy>,
    /// The retry policy as C gave it; null: the vhost's.
    pub retry: *const c_void,
    /// CLIENT_ESTABLISHED was refused: that is told as a failed connect.
    pub rejected: bool,
}

/// State of a WebSocket connection.
pub struct Ws {
    /// We are the client.
    pub client: Option<Box<ClientSide>>,
    decoder: FrameDecoder,
    utf8: Option<Utf8Validator>,
    /// Payload bytes of the message under way, where their number is bounded.
    message_len: u64,
    /// permessage-deflate, where it was agreed.
    pub deflate: Option<Box<Deflate>>,
    /// Extensions of the program's own that were agreed.
    pub chain: Option<Box<Chain>>,
    /// The request head, until ESTABLISHED has returned.
    pub head: Option<Box<HeadTable>>,
    /// Code and reason that the program wants to close with.
    pub close_to_send: Option<Box<[u8]>>,
    /// The peer's close frame has come.
    pub peer_closed: bool,
    /// A sign of life was asked for and has not come.
    pub ping_unanswered: bool,
    /// Bytes of control answers that wait for a peer that does not read.
    pub control_waiting: usize,
}

impl Ws {
    /// The server side, after the handshake. `utf8`: text is validated.
    pub fn server(head: Option<Box<HeadTable>>, utf8: bool) -> Ws {
        Ws {
            client: None,
            decoder: FrameDecoder::new(),
            utf8: utf8.then(Utf8Validator::new),
            message_len: 0,
            deflate: None,
            chain: None,
            head,
            close_to_send: None,
            peer_closed: false,
            ping_unanswered: false,
            control_waiting: 0,
        }
    }

    /// The client side, after the handshake.
    pub fn client(head: Option<Box<HeadTable>>, utf8: bool, side: ClientSide) -> Ws {
        Ws { client: Some(Box::new(side)), ..Ws::server(head, utf8) }
    }

    /// Frames leave as the program gives them: unmasked, and through no extension.
    #[inline]
    pub fn is_plain_server(&self) -> bool {
        self.client.is_none() && self.deflate.is_none() && self.chain.is_none()
    }

    fn side(&self) -> Side {
        if self.client.is_some() { Side::Client } else { Side::Server }
    }
}

/// The callback reasons that differ between the two sides.
#[derive(Clone, Copy)]
pub struct Reasons {
    /// A piece of a message.
    pub receive: u32,
    /// A PONG.
    pub pong: u32,
    /// Data can be sent.
    pub writeable: u32,
    /// The protocol is left.
    pub drop: u32,
    /// The connection has ended.
    pub closed: u32,
}

const SERVER: Reasons = Reasons {
    receive: LWS_CALLBACK_RECEIVE,
    pong: LWS_CALLBACK_RECEIVE_PONG,
    writeable: LWS_CALLBACK_SERVER_WRITEABLE,
    drop: LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL,
    closed: LWS_CALLBACK_CLOSED,
};

const CLIENT: Reasons = Reasons {
    receive: LWS_CALLBACK_CLIENT_RECEIVE,
    pong: LWS_CALLBACK_CLIENT_RECEIVE_PONG,
    writeable: LWS_CALLBACK_CLIENT_WRITEABLE,
    drop: LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL,
    closed: LWS_CALLBACK_CLIENT_CLOSED,
};

impl Wsi {
    /// The reasons of the side that this WebSocket is.
    pub fn ws_reasons(&self) -> Reasons {
        match &*self.role.borrow() {
            Role::Ws(ws) if ws.client.is_some() => CLIENT,
            _ => SERVER,
        }
    }
}

/// What a payload passes through on its way to the program.
#[derive(Clone, Copy)]
enum Coder {
    Deflate,
    Program,
}

/// What is to be done with one decoded event.
enum Step {
    Used(usize),
    Wait,
    Piece { start: usize, end: usize },
    Coded(Coder, frame::Piece),
    Control { op: u8, used: usize, payload: Vec<u8> },
    Fail { code: u16, text: &'static str },
}

impl Context {
    /// Takes bytes of frames. `more`: the socket has bytes that continue these.
    pub fn ws_receive(&self, wsi: &Rc<Wsi>, area: &mut [u8], more: bool) -> ReadOutcome {
        let len = area.len() - 1;
        let limit = self.piece_limit(wsi);
        let mut at = 0;
        while at < len {
            if wsi.close.get().is_some() || !matches!(wsi.phase.get(), Phase::Live | Phase::AwaitClose) {
                return ReadOutcome::Ended;
            }
            if wsi.rx_stopped() {
                return ReadOutcome::Stopped(at);
            }
            let step = wsi.with_ws(|ws| ws.step(&mut area[at..len], limit, more, &wsi.piece));
            match step {
                None => return ReadOutcome::Ended,
                Some(Step::Used(n)) => at += n,
                Some(Step::Wait) => return ReadOutcome::WaitsForMore(at),
                Some(Step::Piece { start, end }) => {
                    if self.is_too_large(wsi, end - start) {
                        self.give_writeable(wsi);
                        self.ws_fail(wsi, close::code::MESSAGE_TOO_LARGE, "message too large");
                        return ReadOutcome::Ended;
                    }
                    self.ws_piece(wsi, &mut area[at + start..], end - start);
                    at += end;
                }
                Some(Step::Coded(_, piece)) if wsi.phase.get() != Phase::Live => at += piece.end,
                Some(Step::Coded(coder, piece)) => {
                    let payload = &area[at..][piece.range()];
                    let inflated = match coder {
                        Coder::Program => self.ws_program_receive(wsi, payload, &piece),
                        Coder::Deflate => self.ws_inflate(wsi, payload, &piece),
                    };
                    at += piece.end;
                    if let Some(outcome) = self.after_inflating(wsi, inflated, at) {
                        return outcome;
                    }
                }
                Some(Step::Control { op, used, payload }) => {
                    at += used;
                    self.ws_control(wsi, op, payload);
                }
                Some(Step::Fail { code, text }) => {
                    // What the program has to say to the frames before the bad one still goes in front of the goodbye.
                    self.give_writeable(wsi);
                    self.ws_fail(wsi, code, text);
                    return ReadOutcome::Ended;
                }
            }
        }
        ReadOutcome::Used(len)
    }

    /// The message that the piece at hand belongs to is longer than the bound, as far as its frames tell by now.
    fn is_too_large(&self, wsi: &Wsi, len: usize) -> bool {
        let most = self.max_message.get();
        most != 0
            && wsi
                .with_ws(|ws| {
                    let piece = wsi.piece.get();
                    let before = if piece.first { 0 } else { ws.message_len };
                    ws.message_len = before.saturating_add(len as u64);
                    ws.message_len.saturating_add(piece.frame_left) > most
                })
                .unwrap_or(false)
    }

    /// What inflating up to byte `at` of the buffer means for what is behind it; `None`: it goes on.
    pub fn after_inflating(&self, wsi: &Rc<Wsi>, inflated: Inflated, at: usize) -> Option<ReadOutcome> {
        match inflated {
            // Data that follows our close frame is dropped, and the peer's close frame looked for behind it.
            Inflated::All => None,
            Inflated::Ended if wsi.phase.get() == Phase::AwaitClose => None,
            Inflated::Ended => Some(ReadOutcome::Ended),
            Inflated::Waits => Some(ReadOutcome::Stopped(at)),
            Inflated::Failed(code, text) => {
                self.give_writeable(wsi);
                self.ws_fail(wsi, code, text);
                Some(ReadOutcome::Ended)
            }
        }
    }

    /// Hands one piece of a message to the program, with a NUL behind it.
    #[inline]
    fn ws_piece(&self, wsi: &Rc<Wsi>, area: &mut [u8], len: usize) {
        if wsi.phase.get() != Phase::Live {
            return;
        }
        let behind = std::mem::replace(&mut area[len], 0);
        let rc = self.call(wsi, wsi.ws_reasons().receive, area.as_mut_ptr().cast(), len);
        area[len] = behind;
        if rc != 0 {
            self.close_later(wsi, Close::ByCallback);
        }
    }

    fn ws_control(&self, wsi: &Rc<Wsi>, op: u8, mut payload: Vec<u8>) {
        match op {
            opcode::CLOSE => self.peer_closes(wsi, &payload),
            _ if wsi.phase.get() != Phase::Live => {}
            opcode::PING => {
                self.send_control(wsi, opcode::PONG, &payload);
            }
            _ => {
                self.validity_confirmed(wsi);
                // As 4.1.6: an empty PONG, which answers the PINGs that the library makes, is told to clients only.
                let reason = wsi.ws_reasons().pong;
                if payload.is_empty() && reason == LWS_CALLBACK_RECEIVE_PONG {
                    return;
                }
                let len = payload.len();
                payload.push(0);
                if self.call(wsi, reason, payload.as_mut_ptr().cast(), len) != 0 {
                    self.close_later(wsi, Close::ByCallback);
                }
            }
        }
    }

    /// A close frame came: it is told, echoed, and the connection ends.
    fn peer_closes(&self, wsi: &Rc<Wsi>, payload: &[u8]) {
        wsi.with_ws(|ws| ws.peer_closed = true);
        if wsi.phase.get() == Phase::AwaitClose {
            return self.close_later(wsi, Close::Orderly);
        }
        // A code that no peer may send is told and echoed as a protocol error, with the text that came.
        let mut echo = match close::parse(payload).map(|c| c.code_to_echo()) {
            Ok(None) => Vec::new(),
            Ok(Some(code)) => [&code.to_be_bytes(), &payload[2..]].concat(),
            Err(e) => e.code.to_be_bytes().to_vec(),
        };
        let len = echo.len();
        echo.push(0);
        let rc = self.call(wsi, LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, echo.as_mut_ptr().cast(), len);
        if rc == 0 && wsi.is_live() {
            self.send_close_frame(wsi, &echo[..len]);
        }
        self.close_later(wsi, Close::Orderly);
    }

    /// The peer broke the protocol: a close frame says so, and its own is waited for, unless that was what it broke.
    fn ws_fail(&self, wsi: &Rc<Wsi>, code: u16, text: &str) {
        crate::util::log::info!("{}: the peer broke the WebSocket protocol: {text}", wsi.handle());
        if wsi.phase.get() != Phase::Live {
            return self.close_later(wsi, Close::AtOnce);
        }
        if wsi.with_ws(|ws| ws.decoder.failed_closing()) == Some(true) {
            // It waits for the end of the connection, not for a close frame to answer.
            wsi.with_ws(|ws| ws.peer_closed = true);
            self.send_close_frame(wsi, &[&code.to_be_bytes(), text.as_bytes()].concat());
            return self.close_later(wsi, Close::Orderly);
        }
        self.set_close_reason(wsi, code, text.as_bytes());
        self.close_later(wsi, Close::ByCallback);
    }

    /// `lws_close_reason`: code and reason for the close frame that is sent when the callback then ends the connection.
    pub fn set_close_reason(&self, wsi: &Wsi, code: u16, reason: &[u8]) {
        let reason = &reason[..reason.len().min(CLOSE_REASON_MAX)];
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason);
        wsi.with_ws(|ws| ws.close_to_send = Some(payload.into_boxed_slice()));
    }

    /// `lws_rx_flow_control`: takes reasons to stop reading away (`on`) or adds them. Reading runs while none stands.
    pub fn rx_flow_control(&self, wsi: &Wsi, reasons: u8, on: bool) {
        let before = wsi.rx_stop_reasons.get();
        let after = if on { before & !reasons } else { before | reasons };
        wsi.rx_stop_reasons.set(after);
        if before == 0 || after != 0 {
            return;
        }
        if wsi.has_waiting() {
            // As on 4.1.6, resuming with data held back gives a WRITEABLE that nobody asked for.
            wsi.want_writable.set(true);
            self.make_ready(wsi);
        } else if wsi.transport.readable.get() {
            self.make_ready(wsi);
        }
    }
}

impl Ws {
    /// `of`: where it stands what the piece is that is to be delivered.
    fn step(&mut self, buf: &mut [u8], limit: usize, more: bool, of: &Cell<Piece>) -> Step {
        if self.is_plain_server()
            && let Some(piece) = self.decoder.whole_short(buf, limit)
        {
            return self.piece(buf, &piece, of);
        }
        // A piece that would be cut short by the end of the buffer waits for what comes behind it.
        if more && self.decoder.is_cut_short(buf, limit) {
            return Step::Wait;
        }
        let rsv_allowed = match (&self.chain, &self.deflate) {
            (Some(_), _) => ANY_RSV,
            (None, Some(_)) => RSV1,
            (None, None) => 0,
        };
        let step = self.decoder.next(buf, self.side(), rsv_allowed, limit);
        match step.event {
            Event::NeedMore => Step::Used(step.used),
            Event::Payload(piece) if self.chain.is_some() => Step::Coded(Coder::Program, piece),
            Event::Payload(piece) if piece.rsv & RSV1 != 0 => Step::Coded(Coder::Deflate, piece),
            Event::Payload(piece) => self.piece(buf, &piece, of),
            Event::Control(control) => {
                Step::Control { op: control.opcode, used: step.used, payload: control.payload(buf).to_vec() }
            }
            Event::Error(e) => Step::Fail { code: e.code, text: e.text },
        }
    }

    /// A piece that no extension has a say in: what it is goes to `of`.
    #[inline]
    fn piece(&mut self, buf: &[u8], piece: &frame::Piece, of: &Cell<Piece>) -> Step {
        let text = &buf[piece.range()];
        if !piece.binary && !self.text_is_valid(text, piece.first_fragment, piece.is_final()) {
            return Step::Fail { code: close::code::INVALID_PAYLOAD, text: "bad utf8" };
        }
        of.set(Piece {
            first: piece.first_fragment,
            last: piece.is_final(),
            binary: piece.binary,
            rsv: piece.rsv,
            frame_left: piece.frame_remaining,
        });
        Step::Piece { start: piece.start, end: piece.end }
    }

    /// A piece of a text message is UTF-8 as far as it goes, or nobody asked.
    fn text_is_valid(&mut self, text: &[u8], first: bool, last: bool) -> bool {
        let Some(utf8) = &mut self.utf8 else { return true };
        if first {
            utf8.reset();
        }
        utf8.feed(text).is_ok() && (!last || utf8.finish().is_ok())
    }
}
