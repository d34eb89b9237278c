//! The client's XOR mask (RFC 6455 section 5.3), in place and at memory speed.
//!
//! A key is kept as it stands on the wire; [`rotate`] turns it so that its first byte meets the next payload byte, which
//! is all the state that a frame cut over several reads needs.

/// XORs `buf` with `key`, whose first byte meets `buf[0]`.
#[inline]
pub fn xor(buf: &mut [u8], key: [u8; 4]) {
    let word = u32::from_ne_bytes(key);
    let wide = u64::from(word) << 32 | u64::from(word);
    // Blocks of 32 bytes become vector operations; a frame of 64 bytes is two turns of this loop.
    let (blocks, rest) = buf.as_chunks_mut::<32>();
    for block in blocks {
        let (lanes, _) = block.as_chunks_mut::<8>();
        for lane in lanes {
            *lane = (u64::from_ne_bytes(*lane) ^ wide).to_ne_bytes();
        }
    }
    let (lanes, rest) = rest.as_chunks_mut::<8>();
    for lane in lanes {
        *lane = (u64::from_ne_bytes(*lane) ^ wide).to_ne_bytes();
    }
    for (byte, k) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= k;
    }
}

/// The key for the byte that follows after `n` bytes have been masked with `key`.
#[inline]
#[must_use]
pub fn rotate(key: [u8; 4], n: usize) -> [u8; 4] {
    // A rotation of the little-endian word moves byte i to byte i - n, whatever the machine's own order is.
    u32::from_le_bytes(key).rotate_right(8 * (n as u32 & 3)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = [0x12, 0xa5, 0xff, 0x01];

    fn one_by_one(buf: &mut [u8], key: [u8; 4], phase: usize) {
        for (i, b) in buf.iter_mut().enumerate() {
            *b ^= key[(i + phase) & 3];
        }
    }

    #[test]
    fn every_length_alignment_and_phase_agrees_with_the_plain_loop() {
        let source: Vec<u8> = (0..200u8).collect();
        for phase in 0..4 {
            for from in 0..16 {
                for len in 0..140 {
                    let mut got = source.clone();
                    let mut want = source.clone();
                    xor(&mut got[from..from + len], rotate(KEY, phase));
                    one_by_one(&mut want[from..from + len], KEY, phase);
                    assert_eq!(got, want, "phase {phase} from {from} len {len}");
                }
            }
        }
    }

    #[test]
    fn a_payload_cut_anywhere_gives_the_same_bytes() {
        let mut whole: Vec<u8> = (0..100u8).collect();
        xor(&mut whole, KEY);
        for cut in 0..=100 {
            let mut parts: Vec<u8> = (0..100u8).collect();
            let (a, b) = parts.split_at_mut(cut);
            xor(a, KEY);
            xor(b, rotate(KEY, cut));
            assert_eq!(parts, whole, "cut at {cut}");
        }
    }

    #[test]
    fn masking_twice_gives_the_original() {
        let mut b = *b"some text that is longer than thirty-two bytes, and odd";
        let before = b;
        xor(&mut b, KEY);
        assert_ne!(b, before);
        xor(&mut b, KEY);
        assert_eq!(b, before);
    }
}
