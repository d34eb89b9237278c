//! Replaces `${name}` in text that comes in pieces, into a buffer that may be smaller than the result.
//!
//! The state between calls is C's `struct lws_strexp`; what a name stands for is asked of the program.

use std::ffi::{c_char, c_int};

use crate::abi::{LSTRX_DONE, LSTRX_FATAL_NAME_TOO_LONG, LSTRX_FATAL_NAME_UNKNOWN, LSTRX_FILLED_OUT, lws_strexp};

// Values of the member `state`, as 4.1.6 numbers them.
const LITERAL: c_char = 0;
const DOLLAR: c_char = 1;
const NAME: c_char = 2;
const DRAIN: c_char = 3;

/// Takes input until it is used up, the output is full, or something is wrong. Gives the result and the bytes used. When
/// all is used, a NUL ends the output where there is room.
///
/// # Safety
/// `exp` is valid and prepared: its output is NULL or has `olen` writable bytes, its callback takes it.
pub unsafe fn expand(exp: *mut lws_strexp, input: &[u8]) -> (c_int, usize) {
    for (used, &c) in input.iter().enumerate() {
        // SAFETY: by contract. No reference lives while the callback runs, which may look at `exp`.
        let full = unsafe {
            match (*exp).state {
                LITERAL if c == b'$' => {
                    (*exp).state = DOLLAR;
                    false
                }
                LITERAL => {
                    if !put(exp, c) {
                        return (LSTRX_FILLED_OUT, used);
                    }
                    (*exp).pos >= (*exp).olen
                }
                DOLLAR if c == b'{' => {
                    (*exp).state = NAME;
                    (*exp).name_pos = 0;
                    (*exp).exp_ofs = 0;
                    false
                }
                DOLLAR => {
                    if (*exp).olen.saturating_sub((*exp).pos) < 3 {
                        return (LSTRX_FATAL_NAME_TOO_LONG, used);
                    }
                    put(exp, b'$');
                    put(exp, c);
                    if c != b'$' {
                        (*exp).state = LITERAL;
                    }
                    false
                }
                NAME if c != b'}' => {
                    let at = (*exp).name_pos as usize;
                    if at >= (*exp).name.len() - 1 {
                        return (LSTRX_FATAL_NAME_TOO_LONG, used);
                    }
                    (*exp).name[at] = c as c_char;
                    (*exp).name_pos += 1;
                    false
                }
                _ => {
                    if (*exp).state == NAME {
                        let at = ((*exp).name_pos as usize).min((*exp).name.len() - 1);
                        (*exp).name[at] = 0;
                        (*exp).state = DRAIN;
                    }
                    match drain(exp) {
                        r @ (LSTRX_FILLED_OUT | LSTRX_FATAL_NAME_UNKNOWN) => return (r, used),
                        _ => (*exp).state = LITERAL,
                    }
                    false
                }
            }
        };
        if full {
            return (LSTRX_FILLED_OUT, used + 1);
        }
    }
    // SAFETY: by contract, below `olen` the output is writable.
    unsafe {
        if !(*exp).out.is_null() && (*exp).pos < (*exp).olen {
            (*exp).out.add((*exp).pos).write(0);
        }
    }
    (LSTRX_DONE, input.len())
}

/// Asks the program for what the name stands for, from where the last answer ended.
unsafe fn drain(exp: *mut lws_strexp) -> c_int {
    // SAFETY: by contract of the caller; the callback gets pointers into `exp`, as it always has.
    unsafe {
        let Some(cb) = (*exp).cb else { return LSTRX_FATAL_NAME_UNKNOWN };
        let r = cb(
            (*exp).r#priv,
            (&raw const (*exp).name).cast(),
            (*exp).out,
            &raw mut (*exp).pos,
            (*exp).olen,
            &raw mut (*exp).exp_ofs,
        );
        // What it claims to have written is not believed beyond the buffer.
        (*exp).pos = (*exp).pos.min((*exp).olen);
        r
    }
}

/// Writes a byte, or only counts it where there is no output; false without room.
unsafe fn put(exp: *mut lws_strexp, c: u8) -> bool {
    // SAFETY: by contract of the caller, below `olen` the output is writable.
    unsafe {
        if (*exp).pos >= (*exp).olen {
            return false;
        }
        if !(*exp).out.is_null() {
            (*exp).out.add((*exp).pos).write(c as c_char);
        }
        (*exp).pos += 1;
    }
    true
}
