//! What is encoded decodes to itself, in whatever pieces; nothing is read or written outside the buffers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::abi::lws_b64state;
use websockets::capi::b64::*;

fuzz_target!(|data: &[u8]| {
    let Some((control, text)) = data.split_at_checked(2) else { return };
    // SAFETY: buffers are as long as is told, or NUL-ended where no length is.
    unsafe {
        for encode in [lws_b64_encode_string, lws_b64_encode_string_url] {
            let mut out = vec![0u8; text.len().div_ceil(3) * 4 + 2].into_boxed_slice();
            let n = encode(text.as_ptr().cast(), text.len() as i32, out.as_mut_ptr().cast(), out.len() as i32);
            assert_eq!(n as usize, text.len().div_ceil(3) * 4);
            let mut back = vec![0u8; text.len() + 8].into_boxed_slice();
            let m = lws_b64_decode_string(out.as_ptr().cast(), back.as_mut_ptr().cast(), back.len() as i32);
            assert_eq!(m as usize, text.len());
            assert_eq!(&back[..text.len()], text);
            let mut short = vec![0u8; usize::from(control[0])].into_boxed_slice();
            encode(text.as_ptr().cast(), text.len() as i32, short.as_mut_ptr().cast(), short.len() as i32);
            lws_b64_decode_string(out.as_ptr().cast(), short.as_mut_ptr().cast(), short.len() as i32);
        }
        // The input as base64, whole and in two pieces.
        let owned = text.to_vec().into_boxed_slice();
        let mut out = vec![0u8; text.len() + 4].into_boxed_slice();
        let whole = lws_b64_decode_string_len(
            owned.as_ptr().cast(),
            owned.len() as i32,
            out.as_mut_ptr().cast(),
            out.len() as i32,
        );
        assert!(whole >= -1 && whole <= out.len() as i32);
        let (a, b) = text.split_at(usize::from(control[1]).min(text.len()));
        let mut state: lws_b64state = std::mem::zeroed();
        lws_b64_decode_state_init(&mut state);
        let mut room = vec![0u8; text.len() + 4].into_boxed_slice();
        let mut made = 0;
        for (piece, last) in [(a, 0), (b, 1)] {
            let piece = piece.to_vec().into_boxed_slice();
            let (mut used, mut left) = (piece.len(), room.len() - made);
            let rc = lws_b64_decode_stateful(
                &mut state,
                piece.as_ptr().cast(),
                &mut used,
                room[made..].as_mut_ptr(),
                &mut left,
                last,
            );
            assert!(used <= piece.len() && left <= room.len() - made);
            made += left;
            if rc < 0 {
                return;
            }
        }
        // A character of no alphabet at the very end of a piece takes a place in its group, as on 4.1.6.
        let clean = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
        if whole >= 0 && text.iter().all(clean) {
            let same = made.min(whole as usize);
            assert_eq!(room[..same], out[..same]);
        }
    }
});
