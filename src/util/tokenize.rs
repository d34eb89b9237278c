//! Cuts text into tokens, numbers, quoted strings and delimiters, in place, one per call.
//!
//! The state between calls is C's `struct lws_tokenize`; what one call finds is described by pointers into the text.

use std::ffi::c_int;

use crate::abi::*;

/// Where the item under way stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing found yet.
    Before,
    InToken,
    /// White space after a token, in which a `=` or `:` still belongs to it.
    AfterToken,
    InString,
}

/// Whether a token is a number so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Unknown,
    No,
    Integer,
    Float,
}

/// What a byte is, apart from where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Quote,
    Delimiter,
    Payload,
}

struct Scan<'a> {
    ts: &'a mut lws_tokenize,
    state: State,
    number: Number,
    utf8: Utf8,
}

/// Finds the next item of the text and describes it in `ts`.
///
/// # Safety
/// `ts.start` has `ts.len` readable bytes or is NUL-ended before that.
pub unsafe fn next(ts: &mut lws_tokenize) -> lws_tokenize_elem {
    ts.token = std::ptr::null();
    ts.token_len = 0;
    let number = if ts.flags as c_int & LWS_TOKENIZE_F_NO_INTEGERS != 0 { Number::No } else { Number::Unknown };
    let mut scan = Scan { ts, state: State::Before, number, utf8: Utf8::default() };
    let mut comment = false;
    while scan.ts.len != 0 && !scan.ts.start.is_null() {
        // SAFETY: by contract; a NUL ends the loop before anything behind it is read.
        let c = unsafe { *scan.ts.start.cast::<u8>() };
        // The NUL stays where it is: no later call goes past it.
        if c == 0 {
            break;
        }
        scan.forward();
        if !scan.utf8.take(c) {
            return LWS_TOKZE_ERR_BROKEN_UTF8;
        }
        if comment {
            comment = c != b'\r' && c != b'\n';
        } else if c == b'#' && scan.has(LWS_TOKENIZE_F_HASH_COMMENT) && scan.state != State::InString {
            comment = true;
            if scan.state == State::InToken {
                scan.state = State::AfterToken;
            }
        } else if let Some(found) = scan.byte(c) {
            return found;
        }
    }
    scan.end()
}

