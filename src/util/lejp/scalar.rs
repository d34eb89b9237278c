//! Values that are no structure: strings with their escapes, numbers, words. Their text goes to C's buffer.

use std::ffi::{c_char, c_uint};

use crate::abi::*;
use crate::util::lejp::{Parser, Step};

use Step::{Again, Next, Reject};

/// The words that a value may be, one after the other; where each begins and what it means.
const WORDS: &[u8] = b"truefalsenull";
pub const TRUE: u16 = 0;
pub const FALSE: u16 = 4;
pub const NULL: u16 = 9;

/// More digits than this end a number.
const MAX_DIGITS: u8 = 20;

impl Parser {
    pub(super) fn string(self, c: u8) -> Step {
        match c {
            b'"' => {
                if self.get().sp == 0 {
                    return Reject(LEJP_REJECT_MP_STRING_UNDERRUN);
                }
                if !self.is_name() {
                    self.end_buf();
                    if self.tell(LEJPCB_VAL_STR_END) < 0 {
                        return Reject(LEJP_REJECT_CALLBACK);
                    }
                }
                let ctx = self.set();
                ctx.sp = ctx.sp.saturating_sub(1);
                Next
            }
            b'\\' => {
                self.set_state(LEJP_MP_STRING_ESC as u8);
                Next
            }
            ..b' ' => Reject(LEJP_REJECT_MP_ILLEGAL_CTRL),
            _ => self.emit(c),
        }
    }

    pub(super) fn escape(self, c: u8) -> Step {
        let plain = match c {
            b'u' => {
                self.set_state(LEJP_MP_STRING_ESC_U1 as u8);
                self.set().uni = 0;
                return Next;
            }
            b'"' | b'\\' | b'/' => c,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => return Reject(LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC),
        };
        self.set_state(LEJP_MP_STRING as u8);
        self.emit(plain)
    }

    /// A digit of \uXXXX. Each byte of its UTF-8 form is emitted as soon as it is known.
    pub(super) fn unicode(self, c: u8, state: u8) -> Step {
        let Some(digit) = (c as char).to_digit(16) else { return Reject(LEJP_REJECT_ILLEGAL_HEX) };
        let uni = self.get().uni << 4 | digit as u16;
        self.set().uni = uni;
        self.set_state(state + 1);
        match c_uint::from(state) {
            LEJP_MP_STRING_ESC_U2 if uni >= 0x08 => self.emit(0xe0 | (uni >> 4) as u8),
            LEJP_MP_STRING_ESC_U3 if uni >= 0x80 => self.emit(0x80 | (uni >> 2 & 0x3f) as u8),
            LEJP_MP_STRING_ESC_U3 if uni >= 0x08 => self.emit(0xc0 | (uni >> 2) as u8),
            LEJP_MP_STRING_ESC_U4 => {
                self.set_state(LEJP_MP_STRING as u8);
                self.emit(if uni >= 0x80 { 0x80 | (uni & 0x3f) as u8 } else { uni as u8 })
            }
            _ => Next,
        }
    }

    /// A byte of a name goes to the path, one of a value to the buffer.
    pub(super) fn emit(self, c: u8) -> Step {
        if self.is_name() {
            return if self.push_path(c) { Next } else { Reject(LEJP_REJECT_STACK_OVERFLOW) };
        }
        let full = self.get().buf.len() - 1;
        let at = usize::from(self.get().npos).min(full - 1);
        self.set().buf[at] = c as c_char;
        self.set().npos = at as u8 + 1;
        if at + 1 == full {
            self.end_buf();
            if self.tell(LEJPCB_VAL_STR_CHUNK) != 0 {
                return Reject(LEJP_REJECT_CALLBACK);
            }
            self.set().npos = 0;
        }
        Next
    }

    pub(super) fn begin_word(self, from: u16) -> Step {
        self.set().uni = from + 1;
        self.set_state(LEJP_MP_VALUE_TOK as u8);
        Next
    }

    pub(super) fn word(self, c: u8) -> Step {
        let at = self.get().uni;
        if WORDS.get(usize::from(at)) != Some(&c) {
            return Reject(LEJP_REJECT_MP_VAL_TOK_UNKNOWN);
        }
        self.set().uni = at + 1;
        let (text, reason) = match at + 1 {
            FALSE => (b'1', LEJPCB_VAL_TRUE),
            NULL => (b'0', LEJPCB_VAL_FALSE),
            end if usize::from(end) == WORDS.len() => (0, LEJPCB_VAL_NULL),
            _ => return Next,
        };
        self.set().buf[0] = text as c_char;
        self.set().buf[1] = 0;
        self.set_state(LEJP_MP_COMMA_OR_END as u8);
        self.told(reason)
    }

    pub(super) fn number(self, c: u8) -> Step {
        let ctx = self.set();
        let seen = |flag: c_uint| ctx.f & flag as u8 != 0;
        if ctx.npos == 0 && c == b'-' {
            ctx.f |= LEJP_SEEN_MINUS as u8;
            return self.push_digit(c);
        }
        if ctx.dcount < MAX_DIGITS && c.is_ascii_digit() {
            if seen(LEJP_SEEN_POINT) {
                ctx.f |= LEJP_SEEN_POST_POINT as u8;
            }
            ctx.dcount += 1;
            return self.push_digit(c);
        }
        if c == b'.' {
            if ctx.dcount == 0 || seen(LEJP_SEEN_POINT) {
                return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
            }
            ctx.f |= LEJP_SEEN_POINT as u8;
            return self.push_digit(c);
        }
        if seen(LEJP_SEEN_POINT) && !seen(LEJP_SEEN_POST_POINT) {
            return Reject(LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC);
        }
        if matches!(c, b'e' | b'E') {
            if seen(LEJP_SEEN_EXP) {
                return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
            }
            ctx.f |= LEJP_SEEN_EXP as u8;
            self.set_state(LEJP_MP_VALUE_NUM_EXP as u8);
            return self.push_digit(c);
        }
        if ctx.dcount == 0 {
            return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
        }
        let float = seen(LEJP_SEEN_POINT);
        self.end_buf();
        if self.tell(if float { LEJPCB_VAL_NUM_FLOAT } else { LEJPCB_VAL_NUM_INT }) != 0 {
            return Reject(LEJP_REJECT_CALLBACK);
        }
        self.set_state(LEJP_MP_COMMA_OR_END as u8);
        Again
    }

    pub(super) fn exponent(self, c: u8) -> Step {
        self.set_state(LEJP_MP_VALUE_NUM_INT as u8);
        match c {
            b'0'..=b'9' => Again,
            b'+' | b'-' => self.push_digit(c),
            _ => Reject(LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP),
        }
    }

    pub(super) fn push_digit(self, c: u8) -> Step {
        let at = usize::from(self.get().npos);
        if at + 1 >= self.get().buf.len() {
            return Reject(LEJP_REJECT_NUM_TOO_LONG);
        }
        self.set().buf[at] = c as c_char;
        self.set().npos += 1;
        Next
    }

    pub(super) fn end_buf(self) {
        let at = usize::from(self.get().npos).min(self.get().buf.len() - 1);
        self.set().buf[at] = 0;
    }
}
