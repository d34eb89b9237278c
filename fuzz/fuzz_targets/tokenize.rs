//! Tokens lie inside the text, in order, whatever the flags; a copy of one is the token; the text ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::abi::*;
use websockets::capi::tokenize::{lws_tokenize, lws_tokenize_cstr, lws_tokenize_init};

fuzz_target!(|data: &[u8]| {
    let Some((flags, text)) = data.split_at_checked(2) else { return };
    let flags = i32::from(u16::from_le_bytes([flags[0], flags[1]]));
    // A buffer of just that length, with a NUL behind it only where the length is not told.
    for told in [true, false] {
        let mut owned = text.to_vec();
        if !told {
            owned.push(0);
        }
        let owned = owned.into_boxed_slice();
        // SAFETY: all-zero is a value of this plain struct; the text outlives it, `out` has the room that is told.
        unsafe {
            let mut ts: lws_tokenize_t = std::mem::zeroed();
            lws_tokenize_init(&mut ts, owned.as_ptr().cast(), flags);
            if told {
                ts.len = owned.len();
            }
            let (begin, mut last) = (owned.as_ptr() as usize, owned.as_ptr() as usize);
            for count in 0.. {
                let e = lws_tokenize(&mut ts);
                if i32::from(e as i8) <= 0 {
                    break;
                }
                assert!(count <= owned.len(), "more tokens than characters");
                let at = ts.token as usize;
                assert!(at >= last && at + ts.token_len <= begin + owned.len(), "a token outside the rest of the text");
                last = at;
                let mut out = vec![0xffu8; ts.token_len + 2].into_boxed_slice();
                assert_eq!(lws_tokenize_cstr(&mut ts, out.as_mut_ptr().cast(), out.len()), 0);
                assert_eq!(out[..ts.token_len], owned[at - begin..][..ts.token_len]);
                assert_eq!(out[ts.token_len], 0);
                assert_eq!(lws_tokenize_cstr(&mut ts, out.as_mut_ptr().cast(), out.len() - 1), 1);
            }
        }
    }
});
