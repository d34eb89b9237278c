//! Response heads going out: status lines and header lines into whatever takes bytes, and the framing that a head on
//! its way to the peer promises (RFC 9112 section 6.3), read from the bytes themselves, so that it holds for heads that
//! programs write by hand as well.

use super::status::{is_bodyless, reason};
use super::table::Version;

/// The buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Takes bytes, all or none.
pub trait Sink {
    /// Appends the pieces.
    ///
    /// # Errors
    /// [`Full`]; nothing was appended.
    fn put(&mut self, pieces: &[&[u8]]) -> Result<(), Full>;
}

impl Sink for Vec<u8> {
    fn put(&mut self, pieces: &[&[u8]]) -> Result<(), Full> {
        pieces.iter().for_each(|p| self.extend_from_slice(p));
        Ok(())
    }
}

/// A part of a caller's buffer, filled from its front.
pub struct Room<'a> {
    buffer: &'a mut [u8],
    used: usize,
}

impl<'a> Room<'a> {
    /// An empty one.
    #[must_use]
    pub fn new(buffer: &'a mut [u8]) -> Room<'a> {
        Room { buffer, used: 0 }
    }

    /// Bytes that stand in it.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used
    }
}

impl Sink for Room<'_> {
    fn put(&mut self, pieces: &[&[u8]]) -> Result<(), Full> {
        let len: usize = pieces.iter().map(|p| p.len()).sum();
        if self.buffer.len() - self.used < len {
            return Err(Full);
        }
        for piece in pieces {
            self.buffer[self.used..][..piece.len()].copy_from_slice(piece);
            self.used += piece.len();
        }
        Ok(())
    }
}

/// Begins a response: the status line (`text` instead of the usual reason, where given), then `fixed`, which is whole
/// header lines.
///
/// # Errors
/// [`Full`].
pub fn push_status(
    out: &mut impl Sink,
    version: Version,
    code: u32,
    text: Option<&str>,
    fixed: &[u8],
) -> Result<(), Full> {
    let version: &[u8] = if version == Version::Http11 { b"HTTP/1.1 " } else { b"HTTP/1.0 " };
    let text = text.unwrap_or_else(|| u16::try_from(code).map_or("", reason));
    let mut digits = [0; 20];
    out.put(&[version, decimal(&mut digits, u64::from(code)), b" ", text.as_bytes(), b"\r\n", fixed])
}

/// Adds one header line; `name` with its colon. CR, LF and NUL in the value are left out: no value ends the line early and
/// smuggles in a header.
///
/// # Errors
/// [`Full`].
pub fn push_header(out: &mut impl Sink, name: &[u8], value: &[u8]) -> Result<(), Full> {
    if memchr::memchr3(b'\r', b'\n', 0, value).is_none() {
        return out.put(&[name, b" ", value, b"\r\n"]);
    }
    let clean: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n' | 0)).collect();
    out.put(&[name, b" ", &clean, b"\r\n"])
}

/// Adds Content-Length.
///
/// # Errors
/// [`Full`].
pub fn push_length(out: &mut impl Sink, length: u64) -> Result<(), Full> {
    out.put(&[b"content-length: ", decimal(&mut [0; 20], length), b"\r\n"])
}

/// A number's digits.
fn decimal(out: &mut [u8; 20], mut n: u64) -> &[u8] {
    let mut at = out.len();
    loop {
        at -= 1;
        out[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return &out[at..];
        }
    }
}

/// How the body of a response on its way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With its last chunk.
    Chunked,
    /// With the connection.
    UntilClose,
    /// There is none, whatever the head says.
    None,
}

/// What a response head promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Its status; 0 where the status line is none.
    pub status: u16,
    /// How its body ends.
    pub framing: Framing,
    /// The connection ends after it.
    pub close: bool,
}

