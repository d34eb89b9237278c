//! Chunked bodies (RFC 9112 section 7.1): an incremental decoder, strict and bounded, and the head of a chunk going out.
//!
//! Data are given out as ranges of the caller's buffer, without a copy. Chunk extensions and trailers are checked for form
//! and thrown away.

use std::ops::Range;

use crate::wire::url::hex;

/// Bytes of chunk extensions that one body may have.
const MAX_EXTENSIONS: u32 = 16 * 1024;
/// Bytes of trailers that one body may have.
const MAX_TRAILERS: u32 = 8 * 1024;

/// What [`ChunkDecoder::next`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkStep {
    /// Bytes of the buffer that are dealt with.
    pub used: usize,
    /// What they are.
    pub event: ChunkEvent,
}

/// One event of a chunked body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkEvent {
    /// All of the buffer is used.
    NeedMore,
    /// Body data, at this place of the buffer.
    Data(Range<usize>),
    /// The body is whole. What follows is the next message.
    End,
    /// The body is malformed; each further call says the same.
    Error(BadChunk),
}

/// Why a chunked body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadChunk {
    /// No hex digit where the size stands, or a size over 2^63 - 1.
    Size,
    /// A line that does not end in CRLF, or a control character in one.
    Line,
    /// A trailer that is no header line.
    Trailer,
    /// Extensions or trailers beyond the bound.
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first digit.
    Start,
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
    Failed(BadChunk),
}

/// The decoder of one body.
#[derive(Clone, Debug)]
pub struct ChunkDecoder {
    /// The size being read, then the data still to come.
    remaining: u64,
    extensions: u32,
    trailers: u32,
    state: State,
}

impl Default for ChunkDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkDecoder {
    /// A decoder that stands before the first chunk.
    #[must_use]
    pub const fn new() -> Self {
        ChunkDecoder { remaining: 0, extensions: 0, trailers: 0, state: State::Start }
    }

    /// The body has come to its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Decodes from the front of `buf` up to and including one event. Data come in pieces of at most `limit` bytes; 0 means
    /// no limit. Call again with what follows [`ChunkStep::used`] until it says anything but [`ChunkEvent::Data`].
    pub fn next(&mut self, buf: &[u8], limit: usize) -> ChunkStep {
        let mut at = 0;
        while at < buf.len() {
            if self.state == State::Data {
                let mut n = (buf.len() - at).min(usize::try_from(self.remaining).unwrap_or(usize::MAX));
                if limit != 0 {
                    n = n.min(limit);
                }
                self.remaining -= n as u64;
                if self.remaining == 0 {
                    self.state = State::DataCr;
                }
                return ChunkStep { used: at + n, event: ChunkEvent::Data(at..at + n) };
            }
            if let Some(event) = self.settled() {
                return ChunkStep { used: at, event };
            }
            self.state = self.step(buf[at]).unwrap_or_else(State::Failed);
            at += 1;
        }
        ChunkStep { used: at, event: self.settled().unwrap_or(ChunkEvent::NeedMore) }
    }

    fn settled(&self) -> Option<ChunkEvent> {
        match self.state {
            State::Done => Some(ChunkEvent::End),
            State::Failed(why) => Some(ChunkEvent::Error(why)),
            _ => None,
        }
    }

