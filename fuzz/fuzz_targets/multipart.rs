//! A form is the same however the reads cut it, and what a browser would send comes out as it went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::form::multipart::{BadMultipart, Decoder, Disposition, Event};
use websockets::wire::form::urlencoded;

type Form = (Vec<(Disposition, Vec<u8>, bool)>, bool, Option<BadMultipart>);

fn decode<'a>(boundary: &[u8], pieces: impl Iterator<Item = &'a [u8]>) -> Form {
    let mut decoder = Decoder::new(boundary);
    let (mut parts, mut over) = (Vec::new(), false);
    for piece in pieces {
        let mut at = 0;
        loop {
            let step = decoder.next(&piece[at..]);
            match step.event {
                Event::NeedMore => {
                    assert_eq!(at + step.used, piece.len());
                    break;
                }
                Event::Part(disposition) => parts.push((disposition, Vec::new(), false)),
                Event::Data(range) => {
                    assert!(!range.is_empty() && range.end <= step.used);
                    parts.last_mut().expect("within a part").1.extend_from_slice(&piece[at..][range]);
                }
                Event::Held(range) => {
                    let held = decoder.delimiter()[range].to_vec();
                    parts.last_mut().expect("within a part").1.extend_from_slice(&held);
                }
                Event::PartEnd => parts.last_mut().expect("within a part").2 = true,
                Event::End => {
                    assert!(!over);
                    over = true;
                }
                Event::Error(why) => return (parts, over, Some(why)),
            }
            at += step.used;
        }
    }
    (parts, over, None)
}

fuzz_target!(|data: &[u8]| {
    let [cut, body @ ..] = data else { return };
    let cut = 1 + usize::from(*cut);
    assert_eq!(decode(b"XX", body.chunks(cut)), decode(b"XX", [body].into_iter()));

    // The boundary is chosen so that it is not in the body.
    let boundary = b"boundary-that-no-fuzzer-has-met";
    if !body.windows(boundary.len()).any(|w| w == boundary) {
        let mut sent = b"--".to_vec();
        sent.extend_from_slice(boundary);
        sent.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n");
        sent.extend_from_slice(body);
        sent.extend_from_slice(b"\r\n--");
        sent.extend_from_slice(boundary);
        sent.extend_from_slice(b"--\r\n");
        let disposition = Disposition { name: Some(b"n".to_vec()), filename: None };
        assert_eq!(decode(boundary, sent.chunks(cut)), (vec![(disposition, body.to_vec(), true)], true, None));
    }

    let mut decoder = urlencoded::Decoder::new();
    for byte in body {
        if decoder.next(*byte).is_err() {
            return;
        }
    }
    decoder.end_field();
});
