//! Frame headers going out (RFC 6455 section 5.2).

/// The longest frame header: two bytes, a 64-bit length, a mask key.
pub const MAX_HEADER: usize = 14;

/// Writes a frame header to the front of `out` and returns its length (2 to 14).
///
/// `rsv` holds the reserved bits where they stand in the first byte (0x70), `opcode` is one of
/// [`opcode`](super::opcode); `mask` is the key of a client's frame, `None` for a server's.
#[inline]
pub fn encode_header(
    out: &mut [u8; MAX_HEADER],
    fin: bool,
    rsv: u8,
    opcode: u8,
    len: u64,
    mask: Option<[u8; 4]>,
) -> usize {
    out[0] = u8::from(fin) << 7 | (rsv & 0x70) | (opcode & 0x0f);
    let masked = u8::from(mask.is_some()) << 7;
    let used = if len < 126 {
        out[1] = masked | len as u8;
        2
    } else if len <= 0xffff {
        out[1] = masked | 126;
        out[2..4].copy_from_slice(&(len as u16).to_be_bytes());
        4
    } else {
        out[1] = masked | 127;
        out[2..10].copy_from_slice(&len.to_be_bytes());
        10
    };
    match mask {
        Some(key) => {
            out[used..used + 4].copy_from_slice(&key);
            used + 4
        }
        None => used,
    }
}

/// How long the header of a frame with `len` payload bytes is.
#[inline]
#[must_use]
pub const fn header_len(len: u64, masked: bool) -> usize {
    let base = if len < 126 {
        2
    } else if len <= 0xffff {
        4
    } else {
        10
    };
    if masked { base + 4 } else { base }
}

#[cfg(test)]
mod tests {
    use super::super::opcode;
    use super::*;

    fn header(fin: bool, rsv: u8, op: u8, len: u64, mask: Option<[u8; 4]>) -> Vec<u8> {
        let mut out = [0xee; MAX_HEADER];
        let n = encode_header(&mut out, fin, rsv, op, len, mask);
        assert_eq!(n, header_len(len, mask.is_some()));
        out[..n].to_vec()
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(header(true, 0, opcode::TEXT, 0, None), [0x81, 0]);
        assert_eq!(header(true, 0, opcode::TEXT, 125, None), [0x81, 125]);
        assert_eq!(header(true, 0, opcode::BINARY, 126, None), [0x82, 126, 0, 126]);
        assert_eq!(header(true, 0, opcode::BINARY, 65535, None), [0x82, 126, 0xff, 0xff]);
        assert_eq!(header(true, 0, opcode::BINARY, 65536, None), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn fin_rsv_and_mask_stand_where_the_rfc_puts_them() {
        assert_eq!(header(false, 0x40, opcode::TEXT, 3, Some([1, 2, 3, 4])), [0x41, 0x83, 1, 2, 3, 4]);
        assert_eq!(header(true, 0xff, opcode::PONG, 3, None), [0xfa, 3]);
    }
}
