use super::super::Compressor;
use super::*;

/// Inflates one message given in pieces, with outputs of `room` bytes.
fn inflate(pieces: &[&[u8]], room: usize, history: &mut History) -> Result<Vec<u8>, BadDeflate> {
    let mut m = Inflating::begin(new_inflater(), history);
    let mut out = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let last = i + 1 == pieces.len();
        let mut rest = *piece;
        loop {
            let mut buf = vec![0; room];
            let p = m.step(rest, last, &mut buf)?;
            rest = &rest[p.used..];
            assert!(history.push(&buf[..p.wrote]));
            out.extend_from_slice(&buf[..p.wrote]);
            match p.state {
                State::OutputFull => {}
                State::NeedsInput => {
                    assert!(!last && rest.is_empty());
                    break;
                }
                State::Whole => {
                    assert!(last && rest.is_empty());
                    break;
                }
            }
        }
    }
    let _ = m.finish();
    Ok(out)
}

fn whole(message: &[u8]) -> Result<Vec<u8>, BadDeflate> {
    inflate(&[message], 64, &mut History::new(Some(15)))
}

#[test]
fn the_examples_of_the_rfc() {
    let mut history = History::new(Some(15));
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(inflate(&[&hello], 64, &mut history).unwrap(), b"Hello");
    // 7.2.3.2: the second message refers to the first.
    assert_eq!(inflate(&[&[0xf2, 0x00, 0x11, 0x00, 0x00]], 64, &mut history).unwrap(), b"Hello");
    // 7.2.3.1: in two fragments.
    assert_eq!(inflate(&[&hello[..3], &hello[3..]], 64, &mut History::new(None)).unwrap(), b"Hello");
    // 7.2.3.3: not compressed; 7.2.3.4: a final block; 7.2.3.5: two blocks.
    assert_eq!(whole(&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]).unwrap(), b"Hello");
    assert_eq!(whole(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]).unwrap(), b"Hello");
    assert_eq!(
        whole(&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00]).unwrap(),
        b"Hello"
    );
    // 7.2.3.6: an empty message.
    assert_eq!(whole(&[0x00]).unwrap(), b"");
}

#[test]
fn what_no_compressor_makes_is_refused() {
    // No data at all, where even an empty message has a byte.
    assert_eq!(whole(&[]), Err(BadDeflate));
    // Cut within a block; data behind a final block; a reserved block type; a distance beyond the start.
    assert_eq!(whole(&[0xf2, 0x48, 0xcd]), Err(BadDeflate));
    assert_eq!(whole(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00]), Err(BadDeflate));
    assert_eq!(whole(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2]), Err(BadDeflate));
    assert_eq!(whole(&[0x06]), Err(BadDeflate));
    assert_eq!(whole(&[0xf2, 0x00, 0x11, 0x00, 0x00]), Err(BadDeflate));
}

#[test]
fn every_cut_and_every_output_size_give_the_same() {
    let text: Vec<u8> = (0..3000_u32).flat_map(|i| format!("{} ", i * i % 977).into_bytes()).collect();
    let mut compressed = Vec::new();
    Compressor::new(15, 6).unwrap().fragment(&text, true, &mut compressed).unwrap();
    for cut in (0..=compressed.len()).step_by(7) {
        let (a, b) = compressed.split_at(cut);
        for room in [1, 13, 4096, 1 << 20] {
            assert_eq!(inflate(&[a, b], room, &mut History::new(Some(15))).unwrap(), text, "cut {cut}, room {room}");
        }
    }
}

#[test]
fn history_is_bounded_by_the_window_and_by_what_came() {
    let mut history = History::new(Some(9));
    assert!(history.push(b"abc"));
    assert_eq!(history.len(), 3);
    assert!(history.push(&[b'x'; 600]));
    assert_eq!(history.len(), 512);
    assert!(history.bytes.capacity() <= 512);
    assert!(history.push(b"yz"));
    assert_eq!(history.len(), 512);
    let mut none = History::new(None);
    assert!(none.push(b"abc"));
    assert!(none.is_empty());
}

#[test]
fn fragments_and_windows_round_trip() {
    let text: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x3f).collect();
    for bits in 9..=15 {
        for level in [0, 1, 6, 9] {
            let mut compressor = Compressor::new(bits, level).unwrap();
            let mut history = History::new(Some(bits));
            for _ in 0..3 {
                let mut fragments = Vec::new();
                for (i, part) in text.chunks(7000).enumerate() {
                    let mut out = Vec::new();
                    compressor.fragment(part, i == 2, &mut out).unwrap();
                    fragments.push(out);
                }
                let refs: Vec<&[u8]> = fragments.iter().map(Vec::as_slice).collect();
                assert_eq!(inflate(&refs, 4096, &mut history).unwrap(), text, "bits {bits}, level {level}");
            }
        }
    }
    assert!(Compressor::new(8, 1).is_none());
    assert!(Compressor::new(16, 1).is_none());
    let mut out = Vec::new();
    Compressor::new(15, 1).unwrap().fragment(b"", true, &mut out).unwrap();
    assert_eq!(out, [0x00]);
}
