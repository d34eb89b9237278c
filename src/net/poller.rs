//! Readiness: one edge-triggered set of descriptors per service thread.
//!
//! Nothing is ever registered twice and nothing is re-armed: interest in both directions is told to the kernel once,
//! when a connection comes, so that asking for WRITEABLE later costs no system call.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

pub use mio::Token;
use mio::unix::SourceFd;

/// What a descriptor is watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Readable only: listeners and wake-ups.
    Read,
    /// Both directions: connections.
    Both,
}

/// One event, reduced to what the engine acts on.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// The token that the descriptor was registered with.
    pub token: Token,
    /// There is something to read, or the peer ended its side.
    pub readable: bool,
    /// The socket takes data again.
    pub writable: bool,
    /// The peer ended its side, hung up, or the socket has an error: reading must go on to the end to find out.
    pub read_closed: bool,
}

/// An epoll set with room for the events of one wait.
pub struct Poller {
    poll: mio::Poll,
    events: mio::Events,
    /// The fork epoch that this set was made in: a set that is shared with a parent process is not used.
    pub epoch: u32,
}

impl Poller {
    /// A new, empty set. `epoch` is remembered for the caller.
    pub fn new(epoch: u32) -> io::Result<Poller> {
        Ok(Poller { poll: mio::Poll::new()?, events: mio::Events::with_capacity(1024), epoch })
    }

    /// The descriptor of the set itself, which a host's own loop may poll for reading.
    pub fn fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// A waker for other threads, announced by `token`. There is one for a set.
    pub fn waker(&self, token: Token) -> io::Result<mio::Waker> {
        mio::Waker::new(self.poll.registry(), token)
    }

    /// Begins to watch `fd`.
    pub fn register(&self, fd: RawFd, token: Token, interest: Interest) -> io::Result<()> {
        let interest = match interest {
            Interest::Read => mio::Interest::READABLE,
            Interest::Both => mio::Interest::READABLE | mio::Interest::WRITABLE,
        };
        self.poll.registry().register(&mut SourceFd(&fd), token, interest)
    }

    /// Stops watching `fd`. Needed before closing it, because a child process may hold the same open socket.
    pub fn deregister(&self, fd: RawFd) {
        // An error means that the descriptor was not in the set, which is what was wanted.
        let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
    }

    /// Waits up to `timeout` (`None`: until something happens) and passes what is ready to `each`. A signal ends the
    /// wait early with no events.
    pub fn wait(&mut self, timeout: Option<Duration>, mut each: impl FnMut(Ready)) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(e) => return Err(e),
        }
        for event in &self.events {
            let closed = event.is_read_closed() || event.is_error() || event.is_write_closed();
            each(Ready {
                token: event.token(),
                readable: event.is_readable() || closed,
                writable: event.is_writable(),
                read_closed: closed,
            });
        }
        Ok(())
    }
}
