//! Connecting many times: source addresses spread over 127.0.0.0/8, so that ports do not run out.

use crate::Failure;
use crate::args::Args;
use crate::ws;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

/// Connections from one source address; about 28,000 ports are there for each.
const PER_ADDRESS: usize = 8000;
/// Connections whose handshakes are under way at a time while many are opened; below the listeners' backlog.
const BATCH: usize = 128;
const PATIENCE: Duration = Duration::from_secs(20);

/// A blocking connection, the `index`th of the run; its source address follows from the index when the server is on
/// the loopback.
pub fn connect(server: SocketAddrV4, index: usize) -> Result<TcpStream, Failure> {
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

pub fn send_request(stream: &mut TcpStream, args: &Args) -> Result<(), Failure> {
    Ok(stream.write_all(ws::request(args.server, args.offer).as_bytes())?)
}

/// Reads the answer to the handshake and judges it.
pub fn read_answer(stream: &mut TcpStream, args: &Args) -> Result<(), Failure> {
    let mut head = Vec::with_capacity(512);
    let mut part = [0u8; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        let n = stream.read(&mut part).map_err(|e| format!("no answer to the handshake: {e}"))?;
        if n == 0 || head.len() + n > 16384 {
            return Err(format!("handshake cut off: {}", String::from_utf8_lossy(&head)).into());
        }
        head.extend_from_slice(&part[..n]);
    }
    ws::judge_answer(&head, args.offer)
}

/// Opens `count` connections whose handshake is done; the first has number `first` of the run.
pub fn open(args: &Args, first: usize, count: usize) -> Result<Vec<TcpStream>, Failure> {
    let mut all: Vec<TcpStream> = Vec::with_capacity(count);
    while all.len() < count {
        let from = all.len();
        for index in from..count.min(from + BATCH) {
            let mut stream = connect(args.server, first + index)?;
            // Closed by a reset at the end: no TIME_WAIT holds the port, and the next round finds it free.
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
            send_request(&mut stream, args)?;
            all.push(stream);
        }
        for stream in &mut all[from..] {
            read_answer(stream, args)?;
        }
    }
    Ok(all)
}
