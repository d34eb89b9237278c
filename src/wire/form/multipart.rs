//! `multipart/form-data` (RFC 7578, RFC 2046 section 5.1). Data of parts are given out as ranges of the caller's buffer.

use std::ops::Range;

/// Bytes of headers that one part may have.
const HEADERS_MOST: usize = 8 * 1024;
/// White space that may follow a boundary on its line.
const PADDING_MOST: usize = 256;

/// What [`Decoder::next`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the buffer that are dealt with.
    pub used: usize,
    /// What they are.
    pub event: Event,
}

/// One event of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All of the buffer is used.
    NeedMore,
    /// A part begins.
    Part(Disposition),
    /// Data of the part, at this place of the buffer.
    Data(Range<usize>),
    /// Bytes that looked like the end of the part are data after all: these of [`Decoder::delimiter`].
    Held(Range<usize>),
    /// The part is whole.
    PartEnd,
    /// The last part is whole; what follows has no meaning.
    End,
    /// The body is malformed or beyond a bound; each further call says the same.
    Error(BadMultipart),
}

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMultipart {
    /// What follows a boundary on its line is not white space.
    Boundary,
    /// The headers of a part are too long.
    TooLarge,
}

/// What Content-Disposition says of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    /// Its `name`.
    pub name: Option<Vec<u8>>,
    /// Its `filename`.
    pub filename: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first boundary; nothing of it is told.
    Preamble,
    /// On the line of a boundary.
    BoundaryLine,
    Headers,
    Body,
    Epilogue,
    Failed(BadMultipart),
}

/// The decoder of one body.
#[derive(Debug)]
pub struct Decoder {
    /// CRLF, two dashes, the boundary. Only its first byte is a CR, so that a failed match can begin anew only there.
    delimiter: Vec<u8>,
    /// Bytes of it that match so far.
    matched: usize,
    /// Those of them that were the line end of the part's headers, and are no data if the match fails.
    granted: usize,
    state: State,
    /// The line of a boundary, or the headers of a part, so far.
    text: Vec<u8>,
}

impl Decoder {
    /// A decoder for a boundary, which has no CR.
    #[must_use]
    pub fn new(boundary: &[u8]) -> Decoder {
        Decoder {
            delimiter: [b"\r\n--", boundary].concat(),
            // The first boundary needs no line end in front.
            matched: 2,
            granted: 0,
            state: State::Preamble,
            text: Vec::new(),
        }
    }

    /// What ends a part.
    #[must_use]
    pub fn delimiter(&self) -> &[u8] {
        &self.delimiter
    }

    /// Looks at the next bytes.
    pub fn next(&mut self, input: &[u8]) -> Step {
        let mut at = 0;
        while at < input.len() {
            let (used, event) = match self.state {
                State::Preamble => self.preamble(&input[at..]),
                State::BoundaryLine => self.boundary_line(input[at]),
                State::Headers => self.headers(input[at]),
                State::Body => self.body(&input[at..], at),
                State::Epilogue => (input.len() - at, None),
                State::Failed(why) => return Step { used: input.len(), event: Event::Error(why) },
            };
            at += used;
            if let Some(event) = event {
                return Step { used: at, event };
            }
        }
        Step { used: at, event: Event::NeedMore }
    }

    fn fail(&mut self, why: BadMultipart) -> Option<Event> {
        self.state = State::Failed(why);
        Some(Event::Error(why))
    }

    /// Goes on matching the delimiter. `true`: it is whole.
    fn matches(&mut self, byte: u8) -> bool {
        if byte == self.delimiter[self.matched] {
            self.matched += 1;
        } else {
            self.matched = usize::from(byte == b'\r');
        }
        self.matched == self.delimiter.len()
    }

    fn preamble(&mut self, input: &[u8]) -> (usize, Option<Event>) {
        for (i, byte) in input.iter().enumerate() {
            if self.matches(*byte) {
                self.begin_line();
                return (i + 1, None);
            }
        }
        (input.len(), None)
    }

    fn begin_line(&mut self) {
        self.matched = 0;
        self.text.clear();
        self.state = State::BoundaryLine;
    }

