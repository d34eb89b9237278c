//! Tests of the frame decoder: every stream is decoded whole, cut in two at every place, and byte by byte.

use super::super::encode::encode_header;
use super::*;

const KEY: [u8; 4] = [0xde, 0xad, 0x00, 0x7f];

/// What a stream said, with the cuts of the reads taken out: neighbouring pieces of one frame are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Frame { bytes: Vec<u8>, rsv: u8, binary: bool, first: bool, fin: bool, last: bool },
    Control(u8, Vec<u8>),
    Error(ProtocolError),
}

fn frame(fin: bool, rsv: u8, op: u8, payload: &[u8], mask_key: Option<[u8; 4]>) -> Vec<u8> {
    let mut head = [0; MAX_HEADER];
    let n = encode_header(&mut head, fin, rsv, op, payload.len() as u64, mask_key);
    let mut out = head[..n].to_vec();
    out.extend_from_slice(payload);
    if let Some(k) = mask_key {
        mask::xor(&mut out[n..], k);
    }
    out
}

fn client(fin: bool, op: u8, payload: &[u8]) -> Vec<u8> {
    frame(fin, 0, op, payload, Some(KEY))
}

/// One step, on the server's side by the fast way where that can be taken; it has to come to the same as the other.
fn next(d: &mut FrameDecoder, buf: &mut [u8], side: Side, rsv: u8, limit: usize) -> Step {
    let mut copy = buf.to_vec();
    match d.whole_short(buf, limit) {
        Some(piece) if side == Side::Server => {
            let other = FrameDecoder::new().next(&mut copy, side, rsv, limit);
            assert!(matches!(other.event, Event::Payload(p) if p == piece && other.used == piece.end));
            assert_eq!(copy, buf);
            Step { used: piece.end, event: Event::Payload(piece) }
        }
        _ => {
            buf.copy_from_slice(&copy);
            d.next(buf, side, rsv, limit)
        }
    }
}

#[test]
fn the_fast_way_is_taken_for_whole_short_messages_only() {
    let short = client(true, opcode::TEXT, &[7; 125]);
    let longer = client(true, opcode::TEXT, &[7; 65_535]);
    let taken = |bytes: &[u8], limit| FrameDecoder::new().whole_short(&mut bytes.to_vec(), limit).is_some();
    assert!(taken(&short, 0) && taken(&short, 125) && taken(&client(true, opcode::BINARY, &[]), 1));
    assert!(!taken(&short, 124), "a piece longer than the limit");
    assert!(!taken(&short[..short.len() - 1], 0), "its end has not come");
    assert!(taken(&longer, 65_535) && taken(&client(true, opcode::BINARY, &[7; 126]), 0));
    assert!(!taken(&longer, 65_534) && !taken(&longer[..65_542], 0) && !taken(&longer[..7], 0));
    assert!(!taken(&short[..5], 0) && !taken(&[], 0), "its header has not come");
    for other in [
        client(false, opcode::TEXT, b"x"),
        client(true, opcode::CONTINUATION, b"x"),
        client(true, opcode::PING, b"x"),
        client(true, 3, b"x"),
        client(true, opcode::TEXT, &[7; 65_536]),
        [&[0x81, 0xfe, 0, 125][..], &[0; 200]].concat(),
        frame(true, 0x40, opcode::TEXT, b"x", Some(KEY)),
        frame(true, 0, opcode::TEXT, b"long enough", None),
    ] {
        assert!(!taken(&other, 0), "{other:?}");
    }
    let mut within = FrameDecoder::new();
    within.next(&mut client(false, opcode::TEXT, b"x"), Side::Server, 0, 0);
    assert!(within.whole_short(&mut short.clone(), 0).is_none(), "a message within a message");
}

fn feed(d: &mut FrameDecoder, read: &[u8], side: Side, rsv: u8, limit: usize, said: &mut Vec<Said>) -> bool {
    let mut buf = read.to_vec();
    let mut at = 0;
    loop {
        let rest = &mut buf[at..];
        let step = next(d, rest, side, rsv, limit);
        assert!(step.used <= rest.len());
        match step.event {
            Event::NeedMore => {
                assert_eq!(step.used, rest.len(), "NeedMore leaves nothing behind");
                return true;
            }
            Event::Error(e) => {
                said.push(Said::Error(e));
                let again = d.next(&mut [0x81, 0], side, rsv, limit);
                assert!(matches!(again.event, Event::Error(f) if f == e), "an error stays");
                return false;
            }
            Event::Control(c) => said.push(Said::Control(c.opcode, c.payload(rest).to_vec())),
            Event::Payload(p) => {
                assert!(limit == 0 || p.range().len() <= limit, "piece of {} over {limit}", p.range().len());
                assert!(p.end <= step.used);
                assert_eq!(p.is_final(), p.fin && p.frame_remaining == 0);
                assert!(p.frame_start || !p.range().is_empty(), "only an empty frame gives an empty piece");
                assert_eq!(d.remaining(), p.frame_remaining);
                assert_eq!(d.in_message(), !p.is_final());
                let bytes = rest[p.range()].to_vec();
                let last = p.frame_remaining == 0;
                if p.frame_start {
                    said.push(Said::Frame {
                        bytes,
                        rsv: p.rsv,
                        binary: p.binary,
                        first: p.first_fragment,
                        fin: p.fin,
                        last,
                    });
                } else {
                    assert!(!p.first_fragment);
                    match said.last_mut() {
                        Some(Said::Frame { bytes: b, last: l, .. }) if !*l => {
                            b.extend_from_slice(&bytes);
                            *l = last;
                        }
                        other => panic!("a later piece follows {other:?}"),
                    }
                }
            }
        }
        at += step.used;
    }
}

