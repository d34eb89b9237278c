//! What is under a connection: the socket, TLS where it is spoken, what is known of the socket's readiness, and what the
//! kernel did not take yet. No role touches a socket or knows of TLS; roles ask here.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, RawFd};

use crate::engine::layer::{Layer, OnPlainText, with_scratch};
use crate::net::tls::{Session, TlsError, VerifyHook};
use crate::net::{Sent, Stream};

/// Plaintext that is made into records at one time.
const SEAL_AT_ONCE: usize = 128 * 1024;

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
    /// This connection takes no files (its socket does not, or TLS is spoken): read and send.
    Unable,
    /// The connection is of no more use, or the file is shorter than it was.
    Broken,
}

/// The outcome of reading from a transport.
#[derive(Debug)]
pub enum Incoming {
    /// So many bytes are in the buffer.
    Bytes(usize),
    /// Nothing is there now; the poller will tell.
    Nothing,
    /// The peer ended its side, in order.
    End,
    /// The TLS handshake is over: plaintext can pass.
    Secured,
    /// The connection is of no more use. TLS says why.
    Broken(Option<TlsError>),
}

/// The socket side of a connection. Closed: no stream any more.
pub struct Transport {
    stream: RefCell<Option<Stream>>,
    /// TLS, where it is spoken. Taken out while it works, since a verdict may be shown to the program.
    layer: RefCell<Option<Box<Layer>>>,
    /// TLS is spoken.
    secure: Cell<bool>,
    /// A TLS handshake is under way: no plaintext passes yet.
    handshaking: Cell<bool>,
    /// The peer sent plain text to a port where TLS is expected, and is served so.
    pub plain_on_tls: Cell<bool>,
    /// There may be something to read.
    pub readable: Cell<bool>,
    /// The socket took all that it was given so far.
    pub writable: Cell<bool>,
    /// An event said that the peer ended its side or that there is an error: read to the end.
    pub read_closed: Cell<bool>,
    /// The end of the peer's side was read.
    pub eof: Cell<bool>,
    /// There is a backlog.
    holds: Cell<bool>,
    backlog: RefCell<Option<Box<Backlog>>>,
}