    fn boundary_line(&mut self, byte: u8) -> (usize, Option<Event>) {
        self.text.push(byte);
        if self.text == b"--" {
            self.state = State::Epilogue;
            return (1, Some(Event::End));
        }
        let event = if byte == b'\n' {
            let blank = self.text.ends_with(b"\r\n") && self.text.trim_ascii().is_empty();
            self.text.clear();
            self.state = State::Headers;
            if blank { None } else { self.fail(BadMultipart::Boundary) }
        } else if self.text.len() > PADDING_MOST {
            self.fail(BadMultipart::Boundary)
        } else {
            None
        };
        (1, event)
    }

    fn headers(&mut self, byte: u8) -> (usize, Option<Event>) {
        self.text.push(byte);
        if byte == b'\n' && (self.text.ends_with(b"\r\n\r\n") || self.text == b"\r\n") {
            let part = disposition(&self.text);
            self.text = Vec::new();
            self.state = State::Body;
            // A part without data may end at once: its blank line is the delimiter's.
            (self.matched, self.granted) = (2, 2);
            return (1, Some(Event::Part(part)));
        }
        let event = if self.text.len() > HEADERS_MOST { self.fail(BadMultipart::TooLarge) } else { None };
        (1, event)
    }

    /// `base` is where `input` stands in the caller's buffer.
    fn body(&mut self, input: &[u8], base: usize) -> (usize, Option<Event>) {
        if self.matched == 0 {
            let plain = memchr::memchr(b'\r', input).unwrap_or(input.len());
            if plain > 0 {
                return (plain, Some(Event::Data(base..base + plain)));
            }
        }
        for (i, byte) in input.iter().enumerate() {
            let before = self.matched;
            if self.matches(*byte) {
                self.begin_line();
                return (i + 1, Some(Event::PartEnd));
            }
            if self.matched <= before {
                // What looked like the end is data; this byte is looked at again.
                self.matched = 0;
                let held = std::mem::take(&mut self.granted)..before;
                return (i, (!held.is_empty()).then_some(Event::Held(held)));
            }
        }
        (input.len(), None)
    }
}

/// Name and file name in the headers of a part.
fn disposition(headers: &[u8]) -> Disposition {
    const NAME: &[u8] = b"content-disposition:";
    let mut out = Disposition::default();
    for line in headers.split(|b| *b == b'\n') {
        let Some((name, rest)) = line.split_at_checked(NAME.len()) else { continue };
        if !name.eq_ignore_ascii_case(NAME) {
            continue;
        }
        let mut rest = rest.trim_ascii();
        while let Some(semicolon) = memchr::memchr(b';', rest) {
            rest = rest[semicolon + 1..].trim_ascii_start();
            let Some(equals) = rest.iter().position(|b| matches!(b, b'=' | b';')).filter(|e| rest[*e] == b'=') else {
                continue;
            };
            let (value, used) = parameter(&rest[equals + 1..]);
            match rest[..equals].trim_ascii() {
                n if n.eq_ignore_ascii_case(b"name") => out.name = Some(value),
                n if n.eq_ignore_ascii_case(b"filename") => out.filename = Some(value),
                _ => {}
            }
            rest = &rest[equals + 1 + used..];
        }
    }
    out
}

