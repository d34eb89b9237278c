//! Echo load: each connection keeps `--in-flight` messages under way; idle connections stand beside.

use crate::args::Args;
use crate::deflate::{Reading, Sequences};
use crate::histogram::Histogram;
use crate::socket::Connector;
use crate::stream::Stream;
use crate::window::Window;
use crate::ws::Frames;
use crate::{Failure, cpu, socket};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

const READ: usize = 256 * 1024;
/// How long the last replies may take after sending has stopped.
const DRAIN: Duration = Duration::from_secs(10);
/// How long nothing at all may come while replies are missing.
const STALL: Duration = Duration::from_secs(60);

/// What the connections send and have to get back.
enum Traffic {
    Plain(Frames),
    Deflate(Sequences),
}

struct Connection {
    stream: Stream,
    id: u32,
    sent: u64,
    received: u64,
    /// Bytes of the next reply that are here already.
    offset: usize,
    /// The same where replies are compressed.
    reading: Option<Reading>,
    out: Vec<u8>,
    out_done: usize,
    started: VecDeque<Instant>,
}

impl Connection {
    fn send(&mut self, traffic: &Traffic, count: usize, now: Instant) {
        for _ in 0..count {
            match traffic {
                Traffic::Plain(frames) => frames.append(&mut self.out, self.id, self.sent),
                Traffic::Deflate(sequences) => sequences.append(&mut self.out, self.id, self.sent),
            }
            self.sent += 1;
            self.started.push_back(now);
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        while self.out_done < self.out.len() {
            match self.stream.write(&self.out[self.out_done..]) {
                Ok(n) => self.out_done += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(format!("connection {}: {e}", self.id).into()),
            }
        }
        self.out.clear();
        self.out_done = 0;
        match self.stream.flush() {
            Err(e) if e.kind() != ErrorKind::WouldBlock => Err(format!("connection {}: {e}", self.id).into()),
            _ => Ok(()),
        }
    }

    /// Checks what came and returns how many messages it completed.
    fn take(&mut self, traffic: &Traffic, mut bytes: &[u8]) -> Result<usize, Failure> {
        let mut done = 0;
        while !bytes.is_empty() {
            let is_due = self.received < self.sent;
            if !is_due && self.reading.is_none() {
                return Err(format!("connection {}: {} bytes that nobody asked for", self.id, bytes.len()).into());
            }
            let checked = match (traffic, &mut self.reading) {
                (Traffic::Plain(frames), _) => frames.check(bytes, self.offset, self.id, self.received),
                (Traffic::Deflate(sequences), Some(reading)) => {
                    let checked = reading.check(bytes, is_due.then(|| sequences.plain(self.id, self.received)));
                    self.out.append(&mut reading.pongs);
                    checked
                }
                (Traffic::Deflate(_), None) => None,
            };
            let (used, complete) =
                checked.ok_or_else(|| format!("connection {}: reply {} is wrong", self.id, self.received))?;
            bytes = &bytes[used..];
            self.offset += used;
            if complete {
                self.offset = 0;
                self.received += 1;
                done += 1;
            }
        }
        Ok(done)
    }
}

struct Run<'a> {
    args: &'a Args,
    traffic: Traffic,
    poll: Poll,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
    measured: Option<Histogram>,
    sending: bool,
}

impl Run<'_> {
    fn readable(&mut self, index: usize) -> Result<(), Failure> {
        let c = &mut self.connections[index];
        loop {
            let n = match c.stream.read(&mut self.buffer) {
                Ok(0) => return Err(format!("connection {}: closed by the server", c.id).into()),
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(format!("connection {}: {e}", c.id).into()),
            };
            let done = c.take(&self.traffic, &self.buffer[..n])?;
            let now = Instant::now();
            for started in c.started.drain(..done) {
                if let Some(histogram) = &mut self.measured {
                    histogram.record((now - started).as_nanos() as u64);
                }
            }
            if self.sending && done > 0 {
                c.send(&self.traffic, allowed(self.args, c, done), now);
            }
            c.flush()?;
            if n < self.buffer.len() && c.stream.is_empty_after_less() {
                return Ok(());
            }
        }
    }

    /// Works until `end`, or until `finished` says so.
    fn until(&mut self, end: Instant, finished: fn(&Self) -> bool) -> Result<(), Failure> {
        let mut events = Events::with_capacity(512);
        loop {
            let now = Instant::now();
            if now >= end || finished(self) {
                return Ok(());
            }
            match self.poll.poll(&mut events, Some(end - now)) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                if event.is_writable() {
                    self.connections[event.token().0].flush()?;
                }
                if event.is_readable() {
                    self.readable(event.token().0)?;
                }
            }
        }
    }
}

