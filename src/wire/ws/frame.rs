//! Incremental decoder of WebSocket frames (RFC 6455 section 5), in place.
//!
//! The engine reads into one buffer that all connections of a service thread share, and calls [`FrameDecoder::next`] on what
//! it has read until that says [`Event::NeedMore`]. The buffer is then free for the next connection: what a frame cut by the
//! end of a read leaves behind (part of a header, the mask, the payload still to come) is in the decoder, which is small and
//! owns no heap, except while a control frame is cut within its payload.

use std::ops::Range;

use super::{MAX_CONTROL, ProtocolError, mask, opcode};

/// Which end of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We serve: frames come masked.
    Server,
    /// We are the client: frames come unmasked.
    Client,
}

/// What [`FrameDecoder::next`] found.
#[derive(Debug)]
pub struct Step {
    /// Bytes of `buf` that are dealt with: the next call starts behind them. Ranges in `event` lie within them.
    pub used: usize,
    /// What they are.
    pub event: Event,
}

/// One event of a stream of frames.
#[derive(Debug)]
pub enum Event {
    /// All of `buf` is used, and no event came of it.
    NeedMore,
    /// A piece of a text or binary message.
    Payload(Piece),
    /// A whole control frame.
    Control(Control),
    /// The peer broke the protocol. Nothing more can be decoded; each further call says the same.
    Error(ProtocolError),
}

/// A piece of a message: part of one frame, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where the bytes begin in the buffer given; they are unmasked.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// Payload bytes of this frame that are still to come after this piece (`lws_remaining_packet_payload`).
    pub frame_remaining: u64,
    /// Reserved bits of the message's first frame, as they stand in its first byte (0x70): 0x40 marks a compressed message.
    pub rsv: u8,
    /// The message is binary (`lws_frame_is_binary`), else text.
    pub binary: bool,
    /// The first piece of the first frame of a message (`lws_is_first_fragment`).
    pub first_fragment: bool,
    /// The first piece of its frame.
    pub frame_start: bool,
    /// The frame bears FIN.
    pub fin: bool,
}

impl Piece {
    /// The piece's place in the buffer.
    #[inline]
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The message ends with this piece (`lws_is_final_fragment`).
    #[inline]
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.fin && self.frame_remaining == 0
    }
}

/// A whole control frame, unmasked.
#[derive(Debug)]
pub struct Control {
    /// [`opcode::CLOSE`], [`opcode::PING`] or [`opcode::PONG`].
    pub opcode: u8,
    payload: ControlPayload,
}

#[derive(Debug)]
enum ControlPayload {
    InBuffer(Range<usize>),
    Collected(Box<Collected>),
}

impl Control {
    /// The payload, at most 125 bytes. `buf` is the buffer that was given to the [`FrameDecoder::next`] that made this.
    #[inline]
    #[must_use]
    pub fn payload<'a>(&'a self, buf: &'a [u8]) -> &'a [u8] {
        match &self.payload {
            ControlPayload::InBuffer(range) => &buf[range.clone()],
            ControlPayload::Collected(c) => &c.bytes[..usize::from(c.have)],
        }
    }
}

/// A control payload that came over several reads.
#[derive(Debug)]
struct Collected {
    want: u8,
    have: u8,
    bytes: [u8; MAX_CONTROL],
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Header,
    Data,
    Control,
    Failed,
}

/// The first byte of the message in progress is [`NO_MESSAGE`] between messages; no data frame has this opcode.
const NO_MESSAGE: u8 = 0xff;

/// The decoder of one connection: 48 bytes at most, no heap while idle.
#[derive(Debug)]
pub struct FrameDecoder {
    /// Payload of the frame in progress still to come; while at [`At::Header`] unused.
    remaining: u64,
    collected: Option<Box<Collected>>,
    header: [u8; MAX_HEADER],
    header_have: u8,
    at: At,
    /// First byte of the frame in progress.
    first_byte: u8,
    /// First byte of the first frame of the message in progress, or [`NO_MESSAGE`].
    message: u8,
    /// Turned so that its first byte meets the next payload byte; zero for an unmasked frame.
    key: [u8; 4],
    /// No piece of the message was given out yet.
    message_fresh: bool,
    /// No piece of the frame was given out yet.
    frame_fresh: bool,
    /// Index into [`ERRORS`] once [`At::Failed`].
    error: u8,
}

const MAX_HEADER: usize = super::encode::MAX_HEADER;

