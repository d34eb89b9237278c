//! Handshake load: connect, shake hands, close, over and over, a batch at a time. Over TLS it is TLS's handshake and TLS's
//! end, without a request; otherwise WebSocket's handshake and closing handshake.

use crate::args::Args;
use crate::histogram::Histogram;
use crate::socket::Connector;
use crate::stream::Stream;
use crate::window::Window;
use crate::{Failure, ws};
use std::io::{Read, Write};
use std::time::Instant;

fn rest(stream: &mut Stream) -> Result<Vec<u8>, Failure> {
    let mut rest = Vec::new();
    let mut part = [0u8; 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return Ok(rest),
            Ok(n) => rest.extend_from_slice(&part[..n]),
            // rustls' word for an end without TLS's own
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(rest),
            Err(e) => return Err(format!("while closing: {e}").into()),
        }
    }
}

/// Over WebSocket, all of a batch under way at once.
fn websocket_batch(
    connector: &Connector<'_>,
    args: &Args,
    from: usize,
    histogram: &mut Histogram,
) -> Result<(), Failure> {
    let mut open: Vec<(Stream, Instant)> = Vec::with_capacity(args.connections);
    for index in 0..args.connections {
        let begun = Instant::now();
        let mut stream = connector.connect(from + index)?;
        connector.send_request(&mut stream)?;
        open.push((stream, begun));
    }
    for (stream, begun) in &mut open {
        connector.read_answer(stream)?;
        histogram.record(begun.elapsed().as_nanos() as u64);
    }
    for (stream, _) in &mut open {
        stream.write_all(&ws::close_frame())?;
    }
    for (stream, _) in &mut open {
        let answer = rest(stream)?;
        if answer != ws::CLOSE_ANSWER {
            return Err(format!("close frame answered with {answer:02x?}").into());
        }
    }
    Ok(())
}

/// Over TLS, one after the other.
#[cfg(feature = "tls")]
fn tls_batch(connector: &Connector<'_>, args: &Args, from: usize, histogram: &mut Histogram) -> Result<(), Failure> {
    for index in 0..args.connections {
        let begun = Instant::now();
        let mut stream = connector.connect(from + index)?;
        histogram.record(begun.elapsed().as_nanos() as u64);
        let Stream::Tls(tls) = &stream else { return Err("not over TLS".into()) };
        // The first has no session to take.
        if args.resumes && from + index > 0 && !tls.is_resumed() {
            return Err("the session was not taken".into());
        }
        stream.finish()?;
        if !rest(&mut stream)?.is_empty() {
            return Err("data that nobody asked for".into());
        }
    }
    Ok(())
}

fn batch(connector: &Connector<'_>, args: &Args, from: usize, histogram: &mut Histogram) -> Result<(), Failure> {
    #[cfg(feature = "tls")]
    if args.tls {
        return tls_batch(connector, args, from, histogram);
    }
    websocket_batch(connector, args, from, histogram)
}

pub fn run(args: &Args) -> Result<String, Failure> {
    let connector = Connector::new(args)?;
    let mut count = 0;
    let begun = Instant::now();
    while count == 0 || begun.elapsed() < args.warmup {
        batch(&connector, args, count, &mut Histogram::new())?;
        count += args.connections;
    }
    let window = Window::open(args)?;
    let mut histogram = Histogram::new();
    while window.begun().elapsed() < args.seconds {
        batch(&connector, args, count, &mut histogram)?;
        count += args.connections;
    }
    let measured = window.close()?;
    Ok(format!("{{\"mode\":\"handshake\",\"connections\":{},{}}}", args.connections, measured.members(&histogram)?))
}
