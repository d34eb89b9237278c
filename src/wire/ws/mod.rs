//! WebSocket (RFC 6455) on the wire: frames, mask, UTF-8, close payloads, the opening handshake's small parts.
//!
//! Nothing here owns a buffer of a connection: frames are decoded in place in the service thread's receive buffer.

pub mod close;
pub mod deflate;
pub mod encode;
pub mod extensions;
pub mod frame;
pub mod handshake;
pub mod mask;
pub mod utf8;

/// Opcodes of RFC 6455 section 5.2, as they stand in the low four bits of a frame's first byte.
pub mod opcode {
    /// A further fragment of the message in progress.
    pub const CONTINUATION: u8 = 0x0;
    /// A text message, or its first fragment.
    pub const TEXT: u8 = 0x1;
    /// A binary message, or its first fragment.
    pub const BINARY: u8 = 0x2;
    /// Close frame.
    pub const CLOSE: u8 = 0x8;
    /// Ping frame.
    pub const PING: u8 = 0x9;
    /// Pong frame.
    pub const PONG: u8 = 0xa;
}

/// The longest payload of a control frame, in bytes (RFC 6455 section 5.5).
pub const MAX_CONTROL: usize = 125;

/// Why a peer's bytes break the protocol: what our close frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    /// Close code (RFC 6455 section 7.4.1).
    pub code: u16,
    /// Short text for the close frame, as the API's programs know it from their logs.
    pub text: &'static str,
}

impl ProtocolError {
    /// A text message or a close reason holds what UTF-8 never does.
    pub const BAD_UTF8: Self = ProtocolError { code: close::code::INVALID_PAYLOAD, text: "bad utf8" };
    /// A text message ends within a character.
    pub const PARTIAL_UTF8: Self = ProtocolError { code: close::code::INVALID_PAYLOAD, text: "partial utf8" };

    pub(crate) const fn protocol(text: &'static str) -> Self {
        ProtocolError { code: close::code::PROTOCOL_ERR, text }
    }
}

impl std::fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.text, self.code)
    }
}

impl std::error::Error for ProtocolError {}
