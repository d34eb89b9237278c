//! What goes out on a server connection: its bytes are watched for the head's end, so that what the head promises is known
//! whoever made it, and kept: no body follows where none may be (HEAD, 204, 304), and a connection on which the promise was
//! broken is not used again.

use crate::engine::context::Context;
use crate::engine::role::http1::Http;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;
use crate::wire::http1::chunked;
use crate::wire::http1::names::Method;
use crate::wire::http1::response::{Framing, Promise, promise};

/// A head that comes in several writes is looked for in so many bytes.
const HEAD_MOST: usize = 64 * 1024;

/// The answer to the request in hand.
#[derive(Default)]
pub struct Answer {
    /// What the head says, once it is whole.
    promise: Option<Promise>,
    /// The head so far, when its end is not in its first write.
    part: Vec<u8>,
    /// Bytes of the body that were sent.
    body: u64,
    /// The last bytes of a chunked body.
    tail: [u8; chunked::LAST.len()],
}

impl Answer {
    /// Something was sent of it.
    pub fn has_begun(&self) -> bool {
        self.promise.is_some() || !self.part.is_empty()
    }

    /// The connection cannot be used for another request: the head says so, or what was sent is not what it promised.
    pub fn ends_connection(&self) -> bool {
        let Some(promise) = self.promise else { return true };
        promise.close
            || match promise.framing {
                Framing::Length(n) => n != self.body,
                Framing::Chunked => self.tail != *chunked::LAST,
                Framing::UntilClose => true,
                Framing::None => false,
            }
    }

    /// Takes note of bytes on their way out. Gives how many of them may go.
    fn note(&mut self, bytes: &[u8], to_head: bool) -> usize {
        if let Some(promise) = self.promise {
            self.note_body(promise, bytes);
            return if promise.framing == Framing::None { 0 } else { bytes.len() };
        }
        let had = self.part.len();
        let whole;
        let seen: &[u8] = if had == 0 {
            bytes
        } else {
            self.part.extend_from_slice(bytes);
            whole = std::mem::take(&mut self.part);
            &whole
        };
        let Some(end) = head_end(seen) else {
            if seen.len() > HEAD_MOST || !begins_a_head(seen) {
                self.promise = Some(Promise { status: 0, framing: Framing::UntilClose, close: true });
            } else {
                self.part = seen.to_vec();
            }
            return bytes.len();
        };
        let promise = promise(&seen[..end], to_head);
        let rest = &seen[end..];
        let before = end - had.min(end);
        if matches!(promise.status, 100 | 102..=199) {
            // An interim answer: the real one follows.
            return before + self.note(rest, to_head);
        }
        self.promise = Some(promise);
        self.note_body(promise, rest);
        if promise.framing == Framing::None { before } else { bytes.len() }
    }

    fn note_body(&mut self, promise: Promise, bytes: &[u8]) {
        self.body += bytes.len() as u64;
        if promise.framing == Framing::Chunked {
            let keep = bytes.len().min(self.tail.len());
            self.tail.rotate_left(keep);
            let at = self.tail.len() - keep;
            self.tail[at..].copy_from_slice(&bytes[bytes.len() - keep..]);
        }
    }

    /// A body may follow what was sent.
    pub fn allows_body(&self) -> bool {
        self.promise.is_some_and(|p| p.framing != Framing::None)
    }

    /// Bytes of the body that go past `note`: a file's.
    pub fn add_body(&mut self, bytes: u64) {
        self.body += bytes;
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4)
}

fn begins_a_head(bytes: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/1.";
    let n = bytes.len().min(START.len());
    bytes[..n] == START[..n]
}

impl Http {
    fn answers_head(&self) -> bool {
        self.method == Some(Method::Head)
    }
}

impl Context {
    /// `lws_write` on an http connection: bytes of the answer go as they are, but a body where none may be.
    pub fn http_write(&self, wsi: &Wsi, payload: &[u8]) -> i32 {
        match self.send_answer(wsi, payload, &[]) {
            Delivery::Broken => -1,
            Delivery::Sent | Delivery::Held => payload.len() as i32,
        }
    }

    /// Sends bytes of the answer to the request in hand.
    pub fn send_answer(&self, wsi: &Wsi, first: &[u8], second: &[u8]) -> Delivery {
        let (a, b) = wsi
            .with_http(|http| {
                let to_head = http.answers_head();
                (http.answer.note(first, to_head), http.answer.note(second, to_head))
            })
            .unwrap_or((first.len(), second.len()));
        if a + b == 0 {
            return Delivery::Sent;
        }
        let delivery = self.transmit(wsi, &first[..a], &second[..b]);
        if delivery == Delivery::Held && wsi.with_http(|http| !http.stalled && !http.event_stream) == Some(true) {
            self.stall_timer(wsi);
        } else if wsi.with_http(|http| http.peer_left) == Some(true) {
            self.set_step_timer(wsi);
        }
        delivery
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(writes: &[&str], to_head: bool) -> (String, bool) {
        let mut answer = Answer::default();
        let mut out = String::new();
        for w in writes {
            let n = answer.note(w.as_bytes(), to_head);
            out.push_str(&w[..n]);
        }
        (out, answer.ends_connection())
    }

    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";

    #[test]
    fn a_promise_that_is_kept_keeps_the_connection() {
        let whole = format!("{HEAD}hello");
        assert_eq!(sent(&[HEAD, "hello"], false), (whole.clone(), false));
        assert_eq!(sent(&[&whole], false), (whole.clone(), false));
        assert_eq!(sent(&[&HEAD[..9], &HEAD[9..30], &HEAD[30..], "hel", "lo"], false), (whole.clone(), false));
        assert!(sent(&[HEAD, "hell"], false).1);
        assert!(sent(&[HEAD, "hello!"], false).1);
        assert!(sent(&[], false).1);
    }

    #[test]
    fn no_body_answers_a_head() {
        assert_eq!(sent(&[HEAD, "hello"], true), (HEAD.to_string(), false));
        assert_eq!(sent(&[&format!("{HEAD}hello")], true), (HEAD.to_string(), false));
        assert_eq!(sent(&[&HEAD[..9], &format!("{}hello", &HEAD[9..])], true), (HEAD.to_string(), false));
        assert_eq!(sent(&["HTTP/1.1 304 Not Modified\r\n\r\n", "x"], false).0, "HTTP/1.1 304 Not Modified\r\n\r\n");
    }

    #[test]
    fn chunks_and_interim_answers() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert!(!sent(&[chunked, "1\r\na\r\n", "0\r\n", "\r\n"], false).1);
        assert!(sent(&[chunked, "1\r\na\r\n"], false).1);
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        assert_eq!(sent(&[interim, HEAD, "hello"], false), (format!("{interim}{HEAD}hello"), false));
        assert_eq!(sent(&[&format!("{interim}{HEAD}hello")], true), (format!("{interim}{HEAD}"), false));
        assert_eq!(sent(&["hello there"], false), ("hello there".to_string(), true));
    }
}
