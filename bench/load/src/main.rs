//! Load for a WebSocket echo server: one thread, one epoll set, and every reply compared byte for byte.
//!
//! `load echo …` keeps a number of messages in flight on each of some connections, beside others that are idle;
//! `load handshake …` connects, shakes hands and closes, over and over. Both print one JSON object.
//! With `--server-pid` the server's CPU time in the measured window is taken from the kernel's accounting.
#![forbid(unsafe_code)]

mod args;
mod cpu;
mod deflate;
mod echo;
mod handshake;
mod histogram;
mod socket;
mod ws;

use std::process::ExitCode;

/// Anything that ends the run: a wrong argument, a system error, a reply that is not what was sent.
pub type Failure = Box<dyn std::error::Error>;

fn run() -> Result<String, Failure> {
    let args = args::Args::from_command_line()?;
    match args.mode {
        args::Mode::Echo => echo::run(&args),
        args::Mode::Handshake => handshake::run(&args),
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
