//! Decoding never leaves its buffers, in place or not, and undoes encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::capi::purify::*;

fuzz_target!(|data: &[u8]| {
    let Some((room, text)) = data.split_first() else { return };
    let mut escaped = text.to_vec();
    escaped.push(0);
    // SAFETY: inputs are NUL-ended, outputs as long as is told.
    unsafe {
        let room = usize::from(*room);
        let mut out = vec![0xffu8; room].into_boxed_slice();
        let rc = lws_urldecode(out.as_mut_ptr().cast(), escaped.as_ptr().cast(), room as i32);
        if rc == 0 {
            assert!(out.contains(&0), "no NUL");
        }
        let mut place = escaped.clone().into_boxed_slice();
        let len = place.len() as i32;
        let p = place.as_mut_ptr().cast();
        if lws_urldecode(p, p, len) == 0 {
            assert!(place.contains(&0));
            if rc == 0 {
                let end = out.iter().position(|b| *b == 0).unwrap_or(0);
                assert_eq!(out[..end], place[..end]);
            }
        }
        // As C sees the input, it ends at its first NUL.
        let plain = &text[..text.iter().position(|b| *b == 0).unwrap_or(text.len())];
        let mut coded = vec![0u8; plain.len() * 3 + 4].into_boxed_slice();
        let len = coded.len() as i32;
        lws_urlencode(coded.as_mut_ptr().cast(), escaped.as_ptr().cast(), len);
        let mut back = vec![0u8; plain.len() + 2].into_boxed_slice();
        let len = back.len() as i32;
        assert_eq!(lws_urldecode(back.as_mut_ptr().cast(), coded.as_ptr().cast(), len), 0);
        assert_eq!(&back[..plain.len()], plain);
        for purify in [lws_sql_purify, lws_urlencode] {
            let mut out = vec![0xffu8; room].into_boxed_slice();
            purify(out.as_mut_ptr().cast(), escaped.as_ptr().cast(), room as i32);
            assert!(room == 0 || out.contains(&0));
        }
        let mut used = 0;
        let mut out = vec![0xffu8; room].into_boxed_slice();
        lws_json_purify(out.as_mut_ptr().cast(), escaped.as_ptr().cast(), room as i32, &mut used);
        assert!(used >= 0 && used as usize <= plain.len());
        assert!(lws_json_purify_len(escaped.as_ptr().cast()) as usize >= plain.len());
        let mut name = escaped.into_boxed_slice();
        lws_filename_purify_inplace(name.as_mut_ptr().cast());
        assert!(!name[..plain.len()].windows(2).any(|w| w == b".."));
    }
});
