//! What connections that say nothing take of the server's memory, and what opening them costs it.

use crate::Failure;
use crate::args::Args;
use crate::cpu;
use crate::socket::{self, Connector};
use std::time::Duration;

/// How long a server may take to free what it needed for the handshakes.
const SETTLING: Duration = Duration::from_millis(300);

pub fn run(args: &Args) -> Result<String, Failure> {
    let pid = args.server_pid.ok_or("--server-pid is needed")?;
    let connector = Connector::new(args)?;
    // What the first connections make the server allocate for all is not counted.
    let mut first = connector.open(0, args.connections)?;
    std::thread::sleep(SETTLING);
    let before = cpu::resident_kib(pid)?;
    let mut idle = connector.open(args.connections, args.idle)?;
    std::thread::sleep(SETTLING);
    let after = cpu::resident_kib(pid)?;
    socket::all_live(&mut first)?;
    socket::all_live(&mut idle)?;
    Ok(format!(
        "{{\"mode\":\"idle\",\"connections\":{},\"server_resident_bytes_per_idle\":{:.0}}}",
        args.idle,
        after.saturating_sub(before) as f64 * 1024.0 / args.idle as f64
    ))
}
