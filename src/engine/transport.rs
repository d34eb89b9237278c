//! What is under a connection: the socket, what is known of its readiness, and what the kernel did not take yet.
//! No role touches a socket; roles ask here.

use std::cell::{Cell, RefCell};
use std::os::fd::{AsRawFd, RawFd};

use crate::net::{Sent, Stream};

/// Bytes of one or more writes that the kernel did not take.
#[derive(Default)]
struct Backlog {
    bytes: Vec<u8>,
    sent: usize,
}

/// The outcome of giving bytes to a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// All of it is with the kernel.
    Sent,
    /// A part is held back; it goes when the socket takes data again.
    Held,
    /// The connection is of no more use.
    Broken,
}

/// The outcome of sending bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSent {
    /// So many went.
    Took(usize),
    /// This socket takes no files: read and send.
    Unable,
    /// The connection is of no more use, or the file is shorter than it was.
    Broken,
}

/// The socket side of a connection. Closed: no stream any more.
pub struct Transport {
    stream: RefCell<Option<Stream>>,
    /// There may be something to read.
    pub readable: Cell<bool>,
    /// The socket took all that it was given so far.
    pub writable: Cell<bool>,
    /// An event said that the peer ended its side or that there is an error: read to the end.
    pub read_closed: Cell<bool>,
    /// The end of the peer's side was read.
    pub eof: Cell<bool>,
    backlog: RefCell<Option<Box<Backlog>>>,
}

impl Transport {
    /// A transport over a connected socket, or none (listeners).
    pub fn new(stream: Option<Stream>) -> Transport {
        Transport {
            stream: RefCell::new(stream),
            readable: Cell::new(false),
            writable: Cell::new(true),
            read_closed: Cell::new(false),
            eof: Cell::new(false),
            backlog: RefCell::new(None),
        }
    }

    /// The socket's descriptor, -1 when there is none.
    pub fn fd(&self) -> RawFd {
        self.stream.borrow().as_ref().map_or(-1, |s| s.as_raw_fd())
    }

    /// Runs `f` on the socket if there is one.
    pub fn with_stream<T>(&self, f: impl FnOnce(&Stream) -> T) -> Option<T> {
        self.stream.borrow().as_ref().map(f)
    }

    /// Gives it the socket that it is to have from now on.
    pub fn put_stream(&self, stream: Stream) {
        *self.stream.borrow_mut() = Some(stream);
    }

    /// Takes the socket away: nothing can be read or sent any more.
    pub fn take_stream(&self) -> Option<Stream> {
        *self.backlog.borrow_mut() = None;
        self.readable.set(false);
        self.stream.borrow_mut().take()
    }

    /// Something is held back.
    pub fn has_backlog(&self) -> bool {
        self.backlog.borrow().is_some()
    }

    /// How many bytes are held back.
    pub fn backlog_len(&self) -> usize {
        self.backlog.borrow().as_ref().map_or(0, |b| b.bytes.len() - b.sent)
    }

    /// Sends two pieces, one after the other, or holds back what the socket does not take. Memory that cannot be had
    /// breaks the connection rather than the process.
    pub fn send(&self, first: &[u8], second: &[u8]) -> Delivery {
        if self.has_backlog() {
            return self.hold(first, second);
        }
        let stream = self.stream.borrow();
        let Some(stream) = stream.as_ref() else { return Delivery::Broken };
        let (mut first, mut second) = (first, second);
        while !(first.is_empty() && second.is_empty()) {
            match stream.send(first, second) {
                Sent::Took(n) => {
                    let (a, b) = (n.min(first.len()), n.saturating_sub(first.len()));
                    (first, second) = (&first[a..], &second[b..]);
                }
                Sent::Full => {
                    self.writable.set(false);
                    return self.hold(first, second);
                }
                Sent::Gone(_) => return Delivery::Broken,
            }
        }
        Delivery::Sent
    }

    /// Sends bytes of a file, as many as the socket takes. Nothing is held back, so call it without a backlog.
    pub fn send_file(&self, file: &std::fs::File, at: u64, len: usize) -> FileSent {
        let stream = self.stream.borrow();
        match stream.as_ref().map(|s| s.send_file(file, at, len)) {
            // Fewer than asked for may mean that the socket is full, or that the file has become shorter: only the next call
            // tells.
            Some(Some(Sent::Took(n))) => FileSent::Took(n),
            Some(Some(Sent::Full)) => {
                self.writable.set(false);
                FileSent::Took(0)
            }
            Some(None) => FileSent::Unable,
            Some(Some(Sent::Gone(_))) | None => FileSent::Broken,
        }
    }

    fn hold(&self, first: &[u8], second: &[u8]) -> Delivery {
        let mut backlog = self.backlog.borrow_mut();
        let b = backlog.get_or_insert_default();
        if b.bytes.try_reserve(first.len() + second.len()).is_err() {
            return Delivery::Broken;
        }
        b.bytes.extend_from_slice(first);
        b.bytes.extend_from_slice(second);
        Delivery::Held
    }

    /// Sends what is held back as far as the socket takes it.
    pub fn drain(&self) -> Delivery {
        let mut backlog = self.backlog.borrow_mut();
        let Some(b) = backlog.as_mut() else { return Delivery::Sent };
        let stream = self.stream.borrow();
        let Some(stream) = stream.as_ref() else { return Delivery::Broken };
        while b.sent < b.bytes.len() {
            match stream.send(&b.bytes[b.sent..], &[]) {
                Sent::Took(n) => b.sent += n,
                Sent::Full => {
                    self.writable.set(false);
                    // What went is given back now and then, so that a slow peer does not hold all of it for long.
                    if b.sent > b.bytes.len() / 2 {
                        b.bytes.drain(..b.sent);
                        b.bytes.shrink_to_fit();
                        b.sent = 0;
                    }
                    return Delivery::Held;
                }
                Sent::Gone(_) => return Delivery::Broken,
            }
        }
        *backlog = None;
        Delivery::Sent
    }
}
