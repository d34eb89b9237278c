//! The command line.

use crate::Failure;
use std::net::SocketAddrV4;
use std::time::Duration;

pub const USAGE: &str = "load echo|broadcast|handshake|idle --port N [options]
  --host A             server's IPv4 address (127.0.0.1)
  --seconds S          measured time (3)
  --warmup S           time before that (0.5)
  --connections N      echo, broadcast: active connections (100); handshake: how many at a time (32);
                       idle: open before memory is first looked at (100)
  --size N             payload bytes (64)
  --in-flight N        echo: messages under way on each connection (16); broadcast: broadcasts under way
  --idle N             open connections that say nothing (0)
  --text               echo: text messages instead of binary ones
  --deflate            echo: compressed messages of JSON text
  --deflate-afresh     the same, without context takeover on either side
  --size-most N        with --deflate: sizes from --size to this, the small ones more often (--size)
  --messages N         echo: so many on each connection, however long it takes, instead of a measured time
  --tls                over TLS 1.3; handshake: TLS handshakes, without a request
  --resume             with --tls, handshake: each takes the session of one before it
  --server-pid P       report this process's CPU time in the measured time, and its memory
  --gate               print `begin` before the measured time and `end` after it, and wait for a line each time";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Echo,
    Broadcast,
    Handshake,
    Idle,
}

pub struct Args {
    pub mode: Mode,
    pub server: SocketAddrV4,
    pub seconds: Duration,
    pub warmup: Duration,
    pub connections: usize,
    pub size: usize,
    pub size_most: usize,
    /// Each connection's messages, where their number is what ends the run.
    pub messages: Option<u64>,
    pub in_flight: usize,
    pub idle: usize,
    pub text: bool,
    /// The extensions to ask for.
    pub offer: Option<&'static str>,
    /// Compressed messages may refer to those before.
    pub takeover: bool,
    pub tls: bool,
    pub resumes: bool,
    pub server_pid: Option<u32>,
    pub gate: bool,
}

fn value<T: std::str::FromStr>(name: &str, given: Option<String>) -> Result<T, Failure> {
    let given = given.ok_or_else(|| format!("{name} needs a value\n{USAGE}"))?;
    given.parse().map_err(|_| format!("{name}: cannot use '{given}'\n{USAGE}").into())
}

impl Args {
    fn of_mode(mode: Mode) -> Self {
        Args {
            mode,
            server: SocketAddrV4::new([127, 0, 0, 1].into(), 0),
            seconds: Duration::from_secs(3),
            warmup: Duration::from_millis(500),
            connections: if mode == Mode::Handshake { 32 } else { 100 },
            size: 64,
            size_most: 0,
            messages: None,
            in_flight: 16,
            idle: 0,
            text: false,
            offer: None,
            takeover: true,
            tls: false,
            resumes: false,
            server_pid: None,
            gate: false,
        }
    }

    pub fn from_command_line() -> Result<Self, Failure> {
        let mut words = std::env::args().skip(1);
        let mut args = Args::of_mode(match words.next().as_deref() {
            Some("echo") => Mode::Echo,
            Some("broadcast") => Mode::Broadcast,
            Some("handshake") => Mode::Handshake,
            Some("idle") => Mode::Idle,
            _ => return Err(USAGE.into()),
        });
        while let Some(name) = words.next() {
            match name.as_str() {
                "--host" => args.server.set_ip(value(&name, words.next())?),
                "--port" => args.server.set_port(value(&name, words.next())?),
                "--seconds" => args.seconds = Duration::try_from_secs_f64(value(&name, words.next())?)?,
                "--warmup" => args.warmup = Duration::try_from_secs_f64(value(&name, words.next())?)?,
                "--connections" => args.connections = value(&name, words.next())?,
                "--size" => args.size = value(&name, words.next())?,
                "--size-most" => args.size_most = value(&name, words.next())?,
                "--messages" => args.messages = Some(value(&name, words.next())?),
                "--in-flight" => args.in_flight = value(&name, words.next())?,
                "--idle" => args.idle = value(&name, words.next())?,
                "--text" => args.text = true,
                "--deflate" => args.offer = Some("permessage-deflate"),
                "--deflate-afresh" => {
                    args.offer = Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
                    args.takeover = false;
                }
                "--tls" => args.tls = true,
                "--resume" => args.resumes = true,
                "--server-pid" => args.server_pid = Some(value(&name, words.next())?),
                "--gate" => args.gate = true,
                _ => return Err(format!("unknown option '{name}'\n{USAGE}").into()),
            }
        }
        args.size_most = args.size_most.max(args.size);
        args.judge()
    }

    fn judge(self) -> Result<Self, Failure> {
        let wrong = if self.server.port() == 0 || self.connections == 0 || self.in_flight == 0 {
            "--port is needed; --connections and --in-flight start at 1"
        } else if self.tls && !cfg!(feature = "tls") {
            "--tls: built without the feature"
        } else if self.resumes && !(self.tls && self.mode == Mode::Handshake) {
            "--resume goes with handshake and --tls"
        } else if self.mode == Mode::Idle && (self.idle == 0 || self.server_pid.is_none()) {
            "idle needs --idle and --server-pid"
        } else {
            return Ok(self);
        };
        Err(format!("{wrong}\n{USAGE}").into())
    }
}
