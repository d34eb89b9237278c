//! Numbers come back as they were written, and no input makes the decoder read past its length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::capi::vbi::{lws_vbi_decode, lws_vbi_encode};

fuzz_target!(|data: &[u8]| {
    let owned = data.to_vec().into_boxed_slice();
    // SAFETY: the buffers are as long as is told; a number takes 4 bytes at most.
    unsafe {
        let mut value = 0;
        let used = lws_vbi_decode(owned.as_ptr().cast(), &mut value, owned.len());
        assert!(used >= 0 && used as usize <= owned.len());
        let mut room = [0u8; 4];
        if used > 0 {
            let n = lws_vbi_encode(value, room.as_mut_ptr().cast());
            assert!(n > 0 && n <= used, "{value} takes {n}, it was read from {used}");
        }
        if let Some(bytes) = data.first_chunk::<8>() {
            let number = u64::from_le_bytes(*bytes);
            for number in [number, number >> 32, number >> 40, number >> 50] {
                let n = lws_vbi_encode(number, room.as_mut_ptr().cast());
                assert_eq!(n < 0, number >= 1 << 28);
                if n > 0 {
                    let exact = room[..n as usize].to_vec().into_boxed_slice();
                    assert_eq!(lws_vbi_decode(exact.as_ptr().cast(), &mut value, exact.len()), n);
                    assert_eq!(value, number);
                }
            }
        }
    }
});