/// The texts that 4.1.6 sends are kept; those for what it lets pass are in the same manner.
const ERRORS: [ProtocolError; 7] = [
    ProtocolError::protocol("bad opc"),
    ProtocolError::protocol("rsv bits"),
    ProtocolError::protocol("frag ctl"),
    // A continuation without a start, and a new message before the last one has ended.
    ProtocolError::protocol("bad cont"),
    ProtocolError::protocol("bad mask"),
    ProtocolError::protocol("long ctl"),
    ProtocolError::protocol("bad len"),
];
const BAD_OPCODE: u8 = 0;
const RSV_BITS: u8 = 1;
const FRAGMENTED_CONTROL: u8 = 2;
const BAD_CONTINUATION: u8 = 3;
const BAD_MASK: u8 = 4;
const LONG_CONTROL: u8 = 5;
const BAD_LENGTH: u8 = 6;

/// What the front of a header says.
enum Parsed {
    Short,
    Bad(u8),
    Whole { header_len: usize, len: u64, key: [u8; 4] },
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameDecoder {
    /// A decoder that stands before the first frame.
    #[must_use]
    pub const fn new() -> Self {
        FrameDecoder {
            remaining: 0,
            collected: None,
            header: [0; MAX_HEADER],
            header_have: 0,
            at: At::Header,
            first_byte: 0,
            message: NO_MESSAGE,
            key: [0; 4],
            message_fresh: false,
            frame_fresh: false,
            error: 0,
        }
    }

    /// Decodes from the front of `buf` up to and including one event.
    ///
    /// `side` is our end. `rsv_allowed` holds the reserved bits (0x70) that the first frame of a message may bear, 0 without
    /// an extension. `limit` is the longest piece of a message to give out at once, in bytes; 0 means no limit.
    ///
    /// Call again with what follows [`Step::used`] until it says [`Event::NeedMore`]; an empty `buf` says so too.
    #[inline]
    pub fn next(&mut self, buf: &mut [u8], side: Side, rsv_allowed: u8, limit: usize) -> Step {
        let used = match self.at {
            At::Header => match self.header(buf, side, rsv_allowed) {
                Ok(Some(used)) => used,
                Ok(None) => return Step { used: buf.len(), event: Event::NeedMore },
                Err(used) => return self.failed(used),
            },
            At::Data if buf.is_empty() => return Step { used: 0, event: Event::NeedMore },
            At::Data | At::Control => 0,
            At::Failed => return self.failed(0),
        };
        if self.at == At::Control {
            return self.control(buf, used);
        }
        if self.remaining > 0 && used == buf.len() {
            return Step { used, event: Event::NeedMore };
        }
        self.piece(buf, used, limit)
    }

    /// The fast way for what most frames are: if a whole message in one short frame of a client (FIN, no reserved bit, masked,
    /// at most 65,535 bytes) stands at the front of `buf`, it is unmasked, and what [`FrameDecoder::next`] would say of it is
    /// returned. `None`: that is to be asked.
    #[inline]
    pub fn whole_short(&mut self, buf: &mut [u8], limit: usize) -> Option<Piece> {
        let &[first, second, ref behind @ ..] = &*buf else { return None };
        let is_data = first == 0x80 | opcode::TEXT || first == 0x80 | opcode::BINARY;
        let fresh = self.at == At::Header && self.header_have == 0 && !self.in_message();
        if !(is_data && fresh && second & 0x80 != 0) {
            return None;
        }
        let (len, start, key) = match (second & 0x7f, behind) {
            (127, _) => return None,
            (126, &[high, low, k0, k1, k2, k3, ..]) => match u16::from_be_bytes([high, low]) {
                0..126 => return None,
                len => (usize::from(len), 8, [k0, k1, k2, k3]),
            },
            (len @ 0..126, &[k0, k1, k2, k3, ..]) => (usize::from(len), 6, [k0, k1, k2, k3]),
            _ => return None,
        };
        if limit != 0 && len > limit {
            return None;
        }
        mask::xor(buf.get_mut(start..start + len)?, key);
        Some(Piece {
            start,
            end: start + len,
            frame_remaining: 0,
            rsv: 0,
            binary: first & 0x0f == opcode::BINARY,
            first_fragment: true,
            frame_start: true,
            fin: true,
        })
    }

    /// The next piece, of at most `limit` bytes, would be cut short by the end of `buf`: worth waiting for when more is
    /// about to be read behind it.
    #[inline]
    #[must_use]
    pub fn is_cut_short(&self, buf: &[u8], limit: usize) -> bool {
        let limit = if limit == 0 { usize::MAX } else { limit };
        if buf.len() >= limit.saturating_add(MAX_HEADER) {
            return false;
        }
        match self.at {
            At::Data => self.remaining.min(limit as u64) > buf.len() as u64,
            At::Header if self.header_have == 0 => match *buf {
                [_, second, ref rest @ ..] => {
                    let mask = if second & 0x80 != 0 { 4 } else { 0 };
                    let (len, extra) = match (second & 0x7f, rest) {
                        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
                        (127, [a, b, c, d, e, f, g, h, ..]) => {
                            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8)
                        }
                        (126 | 127, _) => return true,
                        (short, _) => (u64::from(short), 0),
                    };
                    len.min(limit as u64) > buf.len().saturating_sub(2 + extra + mask) as u64
                }
                _ => true,
            },
            At::Header | At::Control | At::Failed => false,
        }
    }

