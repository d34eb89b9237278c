//! The small parts of the opening handshake (RFC 6455 section 4): accept key, header lists, key check.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The length of an accept key.
pub const ACCEPT_LEN: usize = 28;

/// What `Sec-WebSocket-Accept` says for a `Sec-WebSocket-Key` (section 4.2.2 item 5.4). `key` is the header's value without
/// white space around it.
#[must_use]
pub fn accept_key(key: &[u8]) -> [u8; ACCEPT_LEN] {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    let mut out = [0; ACCEPT_LEN];
    let written = STANDARD.encode_slice(digest, &mut out);
    debug_assert_eq!(written, Ok(ACCEPT_LEN));
    out
}

/// What a client sends as `Sec-WebSocket-Key` for sixteen random bytes.
#[must_use]
pub fn client_key(random: [u8; 16]) -> [u8; 24] {
    let mut out = [0; 24];
    let written = STANDARD.encode_slice(random, &mut out);
    debug_assert_eq!(written, Ok(24));
    out
}

/// Whether `key` is base64 of sixteen bytes (section 4.2.1 item 5). White space around it does not count.
#[must_use]
pub fn is_valid_key(key: &[u8]) -> bool {
    let mut raw = [0; 18];
    let key = key.trim_ascii();
    key.len() == 24 && STANDARD.decode_slice(key, &mut raw) == Ok(16)
}

/// The elements of a comma separated header value, without white space around them; empty ones are left out
/// (RFC 9110 section 5.6.1). For `Sec-WebSocket-Protocol` these are the subprotocols in the client's order.
pub fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|e| !e.is_empty())
}

/// Whether a comma separated header value has `token` among its elements, in any case:
/// `Connection: keep-alive, Upgrade` contains `upgrade`.
#[must_use]
pub fn has_token(value: &[u8], token: &str) -> bool {
    list(value).any(|e| e.eq_ignore_ascii_case(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_key_of_the_rfc() {
        assert_eq!(&accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys() {
        assert!(is_valid_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(is_valid_key(b"  dGhlIHNhbXBsZSBub25jZQ== "));
        assert!(is_valid_key(&client_key([7; 16])));
        for bad in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ!=",
            "AAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(!is_valid_key(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn lists() {
        let got: Vec<_> = list(b"chat,  echo ,,\tsuper-chat").collect();
        assert_eq!(got, [&b"chat"[..], b"echo", b"super-chat"]);
        assert_eq!(list(b" , ").count(), 0);
    }

    #[test]
    fn tokens_in_any_case_but_whole() {
        assert!(has_token(b"keep-alive, Upgrade", "upgrade"));
        assert!(has_token(b"websocket", "WebSocket"));
        assert!(!has_token(b"keep-alive, Upgrades", "upgrade"));
        assert!(!has_token(b"", "upgrade"));
    }
}
