//! The parts of a URI lie inside its text and end with a NUL.
#![no_main]

use std::ffi::CStr;

use libfuzzer_sys::fuzz_target;
use websockets::capi::misc_uri::lws_parse_uri;

fuzz_target!(|data: &[u8]| {
    let mut text = data.to_vec();
    text.push(0);
    let mut text = text.into_boxed_slice();
    let (mut prot, mut ads, mut path, mut port) = (std::ptr::null(), std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: the text is NUL-ended and writable, the variables are live.
    unsafe {
        let begin = text.as_ptr() as usize;
        if lws_parse_uri(text.as_mut_ptr().cast(), &mut prot, &mut ads, &mut port, &mut path) != 0 {
            return;
        }
        for part in [prot, ads, path] {
            assert!(!part.is_null());
            let len = CStr::from_ptr(part).to_bytes().len();
            let at = part as usize;
            // An empty path is a constant of the library.
            assert!(len <= 1 || at >= begin && at + len < begin + text.len(), "a part outside the text");
        }
    }
});
