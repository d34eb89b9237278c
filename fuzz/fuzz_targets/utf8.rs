//! The incremental validator agrees with the standard library, at every cut, and fails with the first impossible octet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::ws::utf8::{Utf8Validator, is_utf8};

fuzz_target!(|data: &[u8]| {
    let [cut, text @ ..] = data else { return };
    let std = std::str::from_utf8(text);
    assert_eq!(is_utf8(text), std.is_ok());

    let mut validator = Utf8Validator::new();
    let pieces = text.chunks(1 + usize::from(*cut)).all(|piece| validator.feed(piece).is_ok());
    assert_eq!(pieces, std.map_or_else(|e| e.error_len().is_none(), |_| true));
    if pieces {
        assert_eq!(validator.finish().is_ok(), std.is_ok());
    }

    let mut validator = Utf8Validator::new();
    let failed = text.iter().position(|octet| validator.feed(std::slice::from_ref(octet)).is_err());
    if let Some(at) = failed {
        let before = std::str::from_utf8(&text[..at]);
        assert!(before.is_ok() || before.is_err_and(|e| e.error_len().is_none()), "octet {at} is late");
        assert!(std::str::from_utf8(&text[..=at]).is_err_and(|e| e.error_len().is_some()), "octet {at} is early");
    }
});
