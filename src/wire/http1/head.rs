//! Incremental reader of request and response heads (RFC 9112 sections 2 to 5).
//!
//! Bytes go in as they come from the socket; a head that comes whole in one read, as almost all do, is parsed where it lies.
//! What is plainly no request is refused with its first bytes, and every head has a bound in bytes and fields. A head that
//! two parsers could read in two ways is refused: bare LF in a request, folded lines, white space before a colon, control
//! characters, names that are no tokens.

use std::mem::MaybeUninit;

use super::HeadError;
use super::names::{Method, token};
use super::table::{HeadTable, Version};

/// The most header fields of one head.
pub const MAX_FIELDS: usize = 256;

/// The most texts of one head: fields and arguments of the query.
const MAX_FRAGMENTS: usize = 512;

/// Bytes that a head may have on the wire beyond those that are kept: names of known headers, escapes.
const WIRE_EXTRA: usize = 8192;

/// What [`HeadReader::feed`] came to.
#[derive(Debug)]
pub enum Fed {
    /// All bytes are taken, the head is not whole yet.
    NeedMore,
    /// The head is whole.
    Done {
        /// Bytes of this feed that belong to the head; the body, or the next head, begins behind them.
        used: usize,
        /// The head.
        head: HeadTable,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Request,
    Response,
}

/// Reads one head after the other. Owns no heap between heads, nor while none is cut.
#[derive(Debug)]
pub struct HeadReader {
    kind: Kind,
    /// The bound for what is kept (`max_http_header_data`), in bytes.
    data: usize,
    /// What has come of a head that is not whole.
    raw: Vec<u8>,
    scan: Scan,
    failed: Option<HeadError>,
}

/// How far the search for the head's end has come.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// Where the first line begins: empty lines before it are passed over (RFC 9112 section 2.2).
    start: usize,
    line_start: usize,
    lines: usize,
    first_line_judged: bool,
}

impl HeadReader {
    /// A reader of requests that keeps at most `data` bytes of one (paths, arguments, values, names of unknown headers).
    #[must_use]
    pub const fn request(data: usize) -> Self {
        Self::new(Kind::Request, data)
    }

    /// A reader of responses. Lines may end in a bare LF there (RFC 9112 section 2.2).
    #[must_use]
    pub const fn response(data: usize) -> Self {
        Self::new(Kind::Response, data)
    }

    const fn new(kind: Kind, data: usize) -> Self {
        let scan = Scan { start: 0, line_start: 0, lines: 0, first_line_judged: false };
        HeadReader { kind, data, raw: Vec::new(), scan, failed: None }
    }

    /// Whether part of a head has come (a connection that is idle between requests has none).
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.raw.is_empty()
    }

    /// What has come of a first line that is not whole; empty where none is under way, or it is whole.
    #[must_use]
    pub fn first_line_so_far(&self) -> &[u8] {
        if self.scan.lines == 0 { &self.raw } else { &[] }
    }

    /// Takes the next bytes of the connection.
    ///
    /// # Errors
    /// What is wrong with the head; each further call says the same.
    pub fn feed(&mut self, input: &[u8]) -> Result<Fed, HeadError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let fed = self.take(input);
        match &fed {
            Ok(Fed::NeedMore) => {}
            Ok(Fed::Done { .. }) => self.reset(),
            Err(error) => {
                self.reset();
                self.failed = Some(*error);
            }
        }
        fed
    }

    fn reset(&mut self) {
        self.raw = Vec::new();
        self.scan = Scan::default();
    }

    fn take(&mut self, input: &[u8]) -> Result<Fed, HeadError> {
        if self.raw.is_empty() {
            let visible = &input[..input.len().min(self.bound())];
            if let Some(end) = self.scan.run(visible, 0, self.kind)? {
                let head = parse(&visible[self.scan.start..end], self.kind, self.data)?;
                return Ok(Fed::Done { used: end, head });
            }
            self.keep(visible)?;
            self.judge_unfinished()?;
            return Ok(Fed::NeedMore);
        }
        let had = self.raw.len();
        let take = input.len().min(self.bound() - had);
        self.keep(&input[..take])?;
        if let Some(end) = self.scan.run(&self.raw, had, self.kind)? {
            let head = parse(&self.raw[self.scan.start..end], self.kind, self.data)?;
            return Ok(Fed::Done { used: end - had, head });
        }
        self.judge_unfinished()?;
        Ok(Fed::NeedMore)
    }

    fn bound(&self) -> usize {
        self.data.saturating_add(WIRE_EXTRA)
    }

    fn keep(&mut self, input: &[u8]) -> Result<(), HeadError> {
        self.raw.try_reserve(input.len()).map_err(|_| HeadError::TooLarge)?;
        self.raw.extend_from_slice(input);
        Ok(())
    }

    /// Refuses early what no further byte can mend.
    fn judge_unfinished(&mut self) -> Result<(), HeadError> {
        let so_far = &self.raw[self.scan.start..];
        if self.scan.lines == 0 && !begins_well(so_far, self.kind) {
            return Err(not_a_head(self.kind));
        }
        if self.raw.len() >= self.bound() {
            return Err(if self.scan.lines == 0 { HeadError::TargetTooLong } else { HeadError::TooLarge });
        }
        if self.scan.lines == 0 {
            return Ok(());
        }
        if !self.scan.first_line_judged {
            self.scan.first_line_judged = true;
            judge_lines(so_far, self.kind)?;
        }
        Ok(())
    }
}