impl Transport {
    /// A transport over a connected socket, or none (listeners).
    pub fn new(stream: Option<Stream>) -> Transport {
        Transport {
            stream: RefCell::new(stream),
            layer: RefCell::new(None),
            secure: Cell::new(false),
            handshaking: Cell::new(false),
            plain_on_tls: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(true),
            read_closed: Cell::new(false),
            eof: Cell::new(false),
            holds: Cell::new(false),
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

    /// Speaks TLS from now on. Nothing may have passed yet. What a client says first is sent at once.
    pub fn secure(&self, mut session: Box<dyn Session>, plain_text: OnPlainText) -> Result<(), TlsError> {
        self.secure.set(true);
        self.handshaking.set(true);
        with_scratch(|scratch| {
            session.begin(&mut scratch.out)?;
            *self.layer.borrow_mut() = Some(Box::new(Layer::new(session, plain_text)));
            match self.send_raw(&scratch.out, &[]) {
                Delivery::Broken => Err(TlsError::new("the connection is gone")),
                Delivery::Sent | Delivery::Held => Ok(()),
            }
        })
    }

    /// TLS is spoken.
    pub fn is_secure(&self) -> bool {
        self.secure.get()
    }

    /// A TLS handshake is under way.
    pub fn is_handshaking(&self) -> bool {
        self.handshaking.get()
    }

    /// Runs `f` on the TLS session, if there is one.
    pub fn with_session<T>(&self, f: impl FnOnce(&dyn Session) -> T) -> Option<T> {
        self.layer.borrow().as_ref().map(|l| f(l.session()))
    }

    /// Why TLS failed on this connection.
    pub fn tls_failure(&self) -> Option<TlsError> {
        self.layer.borrow().as_ref().and_then(|l| l.failure.clone())
    }

    /// Reads what is there. `readable` is kept: it falls when the socket has said, or shown, that it has no more.
    pub fn read(&self, buf: &mut [u8], hook: &dyn VerifyHook) -> Incoming {
        if self.secure.get() {
            return self.read_secure(buf, hook);
        }
        let Some(result) = self.with_stream(|s| s.read(buf)) else { return Incoming::Broken(None) };
        match result {
            Ok(0) => Incoming::End,
            Ok(n) => {
                self.after_reading(buf.len(), n);
                Incoming::Bytes(n)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                self.readable.set(false);
                Incoming::Nothing
            }
            Err(_) => Incoming::Broken(None),
        }
    }

    /// A socket that gave less than was asked for has no more, unless an event said that the end is near.
    fn after_reading(&self, asked: usize, got: usize) {
        if got < asked && !self.read_closed.get() {
            self.readable.set(false);
        }
    }

    fn read_secure(&self, buf: &mut [u8], hook: &dyn VerifyHook) -> Incoming {
        let Some(mut layer) = self.layer.borrow_mut().take() else { return Incoming::Broken(None) };
        let incoming = self.read_layer(&mut layer, buf, hook);
        if let Incoming::Broken(Some(why)) = &incoming {
            layer.failure = Some(why.clone());
        }
        if self.secure.get() {
            *self.layer.borrow_mut() = Some(layer);
        }
        incoming
    }

    fn read_layer(&self, layer: &mut Layer, buf: &mut [u8], hook: &dyn VerifyHook) -> Incoming {
        loop {
            if layer.has_pending() {
                return Incoming::Bytes(layer.take_pending(buf));
            }
            if layer.ended {
                return Incoming::End;
            }
            let read = with_scratch(|scratch| {
                let recv = |wire: &mut [u8]| {
                    self.with_stream(|s| s.read(wire)).unwrap_or_else(|| Err(ErrorKind::NotConnected.into()))
                };
                let read = layer.take_from(scratch, buf, hook, recv);
                if !scratch.out.is_empty() && self.send_raw(&scratch.out, &[]) == Delivery::Broken {
                    return Err(ErrorKind::BrokenPipe.into());
                }
                read
            });
            let taken = match read {
                Ok((_, 0, _)) => return Incoming::Broken(Some(truncated(layer))),
                Ok((asked, got, taken)) => {
                    self.after_reading(asked, got);
                    taken
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.readable.set(false);
                    return Incoming::Nothing;
                }
                Err(e) => {
                    let why = layer.session().is_handshaking().then(|| TlsError::new(format!("TLS handshake: {e}")));
                    return Incoming::Broken(why);
                }
            };
            if let Some(n) = taken.not_tls {
                self.secure.set(false);
                self.handshaking.set(false);
                self.plain_on_tls.set(true);
                return Incoming::Bytes(n);
            }
            if let Some(why) = taken.failure {
                return Incoming::Broken(Some(why));
            }
            if layer.has_pending() || layer.ended {
                self.readable.set(true);
            }
            if self.handshaking.get() && !layer.session().is_handshaking() {
                self.handshaking.set(false);
                if taken.plain > 0 {
                    // What came behind the handshake is kept for the reader, who hears of the handshake first.
                    layer.keep_in_front(&buf[..taken.plain]);
                    self.readable.set(true);
                }
                return Incoming::Secured;
            }
            if taken.plain > 0 {
                return Incoming::Bytes(taken.plain);
            }
            if !self.readable.get() {
                return Incoming::Nothing;
            }
        }
    }

    /// Tells the peer that nothing more is sent (close_notify), once, unless something that was sent before is held back.
    /// `true`: it was told.
    pub fn say_end(&self) -> bool {
        if !self.secure.get() || self.has_backlog() {
            return false;
        }
        let mut layer = self.layer.borrow_mut();
        let Some(layer) = layer.as_mut() else { return false };
        with_scratch(|scratch| {
            layer.say_end(&mut scratch.out);
            // A peer that takes nothing more is not waited for.
            !scratch.out.is_empty() && self.with_stream(|s| s.send(&scratch.out, &[])).is_some()
        })
    }

    /// Takes the socket away: nothing can be read or sent any more.
    pub fn take_stream(&self) -> Option<Stream> {
        self.holds.set(false);
        *self.backlog.borrow_mut() = None;
        *self.layer.borrow_mut() = None;
        self.secure.set(false);
        self.handshaking.set(false);
        self.readable.set(false);
        self.stream.borrow_mut().take()
    }

    /// Takes the socket of another transport with all that is known of it; that one has none any more.
    pub fn take_over(&self, other: &Transport) {
        *self.stream.borrow_mut() = other.stream.take();
        *self.layer.borrow_mut() = other.layer.take();
        *self.backlog.borrow_mut() = other.backlog.take();
        self.holds.set(other.holds.replace(false));
        let flags = |t: &Transport| {
            [&t.secure, &t.handshaking, &t.plain_on_tls, &t.readable, &t.read_closed, &t.eof].map(|f| f.replace(false))
        };
        let [secure, handshaking, plain_on_tls, readable, read_closed, eof] = flags(other);
        self.secure.set(secure);
        self.handshaking.set(handshaking);
        self.plain_on_tls.set(plain_on_tls);
        self.readable.set(readable);
        self.read_closed.set(read_closed);
        self.eof.set(eof);
        self.writable.set(other.writable.get());
    }

    /// The end of a socket that is gone says nothing of the next one.
    pub fn forget_end(&self) {
        self.eof.set(false);
        self.read_closed.set(false);
        self.readable.set(false);
    }

    /// Something is held back.
    pub fn has_backlog(&self) -> bool {
        self.holds.get()
    }

    /// How many bytes are held back.
    pub fn backlog_len(&self) -> usize {
        self.backlog.borrow().as_ref().map_or(0, |b| b.bytes.len() - b.sent)
    }

    /// Sends two pieces, one after the other, or holds back what the socket does not take. Memory that cannot be had
    /// breaks the connection rather than the process.
    pub fn send(&self, first: &[u8], second: &[u8]) -> Delivery {
        if self.secure.get() { self.send_secure(first, second) } else { self.send_raw(first, second) }
    }

    fn send_secure(&self, mut first: &[u8], mut second: &[u8]) -> Delivery {
        let mut layer = self.layer.borrow_mut();
        let Some(layer) = layer.as_mut() else { return Delivery::Broken };
        loop {
            let (a, b) = (first.len().min(SEAL_AT_ONCE), second.len().min(SEAL_AT_ONCE));
            let b = if a < first.len() { 0 } else { b };
            let delivery = with_scratch(|scratch| match layer.seal(scratch, &first[..a], &second[..b]) {
                Ok(()) => self.send_raw(&scratch.out, &[]),
                Err(why) => {
                    crate::util::log::info!("nothing can be sent over TLS: {why}");
                    Delivery::Broken
                }
            });
            (first, second) = (&first[a..], &second[b..]);
            if delivery == Delivery::Broken || first.is_empty() && second.is_empty() {
                return delivery;
            }
        }
    }

    fn send_raw(&self, first: &[u8], second: &[u8]) -> Delivery {
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
        if self.secure.get() {
            return FileSent::Unable;
        }
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
        self.holds.set(true);
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
        self.holds.set(false);
        *backlog = None;
        Delivery::Sent
    }
}

/// The socket ended without a goodbye of TLS: somebody between may have cut the stream.
fn truncated(layer: &Layer) -> TlsError {
    TlsError::new(match layer.session().is_handshaking() {
        true => "the peer hung up during the TLS handshake",
        false => "the TLS stream was cut off: the peer hung up without close_notify",
    })
}
