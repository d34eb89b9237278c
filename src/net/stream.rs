//! A connected socket, TCP or unix, that never blocks and never raises SIGPIPE.

use std::io::{self, IoSlice, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use crate::util::beneath;

/// What a send did.
#[derive(Debug)]
pub enum Sent {
    /// So many bytes went; fewer than were given means that the socket is full.
    Took(usize),
    /// The socket is full; WRITABLE will be announced.
    Full,
    /// The connection is gone.
    Gone(io::Error),
}

/// A connected stream socket.
pub enum Stream {
    /// TCP over IPv4 or IPv6.
    Tcp(std::net::TcpStream),
    /// A unix stream socket.
    Unix(std::os::unix::net::UnixStream),
}

impl Stream {
    /// Turns TCP keepalive probes on: first after `idle` seconds, then each `interval` seconds, `probes` times.
    pub fn keepalive(&self, idle: u32, interval: u32, probes: u32) -> io::Result<()> {
        let Stream::Tcp(s) = self else { return Ok(()) };
        let ka = TcpKeepalive::new()
            .with_time(Duration::from_secs(idle.into()))
            .with_interval(Duration::from_secs(interval.max(1).into()))
            .with_retries(probes.max(1));
        SockRef::from(s).set_tcp_keepalive(&ka)
    }

    /// Reads what is there. `Ok(0)` is the end of the peer's side.
    pub fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let r = match self {
                Stream::Tcp(s) => (&mut &*s).read(buf),
                Stream::Unix(s) => (&mut &*s).read(buf),
            };
            match r {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                r => return r,
            }
        }
    }

    /// Sends what the socket takes of two pieces, one after the other, in one system call.
    pub fn send(&self, first: &[u8], second: &[u8]) -> Sent {
        let sock = SockRef::from(self);
        loop {
            let r = if second.is_empty() {
                sock.send_with_flags(first, libc::MSG_NOSIGNAL)
            } else if first.is_empty() {
                sock.send_with_flags(second, libc::MSG_NOSIGNAL)
            } else {
                sock.send_vectored_with_flags(&[IoSlice::new(first), IoSlice::new(second)], libc::MSG_NOSIGNAL)
            };
            match r {
                Ok(n) => return Sent::Took(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Sent::Full,
                Err(e) => return Sent::Gone(e),
            }
        }
    }

    /// Sends bytes of a file from `at` on without copying them. `None`: this is to be done by reading and sending.
    pub fn send_file(&self, file: &std::fs::File, at: u64, len: usize) -> Option<Sent> {
        // sendfile(2) cannot be told to leave SIGPIPE out.
        if !beneath::sigpipe_is_ignored() {
            return None;
        }
        loop {
            return Some(match beneath::send_file(self.as_raw_fd(), file, at, len) {
                Ok(0) => Sent::Gone(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => Sent::Took(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => Sent::Full,
                // The file is of a kind that cannot be sent so.
                Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => return None,
                Err(e) => Sent::Gone(e),
            });
        }
    }

    /// The socket has an error (a reset, say): nothing passes in either direction any more.
    pub fn failed(&self) -> bool {
        !matches!(SockRef::from(self).take_error(), Ok(None))
    }

    /// Ends our side: the peer reads what is under way and then the end.
    pub fn shutdown_write(&self) -> io::Result<()> {
        SockRef::from(self).shutdown(std::net::Shutdown::Write)
    }

    /// The peer's address: `None` for a unix socket or one that is no longer connected.
    pub fn peer(&self) -> Option<SocketAddr> {
        match self {
            Stream::Tcp(s) => s.peer_addr().ok(),
            Stream::Unix(_) => None,
        }
    }

    /// The peer's numeric address, as the original writes it for the socket's family.
    pub fn peer_ip(&self) -> Option<IpAddr> {
        self.peer().map(|a| a.ip())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Tcp(s) => s.as_fd(),
            Stream::Unix(s) => s.as_fd(),
        }
    }
}

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl From<Stream> for OwnedFd {
    fn from(s: Stream) -> OwnedFd {
        match s {
            Stream::Tcp(s) => s.into(),
            Stream::Unix(s) => s.into(),
        }
    }
}
