//! The headers of one request or response, as the C API asks for them: by token, fragment by fragment, or by name.
//!
//! Texts stand one after the other in one allocation, each followed by a NUL; an index tells whose they are. The table is
//! made by [`head`](super::head) (and may be by an HTTP/2 decoder) and owned by the wsi until it lets its headers go.

use super::HeadError;
use super::names::{Method, Token, header_token, token};
use crate::wire::url::{self, BadUrl};
use crate::wire::ws::handshake;

/// The HTTP version of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

/// The caller's buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall;

/// One text of the table.
#[derive(Clone, Debug)]
struct Fragment {
    start: u32,
    len: u32,
    /// Of a header without a token: the length of its name, which stands before the text, colon included.
    name_len: u32,
    /// [`UNKNOWN`] for a header without a token.
    token: Token,
}

const UNKNOWN: Token = 0xff;

/// The headers of one head.
#[derive(Clone, Debug)]
pub struct HeadTable {
    bytes: Vec<u8>,
    fragments: Vec<Fragment>,
    version: Version,
    method: Option<Method>,
    status: u16,
}

impl Default for HeadTable {
    fn default() -> Self {
        Self::new(Version::Http11)
    }
}

impl HeadTable {
    /// A table without headers.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        HeadTable { bytes: Vec::new(), fragments: Vec::new(), version, method: None, status: 0 }
    }

    /// The version in the first line.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The method; `None` for a response.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.method
    }

    /// The status code of a response; 0 for a request.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The method and the path (decoded, without `..`); `None` for a response.
    #[must_use]
    pub fn uri_and_method(&self) -> Option<(Method, &[u8])> {
        let method = self.method?;
        Some((method, self.fragment(method.token(), 0)?))
    }

    /// The path with the NUL behind it, for C, which may write into it.
    #[must_use]
    pub fn uri_with_nul_mut(&mut self) -> Option<&mut [u8]> {
        let token = self.method?.token();
        let f = self.of(token).next()?;
        let range = f.start as usize..(f.start + f.len + 1) as usize;
        Some(&mut self.bytes[range])
    }

    /// Whether the head has this header, even an empty one.
    #[must_use]
    pub fn has(&self, token: Token) -> bool {
        self.of(token).next().is_some()
    }

    /// The length of a header with all its fragments and what joins them; 0 when absent (`lws_hdr_total_length`).
    #[must_use]
    pub fn total_length(&self, token: Token) -> usize {
        let joint = usize::from(joint(token).is_some());
        self.of(token).map(|f| f.len as usize + joint).sum::<usize>().saturating_sub(joint)
    }

    /// Copies a header, its fragments joined, with a NUL behind it. Gives the length without the NUL, 0 when absent
    /// (`lws_hdr_copy`).
    ///
    /// # Errors
    /// [`TooSmall`] when text and NUL do not fit; `out` is untouched then.
    pub fn copy(&self, token: Token, out: &mut [u8]) -> Result<usize, TooSmall> {
        let len = self.total_length(token);
        let out = out.get_mut(..=len).ok_or(TooSmall)?;
        let mut at = 0;
        for (i, f) in self.of(token).enumerate() {
            if let Some(joint) = joint(token).filter(|_| i > 0) {
                out[at] = joint;
                at += 1;
            }
            let text = self.text(f);
            out[at..at + text.len()].copy_from_slice(text);
            at += text.len();
        }
        out[at] = 0;
        Ok(len)
    }

    /// One fragment: the n-th argument of the query, the n-th header of that name. A repeated header's text has, from the
    /// second on, one byte in front (a space, or `;` in cookies) and then its own leading space, as 4.1.6 keeps it; use
    /// [`values`](Self::values) for the bare value.
    #[must_use]
    pub fn fragment(&self, token: Token, n: usize) -> Option<&[u8]> {
        self.of(token).nth(n).map(|f| self.text(f))
    }

    /// All fragments of a header without white space around them.
    pub fn values(&self, token: Token) -> impl Iterator<Item = &[u8]> {
        self.of(token).enumerate().map(move |(i, f)| {
            let text = self.text(f);
            // From the second on, the first byte is the one that was put in front.
            text.get(usize::from(i > 0 && !is_start_line(token))..).unwrap_or_default().trim_ascii()
        })
    }

    /// The first value of a header without white space around it.
    #[must_use]
    pub fn value(&self, token: Token) -> Option<&[u8]> {
        self.values(token).next()
    }

    /// Whether a comma separated header contains an element, in any case, in any of its fragments.
    #[must_use]
    pub fn list_has(&self, token: Token, element: &str) -> bool {
        self.values(token).any(|v| handshake::has_token(v, element))
    }

    /// The value of a header that has no token, by its name with the colon; the first one where it is repeated.
    #[must_use]
    pub fn custom(&self, name_with_colon: &[u8]) -> Option<&[u8]> {
        self.of(UNKNOWN).find(|f| self.name(f).eq_ignore_ascii_case(name_with_colon)).map(|f| self.text(f))
    }

    /// Names (lower case, with colon) and values of the headers without a token, in their order.
    pub fn customs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.of(UNKNOWN).map(|f| (self.name(f), self.text(f)))
    }

    /// Bytes that the texts take, NULs and names included.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.bytes.len()
    }

    /// How many texts there are.
    #[must_use]
    pub fn fragments(&self) -> usize {
        self.fragments.len()
    }

    /// Content-Length (RFC 9110 section 8.6); `None` when absent.
    ///
    /// # Errors
    /// [`HeadError::ContentLength`] unless every value is the same string of digits below 2^63.
    pub fn content_length(&self) -> Result<Option<u64>, HeadError> {
        let mut found = None;
        for value in self.values(token::CONTENT_LENGTH).flat_map(|v| v.split(|b| *b == b',')) {
            let n = parse_length(value.trim_ascii()).ok_or(HeadError::ContentLength)?;
            if found.is_some_and(|f| f != n) {
                return Err(HeadError::ContentLength);
            }
            found = Some(n);
        }
        Ok(found)
    }

    /// Whether the body is chunked (RFC 9112 section 6.1). A message with this and a Content-Length is to be refused, or at
    /// least its connection closed after it: judge both.
    ///
    /// # Errors
    /// [`HeadError::TransferCoding`] for any other coding.
    pub fn transfer_encoding_chunked(&self) -> Result<bool, HeadError> {
        let mut codings = self.values(token::TRANSFER_ENCODING).flat_map(handshake::list);
        match (codings.next(), codings.next()) {
            (None, _) if !self.has(token::TRANSFER_ENCODING) => Ok(false),
            (Some(one), None) if one.eq_ignore_ascii_case(b"chunked") => Ok(true),
            _ => Err(HeadError::TransferCoding),
        }
    }

    /// Judges the Host header of a request (RFC 9112 section 3.2). 4.1.6 does not ask for one.
    ///
    /// # Errors
    /// [`HeadError::Host`]: missing in HTTP/1.1, several, or with bytes that no host and port has.
    pub fn check_host(&self) -> Result<(), HeadError> {
        let mut hosts = self.values(token::HOST);
        match (hosts.next(), hosts.next()) {
            (None, _) if self.version == Version::Http10 => Ok(()),
            (Some(host), None) if is_host(host) => Ok(()),
            _ => Err(HeadError::Host),
        }
    }

    /// Whether the connection persists after this message, as far as its version and Connection say (RFC 9112 section 9.3).
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        if self.list_has(token::CONNECTION, "close") {
            return false;
        }
        self.version == Version::Http11 || self.list_has(token::CONNECTION, "keep-alive")
    }

    /// Adds a header line: `value` is what stands between the colon and the line's end.
    pub fn push_header(&mut self, name: &[u8], value: &[u8]) {
        let Some(token) = header_token(name) else {
            let name_start = self.bytes.len();
            self.bytes.extend(name.iter().map(u8::to_ascii_lowercase));
            self.bytes.push(b':');
            let name_len = (self.bytes.len() - name_start) as u32;
            return self.push(UNKNOWN, name_len, trim_start(value));
        };
        if !self.has(token) {
            return self.push(token, 0, trim_start(value));
        }
        let start = self.bytes.len();
        // 4.1.6 joins cookies by two spaces, which no cookie parser takes apart; the same length with a semicolon does.
        self.bytes.push(if token == token::COOKIE { b';' } else { b' ' });
        self.bytes.extend_from_slice(value);
        self.end_text(token, 0, start);
    }

    /// Adds a text under a token as it is.
    pub fn push_token(&mut self, token: Token, text: &[u8]) {
        self.push(token, 0, text);
    }

    /// Takes a header out, so that another value can be added.
    pub fn remove(&mut self, token: Token) {
        self.fragments.retain(|f| f.token != token);
    }

    /// Makes the table that of a response.
    pub fn set_status(&mut self, status: u16) {
        self.status = status;
    }

    /// Makes the table that of a request: decodes and keeps path and arguments of a target in origin form.
    ///
    /// # Errors
    /// As [`url::push_path`] and [`url::push_arg`]; the table is then of no use.
    pub fn set_origin_target(&mut self, method: Method, target: &[u8]) -> Result<(), BadUrl> {
        self.method = Some(method);
        let question = memchr::memchr(b'?', target);
        let start = self.bytes.len();
        url::push_path(&mut self.bytes, &target[..question.unwrap_or(target.len())])?;
        self.end_text(method.token(), 0, start);
        if let Some(at) = question {
            for arg in url::query_args(&target[at + 1..]) {
                let start = self.bytes.len();
                url::push_arg(&mut self.bytes, arg)?;
                self.end_text(token::URI_ARGS, 0, start);
            }
        }
        Ok(())
    }

    /// Makes the table that of a request whose target is no path: `*`, or the authority of a CONNECT.
    pub fn set_plain_target(&mut self, method: Method, target: &[u8]) {
        self.method = Some(method);
        self.push(method.token(), 0, target);
    }

    /// Reserves room for a head of so many bytes and texts.
    pub(super) fn reserve(&mut self, bytes: usize, fragments: usize) {
        self.bytes.reserve_exact(bytes);
        self.fragments.reserve_exact(fragments);
    }

    /// Gives back what was reserved in excess.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.fragments.shrink_to_fit();
    }

    fn push(&mut self, token: Token, name_len: u32, text: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.end_text(token, name_len, start);
    }

    /// Indexes the text that begins at `start`, and ends it.
    fn end_text(&mut self, token: Token, name_len: u32, start: usize) {
        let len = (self.bytes.len() - start) as u32;
        self.bytes.push(0);
        self.fragments.push(Fragment { start: start as u32, len, name_len, token });
    }

    fn of(&self, token: Token) -> impl Iterator<Item = &Fragment> {
        self.fragments.iter().filter(move |f| f.token == token)
    }

    fn text(&self, f: &Fragment) -> &[u8] {
        &self.bytes[f.start as usize..(f.start + f.len) as usize]
    }

    fn name(&self, f: &Fragment) -> &[u8] {
        &self.bytes[(f.start - f.name_len) as usize..f.start as usize]
    }
}

