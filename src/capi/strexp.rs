//! String expansion, as C sees it. The work is done in `util/strexp.rs`.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::{LSTRX_FATAL_NAME_UNKNOWN, lws_strexp, lws_strexp_expand_cb, lws_strexp_t};
use crate::util::{cptr, strexp};

/// Prepares an expander.
///
/// `cb` is asked, with `priv`, for the value of each name. `out` has room for `olen` bytes; NULL only counts, and `cb`
/// must then not write either. `exp` holds all state, and nothing needs to be freed. Nothing for NULL.
///
/// # Safety
/// `exp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_strexp_init(
    exp: *mut lws_strexp_t,
    r#priv: *mut c_void,
    cb: lws_strexp_expand_cb,
    out: *mut c_char,
    olen: usize,
) {
    if exp.is_null() {
        return;
    }
    let fresh = lws_strexp { name: [0; 32], cb, r#priv, out, olen, pos: 0, exp_ofs: 0, name_pos: 0, state: 0 };
    // SAFETY: writable by the caller's promise.
    unsafe { exp.write(fresh) }
}

/// Gives an expander a new output buffer of `olen` bytes, or NULL to count only. Nothing for a NULL `exp`.
///
/// # Safety
/// `exp` is NULL or was prepared by lws_strexp_init().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_strexp_reset_out(exp: *mut lws_strexp_t, out: *mut c_char, olen: usize) {
    if !exp.is_null() {
        // SAFETY: as the caller promises.
        unsafe {
            (*exp).out = out;
            (*exp).olen = olen;
            (*exp).pos = 0;
        }
    }
}

/// Copies a piece of text into the output, with `${name}` replaced by what the callback says.
///
/// `*pused_in` becomes the count of bytes used, `*pused_out` that of bytes made so far in this output buffer; when
/// all was used, a NUL follows them where there is room. Returns LSTRX_DONE (0) when all of `len` was used; LSTRX_FILLED_OUT (1) when the buffer is full: empty it,
/// give lws_strexp_reset_out() and call again with what was not used; LSTRX_FATAL_NAME_TOO_LONG (-1) for a name over 31
/// bytes; LSTRX_FATAL_NAME_UNKNOWN (-2) when the callback says so, for no callback and for NULL.
///
/// # Safety
/// `exp` is NULL or was prepared, `in` is NULL or has `len` readable bytes, the others are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_strexp_expand(
    exp: *mut lws_strexp_t,
    r#in: *const c_char,
    len: usize,
    pused_in: *mut usize,
    pused_out: *mut usize,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let Some(input) = cptr::bytes(r#in, len) else { return LSTRX_FATAL_NAME_UNKNOWN };
        if exp.is_null() || pused_in.is_null() || pused_out.is_null() {
            return LSTRX_FATAL_NAME_UNKNOWN;
        }
        let (result, used) = strexp::expand(exp, input);
        pused_in.write(used);
        pused_out.write((*exp).pos);
        result
    }
}