/// Reads what a whole head (up to its blank line) promises. `to_head`: it answers a HEAD request.
#[must_use]
pub fn promise(head: &[u8], to_head: bool) -> Promise {
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let status = lines.next().map_or(0, status_of);
    let (mut length, mut chunked, mut close) = (None, false, status == 0);
    for line in lines {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        // The lengths of the three names tell almost all others off.
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                length = std::str::from_utf8(value).ok().and_then(|v| v.parse::<u64>().ok());
                close |= length.is_none();
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => chunked = true,
            10 if name.eq_ignore_ascii_case(b"connection") => {
                close |= value.split(|b| *b == b',').any(|v| v.trim_ascii().eq_ignore_ascii_case(b"close"));
            }
            _ => {}
        }
    }
    let framing = match length {
        _ if to_head || is_bodyless(status) => Framing::None,
        _ if chunked => Framing::Chunked,
        Some(n) => Framing::Length(n),
        None => Framing::UntilClose,
    };
    Promise { status, framing, close: close || framing == Framing::UntilClose }
}

/// The code in `HTTP/1.x NNN …`; 0 where there is none.
fn status_of(line: &[u8]) -> u16 {
    let Some(rest) = line.strip_prefix(b"HTTP/1.") else { return 0 };
    match rest {
        [_, b' ', a, b, c, ..] if [a, b, c].iter().all(|d| d.is_ascii_digit()) => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_whole_or_not_at_all() {
        let mut buffer = [0; 20];
        let mut room = Room::new(&mut buffer[..10]);
        assert_eq!(push_header(&mut room, b"x-a:", b"val"), Ok(()));
        assert_eq!(push_header(&mut room, b"x:", b""), Err(Full));
        assert_eq!(room.used(), 10);
        assert_eq!(&buffer[..12], b"x-a: val\r\n\0\0");
    }

    #[test]
    fn values_cannot_smuggle_a_line() {
        let mut out = Vec::new();
        push_header(&mut out, b"x:", b"a\r\nset-cookie: b\0").expect("room");
        assert_eq!(out, b"x: aset-cookie: b\r\n");
    }

    #[test]
    fn status_lines_are_those_of_the_original() {
        for (code, want) in [
            (200, "HTTP/1.1 200 OK\r\n"),
            (301, "HTTP/1.1 301 Redirect\r\n"),
            (299, "HTTP/1.1 299 \r\n"),
            (0, "HTTP/1.1 0 \r\n"),
            (70000, "HTTP/1.1 70000 \r\n"),
        ] {
            let mut out = Vec::new();
            push_status(&mut out, Version::Http11, code, None, b"").expect("room");
            assert_eq!(String::from_utf8_lossy(&out), want);
        }
        let mut out = Vec::new();
        push_status(&mut out, Version::Http10, 404, Some("Gone fishing"), b"a: b\r\n").expect("room");
        push_length(&mut out, u64::MAX).expect("room");
        assert_eq!(out, b"HTTP/1.0 404 Gone fishing\r\na: b\r\ncontent-length: 18446744073709551615\r\n");
    }

    #[test]
    fn promises() {
        let of = |head: &str, to_head| {
            let p = promise(head.as_bytes(), to_head);
            (p.status, p.framing, p.close)
        };
        assert_eq!(of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false), (200, Framing::Length(5), false));
        assert_eq!(of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true), (200, Framing::None, false));
        assert_eq!(of("HTTP/1.1 204 \r\n\r\n", false), (204, Framing::None, false));
        assert_eq!(of("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", false), (200, Framing::Chunked, false));
        assert_eq!(of("HTTP/1.1 200 OK\r\nx: y\r\n\r\n", false), (200, Framing::UntilClose, true));
        assert_eq!(
            of("HTTP/1.1 200 OK\nconnection: x, Close\ncontent-length: 0\n\n", false),
            (200, Framing::Length(0), true)
        );
        assert_eq!(of("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", false), (200, Framing::UntilClose, true));
        assert_eq!(of("hello\r\n\r\n", false), (0, Framing::UntilClose, true));
    }
}
