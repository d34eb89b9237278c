//! Offers of extensions: whatever a client offers is read or refused; what a server chooses of it says what the client would
//! take as an answer, and asks of our own compressor only what it can do.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::ws::deflate::Agreement;
use websockets::wire::ws::deflate::negotiate::{MIN_OWN_BITS, ServerWishes};
use websockets::wire::ws::extensions;

fuzz_target!(|data: &[u8]| {
    let [wishes, client_bits, server_bits, header @ ..] = data else { return };
    let Ok(offers) = extensions::parse(header) else { return };
    for offer in &offers {
        let parameters = offer.parameters.iter().flat_map(|(name, value)| [Some(*name), *value]).flatten();
        for token in parameters.chain([offer.name]) {
            assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && !b";,=\"".contains(&b)));
        }
    }
    let bits = |asked: bool, bits: &u8| asked.then_some(9 + bits % 7);
    let wishes = ServerWishes {
        server_no_context_takeover: wishes & 1 != 0,
        client_no_context_takeover: wishes & 2 != 0,
        server_max_window_bits: bits(wishes & 4 != 0, server_bits),
        client_max_window_bits: bits(wishes & 8 != 0, client_bits),
    };
    let Some(agreed) = Agreement::choose(&offers, wishes) else { return };
    assert!(agreed.server_max_window_bits.is_none_or(|bits| bits >= MIN_OWN_BITS));
    let header = agreed.header();
    let answer = extensions::parse(header.as_bytes()).unwrap();
    assert_eq!(answer.len(), 1);
    assert!(offers.iter().any(|o| Agreement::accept(&answer[0], o).is_some()), "{header} would be refused");
});
