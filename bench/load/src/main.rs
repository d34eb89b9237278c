//! Load for a WebSocket server: one thread, one epoll set, over TCP or TLS, and every reply compared byte for byte.
//!
//! `load echo …` keeps a number of messages in flight on each of some connections, beside others that are idle;
//! `load broadcast …` has one connection speak and all listen; `load handshake …` connects, shakes hands and closes, over and
//! over; `load idle …` sees what connections take that say nothing. Each prints one JSON object. With `--server-pid` the
//! server's CPU time in the measured window is taken from the kernel's accounting.
#![forbid(unsafe_code)]

mod args;
mod broadcast;
mod cpu;
mod deflate;
mod echo;
mod handshake;
mod histogram;
mod idle;
mod socket;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod window;
mod ws;

use std::process::ExitCode;

/// Anything that ends the run: a wrong argument, a system error, a reply that is not what was sent.
pub type Failure = Box<dyn std::error::Error>;

fn run() -> Result<String, Failure> {
    let args = args::Args::from_command_line()?;
    match args.mode {
        args::Mode::Echo => echo::run(&args),
        args::Mode::Broadcast => broadcast::run(&args),
        args::Mode::Handshake => handshake::run(&args),
        args::Mode::Idle => idle::run(&args),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("load: {why}");
            ExitCode::FAILURE
        }
    }
}