/// How many of `wanted` messages a connection may still send.
fn allowed(args: &Args, c: &Connection, wanted: usize) -> usize {
    args.messages.map_or(wanted, |most| (most - c.sent).min(wanted as u64) as usize)
}

/// Sends the number of messages that was asked for, and waits for all of them.
fn run_to_the_end(run: &mut Run<'_>, most: u64) -> Result<String, Failure> {
    let begun = Instant::now();
    let received = |run: &Run<'_>| run.connections.iter().map(|c| c.received).sum::<u64>();
    let wanted = most * run.connections.len() as u64;
    while received(run) < wanted {
        let before = received(run);
        run.until(Instant::now() + STALL, |run| run.connections.iter().all(|c| Some(c.received) == run.args.messages))?;
        if received(run) == before {
            return Err(format!("no reply in {} s, {} are missing", STALL.as_secs(), wanted - before).into());
        }
    }
    Ok(format!(
        "{{\"mode\":\"echo\",\"connections\":{},\"messages\":{wanted},\"seconds\":{:.1}}}",
        run.connections.len(),
        begun.elapsed().as_secs_f64()
    ))
}

/// The connections of a run, in a poller.
fn connections(args: &Args, connector: &Connector<'_>, poll: &Poll) -> Result<Vec<Connection>, Failure> {
    let mut connections = Vec::with_capacity(args.connections);
    for (index, stream) in connector.open(0, args.connections)?.into_iter().enumerate() {
        stream.socket().set_nonblocking(true)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut SourceFd(&stream.as_raw_fd()), Token(index), interest)?;
        connections.push(Connection {
            stream,
            id: index as u32,
            sent: 0,
            received: 0,
            offset: 0,
            reading: args.offer.map(|_| Reading::new()),
            out: Vec::new(),
            out_done: 0,
            started: VecDeque::with_capacity(args.in_flight),
        });
    }
    Ok(connections)
}

pub fn run(args: &Args) -> Result<String, Failure> {
    let connector = Connector::new(args)?;
    let resident_before = args.server_pid.map(cpu::resident_kib).transpose()?;
    let mut idle = connector.open(args.connections, args.idle)?;
    let resident_idle = args.server_pid.map(cpu::resident_kib).transpose()?;
    let poll = Poll::new()?;
    let connections = connections(args, &connector, &poll)?;
    let traffic = match args.offer {
        Some(_) => Traffic::Deflate(Sequences::new(args.size, args.size_most, args.takeover)?),
        None => Traffic::Plain(Frames::new(args.size, args.text)),
    };
    let mut run = Run { args, traffic, poll, connections, buffer: vec![0; READ], measured: None, sending: true };

    let now = Instant::now();
    for index in 0..run.connections.len() {
        let c = &mut run.connections[index];
        c.send(&run.traffic, allowed(args, c, args.in_flight), now);
        c.flush()?;
    }
    if let Some(most) = args.messages {
        return run_to_the_end(&mut run, most);
    }
    run.until(now + args.warmup, |_| false)?;

    let window = Window::open(args)?;
    run.measured = Some(Histogram::new());
    run.until(window.begun() + args.seconds, |_| false)?;
    let histogram = run.measured.take().ok_or("nothing measured")?;
    let measured = window.close()?;

    run.sending = false;
    run.until(Instant::now() + DRAIN, |run| run.connections.iter().all(|c| c.received == c.sent))?;
    let missing: u64 = run.connections.iter().map(|c| c.sent - c.received).sum();
    if missing > 0 {
        return Err(format!("{missing} replies never came").into());
    }
    socket::all_live(&mut idle)?;

    let mut json = format!(
        "{{\"mode\":\"echo\",\"connections\":{},\"size\":{},\"in_flight\":{},\"idle\":{},\"text\":{},{}",
        args.connections,
        args.size,
        args.in_flight,
        args.idle,
        args.text,
        measured.members(&histogram)?,
    );
    if let (Some(before), Some(after), true) = (resident_before, resident_idle, args.idle > 0) {
        json += &format!(
            ",\"server_resident_bytes_per_idle\":{:.0}",
            after.saturating_sub(before) as f64 * 1024.0 / args.idle as f64
        );
    }
    json.push('}');
    Ok(json)
}
