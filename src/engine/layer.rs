//! The TLS layer of a transport: a session, and the few bytes that it may have to keep between two reads. What it works
//! with (ciphertext as it was read, records to be sent) lies in buffers of the thread, so that an idle connection has none.

use std::cell::RefCell;

use crate::net::tls::{Session, TlsError, VerifyHook};

/// Ciphertext that is read at one time.
const READ: usize = 64 * 1024;

/// Most bytes of records that are not whole. More than a handshake message may have with its records' heads; a single
/// record is smaller by far.
const KEPT_MOST: usize = 80 * 1024;

/// Payload that goes into one record.
const RECORD: usize = 16 * 1024;

/// Buffers of the thread that grew larger than this are given back after use.
const SCRATCH_MOST: usize = 256 * 1024;

/// Buffers for one use. While one is in use, a nested use makes its own.
#[derive(Default)]
pub struct Scratch {
    /// Ciphertext that came.
    wire: Vec<u8>,
    /// Records to be sent.
    pub out: Vec<u8>,
    /// Pieces of plaintext joined for one record.
    joined: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs `f` with the thread's buffers; `out` is empty.
pub fn with_scratch<T>(f: impl FnOnce(&mut Scratch) -> T) -> T {
    let mut scratch = SCRATCH.take();
    scratch.out.clear();
    let result = f(&mut scratch);
    if scratch.out.capacity() > SCRATCH_MOST {
        scratch.out = Vec::new();
    }
    SCRATCH.set(scratch);
    result
}

/// What is done about plain text where TLS is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPlainText {
    /// The connection ends.
    Refuse,
    /// It goes on without TLS.
    Serve,
}

/// What the peer's bytes came to.
pub struct Taken {
    /// Plaintext that was written to the caller's buffer.
    pub plain: usize,
    /// Why the session is of no more use. What is to be sent is sent all the same.
    pub failure: Option<TlsError>,
    /// The peer does not speak TLS: so many bytes were copied as they came.
    pub not_tls: Option<usize>,
}

/// TLS on a transport.
pub struct Layer {
    session: Box<dyn Session>,
    /// The beginning of a record whose rest has not come.
    kept: Vec<u8>,
    /// Plaintext that did not fit into the reader's buffer, and how much of it is gone.
    pending: (Vec<u8>, usize),
    /// Nothing came yet: what is done if it is no TLS.
    first: Option<OnPlainText>,
    /// The peer has said close_notify.
    pub ended: bool,
    /// Why the session failed.
    pub failure: Option<TlsError>,
}

impl Layer {
    /// A layer whose peer has sent nothing yet.
    pub fn new(session: Box<dyn Session>, plain_text: OnPlainText) -> Layer {
        Layer {
            session,
            kept: Vec::new(),
            pending: (Vec::new(), 0),
            first: Some(plain_text),
            ended: false,
            failure: None,
        }
    }

    /// The session.
    pub fn session(&self) -> &dyn Session {
        &*self.session
    }

    /// Makes close_notify.
    pub fn say_end(&mut self, out: &mut Vec<u8>) {
        self.session.close(&mut self.kept, out);
    }

    /// Plaintext waits that was decrypted already.
    pub fn has_pending(&self) -> bool {
        self.pending.1 < self.pending.0.len()
    }

    /// Hands out plaintext that waits.
    pub fn take_pending(&mut self, buf: &mut [u8]) -> usize {
        let (bytes, at) = &mut self.pending;
        let n = buf.len().min(bytes.len() - *at);
        buf[..n].copy_from_slice(&bytes[*at..*at + n]);
        *at += n;
        if *at == bytes.len() {
            self.pending = (Vec::new(), 0);
        }
        n
    }

    /// Keeps plaintext for the next reader, in front of what waits.
    pub fn keep_in_front(&mut self, bytes: &[u8]) {
        let rest = self.pending.0.split_off(self.pending.1);
        self.pending = ([bytes, &rest].concat(), 0);
    }

    /// How many bytes can be read from the socket for a reader with so much room.
    pub fn wants(&self, room: usize) -> usize {
        READ.min(room.max(RECORD))
    }

    /// Reads by `recv` and takes what came. `Ok((asked, got, taken))`.
    pub fn take_from(
        &mut self,
        scratch: &mut Scratch,
        buf: &mut [u8],
        hook: &dyn VerifyHook,
        recv: impl FnOnce(&mut [u8]) -> std::io::Result<usize>,
    ) -> std::io::Result<(usize, usize, Taken)> {
        let asked = self.wants(buf.len());
        let start = self.kept.len();
        if scratch.wire.len() < start + asked {
            scratch.wire.resize(start + asked, 0);
        }
        scratch.wire[..start].copy_from_slice(&self.kept);
        let got = recv(&mut scratch.wire[start..start + asked])?;
        let taken = if got == 0 {
            Taken { plain: 0, failure: None, not_tls: None }
        } else {
            self.take(&mut scratch.wire[..start + got], &mut scratch.out, buf, hook)
        };
        Ok((asked, got, taken))
    }

    fn take(&mut self, wire: &mut [u8], out: &mut Vec<u8>, buf: &mut [u8], hook: &dyn VerifyHook) -> Taken {
        let mut taken = Taken { plain: 0, failure: None, not_tls: None };
        if let Some(plain_text) = self.first.take()
            && wire[0] >= b' '
        {
            // A record begins with its type, 20 to 24; requests begin with a letter.
            match plain_text {
                OnPlainText::Refuse => taken.failure = Some(TlsError::new("plain text came where TLS is spoken")),
                OnPlainText::Serve => {
                    let n = wire.len().min(buf.len());
                    buf[..n].copy_from_slice(&wire[..n]);
                    taken.not_tls = Some(n);
                }
            }
            return taken;
        }
        let pending = &mut self.pending.0;
        let mut plain = |piece: &[u8]| {
            let n = piece.len().min(buf.len() - taken.plain);
            buf[taken.plain..taken.plain + n].copy_from_slice(&piece[..n]);
            taken.plain += n;
            pending.extend_from_slice(&piece[n..]);
        };
        match self.session.receive(wire, hook, &mut plain, out) {
            Ok(received) => {
                self.ended |= received.ended;
                let rest = &wire[received.used..];
                if rest.len() > KEPT_MOST {
                    taken.failure = Some(TlsError::new("a handshake message is larger than any that is used"));
                } else if rest.is_empty() {
                    self.kept = Vec::new();
                } else {
                    self.kept.clear();
                    self.kept.extend_from_slice(rest);
                    self.kept.shrink_to(rest.len() + RECORD);
                }
            }
            Err(e) => taken.failure = Some(e),
        }
        taken
    }

    /// Puts `first` and `second`, as one stream, into records as full as they can be.
    pub fn seal(&mut self, scratch: &mut Scratch, first: &[u8], second: &[u8]) -> Result<(), TlsError> {
        if first.is_empty() || second.is_empty() {
            let only = if second.is_empty() { first } else { second };
            return if only.is_empty() { Ok(()) } else { self.session.send(only, &mut self.kept, &mut scratch.out) };
        }
        let front = second.len().min(RECORD - first.len() % RECORD);
        scratch.joined.clear();
        scratch.joined.extend_from_slice(first);
        scratch.joined.extend_from_slice(&second[..front]);
        self.session.send(&scratch.joined, &mut self.kept, &mut scratch.out)?;
        match front < second.len() {
            true => self.session.send(&second[front..], &mut self.kept, &mut scratch.out),
            false => Ok(()),
        }
    }
}
