//! What an answer's head says to the client that asked: what body follows (RFC 9112 section 6.3), and whether a WebSocket was
//! opened (RFC 6455 section 4.1). The order of the checks and their texts are 4.1.6's: programs compare them.

use super::names::token;
use super::table::{HeadTable, Version};
use crate::wire::ws::handshake;

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// All until the connection ends.
    UntilClose,
}

/// What follows the head; `to_head`: HEAD was asked. `None`: it cannot be told.
#[must_use]
pub fn follows(head: &HeadTable, to_head: bool) -> Option<Follows> {
    let chunked = head.transfer_encoding_chunked().ok()?;
    let length = head.content_length().ok()?;
    if to_head || matches!(head.status(), 204 | 304) {
        return Some(Follows::Length(0));
    }
    Some(match (chunked, length) {
        (true, _) if head.version() == Version::Http11 => Follows::Chunked,
        (true, _) => Follows::UntilClose,
        (false, Some(n)) => Follows::Length(n),
        (false, None) => Follows::UntilClose,
    })
}

/// The subprotocol that the server chose among those `offered`, or why the handshake is refused. `key` was sent.
pub fn check_upgrade(head: &HeadTable, key: &[u8; 24], offered: &str) -> Result<Option<Vec<u8>>, &'static str> {
    let Some(accept) = head.value(token::ACCEPT) else { return Err("HS: ACCEPT missing") };
    let Some(upgrade) = head.value(token::UPGRADE) else { return Err("HS: UPGRADE missing") };
    if !upgrade.trim_ascii().eq_ignore_ascii_case(b"websocket") {
        return Err("HS: Upgrade to something other than websocket");
    }
    if !head.list_has(token::CONNECTION, "upgrade") {
        return Err("HS: UPGRADE malformed");
    }
    let mut chosen = None;
    if head.has(token::PROTOCOL) {
        let mut names = head.values(token::PROTOCOL);
        let (Some(name), None) = (names.next(), names.next()) else { return Err("HS: PROTOCOL malformed") };
        let name = name.trim_ascii();
        if !handshake::list(offered.as_bytes()).any(|o| o == name) {
            return Err("HS: PROTOCOL malformed");
        }
        chosen = Some(name.to_vec());
    }
    if head.values(token::ACCEPT).count() != 1 || accept.trim_ascii() != handshake::accept_key(key) {
        return Err("HS: Accept hash wrong");
    }
    Ok(chosen)
}