fn decode(reads: &[&[u8]], side: Side, rsv: u8, limit: usize) -> Vec<Said> {
    let mut d = FrameDecoder::new();
    let mut said = Vec::new();
    for read in reads {
        if !feed(&mut d, read, side, rsv, limit, &mut said) {
            return said;
        }
    }
    said
}

/// Decodes `stream` whole and in all the ways that it can be cut; gives what it says.
fn every_way(stream: &[u8], side: Side, rsv: u8) -> Vec<Said> {
    let whole = decode(&[stream], side, rsv, 0);
    for limit in [1, 7, 4096] {
        assert_eq!(decode(&[stream], side, rsv, limit), whole, "pieces of {limit}");
    }
    for cut in 0..=stream.len() {
        assert_eq!(decode(&[&stream[..cut], &stream[cut..]], side, rsv, 0), whole, "cut at {cut}");
    }
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(decode(&bytes, side, rsv, 0), whole, "byte by byte");
    let threes: Vec<&[u8]> = stream.chunks(3).collect();
    assert_eq!(decode(&threes, side, rsv, 2), whole, "reads of three, pieces of two");
    whole
}

fn message(bytes: &[u8], binary: bool) -> Said {
    Said::Frame { bytes: bytes.to_vec(), rsv: 0, binary, first: true, fin: true, last: true }
}

fn only_error(said: &[Said]) -> ProtocolError {
    match said.last() {
        Some(Said::Error(e)) => *e,
        other => panic!("no error but {other:?}"),
    }
}

#[test]
fn the_decoder_is_small() {
    assert!(size_of::<FrameDecoder>() <= 48, "{}", size_of::<FrameDecoder>());
}

#[test]
fn lengths_at_the_edges_of_their_encodings() {
    for len in [0usize, 1, 125, 126, 127, 1000] {
        let payload: Vec<u8> = (0..len).map(|i| i as u8).collect();
        assert_eq!(every_way(&client(true, opcode::BINARY, &payload), Side::Server, 0), [message(&payload, true)]);
        let unmasked = frame(true, 0, opcode::TEXT, &payload, None);
        assert_eq!(every_way(&unmasked, Side::Client, 0), [message(&payload, false)]);
    }
    for len in [65535usize, 65536, 70000] {
        let payload: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
        let stream = client(true, opcode::BINARY, &payload);
        for cut in [0, 1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 60000, stream.len()] {
            let got = decode(&[&stream[..cut], &stream[cut..]], Side::Server, 0, 4096);
            assert_eq!(got, [message(&payload, true)], "{len} cut at {cut}");
        }
    }
}

#[test]
fn control_frames_between_fragments() {
    let stream = [
        client(false, opcode::TEXT, b"Hel"),
        client(true, opcode::PING, b"are you there?"),
        client(false, opcode::CONTINUATION, b""),
        client(true, opcode::PONG, b""),
        client(true, opcode::CONTINUATION, b"lo"),
        client(true, opcode::BINARY, b"\x00\x01"),
        client(true, opcode::CLOSE, b"\x03\xe8bye"),
    ]
    .concat();
    let part = |b: &[u8], first, fin| Said::Frame { bytes: b.to_vec(), rsv: 0, binary: false, first, fin, last: true };
    assert_eq!(
        every_way(&stream, Side::Server, 0),
        [
            part(b"Hel", true, false),
            Said::Control(opcode::PING, b"are you there?".to_vec()),
            part(b"", false, false),
            Said::Control(opcode::PONG, Vec::new()),
            part(b"lo", false, true),
            message(b"\x00\x01", true),
            Said::Control(opcode::CLOSE, b"\x03\xe8bye".to_vec()),
        ]
    );
}

#[test]
fn the_longest_control_frame_passes_and_one_more_byte_does_not() {
    let full = client(true, opcode::PING, &[b'p'; 125]);
    assert_eq!(every_way(&full, Side::Server, 0), [Said::Control(opcode::PING, vec![b'p'; 125])]);
    let over = client(true, opcode::PING, &[b'p'; 126]);
    assert_eq!(only_error(&every_way(&over, Side::Server, 0)), ProtocolError::protocol("long ctl"));
}

