//! As much of RFC 6455 as a client needs that knows each byte that will come back.

use crate::Failure;
use std::net::SocketAddrV4;

/// The key of RFC 6455 section 1.3 and its accept value: the answer can be judged without a hash.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The first bytes of a payload tell connection and message apart.
pub const STAMP: usize = 8;

/// `offer`: the extensions to ask for.
pub fn request(server: SocketAddrV4, offer: Option<&str>) -> String {
    let extensions = offer.map_or_else(String::new, |offer| format!("Sec-WebSocket-Extensions: {offer}\r\n"));
    format!(
        "GET / HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n"
    )
}

pub fn judge_answer(head: &[u8], offer: Option<&str>) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(head);
    let accepted = text.lines().any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT)
    });
    let agreed = text.lines().any(|line| line.to_ascii_lowercase().starts_with("sec-websocket-extensions:"));
    if text.starts_with("HTTP/1.1 101") && accepted && agreed == offer.is_some() {
        Ok(())
    } else {
        Err(format!("not the answer to a WebSocket handshake: {text}").into())
    }
}

/// A masked close frame with code 1000, and the frame that answers it.
pub fn close_frame() -> [u8; 8] {
    let mut f = [0x88, 0x82, MASK[0], MASK[1], MASK[2], MASK[3], 0x03, 0xe8];
    f[6] ^= MASK[0];
    f[7] ^= MASK[1];
    f
}
pub const CLOSE_ANSWER: [u8; 4] = [0x88, 0x02, 0x03, 0xe8];

/// A frame's header up to its mask.
pub fn header(first: u8, mask_bit: u8, size: usize) -> Vec<u8> {
    let mut h = vec![first];
    match size {
        0..=125 => h.push(mask_bit | size as u8),
        126..=65535 => {
            h.push(mask_bit | 126);
            h.extend_from_slice(&(size as u16).to_be_bytes());
        }
        _ => {
            h.push(mask_bit | 127);
            h.extend_from_slice(&(size as u64).to_be_bytes());
        }
    }
    h
}

/// A whole frame with a mask; `first` is its first byte without FIN.
pub fn masked_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(0x80 | first, 0x80, payload.len());
    frame.extend_from_slice(&MASK);
    frame.extend(payload.iter().enumerate().map(|(i, b)| b ^ MASK[i % 4]));
    frame
}

/// What all messages of a run have in common, ready to be copied out and compared with.
pub struct Frames {
    text: bool,
    stamp_len: usize,
    out_head: Vec<u8>,
    out_body: Vec<u8>,
    in_head: Vec<u8>,
    in_body: Vec<u8>,
}

impl Frames {
    pub fn new(size: usize, text: bool) -> Self {
        let first = if text { 0x81 } else { 0x82 };
        let stamp_len = size.min(STAMP);
        let payload: Vec<u8> =
            (0..size).map(|i| if text { b'a' + (i % 26) as u8 } else { (i * 131 + i / 251) as u8 }).collect();
        let masked: Vec<u8> = payload.iter().enumerate().map(|(i, b)| b ^ MASK[i % 4]).collect();
        let mut out_head = header(first, 0x80, size);
        out_head.extend_from_slice(&MASK);
        Frames {
            text,
            stamp_len,
            out_head,
            out_body: masked[stamp_len..].to_vec(),
            in_head: header(first, 0, size),
            in_body: payload[stamp_len..].to_vec(),
        }
    }

    fn stamp(&self, connection: u32, number: u64) -> [u8; STAMP] {
        let value = u64::from(connection).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number);
        let mut bytes = value.to_le_bytes();
        if self.text {
            bytes = bytes.map(|b| b'A' + (b & 15));
        }
        bytes
    }

    /// Appends the message `number` of a connection to what it sends.
    pub fn append(&self, out: &mut Vec<u8>, connection: u32, number: u64) {
        let mut stamp = self.stamp(connection, number);
        for (i, b) in stamp.iter_mut().enumerate() {
            *b ^= MASK[i % 4];
        }
        out.extend_from_slice(&self.out_head);
        out.extend_from_slice(&stamp[..self.stamp_len]);
        out.extend_from_slice(&self.out_body);
    }

    /// Compares the front of `bytes`, which continues at `offset` in the echo of message `number`, with what must
    /// come. Returns how many bytes were used and whether the message is complete; None when a byte differs.
    pub fn check(&self, bytes: &[u8], offset: usize, connection: u32, number: u64) -> Option<(usize, bool)> {
        let stamp = self.stamp(connection, number);
        let mut used = 0;
        let mut from = 0;
        for part in [&self.in_head[..], &stamp[..self.stamp_len], &self.in_body[..]] {
            let at = offset + used;
            if at >= from && at < from + part.len() {
                let wanted = &part[at - from..];
                let n = wanted.len().min(bytes.len() - used);
                if bytes[used..used + n] != wanted[..n] {
                    return None;
                }
                used += n;
            }
            from += part.len();
        }
        Some((used, offset + used == from))
    }
}

/// The payload of a frame that [`masked_frame`] made.
#[cfg(test)]
pub fn unmasked(frame: &[u8]) -> Vec<u8> {
    let head = match frame[1] & 0x7f {
        126 => 8,
        127 => 14,
        _ => 6,
    };
    frame[head..].iter().enumerate().map(|(i, b)| b ^ MASK[i % 4]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo_of(frames: &Frames, connection: u32, number: u64) -> Vec<u8> {
        let mut sent = Vec::new();
        frames.append(&mut sent, connection, number);
        let head = frames.out_head.len();
        let body: Vec<u8> = sent[head..].iter().enumerate().map(|(i, b)| b ^ MASK[i % 4]).collect();
        [frames.in_head.clone(), body].concat()
    }

    #[test]
    fn an_echo_is_recognised_however_it_is_cut() {
        for size in [0, 3, 8, 64, 125, 126, 4096, 70000] {
            let frames = Frames::new(size, size % 2 == 0);
            let reply = echo_of(&frames, 7, 9);
            for cut in [0, 1, 2, 5, 11, reply.len() / 2, reply.len() - 1] {
                let cut = cut.min(reply.len() - 1);
                assert_eq!(frames.check(&reply[..cut], 0, 7, 9), Some((cut, false)), "size {size} cut {cut}");
                assert_eq!(frames.check(&reply[cut..], cut, 7, 9), Some((reply.len() - cut, true)));
            }
        }
    }

    #[test]
    fn any_wrong_byte_is_found() {
        let frames = Frames::new(64, false);
        let reply = echo_of(&frames, 1, 2);
        for i in 0..reply.len() {
            let mut bad = reply.clone();
            bad[i] ^= 1;
            assert_eq!(frames.check(&bad, 0, 1, 2), None, "byte {i}");
        }
        assert_eq!(frames.check(&reply, 0, 1, 3), None, "another message's echo");
        assert_eq!(frames.check(&reply, 0, 2, 2), None, "another connection's echo");
    }
}
