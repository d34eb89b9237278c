//! A message that our compressor made comes out again whole, cut anywhere and into outputs of any size; whatever else a peer
//! sends ends in an error or a message, never in a hang or output without input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::ws::deflate::inflate::{State, new_inflater};
use websockets::wire::ws::deflate::{Agreement, BadDeflate, Compressor, History, Inflating};
use websockets::wire::ws::extensions;

/// Most output of one message here.
const MOST: usize = 1 << 20;

fn inflate(message: &[u8], cut: usize, room: usize, history: &mut History) -> Result<Vec<u8>, BadDeflate> {
    let (a, b) = message.split_at(cut.min(message.len()));
    let mut m = Inflating::begin(new_inflater(), history);
    let mut out = Vec::new();
    let mut buf = vec![0; room];
    for (piece, last) in [(a, false), (b, true)] {
        let mut rest = piece;
        loop {
            let p = m.step(rest, last, &mut buf)?;
            rest = &rest[p.used..];
            out.extend_from_slice(&buf[..p.wrote]);
            assert!(history.push(&buf[..p.wrote]));
            if out.len() > MOST {
                return Ok(out);
            }
            match p.state {
                State::OutputFull => assert!(p.wrote == room),
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
    Ok(out)
}

fuzz_target!(|data: &[u8]| {
    let [cut, room, bits, level, data @ ..] = data else { return };
    let (cut, room) = (usize::from(*cut), 1 + usize::from(*room));
    let _ = inflate(data, cut, room, &mut History::new(Some(15)));

    let bits = 9 + bits % 7;
    let mut compressor = Compressor::new(bits, level % 10).unwrap();
    let mut history = History::new(Some(bits));
    for _ in 0..2 {
        let mut message = Vec::new();
        let (a, b) = data.split_at(cut.min(data.len()));
        compressor.fragment(a, false, &mut message).unwrap();
        compressor.fragment(b, true, &mut message).unwrap();
        assert_eq!(inflate(&message, cut, room, &mut history).unwrap(), data);
    }

    if let Ok(list) = extensions::parse(data) {
        if let Some(agreed) = Agreement::choose(&list, Default::default()) {
            let header = agreed.header();
            let answer = extensions::parse(header.as_bytes()).unwrap();
            let accepted = list.iter().any(|offer| Agreement::accept(&answer[0], offer).is_some());
            assert!(accepted, "an answer that the client would refuse");
        }
    }
});
