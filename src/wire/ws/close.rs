//! The payload of close frames (RFC 6455 sections 5.5.1 and 7.4).

use super::{MAX_CONTROL, ProtocolError, utf8};

/// Close codes of RFC 6455 section 7.4.1 and of IANA's registry.
pub mod code {
    /// The purpose is fulfilled.
    pub const NORMAL: u16 = 1000;
    /// The endpoint goes away.
    pub const GOINGAWAY: u16 = 1001;
    /// The peer broke the protocol.
    pub const PROTOCOL_ERR: u16 = 1002;
    /// A kind of data that the endpoint does not take.
    pub const UNACCEPTABLE_OPCODE: u16 = 1003;
    /// Text that is not UTF-8, or data that do not fit the message's type.
    pub const INVALID_PAYLOAD: u16 = 1007;
    /// Against the endpoint's policy.
    pub const POLICY_VIOLATION: u16 = 1008;
    /// A message too large to process.
    pub const MESSAGE_TOO_LARGE: u16 = 1009;
    /// A client missed an extension that it needs.
    pub const EXTENSION_REQUIRED: u16 = 1010;
    /// The server met a condition that it did not expect.
    pub const UNEXPECTED_CONDITION: u16 = 1011;
}

/// What a peer's close frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close<'a> {
    /// The code as it came; `None` for an empty payload.
    pub code: Option<u16>,
    /// The text, which is UTF-8; empty when there is none.
    pub reason: &'a [u8],
}

impl Close<'_> {
    /// The code to show to the program and to echo: what came, or 1002 in place of a code that no peer may send.
    /// `None` for an empty payload, which is echoed as an empty one.
    #[inline]
    #[must_use]
    pub fn code_to_echo(&self) -> Option<u16> {
        self.code.map(|c| if may_be_sent(c) { c } else { code::PROTOCOL_ERR })
    }
}

/// Reads the payload of a peer's close frame.
///
/// A code that must not be sent is no error here: [`Close::code_to_echo`] replaces it.
///
/// # Errors
/// A payload of one byte or of more than 125 (1002), or a reason that is not UTF-8 (1007).
pub fn parse(payload: &[u8]) -> Result<Close<'_>, ProtocolError> {
    match payload {
        [] => Ok(Close { code: None, reason: &[] }),
        [_] => Err(ProtocolError::protocol("bad close")),
        _ if payload.len() > MAX_CONTROL => Err(ProtocolError::protocol("long ctl")),
        [high, low, reason @ ..] => {
            if !utf8::is_utf8(reason) {
                return Err(ProtocolError::BAD_UTF8);
            }
            Ok(Close { code: Some(u16::from_be_bytes([*high, *low])), reason })
        }
    }
}

/// Whether an endpoint may put `code` in a close frame: the codes of RFC 6455 that are not reserved, IANA's 1012 to 1014,
/// and the ranges for libraries (3000 …) and applications (4000 …).
#[inline]
#[must_use]
pub const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Writes a close payload to the front of `out` and returns its length; a reason that does not fit 123 bytes is cut at a
/// character's edge.
pub fn encode(out: &mut [u8; MAX_CONTROL], code: u16, reason: &[u8]) -> usize {
    let mut n = reason.len().min(MAX_CONTROL - 2);
    while n < reason.len() && n > 0 && reason[n] & 0xc0 == 0x80 {
        n -= 1;
    }
    out[..2].copy_from_slice(&code.to_be_bytes());
    out[2..2 + n].copy_from_slice(&reason[..n]);
    2 + n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_a_peer_may_send() {
        for c in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
            assert!(may_be_sent(c), "{c}");
        }
        for c in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
            assert!(!may_be_sent(c), "{c}");
            let b = [&c.to_be_bytes()[..], b"why"].concat();
            let got = parse(&b).expect("no error");
            assert_eq!((got.code, got.code_to_echo(), got.reason), (Some(c), Some(1002), &b"why"[..]));
        }
    }

    #[test]
    fn payloads() {
        assert_eq!(parse(b""), Ok(Close { code: None, reason: b"" }));
        assert_eq!(parse(b"").map(|c| c.code_to_echo()), Ok(None));
        assert_eq!(parse(b"\x03").map_err(|e| e.code), Err(1002));
        assert_eq!(parse(b"\x03\xe8"), Ok(Close { code: Some(1000), reason: b"" }));
        assert_eq!(parse(b"\x03\xe8caf\xc3\xa9"), Ok(Close { code: Some(1000), reason: "café".as_bytes() }));
        assert_eq!(parse(b"\x03\xe8caf\xc3").map_err(|e| e.code), Err(1007));
        assert_eq!(parse(&[b'x'; 126]).map_err(|e| e.code), Err(1002));
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let mut out = [0; MAX_CONTROL];
        assert_eq!(encode(&mut out, 1000, b"bye"), 5);
        assert_eq!(&out[..5], b"\x03\xe8bye");
        let long = "é".repeat(80);
        let n = encode(&mut out, 1001, long.as_bytes());
        assert_eq!(n, 2 + 122);
        assert_eq!(parse(&out[..n]).map(|c| c.reason.len()), Ok(122));
    }
}
