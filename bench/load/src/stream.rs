//! A connection as the modes see it: bytes in, bytes out, over TCP or over TLS, blocking while it is opened and non-blocking
//! while it is measured.

#[cfg(feature = "tls")]
use crate::tls::Tls;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};

pub enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<Tls>),
}

impl Stream {
    pub fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Stream::Tls(tls) => &tls.socket,
        }
    }

    /// A read that gave less than was asked for has emptied the socket: epoll tells when more comes.
    pub fn is_empty_after_less(&self) -> bool {
        matches!(self, Stream::Plain(_))
    }

    /// Ends what is sent, with TLS's closing alert.
    #[cfg(feature = "tls")]
    pub fn finish(&mut self) -> io::Result<()> {
        if let Stream::Tls(tls) = self {
            tls.say_goodbye()?;
        }
        self.socket().shutdown(std::net::Shutdown::Write)
    }
}

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        self.socket().as_raw_fd()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Stream::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    /// Hands the kernel what was written, as far as it takes it.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(_) => Ok(()),
            #[cfg(feature = "tls")]
            Stream::Tls(tls) => tls.send_records(),
        }
    }
}
