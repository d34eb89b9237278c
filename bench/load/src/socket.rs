//! Connecting many times: source addresses spread over 127.0.0.0/8, so that ports do not run out.

use crate::Failure;
use crate::args::Args;
use crate::stream::Stream;
use crate::ws;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

/// Connections from one source address; about 28,000 ports are there for each.
const PER_ADDRESS: usize = 8000;
/// Connections whose handshakes are under way at a time while many are opened; below the listeners' backlog.
const BATCH: usize = 128;
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens connections to one server.
pub struct Connector<'a> {
    args: &'a Args,
    #[cfg(feature = "tls")]
    tls: Option<std::sync::Arc<rustls::ClientConfig>>,
}

impl<'a> Connector<'a> {
    pub fn new(args: &'a Args) -> Result<Self, Failure> {
        Ok(Connector {
            args,
            #[cfg(feature = "tls")]
            tls: args.tls.then(|| crate::tls::config(args.resumes)).transpose()?,
        })
    }

    /// A blocking connection, the `index`th of the run; its source address follows from the index when the server is on
    /// the loopback. Over TLS the TLS handshake is done.
    pub fn connect(&self, index: usize) -> Result<Stream, Failure> {
        let socket = tcp(self.args.server, index)?;
        #[cfg(feature = "tls")]
        if let Some(config) = &self.tls {
            return Ok(Stream::Tls(Box::new(crate::tls::Tls::connect(config, socket)?)));
        }
        Ok(Stream::Plain(socket))
    }

    pub fn send_request(&self, stream: &mut Stream) -> Result<(), Failure> {
        stream.write_all(ws::request(self.args.server, self.args.offer).as_bytes())?;
        Ok(stream.flush()?)
    }

    /// Reads the answer to the handshake and judges it.
    pub fn read_answer(&self, stream: &mut Stream) -> Result<(), Failure> {
        let mut head = Vec::with_capacity(512);
        let mut part = [0u8; 1024];
        while !head.ends_with(b"\r\n\r\n") {
            let n = stream.read(&mut part).map_err(|e| format!("no answer to the handshake: {e}"))?;
            if n == 0 || head.len() + n > 16384 {
                return Err(format!("handshake cut off: {}", String::from_utf8_lossy(&head)).into());
            }
            head.extend_from_slice(&part[..n]);
        }
        ws::judge_answer(&head, self.args.offer)
    }

    /// Opens `count` connections whose handshake is done; the first has number `first` of the run.
    pub fn open(&self, first: usize, count: usize) -> Result<Vec<Stream>, Failure> {
        let mut all: Vec<Stream> = Vec::with_capacity(count);
        while all.len() < count {
            let from = all.len();
            for index in from..count.min(from + BATCH) {
                let mut stream = self.connect(first + index)?;
                // Closed by a reset at the end: no TIME_WAIT holds the port, and the next round finds it free.
                socket2::SockRef::from(stream.socket()).set_linger(Some(Duration::ZERO))?;
                self.send_request(&mut stream)?;
                all.push(stream);
            }
            for stream in &mut all[from..] {
                self.read_answer(stream)?;
            }
        }
        Ok(all)
    }
}

fn tcp(server: SocketAddrV4, index: usize) -> Result<TcpStream, Failure> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))
        .map_err(|e| format!("connection {index}: {e} (ulimit -n says how many files may be open)"))?;
    if server.ip().is_loopback() && index >= PER_ADDRESS {
        let n = 1 + (index / PER_ADDRESS) % 250;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::new(127, 0, 1, n as u8), 0).into())?;
    }
    socket.connect(&server.into()).map_err(|e| format!("connection {index} to {server}: {e}"))?;
    socket.set_tcp_nodelay(true)?;
    let stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Fails when one of these has been closed or was sent something.
pub fn all_live(idle: &mut [Stream]) -> Result<(), Failure> {
    let mut byte = [0u8];
    for (index, stream) in idle.iter_mut().enumerate() {
        stream.socket().set_nonblocking(true)?;
        match stream.read(&mut byte) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Ok(0) => return Err(format!("idle connection {index}: closed by the server").into()),
            Ok(_) => return Err(format!("idle connection {index}: got data").into()),
            Err(e) => return Err(format!("idle connection {index}: {e}").into()),
        }
    }
    Ok(())
}