impl Scan {
    /// Looks at the lines of `buf` that end at or behind `from`; gives the head's end.
    fn run(&mut self, buf: &[u8], from: usize, kind: Kind) -> Result<Option<usize>, HeadError> {
        for at in memchr::memchr_iter(b'\n', &buf[from..]) {
            let lf = from + at;
            let mut line = &buf[self.line_start..lf];
            match line.strip_suffix(b"\r") {
                Some(stripped) => line = stripped,
                // Nor is it called a bad line of a request before it has begun like one.
                None if kind == Kind::Request && self.lines == 0 && !begins_well(&buf[self.start..=lf], kind) => {
                    return Err(HeadError::Method);
                }
                None if kind == Kind::Request => return Err(HeadError::Header),
                None => {}
            }
            self.line_start = lf + 1;
            if !line.is_empty() {
                self.lines += 1;
                // One more than the fields is the first line.
                if self.lines > MAX_FIELDS + 1 {
                    return Err(HeadError::TooLarge);
                }
            } else if self.lines == 0 {
                self.start = lf + 1;
            } else {
                return Ok(Some(lf + 1));
            }
        }
        Ok(None)
    }
}

/// Whether an unfinished first line can still become one.
fn begins_well(line: &[u8], kind: Kind) -> bool {
    let fits = |start: &str| {
        let n = line.len().min(start.len());
        // A CR may be the beginning of an empty line.
        line[..n] == start.as_bytes()[..n] || line == b"\r"
    };
    match kind {
        Kind::Response => fits("HTTP/"),
        Kind::Request => Method::ALL.into_iter().any(|m| {
            let name = m.name();
            fits(name) && line.get(name.len()).is_none_or(|b| *b == b' ')
        }),
    }
}

/// A status line that does not even begin like one is not called one of an unknown version.
fn judge_start(lines: &[u8]) -> Result<(), HeadError> {
    if begins_well(lines, Kind::Response) { Ok(()) } else { Err(HeadError::StatusLine) }
}

fn not_a_head(kind: Kind) -> HeadError {
    match kind {
        Kind::Request => HeadError::Method,
        Kind::Response => HeadError::StatusLine,
    }
}

/// Parses the lines that have come so far only to find faults.
fn judge_lines(lines: &[u8], kind: Kind) -> Result<(), HeadError> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    match kind {
        Kind::Request => {
            method_of(lines)?;
            httparse::Request::new(&mut []).parse_with_uninit_headers(lines, &mut fields).map_err(request_error)?;
        }
        Kind::Response => {
            judge_start(lines)?;
            httparse::ParserConfig::default()
                .parse_response_with_uninit_headers(&mut httparse::Response::new(&mut []), lines, &mut fields)
                .map_err(response_error)?;
        }
    }
    Ok(())
}

