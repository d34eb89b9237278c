//! Connecting sockets: the first step of a client connection. Nothing here waits: a connect that does not end at once goes
//! on in the kernel, and the socket's becoming writable tells that it has ended.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::stream::Stream;

/// Where a client connection goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A unix stream socket; a path that begins with `@` is in the abstract namespace.
    Unix(String),
}

/// A socket that connects or is connected.
pub struct Connecting {
    /// The socket, not blocking.
    pub stream: Stream,
    /// It is connected already.
    pub done: bool,
}

/// Begins to connect, from the local address `from` where one is asked for (of the same family, else it is an error).
pub fn connect(to: &Place, from: Option<SocketAddr>) -> io::Result<Connecting> {
    let (socket, addr) = match to {
        Place::Tcp(addr) => {
            let s = Socket::new(Domain::for_address(*addr), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
            s.set_tcp_nodelay(true)?;
            if let Some(from) = from {
                s.bind(&SockAddr::from(from))?;
            }
            (s, SockAddr::from(*addr))
        }
        Place::Unix(path) => {
            let s = Socket::new(Domain::UNIX, Type::STREAM.nonblocking(), None)?;
            let addr = match path.strip_prefix('@') {
                Some(name) => SockAddr::unix(format!("\0{name}"))?,
                None => SockAddr::unix(path)?,
            };
            (s, addr)
        }
    };
    let done = match socket.connect(&addr) {
        Ok(()) => true,
        Err(e) if e.raw_os_error() == Some(libc::EINPROGRESS) => false,
        Err(e) => return Err(e),
    };
    let stream = match to {
        Place::Tcp(_) => Stream::Tcp(socket.into()),
        Place::Unix(_) => Stream::Unix(socket.into()),
    };
    debug_assert!(stream.as_raw_fd() >= 0);
    Ok(Connecting { stream, done })
}

/// How a connect stands after an event: `None` while it goes on.
pub fn outcome(stream: &Stream) -> Option<io::Result<()>> {
    let sock = socket2::SockRef::from(stream);
    match sock.take_error() {
        Ok(Some(e)) | Err(e) => Some(Err(e)),
        Ok(None) => match sock.peer_addr() {
            Ok(_) => Some(Ok(())),
            Err(e) if e.kind() == io::ErrorKind::NotConnected => None,
            Err(e) => Some(Err(e)),
        },
    }
}
