//! A numeric address that is taken is what the text says, and what is written of it is taken again.
#![no_main]

use std::ffi::CStr;

use libfuzzer_sys::fuzz_target;
use websockets::abi::lws_sockaddr46;
use websockets::capi::address::*;

fuzz_target!(|data: &[u8]| {
    let Some((room, text)) = data.split_first() else { return };
    let mut text = text.to_vec();
    text.push(0);
    let text = text.into_boxed_slice();
    // SAFETY: the text is NUL-ended, outputs are as long as is told, the address is plain memory.
    unsafe {
        let mut out = vec![0u8; usize::from(*room % 20)].into_boxed_slice();
        let short = lws_parse_numeric_address(text.as_ptr().cast(), out.as_mut_ptr(), out.len());
        let mut bytes = [0u8; 16];
        let n = lws_parse_numeric_address(text.as_ptr().cast(), bytes.as_mut_ptr(), 16);
        assert!(n < 0 || n == 4 || n == 16);
        if short >= 0 {
            assert_eq!(short, n);
        }
        let mut sa: lws_sockaddr46 = std::mem::zeroed();
        assert_eq!(lws_sa46_parse_numeric_address(text.as_ptr().cast(), &mut sa) == 0, n > 0);
        if n < 0 {
            return;
        }
        let mut line = [0u8; 64];
        assert!(lws_write_numeric_address(bytes.as_ptr(), n, line.as_mut_ptr().cast(), line.len()) > 0);
        let written = CStr::from_bytes_until_nul(&line).expect("a NUL");
        let mut again: lws_sockaddr46 = std::mem::zeroed();
        assert_eq!(lws_sa46_parse_numeric_address(written.as_ptr(), &mut again), 0, "{written:?}");
        assert_eq!(lws_sa46_compare_ads(&sa, &again), 0);
        let mut small = vec![0u8; usize::from(*room)].into_boxed_slice();
        lws_sa46_write_numeric_address(&mut sa, small.as_mut_ptr().cast(), small.len());
    }
});