impl Scan<'_> {
    fn has(&self, flag: c_int) -> bool {
        c_int::from(self.ts.flags) & flag != 0
    }

    fn forward(&mut self) {
        self.ts.start = self.ts.start.wrapping_add(1);
        self.ts.len -= 1;
    }

    /// Leaves the byte for the next call.
    fn back(&mut self) {
        self.ts.start = self.ts.start.wrapping_sub(1);
        self.ts.len += 1;
    }

    /// Takes one byte; what it has completed, if anything.
    fn byte(&mut self, c: u8) -> Option<lws_tokenize_elem> {
        let token_may_end = matches!(self.state, State::InToken | State::AfterToken);
        if token_may_end && c == b'=' {
            let number = matches!(self.number, Number::Integer | Number::Float);
            return Some(if number { LWS_TOKZE_ERR_NUM_ON_LHS } else { LWS_TOKZE_TOKEN_NAME_EQUALS });
        }
        if token_may_end && c == b':' && self.has(LWS_TOKENIZE_F_AGG_COLON) {
            return Some(LWS_TOKZE_TOKEN_NAME_COLON);
        }
        if c == b'.' && self.state == State::InToken && !self.has(LWS_TOKENIZE_F_NO_FLOATS) {
            match self.number {
                Number::Float => return Some(LWS_TOKZE_ERR_MALFORMED_FLOAT),
                Number::Integer => {
                    self.number = Number::Float;
                    self.ts.token_len += 1;
                    return None;
                }
                _ => (),
            }
        }
        match (self.state, self.class(c)) {
            (State::InString, Class::Quote) => Some(LWS_TOKZE_QUOTED_STRING),
            (State::InString, _) => {
                self.ts.token_len += 1;
                None
            }
            (State::InToken, Class::Space) => {
                self.state = State::AfterToken;
                None
            }
            (State::Before | State::AfterToken, Class::Space) => None,
            // Also in a token, which is then lost: 4.1.6 does so.
            (_, Class::Quote) => {
                self.state = State::InString;
                self.ts.token = self.ts.start;
                self.ts.token_len = 0;
                self.content()
            }
            (State::Before, Class::Delimiter) => Some(self.delimiter(c)),
            (State::Before, Class::Payload) => self.begin_token(c),
            (State::InToken, Class::Payload) => {
                self.ts.token_len += 1;
                self.note_digit(c);
                None
            }
            (State::InToken, _) | (State::AfterToken, _) => {
                self.back();
                Some(self.token())
            }
        }
    }

    fn class(&self, c: u8) -> Class {
        match c {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => Class::Space,
            b'"' => Class::Quote,
            b'-' if !self.has(LWS_TOKENIZE_F_MINUS_NONTERM) => Class::Delimiter,
            b'-' => Class::Payload,
            b'.' if !self.has(LWS_TOKENIZE_F_DOT_NONTERM) => Class::Delimiter,
            b'.' => Class::Payload,
            b'/' if self.has(LWS_TOKENIZE_F_SLASH_NONTERM) => Class::Payload,
            _ if self.has(LWS_TOKENIZE_F_RFC7230_DELIMS) => {
                if b"(),/:;<=>?@[\\]{}".contains(&c) {
                    Class::Delimiter
                } else {
                    Class::Payload
                }
            }
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => Class::Payload,
            // The last byte of a character is a delimiter to 4.1.6, which so takes such text for broken.
            _ if self.utf8.is_inside() => Class::Payload,
            _ => Class::Delimiter,
        }
    }

    fn delimiter(&mut self, c: u8) -> lws_tokenize_elem {
        if self.has(LWS_TOKENIZE_F_COMMA_SEP_LIST) {
            if c != b',' || self.ts.delim != LWSTZ_DT_NEED_DELIM as u8 {
                return LWS_TOKZE_ERR_COMMA_LIST;
            }
            self.ts.delim = LWSTZ_DT_NEED_NEXT_CONTENT as u8;
        }
        self.ts.token = self.ts.start.wrapping_sub(1);
        self.ts.token_len = 1;
        LWS_TOKZE_DELIMITER
    }

    fn begin_token(&mut self, c: u8) -> Option<lws_tokenize_elem> {
        self.state = State::InToken;
        self.ts.token = self.ts.start.wrapping_sub(1);
        self.ts.token_len = 1;
        self.note_digit(c);
        self.content()
    }

    /// An item of a list begins: not without a comma before it.
    fn content(&mut self) -> Option<lws_tokenize_elem> {
        if self.has(LWS_TOKENIZE_F_COMMA_SEP_LIST) {
            if self.ts.delim == LWSTZ_DT_NEED_DELIM as u8 {
                return Some(LWS_TOKZE_ERR_COMMA_LIST);
            }
            self.ts.delim = LWSTZ_DT_NEED_DELIM as u8;
        }
        None
    }

    fn note_digit(&mut self, c: u8) {
        if !c.is_ascii_digit() {
            self.number = Number::No;
        } else if self.number == Number::Unknown {
            self.number = Number::Integer;
        }
    }

    fn token(&self) -> lws_tokenize_elem {
        match self.number {
            Number::Integer => LWS_TOKZE_INTEGER,
            Number::Float => LWS_TOKZE_FLOAT,
            _ => LWS_TOKZE_TOKEN,
        }
    }

    fn end(&self) -> lws_tokenize_elem {
        if self.utf8.is_inside() {
            return LWS_TOKZE_ERR_BROKEN_UTF8;
        }
        match self.state {
            State::InString => LWS_TOKZE_ERR_UNTERM_STRING,
            State::InToken | State::AfterToken => self.token(),
            State::Before
                if self.has(LWS_TOKENIZE_F_COMMA_SEP_LIST) && self.ts.delim == LWSTZ_DT_NEED_NEXT_CONTENT as u8 =>
            {
                LWS_TOKZE_ERR_COMMA_LIST
            }
            State::Before => LWS_TOKZE_ENDED,
        }
    }
}

/// Checks UTF-8 (RFC 3629) byte by byte.
#[derive(Default)]
struct Utf8 {
    /// Bytes that are still to come, and the range of the next one.
    missing: u8,
    low: u8,
    high: u8,
}

impl Utf8 {
    /// False when the byte cannot stand here.
    fn take(&mut self, c: u8) -> bool {
        if self.missing != 0 {
            let fits = (self.low..=self.high).contains(&c);
            (self.missing, self.low, self.high) = (self.missing - 1, 0x80, 0xbf);
            return fits;
        }
        let (missing, low, high) = match c {
            0..0x80 => (0, 0, 0),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        (self.missing, self.low, self.high) = (missing, low, high);
        true
    }

    fn is_inside(&self) -> bool {
        self.missing != 0
    }
}
