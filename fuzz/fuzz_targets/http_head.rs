//! A head is the same however the reads cut it; its table answers consistently; no path climbs out of its root.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::http1::head::{Fed, HeadReader};
use websockets::wire::http1::names::token;
use websockets::wire::http1::table::HeadTable;

const DATA: usize = 2048;

enum Read {
    /// The head did not end.
    Unfinished(HeadReader),
    Done(usize, HeadTable),
    Refused,
}

fn read<'a>(mut reader: HeadReader, parts: impl Iterator<Item = &'a [u8]>) -> Read {
    let mut before = 0;
    for part in parts {
        match reader.feed(part) {
            Ok(Fed::NeedMore) => before += part.len(),
            Ok(Fed::Done { used, head }) => {
                assert!(used <= part.len());
                return Read::Done(before + used, head);
            }
            Err(error) => {
                assert!(matches!(error.status(), 400..=599));
                assert!(matches!(reader.feed(b"GET / HTTP/1.1\r\n\r\n"), Err(e) if e == error));
                return Read::Refused;
            }
        }
    }
    Read::Unfinished(reader)
}

/// All that a table answers.
fn answers(head: &HeadTable) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for t in 0..token::COUNT as u8 {
        let len = head.total_length(t);
        let mut out = vec![0xee; len + 1];
        assert_eq!(head.copy(t, &mut out), Ok(len));
        assert_eq!(out[len], 0);
        assert!(head.copy(t, &mut out[..len]).is_err());
        let n = head.values(t).count();
        assert!((0..n).all(|i| head.fragment(t, i).is_some()) && head.fragment(t, n).is_none());
        all.push(out);
    }
    all.extend(head.customs().flat_map(|(name, value)| [name.to_vec(), value.to_vec()]));
    for (name, _) in head.customs() {
        assert!(head.custom(name).is_some());
    }
    all.push(
        format!("{:?} {:?} {:?}", head.content_length(), head.transfer_encoding_chunked(), head.check_host()).into(),
    );
    all.push(format!("{:?} {:?} {} {}", head.version(), head.method(), head.status(), head.keep_alive()).into());
    all
}

fuzz_target!(|data: &[u8]| {
    let [how, cut, text @ ..] = data else { return };
    let make = || if how & 1 == 0 { HeadReader::request(DATA) } else { HeadReader::response(DATA) };
    let whole = read(make(), [text].into_iter());
    let parts = read(make(), text.chunks(1 + usize::from(*cut)));
    match (whole, parts) {
        (Read::Done(used, head), Read::Done(used_parts, head_parts)) => {
            assert_eq!(used, used_parts);
            assert_eq!(answers(&head), answers(&head_parts));
            assert!(head.stored() <= DATA);
            if let Some((_, path)) = head.uri_and_method()
                && path.first() == Some(&b'/')
            {
                assert!(!path.contains(&0));
                assert!(!path.split(|b| *b == b'/').any(|segment| segment == b".."));
            }
        }
        (Read::Unfinished(_), Read::Unfinished(_)) | (Read::Refused, Read::Refused) => {}
        // A fault may be seen before the head's end, but a head that is refused once is never taken otherwise.
        (Read::Refused, Read::Unfinished(mut reader)) | (Read::Unfinished(mut reader), Read::Refused) => {
            assert!(reader.feed(b"\r\n\r\n").is_err(), "refused and taken");
        }
        (Read::Done(..), _) | (_, Read::Done(..)) => panic!("a head that ends at one cut only"),
    }
});
