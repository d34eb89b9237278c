//! Listening sockets: a TCP port on an address or on all of them, or a unix path.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::stream::Stream;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// A TCP port (0: the kernel chooses) on one address.
    Tcp {
        /// The local address; an unspecified one stands for all.
        addr: SocketAddr,
        /// With an IPv6 address: take no IPv4 peers.
        v6only: bool,
        /// Bind to this network device too (SO_BINDTODEVICE).
        device: Option<String>,
        /// Let other sockets of this user listen on the port too (SO_REUSEPORT).
        reuse_port: bool,
    },
    /// A unix stream socket. A path that begins with `@` is in the abstract namespace.
    Unix(String),
}

/// Why a listener could not be had: which place, which step.
#[derive(Debug)]
pub struct BindError {
    /// The step that failed: "socket", "bind" …
    pub step: &'static str,
    /// Where.
    pub bind: Bind,
    /// The system's reason.
    pub source: io::Error,
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.bind {
            Bind::Tcp { addr, .. } => write!(f, "{} of {addr} failed: {}", self.step, self.source)?,
            Bind::Unix(path) => write!(f, "{} of unix socket {path} failed: {}", self.step, self.source)?,
        }
        match (self.source.kind(), &self.bind) {
            (io::ErrorKind::AddrInUse, Bind::Tcp { addr, .. }) => {
                write!(f, " (another socket listens on port {})", addr.port())
            }
            (io::ErrorKind::PermissionDenied, Bind::Tcp { addr, .. }) if addr.port() < 1024 => {
                write!(f, " (ports below 1024 need root or CAP_NET_BIND_SERVICE)")
            }
            _ => Ok(()),
        }
    }
}

/// One accepted connection.
pub struct Accepted {
    /// The connected socket, not blocking.
    pub stream: Stream,
    /// Where from; a unix peer has no address worth telling.
    pub peer: Option<SocketAddr>,
}

/// The two kinds of listening socket. mio's accept leaves the new socket non-blocking in the same system call.
enum Kind {
    Tcp(mio::net::TcpListener),
    Unix(mio::net::UnixListener),
}

/// A listening socket, not blocking.
pub struct Listener {
    kind: Kind,
    /// What was asked for.
    pub bind: Bind,
    /// The port that is really listened on; 0 for a unix socket.
    pub port: u16,
}

impl Listener {
    /// Makes, binds and starts a listening socket. A stale unix socket file in the way is replaced; `perms`
    /// (`user:group` ids resolved by the caller) and mode are the caller's to set on the path afterwards.
    pub fn new(bind: &Bind, backlog: i32) -> Result<Listener, BindError> {
        let fail = |step| move |source| BindError { step, bind: bind.clone(), source };
        let (socket, addr) = match bind {
            Bind::Tcp { addr, v6only, device, reuse_port } => {
                let s = Socket::new(Domain::for_address(*addr), Type::STREAM, Some(Protocol::TCP))
                    .map_err(fail("socket"))?;
                s.set_reuse_address(true).map_err(fail("SO_REUSEADDR"))?;
                if *reuse_port {
                    s.set_reuse_port(true).map_err(fail("SO_REUSEPORT"))?;
                }
                // Accepted sockets inherit it, which saves a system call for each.
                s.set_tcp_nodelay(true).map_err(fail("TCP_NODELAY"))?;
                if let Some(device) = device {
                    s.bind_device(Some(device.as_bytes())).map_err(fail("SO_BINDTODEVICE"))?;
                }
                if addr.is_ipv6() {
                    s.set_only_v6(*v6only).map_err(fail("IPV6_V6ONLY"))?;
                }
                (s, SockAddr::from(*addr))
            }
            Bind::Unix(path) => {
                let s = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(fail("socket"))?;
                let addr = match path.strip_prefix('@') {
                    Some(name) => SockAddr::unix(format!("\0{name}")).map_err(fail("address"))?,
                    None => {
                        remove_stale(Path::new(path)).map_err(fail("removing the old socket"))?;
                        SockAddr::unix(path).map_err(fail("address"))?
                    }
                };
                (s, addr)
            }
        };
        socket.set_nonblocking(true).map_err(fail("O_NONBLOCK"))?;
        socket.bind(&addr).map_err(fail("bind"))?;
        socket.listen(backlog).map_err(fail("listen"))?;
        let port = socket.local_addr().ok().and_then(|a| a.as_socket()).map_or(0, |a| a.port());
        let kind = match bind {
            Bind::Tcp { .. } => Kind::Tcp(mio::net::TcpListener::from_std(socket.into())),
            Bind::Unix(_) => Kind::Unix(mio::net::UnixListener::from_std(socket.into())),
        };
        Ok(Listener { kind, bind: bind.clone(), port })
    }

    /// The next connection that waits, `WouldBlock` when none does.
    pub fn accept(&self) -> io::Result<Accepted> {
        match &self.kind {
            Kind::Tcp(l) => {
                let (s, peer) = l.accept()?;
                Ok(Accepted { stream: Stream::Tcp(s.into()), peer: Some(peer) })
            }
            Kind::Unix(l) => Ok(Accepted { stream: Stream::Unix(l.accept()?.0.into()), peer: None }),
        }
    }

    /// The local address family is IPv6.
    pub fn is_ipv6(&self) -> bool {
        matches!(self.bind, Bind::Tcp { addr, .. } if matches!(addr.ip(), IpAddr::V6(_)))
    }
}

/// Removes a socket that nobody holds any more; anything else at that path is left and makes bind fail.
fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(m) if m.file_type().is_socket() => std::fs::remove_file(path),
        _ => Ok(()),
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Tcp(l) => l.as_fd(),
            Kind::Unix(l) => l.as_fd(),
        }
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
