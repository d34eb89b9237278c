//! The tokenizer, as C sees it. The work is done in `util/tokenize.rs`.

use std::ffi::{c_char, c_int};

use crate::abi::{LWS_TOKZE_ENDED, LWSTZ_DT_NEED_FIRST_CONTENT, lws_tokenize_elem, lws_tokenize_t};
use crate::util::tokenize;

/// Prepares a tokenizer over NUL-ended text.
///
/// `flags` is the OR of the `LWS_TOKENIZE_F_*` bits. For text that no NUL ends, set `ts->len` to its length afterwards.
/// The text is the caller's and stays unchanged; `ts` holds all state, and nothing needs to be freed. Nothing for NULL.
///
/// # Safety
/// `ts` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tokenize_init(ts: *mut lws_tokenize_t, start: *const c_char, flags: c_int) {
    if ts.is_null() {
        return;
    }
    let fresh = lws_tokenize_t {
        start,
        token: std::ptr::null(),
        len: 0x7fff_ffff,
        token_len: 0,
        flags: flags as u16,
        delim: LWSTZ_DT_NEED_FIRST_CONTENT as u8,
        e: 0,
    };
    // SAFETY: writable by the caller's promise.
    unsafe { ts.write(fresh) }
}

/// Finds the next token, number, quoted string or delimiter.
///
/// `ts->token` and `ts->token_len` describe it, without quotes, `=` or `:`. Returns its kind, an `LWS_TOKZE_*` value;
/// LWS_TOKZE_ENDED (0) at the end, for NULL and for NULL text; a negative LWS_TOKZE_ERR_* value where the text breaks
/// the rules.
///
/// # Safety
/// `ts` is NULL or was prepared by lws_tokenize_init(), and its text is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tokenize(ts: *mut lws_tokenize_t) -> lws_tokenize_elem {
    // SAFETY: as the caller promises.
    unsafe { ts.as_mut().map_or(LWS_TOKZE_ENDED, |ts| tokenize::next(ts)) }
}

/// Copies the token that was found last, and ends it with a NUL.
///
/// `str` has room for `max` bytes, of which one more than the token and its NUL take is needed. Returns 0; 1 when there
/// is not so much room, and for NULL.
///
/// # Safety
/// `ts` is NULL or was used with lws_tokenize(), `str` is NULL or has `max` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tokenize_cstr(ts: *mut lws_tokenize_t, str: *mut c_char, max: usize) -> c_int {
    if ts.is_null() || str.is_null() {
        return 1;
    }
    // SAFETY: as the caller promises; a token lies inside the text.
    unsafe {
        let (token, len) = ((*ts).token, (*ts).token_len);
        if len.checked_add(1).is_none_or(|n| n >= max) || (token.is_null() && len != 0) {
            return 1;
        }
        if len != 0 {
            std::ptr::copy_nonoverlapping(token, str, len);
        }
        str.add(len).write(0);
    }
    0
}