    /// A data message has begun and its last frame's end has not come.
    #[inline]
    #[must_use]
    pub fn in_message(&self) -> bool {
        self.message != NO_MESSAGE
    }

    /// The frame that broke the protocol was a close frame: the peer sends nothing more and waits for our end.
    #[inline]
    #[must_use]
    pub fn failed_closing(&self) -> bool {
        self.at == At::Failed && self.first_byte & 0x0f == opcode::CLOSE
    }

    /// Nothing of a frame is held: the stream could end here without cutting a frame.
    #[inline]
    #[must_use]
    pub fn at_frame_start(&self) -> bool {
        self.at == At::Header && self.header_have == 0
    }

    /// Payload bytes of the frame in progress that are still to come.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> u64 {
        match self.at {
            At::Data | At::Control => self.remaining,
            At::Header | At::Failed => 0,
        }
    }

    /// Reads a header: how many bytes of `buf` it took, `None` when all of `buf` is only a part of it. An error comes with
    /// the bytes taken so far and leaves the decoder failed.
    #[inline]
    fn header(&mut self, buf: &[u8], side: Side, rsv_allowed: u8) -> Result<Option<usize>, usize> {
        if self.header_have != 0 {
            return self.header_continued(buf, side, rsv_allowed);
        }
        match self.parse(buf, side, rsv_allowed) {
            Parsed::Whole { header_len, len, key } => {
                self.begin(buf[0], len, key);
                Ok(Some(header_len))
            }
            Parsed::Short => {
                self.header[..buf.len()].copy_from_slice(buf);
                self.header_have = buf.len() as u8;
                Ok(None)
            }
            Parsed::Bad(error) => Err(self.fail(error, buf[0], buf.len().min(2))),
        }
    }

    #[cold]
    fn header_continued(&mut self, buf: &[u8], side: Side, rsv_allowed: u8) -> Result<Option<usize>, usize> {
        let had = usize::from(self.header_have);
        let take = buf.len().min(MAX_HEADER - had);
        let mut header = self.header;
        header[had..had + take].copy_from_slice(&buf[..take]);
        match self.parse(&header[..had + take], side, rsv_allowed) {
            Parsed::Whole { header_len, len, key } => {
                self.header_have = 0;
                self.begin(header[0], len, key);
                Ok(Some(header_len - had))
            }
            Parsed::Short => {
                self.header = header;
                self.header_have = (had + take) as u8;
                Ok(None)
            }
            Parsed::Bad(error) => Err(self.fail(error, header[0], take.min(2))),
        }
    }

    /// Judges the front of a header. What is wrong in its first bytes is told before the rest has come.
    #[inline]
    fn parse(&self, h: &[u8], side: Side, rsv_allowed: u8) -> Parsed {
        let Some(&first) = h.first() else { return Parsed::Short };
        if let Some(error) = self.judge_first_byte(first, rsv_allowed) {
            return Parsed::Bad(error);
        }
        let Some(&second) = h.get(1) else { return Parsed::Short };
        let masked = second & 0x80 != 0;
        if masked != (side == Side::Server) {
            return Parsed::Bad(BAD_MASK);
        }
        let short_len = second & 0x7f;
        if is_control(first) && usize::from(short_len) > MAX_CONTROL {
            return Parsed::Bad(LONG_CONTROL);
        }
        let (len, len_end) = match short_len {
            127 => {
                // The first length byte is enough to refuse what has no 63-bit length.
                if h.get(2).is_some_and(|b| b & 0x80 != 0) {
                    return Parsed::Bad(BAD_LENGTH);
                }
                let Some(bytes) = h.get(2..10).and_then(|b| b.first_chunk::<8>()) else { return Parsed::Short };
                let len = u64::from_be_bytes(*bytes);
                if len <= 0xffff {
                    return Parsed::Bad(BAD_LENGTH);
                }
                (len, 10)
            }
            126 => {
                let Some(bytes) = h.get(2..4).and_then(|b| b.first_chunk::<2>()) else { return Parsed::Short };
                let len = u16::from_be_bytes(*bytes);
                if len < 126 {
                    return Parsed::Bad(BAD_LENGTH);
                }
                (u64::from(len), 4)
            }
            n => (u64::from(n), 2),
        };
        if !masked {
            return Parsed::Whole { header_len: len_end, len, key: [0; 4] };
        }
        match h.get(len_end..len_end + 4).and_then(|b| b.first_chunk::<4>()) {
            Some(key) => Parsed::Whole { header_len: len_end + 4, len, key: *key },
            None => Parsed::Short,
        }
    }

    #[inline]
    fn judge_first_byte(&self, first: u8, rsv_allowed: u8) -> Option<u8> {
        let rsv = first & 0x70;
        match first & 0x0f {
            opcode::TEXT | opcode::BINARY => {
                if rsv & !rsv_allowed != 0 {
                    Some(RSV_BITS)
                } else if self.in_message() {
                    Some(BAD_CONTINUATION)
                } else {
                    None
                }
            }
            // Extensions mark a message in its first frame (RFC 7692 section 6.1).
            opcode::CONTINUATION if rsv != 0 => Some(RSV_BITS),
            opcode::CONTINUATION if !self.in_message() => Some(BAD_CONTINUATION),
            opcode::CONTINUATION => None,
            opcode::CLOSE | opcode::PING | opcode::PONG => {
                if rsv != 0 {
                    Some(RSV_BITS)
                } else if first & 0x80 == 0 {
                    Some(FRAGMENTED_CONTROL)
                } else {
                    None
                }
            }
            _ => Some(BAD_OPCODE),
        }
    }

    #[inline]
    fn begin(&mut self, first: u8, len: u64, key: [u8; 4]) {
        self.first_byte = first;
        self.remaining = len;
        self.key = key;
        if is_control(first) {
            self.at = At::Control;
            return;
        }
        self.at = At::Data;
        self.frame_fresh = true;
        if first & 0x0f != opcode::CONTINUATION {
            self.message = first;
            self.message_fresh = true;
        }
    }

    /// Gives out the payload bytes that stand at `from`, of which there is at least one unless the frame has none.
    #[inline]
    fn piece(&mut self, buf: &mut [u8], from: usize, limit: usize) -> Step {
        let mut n = buf.len() - from;
        if self.remaining < n as u64 {
            n = self.remaining as usize;
        }
        if limit != 0 && n > limit {
            n = limit;
        }
        let end = from + n;
        if self.key != [0; 4] {
            mask::xor(&mut buf[from..end], self.key);
            self.key = mask::rotate(self.key, n);
        }
        self.remaining -= n as u64;
        let fin = self.first_byte & 0x80 != 0;
        let piece = Piece {
            start: from,
            end,
            frame_remaining: self.remaining,
            rsv: self.message & 0x70,
            binary: self.message & 0x0f == opcode::BINARY,
            first_fragment: self.message_fresh,
            frame_start: self.frame_fresh,
            fin,
        };
        self.message_fresh = false;
        self.frame_fresh = false;
        if self.remaining == 0 {
            self.at = At::Header;
            if fin {
                self.message = NO_MESSAGE;
            }
        }
        Step { used: end, event: Event::Payload(piece) }
    }

    fn control(&mut self, buf: &mut [u8], from: usize) -> Step {
        // A control frame's length was judged to be at most 125.
        let left = self.remaining as usize;
        let take = left.min(buf.len() - from);
        let end = from + take;
        mask::xor(&mut buf[from..end], self.key);
        self.key = mask::rotate(self.key, take);
        self.remaining -= take as u64;
        if take == left && self.collected.is_none() {
            return self.control_done(end, ControlPayload::InBuffer(from..end));
        }
        let mut c = self
            .collected
            .take()
            .unwrap_or_else(|| Box::new(Collected { want: left as u8, have: 0, bytes: [0; MAX_CONTROL] }));
        let have = usize::from(c.have);
        c.bytes[have..have + take].copy_from_slice(&buf[from..end]);
        c.have += take as u8;
        if c.have == c.want {
            return self.control_done(end, ControlPayload::Collected(c));
        }
        self.collected = Some(c);
        Step { used: end, event: Event::NeedMore }
    }

    fn control_done(&mut self, used: usize, payload: ControlPayload) -> Step {
        self.at = At::Header;
        Step { used, event: Event::Control(Control { opcode: self.first_byte & 0x0f, payload }) }
    }

    #[cold]
    fn fail(&mut self, error: u8, first_byte: u8, used: usize) -> usize {
        self.at = At::Failed;
        self.first_byte = first_byte;
        self.error = error;
        used
    }

    #[cold]
    fn failed(&self, used: usize) -> Step {
        Step { used, event: Event::Error(ERRORS[usize::from(self.error)]) }
    }
}

#[inline]
const fn is_control(first_byte: u8) -> bool {
    first_byte & 0x08 != 0
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
