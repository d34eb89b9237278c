//! A message that our compressor made comes out again whole, cut anywhere and into outputs of any size; whatever else a peer
//! sends ends in an error or a message, the same one at every split into two fragments, never in a hang or output without
//! input.
#![no_main]

use std::cell::RefCell;

use flate2::Decompress;
use libfuzzer_sys::fuzz_target;
use websockets::wire::ws::deflate::inflate::{State, new_inflater};
use websockets::wire::ws::deflate::{BadDeflate, Compressor, History, Inflating};

/// Most output of one message here.
const MOST: usize = 1 << 16;

/// Data up to this length is cut at every byte, with as much output at most.
const EVERY_SPLIT: usize = 64;
const EVERY_SPLIT_OUTPUT: usize = 1 << 10;

thread_local! {
    /// The inflater, which one message after another uses, as a service thread's do.
    static INFLATER: RefCell<Option<Decompress>> = const { RefCell::new(None) };
}

fn inflate(message: &[u8], cut: usize, room: usize, most: usize, history: &mut History) -> Result<Vec<u8>, BadDeflate> {
    let inflater = INFLATER.take().unwrap_or_else(new_inflater);
    let mut inflating = Inflating::begin(inflater, history);
    let result = run(&mut inflating, message.split_at(cut.min(message.len())), room, most, history);
    INFLATER.set(Some(inflating.finish()));
    result
}

fn run(
    inflating: &mut Inflating,
    fragments: (&[u8], &[u8]),
    room: usize,
    most: usize,
    history: &mut History,
) -> Result<Vec<u8>, BadDeflate> {
    let mut out = Vec::new();
    let mut buf = vec![0; room];
    for (piece, last) in [(fragments.0, false), (fragments.1, true)] {
        let mut rest = piece;
        loop {
            let p = inflating.step(rest, last, &mut buf)?;
            rest = &rest[p.used..];
            out.extend_from_slice(&buf[..p.wrote]);
            assert!(history.push(&buf[..p.wrote]));
            if out.len() > most {
                out.truncate(most);
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

/// What a message comes to does not depend on where it is cut.
fn every_split(message: &[u8], room: usize) {
    let inflated = |cut| inflate(message, cut, room, EVERY_SPLIT_OUTPUT, &mut History::new(Some(15)));
    // Where the output is cut off, an error that lies just behind is seen or not.
    let cut_off = |r: &Result<Vec<u8>, BadDeflate>| r.as_ref().is_ok_and(|out| out.len() == EVERY_SPLIT_OUTPUT);
    let whole = inflated(message.len());
    for cut in 0..message.len() {
        let split = inflated(cut);
        if !cut_off(&split) && !cut_off(&whole) {
            assert_eq!(split, whole, "cut at {cut} of {}", message.len());
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [cut, room, bits, level, data @ ..] = data else { return };
    let (cut, room) = (usize::from(*cut), 1 + usize::from(*room));
    let _ = inflate(data, cut, room, MOST, &mut History::new(Some(15)));
    if data.len() <= EVERY_SPLIT {
        every_split(data, room);
    }

    let bits = 9 + bits % 7;
    let mut compressor = Compressor::new(bits, level % 10).unwrap();
    let mut history = History::new(Some(bits));
    for _ in 0..2 {
        let (mut message, mut end) = (Vec::new(), Vec::new());
        let (a, b) = data.split_at(cut.min(data.len()));
        compressor.fragment(a, false, &mut message).unwrap();
        compressor.fragment(b, true, &mut end).unwrap();
        message.append(&mut end);
        if message.len() <= EVERY_SPLIT {
            every_split(&message, room);
        }
        assert_eq!(inflate(&message, cut, room, MOST, &mut history).unwrap(), data);
    }
});