#[test]
fn reserved_bits_need_an_extension_and_stand_in_the_first_frame_only() {
    let z = frame(true, 0x40, opcode::TEXT, b"z", Some(KEY));
    assert_eq!(only_error(&every_way(&z, Side::Server, 0)).text, "rsv bits");
    assert_eq!(
        every_way(&z, Side::Server, 0x40),
        [Said::Frame { bytes: b"z".to_vec(), rsv: 0x40, binary: false, first: true, fin: true, last: true }]
    );
    let other = frame(true, 0x20, opcode::TEXT, b"z", Some(KEY));
    assert_eq!(only_error(&every_way(&other, Side::Server, 0x40)).text, "rsv bits");
    let ping = frame(true, 0x40, opcode::PING, b"z", Some(KEY));
    assert_eq!(only_error(&every_way(&ping, Side::Server, 0x40)).text, "rsv bits");
    let rest = [
        frame(false, 0x40, opcode::TEXT, b"a", Some(KEY)),
        frame(false, 0, opcode::CONTINUATION, b"b", Some(KEY)),
        frame(true, 0x40, opcode::CONTINUATION, b"c", Some(KEY)),
    ]
    .concat();
    let said = every_way(&rest, Side::Server, 0x40);
    assert!(matches!(&said[1], Said::Frame { rsv: 0x40, first: false, .. }), "{said:?}");
    assert_eq!(only_error(&said).text, "rsv bits");
}

#[test]
fn every_opcode_is_known_or_refused() {
    for op in 0..16u8 {
        let said = every_way(&client(true, op, b"x"), Side::Server, 0);
        match op {
            1 | 2 => assert_eq!(said, [message(b"x", op == 2)]),
            8..=10 => assert_eq!(said, [Said::Control(op, b"x".to_vec())]),
            0 => assert_eq!(said, [Said::Error(ProtocolError { code: 1002, text: "bad cont" })]),
            _ => assert_eq!(said, [Said::Error(ProtocolError { code: 1002, text: "bad opc" })], "opcode {op}"),
        }
    }
}

#[test]
fn broken_streams_are_refused_with_the_text_that_names_why() {
    let cases: &[(&str, Vec<u8>, Side)] = &[
        ("frag ctl", client(false, opcode::PING, b"x"), Side::Server),
        ("bad mask", frame(true, 0, opcode::TEXT, b"x", None), Side::Server),
        ("bad mask", client(true, opcode::TEXT, b"x"), Side::Client),
        ("bad cont", [client(false, opcode::TEXT, b"x"), client(true, opcode::TEXT, b"y")].concat(), Side::Server),
        ("bad cont", [client(false, opcode::TEXT, b"x"), client(true, opcode::BINARY, b"y")].concat(), Side::Server),
        (
            "bad cont",
            [client(true, opcode::TEXT, b"x"), client(true, opcode::CONTINUATION, b"y")].concat(),
            Side::Server,
        ),
        ("bad len", vec![0x81, 0xfe, 0, 125], Side::Server),
        ("bad len", vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], Side::Server),
        ("bad len", vec![0x82, 0xff, 0x80], Side::Server),
    ];
    for (text, stream, side) in cases {
        let got = only_error(&every_way(stream, *side, 0));
        assert_eq!(got, ProtocolError { code: 1002, text }, "{stream:x?}");
    }
}

#[test]
fn what_is_wrong_in_the_first_byte_is_told_at_once() {
    let mut d = FrameDecoder::new();
    assert!(matches!(d.next(&mut [0x83], Side::Server, 0, 0).event, Event::Error(_)));
    let mut d = FrameDecoder::new();
    assert!(matches!(d.next(&mut [0x81], Side::Server, 0, 0).event, Event::NeedMore));
    assert!(matches!(d.next(&mut [0x01], Side::Server, 0, 0).event, Event::Error(_)));
}

#[test]
fn the_largest_length_is_taken_piece_by_piece() {
    let mut d = FrameDecoder::new();
    let mut head = [0; MAX_HEADER];
    let n = encode_header(&mut head, true, 0, opcode::BINARY, i64::MAX as u64, Some([0; 4]));
    assert!(matches!(d.next(&mut head[..n], Side::Server, 0, 0).event, Event::NeedMore));
    match d.next(&mut [1, 2, 3], Side::Server, 0, 0).event {
        Event::Payload(p) => {
            assert_eq!(p.frame_remaining, i64::MAX as u64 - 3);
            assert!(p.first_fragment && !p.is_final());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cut_control_frame_holds_heap_only_until_it_is_whole() {
    let mut d = FrameDecoder::new();
    let mut stream = client(true, opcode::PING, b"0123456789");
    let (a, b) = stream.split_at_mut(9);
    assert!(matches!(d.next(a, Side::Server, 0, 0).event, Event::NeedMore));
    assert!(d.collected.is_some());
    assert!(!d.at_frame_start());
    match d.next(b, Side::Server, 0, 0).event {
        Event::Control(c) => assert_eq!(c.payload(b), b"0123456789"),
        other => panic!("{other:?}"),
    }
    assert!(d.collected.is_none() && d.at_frame_start());
}