/// Parses a whole head, from its first line to the empty one.
fn parse(head: &[u8], kind: Kind, data: usize) -> Result<HeadTable, HeadError> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut table = match kind {
        Kind::Request => {
            let method = method_of(head)?;
            let mut request = httparse::Request::new(&mut []);
            let parsed = request.parse_with_uninit_headers(head, &mut fields).map_err(request_error)?;
            let (Some(target), Some(minor), true) = (request.path, request.version, parsed.is_complete()) else {
                return Err(HeadError::Header);
            };
            let mut table = HeadTable::new(version(minor));
            table.reserve(head.len(), request.headers.len() + 3);
            let authority = set_target(&mut table, method, target.as_bytes())?;
            table.push_token(token::HTTP, if minor == 0 { b"HTTP/1.0" } else { b"HTTP/1.1" });
            push_fields(&mut table, head, request.headers, data)?;
            if let Some(host) = authority {
                table.remove(token::HOST);
                table.push_token(token::HOST, host);
            }
            table
        }
        Kind::Response => {
            judge_start(head)?;
            let mut response = httparse::Response::new(&mut []);
            let parsed = httparse::ParserConfig::default()
                .parse_response_with_uninit_headers(&mut response, head, &mut fields)
                .map_err(response_error)?;
            let (Some(status), Some(minor), true) = (response.code, response.version, parsed.is_complete()) else {
                return Err(HeadError::Header);
            };
            let mut table = HeadTable::new(version(minor));
            table.reserve(head.len(), response.headers.len() + 3);
            table.set_status(status);
            let line_end = memchr::memchr2(b'\r', b'\n', head).unwrap_or(head.len());
            let after_version = head.get("HTTP/1.1 ".len()..line_end).unwrap_or_default();
            table.push_token(if minor == 0 { token::HTTP1_0 } else { token::HTTP }, after_version);
            push_fields(&mut table, head, response.headers, data)?;
            table
        }
    };
    if table.fragments() > MAX_FRAGMENTS || table.stored() > data {
        return Err(HeadError::TooLarge);
    }
    table.shrink();
    Ok(table)
}

fn method_of(head: &[u8]) -> Result<Method, HeadError> {
    // The longest name has seven letters.
    let space = memchr::memchr(b' ', &head[..head.len().min(8)]).ok_or(HeadError::Method)?;
    Method::from_name(&head[..space]).ok_or(HeadError::Method)
}

/// Keeps the request target (RFC 9112 section 3.2). Gives the authority of one in absolute form, which takes Host's place.
fn set_target<'a>(table: &mut HeadTable, method: Method, target: &'a [u8]) -> Result<Option<&'a [u8]>, HeadError> {
    if target.first() == Some(&b'/') {
        table.set_origin_target(method, target).map_err(|_| HeadError::Target)?;
        return Ok(None);
    }
    if method == Method::Connect || (method == Method::Options && target == b"*") {
        table.set_plain_target(method, target);
        return Ok(None);
    }
    let (_, rest) = [&b"http://"[..], b"https://"]
        .into_iter()
        .filter_map(|scheme| target.split_at_checked(scheme.len()).filter(|(s, _)| s.eq_ignore_ascii_case(scheme)))
        .next()
        .ok_or(HeadError::Target)?;
    let end = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() || authority.contains(&b'@') {
        return Err(HeadError::Target);
    }
    let rooted;
    let path = if path.first() == Some(&b'/') {
        path
    } else {
        rooted = [b"/", path].concat();
        &rooted
    };
    table.set_origin_target(method, path).map_err(|_| HeadError::Target)?;
    Ok(Some(authority))
}

fn push_fields(
    table: &mut HeadTable,
    head: &[u8],
    fields: &[httparse::Header<'_>],
    data: usize,
) -> Result<(), HeadError> {
    for field in fields {
        // httparse trims values; 4.1.6 shows white space, so take what stands between the colon and the line's end.
        let name = field.name.as_bytes();
        let colon = name.as_ptr().addr() - head.as_ptr().addr() + name.len();
        let raw = head.get(colon + 1..).unwrap_or_default();
        let end = memchr::memchr2(b'\r', b'\n', raw).unwrap_or(raw.len());
        table.push_header(name, &raw[..end]);
        if table.stored() > data {
            return Err(HeadError::TooLarge);
        }
    }
    Ok(())
}

fn version(minor: u8) -> Version {
    if minor == 0 { Version::Http10 } else { Version::Http11 }
}

fn request_error(error: httparse::Error) -> HeadError {
    match error {
        httparse::Error::Version => HeadError::Version,
        httparse::Error::Token => HeadError::Target,
        httparse::Error::TooManyHeaders => HeadError::TooLarge,
        _ => HeadError::Header,
    }
}

fn response_error(error: httparse::Error) -> HeadError {
    match error {
        httparse::Error::Version => HeadError::Version,
        httparse::Error::Status | httparse::Error::Token => HeadError::StatusLine,
        httparse::Error::TooManyHeaders => HeadError::TooLarge,
        _ => HeadError::Header,
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
