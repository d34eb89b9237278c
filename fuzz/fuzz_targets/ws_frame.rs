//! A stream of frames says the same however the reads cut it, and whatever the longest piece is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::ws::frame::{Event, FrameDecoder, Side, Step};

/// What a stream says, with the cuts taken out: payload bytes are joined to their frame.
#[derive(Debug, PartialEq)]
enum Said {
    Frame { bytes: Vec<u8>, rsv: u8, binary: bool, first: bool, fin: bool, ended: bool },
    Control(u8, Vec<u8>),
    Error(u16, &'static str),
}

/// One step, on the server's side by the fast way where that can be taken; it has to come to the same as the other.
fn next(decoder: &mut FrameDecoder, buf: &mut [u8], side: Side, rsv: u8, limit: usize) -> Step {
    let mut copy = buf.to_vec();
    match decoder.whole_short(buf, limit) {
        Some(piece) if side == Side::Server => {
            let other = FrameDecoder::new().next(&mut copy, side, rsv, limit);
            assert!(matches!(other.event, Event::Payload(p) if p == piece && other.used == piece.end));
            assert_eq!(copy, buf);
            Step { used: piece.end, event: Event::Payload(piece) }
        }
        _ => {
            buf.copy_from_slice(&copy);
            decoder.next(buf, side, rsv, limit)
        }
    }
}

fn feed(decoder: &mut FrameDecoder, read: &[u8], side: Side, rsv: u8, limit: usize, said: &mut Vec<Said>) -> bool {
    let mut read = read.to_vec();
    let mut at = 0;
    loop {
        let buf = &mut read[at..];
        let step = next(decoder, buf, side, rsv, limit);
        assert!(step.used <= buf.len());
        match step.event {
            Event::NeedMore => {
                assert_eq!(step.used, buf.len());
                return true;
            }
            Event::Error(e) => {
                said.push(Said::Error(e.code, e.text));
                return false;
            }
            Event::Control(c) => {
                let payload = c.payload(buf);
                assert!(payload.len() <= 125);
                said.push(Said::Control(c.opcode, payload.to_vec()));
            }
            Event::Payload(p) => {
                assert!(p.start <= p.end && p.end == step.used);
                assert!(limit == 0 || p.range().len() <= limit);
                assert!(p.frame_start || !p.range().is_empty());
                let ended = p.frame_remaining == 0;
                let bytes = &buf[p.range()];
                if p.frame_start {
                    let first = p.first_fragment;
                    said.push(Said::Frame {
                        bytes: bytes.to_vec(),
                        rsv: p.rsv,
                        binary: p.binary,
                        first,
                        fin: p.fin,
                        ended,
                    });
                } else if let Some(Said::Frame { bytes: all, ended: e @ false, .. }) = said.last_mut() {
                    all.extend_from_slice(bytes);
                    *e = ended;
                } else {
                    panic!("a piece without its frame");
                }
            }
        }
        at += step.used;
    }
}

fn decode<'a>(reads: impl Iterator<Item = &'a [u8]>, side: Side, rsv: u8, limit: usize) -> Vec<Said> {
    let mut decoder = FrameDecoder::new();
    let mut said = Vec::new();
    for read in reads {
        if !feed(&mut decoder, read, side, rsv, limit, &mut said) {
            break;
        }
    }
    said
}

fuzz_target!(|data: &[u8]| {
    let [how, cut, limit, stream @ ..] = data else { return };
    let side = if how & 1 == 0 { Side::Server } else { Side::Client };
    let rsv = if how & 2 == 0 { 0 } else { 0x40 };
    let whole = decode([stream].into_iter(), side, rsv, 0);
    assert_eq!(decode(stream.chunks(1 + usize::from(*cut)), side, rsv, usize::from(*limit)), whole);
});