/// What stands between two fragments of a header when they are joined.
fn joint(token: Token) -> Option<u8> {
    (token != token::COOKIE).then_some(b',')
}

/// Tokens whose fragments come from the first line and have nothing put in front.
fn is_start_line(token: Token) -> bool {
    token == token::URI_ARGS
}

fn trim_start(value: &[u8]) -> &[u8] {
    let n = value.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    &value[n..]
}

fn parse_length(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut n: u64 = 0;
    for b in digits {
        let d = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        n = n.checked_mul(10)?.checked_add(d)?;
    }
    (n <= i64::MAX as u64).then_some(n)
}

fn is_host(host: &[u8]) -> bool {
    host.iter().all(|b| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']' | b'%' | b'~')
            || matches!(b, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(headers: &[(&str, &str)]) -> HeadTable {
        let mut t = HeadTable::default();
        for (name, value) in headers {
            t.push_header(name.as_bytes(), value.as_bytes());
        }
        t
    }

    fn copy(t: &HeadTable, token: Token) -> String {
        let mut out = [b'#'; 100];
        let n = t.copy(token, &mut out).expect("fits");
        assert_eq!(out[n], 0);
        assert_eq!(n, t.total_length(token));
        String::from_utf8_lossy(&out[..n]).into_owned()
    }

    #[test]
    fn repeated_headers_join_as_in_the_original() {
        let accept = 17;
        let t = table(&[("Accept", " */*"), ("Accept", " text/html")]);
        assert_eq!(copy(&t, accept), "*/*,  text/html");
        let t = table(&[("Accept", "  a  "), ("ACCEPT", "   b  "), ("accept", " c")]);
        assert_eq!(copy(&t, accept), "a  ,    b  ,  c");
        assert_eq!(t.fragment(accept, 1), Some(&b"    b  "[..]));
        assert_eq!(t.fragment(accept, 3), None);
        assert_eq!(t.values(accept).collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!(copy(&table(&[("Accept", "a"), ("Accept", "b")]), accept), "a, b");
    }

    #[test]
    fn cookies_of_several_headers_stay_apart() {
        let t = table(&[("Cookie", " a=1"), ("Cookie", " b=2")]);
        assert_eq!(copy(&t, token::COOKIE), "a=1; b=2");
        assert_eq!(t.values(token::COOKIE).collect::<Vec<_>>(), [b"a=1", b"b=2"]);
    }

    #[test]
    fn a_copy_needs_room_for_its_nul() {
        let t = table(&[("Host", " abc")]);
        assert_eq!(t.copy(token::HOST, &mut [0; 3]), Err(TooSmall));
        assert_eq!(t.copy(token::HOST, &mut [0; 4]), Ok(3));
        assert_eq!(t.copy(token::ACCEPT, &mut [7; 1]), Ok(0));
        assert_eq!(t.copy(token::ACCEPT, &mut []), Err(TooSmall));
    }

    #[test]
    fn headers_without_a_token_go_by_name_and_colon() {
        let t = table(&[("X-My-Header", " Some Value"), ("FOO", " 1 "), ("foo", "2"), ("X-Empty", "")]);
        assert_eq!(t.custom(b"x-my-header:"), Some(&b"Some Value"[..]));
        assert_eq!(t.custom(b"x-my-header"), None);
        assert_eq!(t.custom(b"foo:"), Some(&b"1 "[..]));
        assert_eq!(t.custom(b"x-empty:"), Some(&b""[..]));
        assert_eq!(
            t.customs().map(|(n, _)| n).collect::<Vec<_>>(),
            [&b"x-my-header:"[..], b"foo:", b"foo:", b"x-empty:"]
        );
        // A name that begins a known one does not disturb what follows, as it does in 4.1.6.
        let t = table(&[("X-A", "1"), ("X-My", "2"), ("Accept", "q")]);
        assert_eq!(
            (t.custom(b"x-a:"), t.custom(b"x-my:"), copy(&t, 17)),
            (Some(&b"1"[..]), Some(&b"2"[..]), "q".into())
        );
    }

    #[test]
    fn targets() {
        let mut t = HeadTable::default();
        t.set_origin_target(Method::Put, b"/p%41th/./x?a=1&b=two%20words&&c&d=+z").expect("good");
        assert_eq!(t.uri_and_method(), Some((Method::Put, &b"/pAth/x"[..])));
        assert_eq!(t.uri_with_nul_mut().as_deref(), Some(&b"/pAth/x\0"[..]));
        assert_eq!(copy(&t, token::URI_ARGS), "a=1,b=two words,,c,d= z");
        assert_eq!(t.fragment(token::URI_ARGS, 2), Some(&b""[..]));
        assert_eq!(t.values(token::URI_ARGS).nth(1), Some(&b"b=two words"[..]));
        let mut t = HeadTable::default();
        t.set_plain_target(Method::Options, b"*");
        assert_eq!(t.uri_and_method(), Some((Method::Options, &b"*"[..])));
    }

    #[test]
    fn content_length_is_strict() {
        let len = |v: &[&str]| table(&v.iter().map(|v| ("Content-Length", *v)).collect::<Vec<_>>()).content_length();
        assert_eq!(len(&[]), Ok(None));
        assert_eq!(len(&[" 5 "]), Ok(Some(5)));
        assert_eq!(len(&[" 5", " 5"]), Ok(Some(5)));
        assert_eq!(len(&["9223372036854775807"]), Ok(Some(i64::MAX as u64)));
        for bad in [
            &[" 5", " 6"][..],
            &["5, 6"],
            &["+5"],
            &["-1"],
            &["abc"],
            &[""],
            &["5,"],
            &["0x5"],
            &["9223372036854775808"],
            &["99999999999999999999"],
        ] {
            assert_eq!(len(bad), Err(HeadError::ContentLength), "{bad:?}");
        }
    }

    #[test]
    fn transfer_codings() {
        let te = |v: &[&str]| {
            table(&v.iter().map(|v| ("Transfer-Encoding", *v)).collect::<Vec<_>>()).transfer_encoding_chunked()
        };
        assert_eq!(te(&[]), Ok(false));
        assert_eq!(te(&[" Chunked "]), Ok(true));
        for bad in
            [&["gzip"][..], &["gzip, chunked"], &["chunked", "chunked"], &["chunked, identity"], &[""], &["xchunked"]]
        {
            assert_eq!(te(bad), Err(HeadError::TransferCoding), "{bad:?}");
        }
    }

    #[test]
    fn hosts() {
        for good in ["a", "example.org:8080", "[::1]:80", "127.0.0.1", ""] {
            assert_eq!(table(&[("Host", good)]).check_host(), Ok(()), "{good}");
        }
        for bad in ["a b", "a,b", "a/b", "u@h", "a\u{e9}"] {
            assert_eq!(table(&[("Host", bad)]).check_host(), Err(HeadError::Host), "{bad}");
        }
        assert_eq!(table(&[]).check_host(), Err(HeadError::Host));
        assert_eq!(table(&[("Host", "a"), ("Host", "a")]).check_host(), Err(HeadError::Host));
        assert_eq!(HeadTable::new(Version::Http10).check_host(), Ok(()));
    }

    #[test]
    fn persistence() {
        assert!(table(&[]).keep_alive());
        assert!(!table(&[("Connection", "foo, Close")]).keep_alive());
        let mut old = HeadTable::new(Version::Http10);
        assert!(!old.keep_alive());
        old.push_header(b"Connection", b"Keep-Alive");
        assert!(old.keep_alive());
        assert!(
            table(&[("Connection", "keep-alive"), ("Connection", " Upgrade")]).list_has(token::CONNECTION, "upgrade")
        );
    }
}
