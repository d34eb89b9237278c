//! A chunked body is the same however the reads cut it, and what is encoded decodes to itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::http1::chunked::{BadChunk, ChunkDecoder, ChunkEvent, LAST, MAX_HEAD, encode_head};

fn decode<'a>(parts: impl Iterator<Item = &'a [u8]>, limit: usize) -> (Vec<u8>, Option<Result<usize, BadChunk>>) {
    let mut decoder = ChunkDecoder::new();
    let mut data = Vec::new();
    let mut before = 0;
    for part in parts {
        let mut at = 0;
        loop {
            let step = decoder.next(&part[at..], limit);
            match step.event {
                ChunkEvent::NeedMore => {
                    assert_eq!(at + step.used, part.len());
                    break;
                }
                ChunkEvent::Data(range) => {
                    assert!(!range.is_empty() && range.end == step.used);
                    assert!(limit == 0 || range.len() <= limit);
                    data.extend_from_slice(&part[at..][range]);
                }
                ChunkEvent::End => return (data, Some(Ok(before + at + step.used))),
                ChunkEvent::Error(why) => return (data, Some(Err(why))),
            }
            at += step.used;
        }
        before += part.len();
    }
    (data, None)
}

fuzz_target!(|data: &[u8]| {
    let [cut, limit, body @ ..] = data else { return };
    let cut = 1 + usize::from(*cut);
    let whole = decode([body].into_iter(), 0);
    assert_eq!(decode(body.chunks(cut), usize::from(*limit)), whole);

    let mut encoded = Vec::new();
    for chunk in body.chunks(cut) {
        let mut head = [0; MAX_HEAD];
        let n = encode_head(&mut head, chunk.len() as u64);
        encoded.extend_from_slice(&head[..n]);
        encoded.extend_from_slice(chunk);
        encoded.extend_from_slice(b"\r\n");
    }
    encoded.extend_from_slice(LAST);
    assert_eq!(decode([&encoded[..]].into_iter(), 0), (body.to_vec(), Some(Ok(encoded.len()))));
});
