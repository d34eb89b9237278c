//! Broadcast load: one connection says something, the server passes it on to all, the speaker among them, and each copy is
//! compared. The next is said when all have it.

use crate::args::Args;
use crate::histogram::Histogram;
use crate::socket::Connector;
use crate::stream::Stream;
use crate::window::Window;
use crate::ws::Frames;
use crate::{Failure, socket};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// How long nothing at all may come.
const STALL: Duration = Duration::from_secs(20);

struct Listener {
    stream: Stream,
    received: u64,
    /// Bytes of the next copy that are here already.
    offset: usize,
}

/// A broadcast that not all have.
struct UnderWay {
    said: Instant,
    missing: usize,
}

struct Run {
    frames: Frames,
    poll: Poll,
    listeners: Vec<Listener>,
    buffer: Vec<u8>,
    under_way: VecDeque<UnderWay>,
    /// Number of the first of those under way.
    first: u64,
    said: u64,
    measured: Option<Histogram>,
}

impl Run {
    fn say(&mut self) -> Result<(), Failure> {
        let mut frame = Vec::new();
        self.frames.append(&mut frame, 0, self.said);
        self.under_way.push_back(UnderWay { said: Instant::now(), missing: self.listeners.len() });
        self.said += 1;
        // Small and few: the socket takes it whole.
        Ok(self.listeners[0].stream.write_all(&frame)?)
    }

    fn readable(&mut self, index: usize) -> Result<(), Failure> {
        loop {
            let listener = &mut self.listeners[index];
            let n = match listener.stream.read(&mut self.buffer) {
                Ok(0) => return Err(format!("connection {index}: closed by the server").into()),
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(format!("connection {index}: {e}").into()),
            };
            let now = Instant::now();
            let mut bytes = &self.buffer[..n];
            while !bytes.is_empty() {
                let place = (listener.received - self.first) as usize;
                let Some(broadcast) = self.under_way.get_mut(place) else {
                    return Err(format!("connection {index}: {} bytes that nobody said", bytes.len()).into());
                };
                let (used, complete) = self
                    .frames
                    .check(bytes, listener.offset, 0, listener.received)
                    .ok_or_else(|| format!("connection {index}: copy {} is wrong", listener.received))?;
                bytes = &bytes[used..];
                listener.offset += used;
                if complete {
                    listener.offset = 0;
                    listener.received += 1;
                    broadcast.missing -= 1;
                    if let Some(histogram) = &mut self.measured {
                        histogram.record((now - broadcast.said).as_nanos() as u64);
                    }
                }
            }
            if n < self.buffer.len() && listener.stream.is_empty_after_less() {
                return Ok(());
            }
        }
    }

    /// Keeps `in_flight` broadcasts under way until `end`; 0: until all have what was said.
    fn until(&mut self, end: Instant, in_flight: usize) -> Result<(), Failure> {
        let mut events = Events::with_capacity(1024);
        let mut heard = Instant::now();
        while Instant::now() < end {
            while self.under_way.front().is_some_and(|b| b.missing == 0) {
                self.under_way.pop_front();
                self.first += 1;
            }
            if in_flight == 0 && self.under_way.is_empty() {
                return Ok(());
            }
            while self.under_way.len() < in_flight {
                self.say()?;
            }
            match self.poll.poll(&mut events, Some(Duration::from_millis(100))) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            if !events.is_empty() {
                heard = Instant::now();
            } else if heard.elapsed() > STALL {
                break;
            }
            for event in &events {
                self.readable(event.token().0)?;
            }
        }
        let missing: usize = self.under_way.iter().map(|b| b.missing).sum();
        if in_flight == 0 && missing > 0 { Err(format!("{missing} copies never came").into()) } else { Ok(()) }
    }
}

pub fn run(args: &Args) -> Result<String, Failure> {
    let connector = Connector::new(args)?;
    let mut idle = connector.open(args.connections, args.idle)?;
    let poll = Poll::new()?;
    let mut listeners = Vec::with_capacity(args.connections);
    for (index, stream) in connector.open(0, args.connections)?.into_iter().enumerate() {
        stream.socket().set_nonblocking(true)?;
        poll.registry().register(&mut SourceFd(&stream.as_raw_fd()), Token(index), Interest::READABLE)?;
        listeners.push(Listener { stream, received: 0, offset: 0 });
    }
    let mut run = Run {
        frames: Frames::new(args.size, args.text),
        poll,
        listeners,
        buffer: vec![0; 64 * 1024],
        under_way: VecDeque::new(),
        first: 0,
        said: 0,
        measured: None,
    };
    run.until(Instant::now() + args.warmup, args.in_flight)?;
    let window = Window::open(args)?;
    run.measured = Some(Histogram::new());
    run.until(window.begun() + args.seconds, args.in_flight)?;
    let histogram = run.measured.take().ok_or("nothing measured")?;
    let measured = window.close()?;
    run.until(Instant::now() + STALL, 0)?;
    socket::all_live(&mut idle)?;
    Ok(format!(
        "{{\"mode\":\"broadcast\",\"connections\":{},\"size\":{},\"in_flight\":{},{}}}",
        args.connections,
        args.size,
        args.in_flight,
        measured.members(&histogram)?
    ))
}
