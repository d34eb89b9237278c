//! Expanded text is the same for every size of the output and every cut of the input.
#![no_main]

use std::ffi::{CStr, c_char, c_int, c_void};

use libfuzzer_sys::fuzz_target;
use websockets::abi::*;
use websockets::capi::strexp::{lws_strexp_expand, lws_strexp_init, lws_strexp_reset_out};

/// "unknown…" is no variable; any other is its name in brackets, twice.
unsafe extern "C" fn variable(
    _priv: *mut c_void,
    name: *const c_char,
    out: *mut c_char,
    pos: *mut usize,
    olen: usize,
    exp_ofs: *mut usize,
) -> c_int {
    // SAFETY: as lws_strexp_expand() calls it.
    unsafe {
        let name = CStr::from_ptr(name).to_bytes();
        if name.starts_with(b"unknown") {
            return LSTRX_FATAL_NAME_UNKNOWN;
        }
        let text: Vec<u8> = [b"[", name, b"][", name, b"]"].concat();
        let rest = &text[*exp_ofs..];
        let n = rest.len().min(olen - *pos);
        if !out.is_null() {
            std::ptr::copy_nonoverlapping(rest.as_ptr().cast(), out.add(*pos), n);
        }
        *pos += n;
        *exp_ofs += n;
        if n == rest.len() { LSTRX_DONE } else { LSTRX_FILLED_OUT }
    }
}

fn expand(pieces: &[&[u8]], room: usize) -> (c_int, Vec<u8>) {
    let mut whole = Vec::new();
    // SAFETY: all-zero is a value of this plain struct; buffers are as long as is told.
    unsafe {
        let mut exp: lws_strexp_t = std::mem::zeroed();
        let mut out = vec![0u8; room].into_boxed_slice();
        lws_strexp_init(&mut exp, std::ptr::null_mut(), Some(variable), out.as_mut_ptr().cast(), room);
        for piece in pieces {
            let owned = piece.to_vec().into_boxed_slice();
            let mut at = 0;
            loop {
                let (mut used_in, mut used_out) = (0, 0);
                let rc = lws_strexp_expand(
                    &mut exp,
                    owned[at..].as_ptr().cast(),
                    owned.len() - at,
                    &mut used_in,
                    &mut used_out,
                );
                if rc < 0 {
                    return (rc, whole);
                }
                assert!(used_in <= owned.len() - at && used_out <= room);
                if rc == LSTRX_FILLED_OUT {
                    assert!(used_out > 0 || used_in > 0, "no way forward");
                    whole.extend_from_slice(&out[..used_out]);
                    lws_strexp_reset_out(&mut exp, out.as_mut_ptr().cast(), room);
                    at += used_in;
                    continue;
                }
                assert_eq!(used_in, owned.len() - at);
                break;
            }
        }
        whole.extend_from_slice(&out[..exp.pos]);
    }
    (LSTRX_DONE, whole)
}

fuzz_target!(|data: &[u8]| {
    let Some((control, text)) = data.split_at_checked(2) else { return };
    let want = expand(&[text], 1 << 17);
    let cut = usize::from(control[0]).min(text.len());
    let (a, b) = text.split_at(cut);
    assert_eq!(expand(&[a, b], 1 << 17), want, "cut at {cut}");
    let room = usize::from(control[1]) + 80;
    let got = expand(&[text], room);
    // As on 4.1.6, a lone "$" with less than three bytes of room before it ends it all.
    if got.0 == LSTRX_FATAL_NAME_TOO_LONG && text.contains(&b'$') {
        return;
    }
    assert_eq!(got.0, want.0, "room for {room}");
    if got.0 == LSTRX_DONE {
        assert_eq!(got.1, want.1, "room for {room}");
    }
});
