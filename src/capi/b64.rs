//! Base64, SHA-1 and hex, as C sees them. The work is done in `util/b64.rs`.

use std::ffi::{c_char, c_int};

use crate::abi::lws_b64state;
use crate::util::{b64, cptr};

/// SHA-1 digest (RFC 3174) of a buffer.
///
/// `d` has `n` readable bytes, `md` room for 20, which are written. Returns `md`; NULL when `md` is NULL, or `d` is
/// while `n` is not 0.
///
/// # Safety
/// `d` is NULL or has `n` readable bytes; `md` is NULL or has 20 writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_SHA1(d: *const u8, n: usize, md: *mut u8) -> *mut u8 {
    // SAFETY: by the caller's promise.
    let input = unsafe { cptr::bytes(d, n) };
    if md.is_null() || (input.is_none() && n != 0) {
        return std::ptr::null_mut();
    }
    // SAFETY: 20 writable bytes by the caller's promise.
    unsafe { md.cast::<[u8; 20]>().write(b64::sha1(input.unwrap_or_default())) };
    md
}

/// Encodes bytes as base64 (RFC 4648) with padding and ends the text with a NUL.
///
/// `in` has `in_len` bytes, `out` room for `out_size`, of which one more than the text and its NUL take is needed.
/// Returns the length of the text; -1 when there is not so much room, for a negative length, and for NULL.
///
/// # Safety
/// `in` has `in_len` readable bytes, `out` `out_size` writable ones, or they are NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_encode_string(
    r#in: *const c_char,
    in_len: c_int,
    out: *mut c_char,
    out_size: c_int,
) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { encode(r#in, in_len, out, out_size, b64::Alphabet::Plus) }
}

/// Encodes bytes as base64 with the URL-safe alphabet (RFC 4648 section 5), with padding; otherwise as
/// lws_b64_encode_string().
///
/// # Safety
/// `in` has `in_len` readable bytes, `out` `out_size` writable ones, or they are NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_encode_string_url(
    r#in: *const c_char,
    in_len: c_int,
    out: *mut c_char,
    out_size: c_int,
) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { encode(r#in, in_len, out, out_size, b64::Alphabet::Url) }
}

/// Decodes NUL-ended base64 of either alphabet, and ends what it makes with a NUL.
///
/// `out` has room for `out_size` bytes, of which the last four stay unused but for the NUL; text that does not fit is
/// left undecoded. Characters of no alphabet are passed over. Returns the count of bytes made; -1 for NULL and for a
/// negative size.
///
/// # Safety
/// `in` is NULL or NUL-ended; `out` is NULL or has `out_size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_decode_string(r#in: *const c_char, out: *mut c_char, out_size: c_int) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { decode(cptr::text(r#in), out, out_size) }
}

/// Decodes `in_len` bytes of base64, or up to a NUL; otherwise as lws_b64_decode_string().
///
/// # Safety
/// `in` is NULL or has `in_len` readable bytes; `out` is NULL or has `out_size` writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_decode_string_len(
    r#in: *const c_char,
    in_len: c_int,
    out: *mut c_char,
    out_size: c_int,
) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { decode(cptr::length(in_len).and_then(|n| cptr::bytes(r#in, n)), out, out_size) }
}

/// Prepares a decoder for lws_b64_decode_stateful(). Nothing for NULL.
///
/// # Safety
/// `state` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_decode_state_init(state: *mut lws_b64state) {
    if !state.is_null() {
        // SAFETY: writable by the caller's promise.
        unsafe { state.write(b64::START) }
    }
}

/// Decodes base64 that comes in pieces.
///
/// `s` was prepared by lws_b64_decode_state_init(). `*in_len` is the length of the piece and becomes the count of bytes
/// used; `*out_size` is the room and becomes the count of bytes made, of which the last four of the room stay unused
/// but for a NUL. `final` is non-zero for the last piece. Returns 0, -1 for NULL.
///
/// # Safety
/// `in` has `*in_len` readable bytes and `out` `*out_size` writable ones; all pointers are valid or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_b64_decode_stateful(
    s: *mut lws_b64state,
    r#in: *const c_char,
    in_len: *mut usize,
    out: *mut u8,
    out_size: *mut usize,
    r#final: c_int,
) -> c_int {
    if s.is_null() || in_len.is_null() || out_size.is_null() {
        return -1;
    }
    // SAFETY: not NULL, hence valid by the caller's promise.
    unsafe {
        let (Some(input), Some(room)) = (cptr::bytes(r#in, *in_len), cptr::room(out, *out_size)) else {
            return -1;
        };
        let (used, made) = b64::decode_piece(&mut *s, input, room, r#final != 0);
        *in_len = used;
        *out_size = made;
    }
    0
}

/// Turns hex digits, in pairs, into bytes.
///
/// `h` is NUL-ended; `dest` has room for `max` bytes, of which one more than what is made is needed. Returns the count of
/// bytes made; -1 for an odd count of digits, for anything but a digit, for too little room and for NULL.
///
/// # Safety
/// `h` is NULL or NUL-ended; `dest` is NULL or has `max` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hex_to_byte_array(h: *const c_char, dest: *mut u8, max: c_int) -> c_int {
    // SAFETY: by the caller's promise.
    let (text, room) = unsafe { (cptr::text(h), cptr::length(max).and_then(|n| cptr::room(dest, n))) };
    match (text, room) {
        (Some(text), Some(room)) => b64::unhex(text, room).map_or(-1, |n| n as c_int),
        _ => -1,
    }
}

/// # Safety
/// As lws_b64_encode_string().
unsafe fn encode(
    input: *const c_char,
    in_len: c_int,
    out: *mut c_char,
    out_size: c_int,
    alphabet: b64::Alphabet,
) -> c_int {
    // SAFETY: by contract.
    let (input, room) = unsafe {
        let none: &[u8] = &[];
        let input = if in_len == 0 { Some(none) } else { cptr::length(in_len).and_then(|n| cptr::bytes(input, n)) };
        (input, cptr::length(out_size).and_then(|n| cptr::room(out, n)))
    };
    match (input, room) {
        (Some(input), Some(room)) => b64::encode(input, room, alphabet).map_or(-1, |n| n as c_int),
        _ => -1,
    }
}

/// # Safety
/// `out` is NULL or has `out_size` writable bytes.
unsafe fn decode(input: Option<&[u8]>, out: *mut c_char, out_size: c_int) -> c_int {
    // SAFETY: by contract.
    let room = cptr::length(out_size).and_then(|n| unsafe { cptr::room(out, n) });
    match (input, room) {
        (Some(input), Some(room)) => b64::decode_piece(&mut { b64::START }, input, room, true).1 as c_int,
        _ => -1,
    }
}
