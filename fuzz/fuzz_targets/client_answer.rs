//! What a server answers to a client is the same however the reads cut it: heads, interim ones first, then the body. A handshake
//! that is taken has the accept key of the key that was sent and a subprotocol that was offered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::http1::answer::{Follows, check_upgrade, follows};
use websockets::wire::http1::chunked::{ChunkDecoder, ChunkEvent};
use websockets::wire::http1::head::{Fed, HeadReader};
use websockets::wire::http1::names::token;
use websockets::wire::ws::handshake::accept_key;

const KEY: &[u8; 24] = b"dGhlIHNhbXBsZSBub25jZQ==";
const OFFERED: &str = "chat, echo";

/// How an answer ended.
#[derive(Debug, PartialEq)]
enum End {
    /// More is to come.
    Open,
    /// The head or the body is broken.
    Bad,
    /// The body is whole; so many bytes of the input belong to the answer.
    Whole(usize),
    /// A WebSocket stands; so many bytes were the handshake's.
    Upgraded(usize, Option<Vec<u8>>),
    /// The handshake is refused.
    Refused(&'static str),
}

#[derive(Debug, PartialEq)]
struct Seen {
    heads: Vec<u16>,
    body: Vec<u8>,
    end: End,
}

/// As the client's role reads it.
fn read<'a>(parts: impl Iterator<Item = &'a [u8]>, is_ws: bool, to_head: bool) -> Seen {
    let mut seen = Seen { heads: Vec::new(), body: Vec::new(), end: End::Open };
    let mut reader = HeadReader::response(2048);
    let mut body: Option<(Follows, ChunkDecoder)> = None;
    let mut before = 0;
    for part in parts {
        let mut at = 0;
        while body.is_none() && at < part.len() {
            match reader.feed(&part[at..]) {
                Err(_) => {
                    seen.end = End::Bad;
                    return seen;
                }
                Ok(Fed::NeedMore) => at = part.len(),
                Ok(Fed::Done { used, head }) => {
                    at += used;
                    seen.heads.push(head.status());
                    reader = HeadReader::response(2048);
                    if (100..200).contains(&head.status()) && head.status() != 101 {
                        continue;
                    }
                    if is_ws {
                        seen.end = match check_upgrade(&head, KEY, OFFERED) {
                            Ok(chosen) => {
                                assert_eq!(
                                    head.value(token::ACCEPT).map(<[u8]>::trim_ascii),
                                    Some(&accept_key(KEY)[..])
                                );
                                assert!(chosen.as_deref().is_none_or(|c| c == b"chat" || c == b"echo"));
                                End::Upgraded(before + at, chosen)
                            }
                            Err(why) => End::Refused(why),
                        };
                        return seen;
                    }
                    let Some(next) = follows(&head, to_head) else {
                        seen.end = End::Bad;
                        return seen;
                    };
                    assert!(!to_head || next == Follows::Length(0));
                    body = Some((next, ChunkDecoder::new()));
                }
            }
        }
        if let Some((next, decoder)) = &mut body {
            if let Some(end) = take(next, decoder, &part[at..], &mut seen.body) {
                seen.end = match end {
                    Some(used) => End::Whole(before + at + used),
                    None => End::Bad,
                };
                return seen;
            }
        }
        before += part.len();
    }
    seen
}

/// Takes body. `Some`: it is over, with so many bytes used, or broken.
fn take(next: &mut Follows, decoder: &mut ChunkDecoder, bytes: &[u8], body: &mut Vec<u8>) -> Option<Option<usize>> {
    match next {
        Follows::UntilClose => {
            body.extend_from_slice(bytes);
            None
        }
        Follows::Length(left) => {
            let n = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
            body.extend_from_slice(&bytes[..n]);
            *left -= n as u64;
            (*left == 0).then_some(Some(n))
        }
        Follows::Chunked => {
            let mut at = 0;
            loop {
                let step = decoder.next(&bytes[at..], 0);
                match step.event {
                    ChunkEvent::NeedMore => return None,
                    ChunkEvent::Data(range) => body.extend_from_slice(&bytes[at..][range]),
                    ChunkEvent::End => return Some(Some(at + step.used)),
                    ChunkEvent::Error(_) => return Some(None),
                }
                at += step.used;
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [how, cut, text @ ..] = data else { return };
    let (is_ws, to_head) = (how & 1 != 0, how & 2 != 0);
    let whole = read([text].into_iter(), is_ws, to_head);
    let parts = read(text.chunks(1 + usize::from(*cut)), is_ws, to_head);
    // A fault may be seen before the head's end, or only with it.
    if whole.end == End::Bad && parts.end == End::Open || whole.end == End::Open && parts.end == End::Bad {
        return;
    }
    assert_eq!(whole, parts);
});