/// A parameter's value, a token or a quoted text, and how many bytes it takes.
fn parameter(text: &[u8]) -> (Vec<u8>, usize) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b';', text).unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), end);
    };
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(byte) = quoted.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            // Only these are escaped by anybody; browsers of old send a path with plain backslashes.
            b'\\' if matches!(quoted.get(at), Some(b'"' | b'\\')) => {
                out.push(quoted[at]);
                at += 1;
            }
            byte => out.push(*byte),
        }
    }
    (out, at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts (name, file name, data), whether the end was seen, the error.
    type Seen = (Vec<(String, String, Vec<u8>)>, bool, Option<BadMultipart>);

    fn decode(pieces: &[&[u8]]) -> Seen {
        let mut decoder = Decoder::new(b"XX");
        let (mut parts, mut whole) = (Vec::new(), 0);
        let mut now = None::<(String, String, Vec<u8>)>;
        let text = |t: Option<Vec<u8>>| t.map_or("-".into(), |t| String::from_utf8_lossy(&t).into_owned());
        for piece in pieces {
            let mut at = 0;
            loop {
                let step = decoder.next(&piece[at..]);
                let data = &mut now;
                match step.event {
                    Event::NeedMore => break,
                    Event::Part(p) => now = Some((text(p.name), text(p.filename), Vec::new())),
                    Event::Data(range) => data.as_mut().expect("in a part").2.extend_from_slice(&piece[at..][range]),
                    Event::Held(range) => {
                        data.as_mut().expect("in a part").2.extend_from_slice(&decoder.delimiter()[range]);
                    }
                    Event::PartEnd => parts.push(now.take().expect("in a part")),
                    Event::End => whole += 1,
                    Event::Error(e) => return (parts, whole == 1, Some(e)),
                }
                at += step.used;
            }
        }
        assert!(whole < 2);
        (parts, whole == 1, None)
    }

    fn every_way(body: &[u8]) -> Seen {
        let whole = decode(&[body]);
        for cut in 0..=body.len() {
            assert_eq!(decode(&[&body[..cut], &body[cut..]]), whole, "cut at {cut}");
        }
        assert_eq!(decode(&body.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
        whole
    }

    fn part(name: &str, filename: &str, data: &[u8]) -> (String, String, Vec<u8>) {
        (name.into(), filename.into(), data.to_vec())
    }

    #[test]
    fn parts() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n\
            --XX  \r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; filename=\"a;b.txt\"; name=f\r\n\r\n\
            \0\r\n-\r\n--\r\n--X\r\n\r\n--XY\r\r\n\r\n--XX\r\n\r\n\r\n--XX--\r\nafter\r\n--XX\r\n";
        let (parts, whole, error) = every_way(body);
        assert_eq!(
            parts,
            [
                part("text", "-", b"hello"),
                part("f", "a;b.txt", b"\0\r\n-\r\n--\r\n--X\r\n\r\n--XY\r\r\n"),
                part("-", "-", b""),
            ]
        );
        assert!(whole && error.is_none());
    }

    #[test]
    fn a_part_may_be_empty_or_look_like_its_end() {
        for (data, want) in
            [("", ""), ("\r\n", ""), ("--XX\r\n", "--XX"), ("-\r\n", "-"), ("\r\n\r\n", "\r\n"), ("--X\r\n", "--X")]
        {
            let body = format!("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nq{data}--XX--");
            let seen = every_way(body.as_bytes());
            if data.is_empty() {
                assert_eq!(seen.0, [], "no line end before the boundary");
            } else {
                assert_eq!(seen.0, [part("a", "-", format!("q{want}").as_bytes())], "{data:?}");
            }
        }
        let body = b"pre\r\n--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--";
        assert_eq!(every_way(body).0, [part("a", "-", b"")]);
    }

    #[test]
    fn a_part_may_begin_as_a_boundary_does() {
        for data in ["-", "--", "--X", "--XY", "--X\r\n--", "\r", "\r\n", "\r\n--X"] {
            let body = format!("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n{data}\r\n--XX--");
            assert_eq!(every_way(body.as_bytes()).0, [part("a", "-", data.as_bytes())], "{data:?}");
        }
    }

    #[test]
    fn names() {
        for (line, name, filename) in [
            ("form-data; name=\"a\\\"b\"; filename=\"C:\\dir\\f.txt\"", "a\"b", "C:\\dir\\f.txt"),
            ("form-data", "-", "-"),
            ("form-data; name=\"unended", "unended", "-"),
            ("form-data; x; name=a ; y=\"name=z\"", "a", "-"),
            ("form-data; name=\"\"; filename=\"\"", "", ""),
        ] {
            let body = format!("--XX\r\nContent-Disposition: {line}\r\n\r\n\r\n--XX--");
            assert_eq!(every_way(body.as_bytes()).0, [part(name, filename, b"")], "{line}");
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(every_way(b"--XXY\r\n\r\n").2, Some(BadMultipart::Boundary));
        assert_eq!(decode(&[b"--XX", &[b' '; 300]]).2, Some(BadMultipart::Boundary));
        assert_eq!(decode(&[b"--XX\r\n", &[b'a'; HEADERS_MOST + 1]]).2, Some(BadMultipart::TooLarge));
        assert_eq!(every_way(b"no boundary at all"), (vec![], false, None));
        assert_eq!(every_way(b"--XX\nname\n\nlf\n--XX--").2, Some(BadMultipart::Boundary));
    }
}