    fn step(&mut self, byte: u8) -> Result<State, BadChunk> {
        match self.state {
            State::Start => self.digit(byte),
            State::Size => match byte {
                b'\r' => Ok(State::SizeLf),
                b';' | b' ' | b'\t' => self.extension(byte),
                _ => self.digit(byte),
            },
            State::Extension => match byte {
                b'\r' => Ok(State::SizeLf),
                _ => self.extension(byte),
            },
            State::SizeLf if byte != b'\n' => Err(BadChunk::Line),
            State::SizeLf if self.remaining == 0 => Ok(State::TrailerStart),
            State::SizeLf => Ok(State::Data),
            State::DataCr if byte == b'\r' => Ok(State::DataLf),
            State::DataLf if byte == b'\n' => Ok(State::Start),
            State::DataCr | State::DataLf => Err(BadChunk::Line),
            State::TrailerStart => match byte {
                b'\r' => Ok(State::EndLf),
                b':' => Err(BadChunk::Trailer),
                _ => self.trailer_name(byte),
            },
            State::TrailerName => match byte {
                b':' => self.count_trailer(State::TrailerValue),
                _ => self.trailer_name(byte),
            },
            State::TrailerValue => match byte {
                b'\r' => self.count_trailer(State::TrailerLf),
                _ if is_line_text(byte) => self.count_trailer(State::TrailerValue),
                _ => Err(BadChunk::Line),
            },
            State::TrailerLf if byte == b'\n' => Ok(State::TrailerStart),
            State::EndLf if byte == b'\n' => Ok(State::Done),
            State::TrailerLf | State::EndLf => Err(BadChunk::Line),
            // Taken care of before a byte is looked at.
            State::Data | State::Done | State::Failed(_) => Ok(self.state),
        }
    }

    fn digit(&mut self, byte: u8) -> Result<State, BadChunk> {
        let digit = hex(byte).ok_or(BadChunk::Size)?;
        // The top four bits must be free before the shift, and the sign's place after it.
        if self.remaining >> 59 != 0 {
            return Err(BadChunk::Size);
        }
        self.remaining = self.remaining << 4 | u64::from(digit);
        Ok(State::Size)
    }

    fn extension(&mut self, byte: u8) -> Result<State, BadChunk> {
        if !is_line_text(byte) {
            return Err(BadChunk::Line);
        }
        self.extensions += 1;
        if self.extensions > MAX_EXTENSIONS { Err(BadChunk::TooLarge) } else { Ok(State::Extension) }
    }

    fn trailer_name(&mut self, byte: u8) -> Result<State, BadChunk> {
        let is_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if is_token { self.count_trailer(State::TrailerName) } else { Err(BadChunk::Trailer) }
    }

    fn count_trailer(&mut self, next: State) -> Result<State, BadChunk> {
        self.trailers += 1;
        if self.trailers > MAX_TRAILERS { Err(BadChunk::TooLarge) } else { Ok(next) }
    }
}

/// What may stand in a line: anything but control characters, tab excepted.
fn is_line_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// The longest head of a chunk: sixteen digits and CRLF.
pub const MAX_HEAD: usize = 18;

/// What ends a chunked body without trailers.
pub const LAST: &[u8] = b"0\r\n\r\n";

