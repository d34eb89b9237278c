//! Cuts a URI into protocol, address, port and path.

use std::ops::Range;

/// Where the parts are in the text; what is absent is None.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts {
    pub protocol: Option<Range<usize>>,
    pub address: Range<usize>,
    /// Given in the text, else by the protocol, else unknown.
    pub port: Option<i32>,
    /// Without its first slash; None when there is nothing after that.
    pub path: Option<Range<usize>>,
}

/// Cuts `protocol://address:port/path`. An address in brackets may have colons in it, one that begins with `+` is the path
/// of a unix socket and ends at a colon. Everything has a meaning: there are no errors.
pub fn parse(uri: &[u8]) -> Parts {
    let protocol = memchr::memmem::find(uri, b"://").map(|n| 0..n);
    let mut at = protocol.as_ref().map_or(0, |p| p.end + 3);
    let rest = |at: usize| uri.get(at..).unwrap_or_default();
    let until = |at: usize, ends: &[u8]| at + rest(at).iter().take_while(|c| !ends.contains(c)).count();

    let mut port = match protocol.clone().map(|p| &uri[p]) {
        Some(b"http" | b"ws") => Some(80),
        Some(b"https" | b"wss") => Some(443),
        _ => None,
    };
    let address;
    if rest(at).first() == Some(&b'[') {
        let end = until(at, b"]");
        address = (at + 1).min(end)..end;
        at = (end + 1).min(uri.len());
    } else {
        let end = until(at, if rest(at).first() == Some(&b'+') { b":" } else { b":/" });
        address = at..end;
        at = end;
    }
    if rest(at).first() == Some(&b':') {
        port = Some(leading_number(rest(at + 1)));
        at = until(at + 1, b"/");
    }
    let path = (at + 1 < uri.len()).then(|| at + 1..uri.len());
    Parts { protocol, address, port, path }
}

/// As atoi() reads it, but without its overflow: the number is held at the ends of its range.
pub fn leading_number(text: &[u8]) -> i32 {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text.first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let digits = digits.iter().take_while(|c| c.is_ascii_digit());
    let n = digits.fold(0i64, |n, c| (n * 10 + i64::from(c - b'0')).min(1 << 40));
    (sign * n).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
