//! Base64 in pieces and whole, SHA-1, and hex.
//!
//! Decoding is lenient as the C API has always been: it takes both alphabets, and passes over what belongs to neither.

use std::ffi::c_int;

use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use base64::{Engine, engine::GeneralPurpose};
use sha1::{Digest, Sha1};

use crate::abi::lws_b64state;

/// Which two characters stand for 62 and 63.
pub enum Alphabet {
    Plus,
    Url,
}

/// Encodes with padding and a NUL. The length without the NUL; None when there is not at least one byte more room than
/// text and NUL take.
pub fn encode(input: &[u8], out: &mut [u8], alphabet: Alphabet) -> Option<usize> {
    let engine: &GeneralPurpose = match alphabet {
        Alphabet::Plus => &STANDARD,
        Alphabet::Url => &URL_SAFE,
    };
    let len = base64::encoded_len(input.len(), true)?;
    if len + 2 > out.len() {
        return None;
    }
    let n = engine.encode_slice(input, out).ok()?;
    out[n] = 0;
    Some(n)
}

/// The state before the first piece.
pub const START: lws_b64state = lws_b64state { quad: [0; 4], done: 0, len: 0, i: 0, c: 0 };

/// The value of a character of either alphabet.
fn value(c: u8) -> Option<u8> {
    Some(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Decodes a piece, up to a NUL, its end, or until less than five bytes of room are left; ends the output with a NUL
/// where there is room. With `last`, what remains of an unfinished group of four is put out too. Gives the bytes used
/// and made.
pub fn decode_piece(s: &mut lws_b64state, input: &[u8], out: &mut [u8], last: bool) -> (usize, usize) {
    let input = &input[..memchr::memchr(0, input).unwrap_or(input.len())];
    let (mut used, mut made) = (0, 0);
    while used < input.len() && made + 4 < out.len() {
        used += fill_group(s, &input[used..]);
        if s.i < 4 && !last {
            continue;
        }
        if s.c == c_int::from(b'=') {
            s.len = s.len.saturating_sub(1);
        }
        let [a, b, c, d] = s.quad;
        let bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        let count = s.len.saturating_sub(1);
        out[made..made + count].copy_from_slice(&bytes[..count]);
        made += count;
        // As 4.1.6 counts: padding that stands alone takes one off.
        s.done = s.done.wrapping_add(s.len).wrapping_sub(1);
        s.i = 0;
        s.len = 0;
    }
    if let Some(end) = out.get_mut(made) {
        *end = 0;
    }
    (used, made)
}

/// Takes characters until the group of four is full; how many. What is of no alphabet is passed over, but at the very
/// end of a piece it takes a place in the group, with the value that the place had before: 4.1.6 does so.
fn fill_group(s: &mut lws_b64state, input: &[u8]) -> usize {
    // A state that was never initialised must not lead outside the group.
    s.i = s.i.clamp(0, 4);
    s.len = s.len.min(s.i as usize);
    let mut used = 0;
    while s.i < 4 && used < input.len() {
        let passed = input[used..].iter().take_while(|&&c| value(c).is_none()).count();
        used = (used + passed + 1).min(input.len());
        let c = input[used - 1];
        s.c = c_int::from(c);
        if let Some(v) = value(c) {
            s.quad[s.i as usize] = v;
        }
        s.len += 1;
        s.i += 1;
    }
    used
}

/// SHA-1 (RFC 3174).
pub fn sha1(input: &[u8]) -> [u8; 20] {
    Sha1::digest(input).into()
}

/// Hex digits in pairs to bytes. None for an odd count, a bad digit, or when there is not one byte more room than what
/// is made.
pub fn unhex(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
    let mut n = 0;
    for pair in text.chunks(2) {
        let &[high, low] = pair else { return None };
        *out.get_mut(n)? = digit(high)? << 4 | digit(low)?;
        n += 1;
    }
    (n < out.len()).then_some(n)
}