/// Writes the head of a chunk of `len` bytes to the front of `out` and returns its length. The data and then CRLF follow it.
/// A chunk of no bytes would end the body: do not send one.
pub fn encode_head(out: &mut [u8; MAX_HEAD], len: u64) -> usize {
    let digits = (16 - len.leading_zeros() as usize / 4).max(1);
    for (i, digit) in out[..digits].iter_mut().enumerate() {
        let value = (len >> (4 * (digits - 1 - i))) as u8 & 15;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
    }
    out[digits..digits + 2].copy_from_slice(b"\r\n");
    digits + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a body says: its data, where it ends, or why it is refused.
    fn decode(parts: &[&[u8]], limit: usize) -> (Vec<u8>, Option<usize>, Option<BadChunk>) {
        let mut d = ChunkDecoder::new();
        let mut data = Vec::new();
        let mut before = 0;
        for part in parts {
            let mut at = 0;
            loop {
                let step = d.next(&part[at..], limit);
                match step.event {
                    ChunkEvent::NeedMore => break,
                    ChunkEvent::Data(range) => {
                        assert!(!range.is_empty() && (limit == 0 || range.len() <= limit));
                        data.extend_from_slice(&part[at..][range]);
                    }
                    ChunkEvent::End => {
                        assert!(d.is_done());
                        return (data, Some(before + at + step.used), None);
                    }
                    ChunkEvent::Error(e) => {
                        assert_eq!(d.next(b"0\r\n\r\n", 0).event, ChunkEvent::Error(e), "an error stays");
                        return (data, None, Some(e));
                    }
                }
                at += step.used;
            }
            before += part.len();
        }
        (data, None, None)
    }

    fn every_way(body: &[u8]) -> (Vec<u8>, Option<usize>, Option<BadChunk>) {
        let whole = decode(&[body], 0);
        for cut in 0..=body.len() {
            assert_eq!(decode(&[&body[..cut], &body[cut..]], 0), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(decode(&single, 0), whole, "byte by byte");
        assert_eq!(decode(&[body], 2), whole, "pieces of two");
        whole
    }

    #[test]
    fn bodies() {
        for (body, data) in [
            (&b"0\r\n\r\n"[..], &b""[..]),
            (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
            (b"5\r\nhello\r\n00a\r\n, world!!!\r\n000\r\n\r\n", b"hello, world!!!"),
            (b"A;name=\"v\";x\r\n0123456789\r\n0\r\nTrailer: x\r\nOther:\r\n\r\n", b"0123456789"),
            (b"2 \r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
        ] {
            let with_next = [body, b"GET /"].concat();
            assert_eq!(every_way(&with_next), (data.to_vec(), Some(body.len()), None), "{}", body.escape_ascii());
        }
        assert_eq!(every_way(b"5\r\nhel"), (b"hel".to_vec(), None, None));
    }

    #[test]
    fn malformed_bodies() {
        for (body, why) in [
            (&b"\r\n"[..], BadChunk::Size),
            (b"g\r\n", BadChunk::Size),
            (b"-1\r\n", BadChunk::Size),
            (b"+1\r\n", BadChunk::Size),
            (b"0x1\r\n", BadChunk::Size),
            (b" 1\r\n", BadChunk::Size),
            (b"8000000000000000\r\n", BadChunk::Size),
            (b"10000000000000000\r\n", BadChunk::Size),
            (b"1\n", BadChunk::Size),
            (b"1;a\n", BadChunk::Line),
            (b"1;a\0\r\n", BadChunk::Line),
            (b"1\rx", BadChunk::Line),
            (b"1\r\nab", BadChunk::Line),
            (b"1\r\na\n", BadChunk::Line),
            (b"1\r\na\rx", BadChunk::Line),
            (b"0\r\n\n", BadChunk::Trailer),
            (b"0\r\n: x\r\n", BadChunk::Trailer),
            (b"0\r\n x\r\n", BadChunk::Trailer),
            (b"0\r\nno colon\r\n", BadChunk::Trailer),
            (b"0\r\na: b\n", BadChunk::Line),
            (b"0\r\n\rx", BadChunk::Line),
        ] {
            assert_eq!(every_way(body).2, Some(why), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn the_largest_size_is_taken() {
        let mut d = ChunkDecoder::new();
        let head = b"7fffffffffffffff\r\nx";
        assert_eq!(d.next(head, 0).event, ChunkEvent::Data(18..19));
        assert_eq!(d.remaining, i64::MAX as u64 - 1);
    }

    #[test]
    fn extensions_and_trailers_are_bounded_over_the_whole_body() {
        let chunk = [b"1;".as_slice(), &[b'e'; 1000], b"\r\nx\r\n"].concat();
        let (data, end, error) = decode(&[&chunk.repeat(20)], 0);
        assert_eq!((data.len(), end, error), (16, None, Some(BadChunk::TooLarge)));
        let trailers = [b"0\r\n".as_slice(), &b"a: b\r\n".repeat(3000)].concat();
        assert_eq!(decode(&[&trailers], 0).2, Some(BadChunk::TooLarge));
    }

    #[test]
    fn heads_decode_to_their_length() {
        for len in [1u64, 9, 10, 15, 16, 255, 4096, 0xdead_beef, i64::MAX as u64] {
            let mut out = [0; MAX_HEAD];
            let n = encode_head(&mut out, len);
            assert_eq!(&out[..n], format!("{len:x}\r\n").as_bytes());
        }
        let mut out = [0; MAX_HEAD];
        assert_eq!(encode_head(&mut out, 0), 3);
        assert_eq!(&out[..3], b"0\r\n");
    }
}
