//! A process's CPU time and memory as the kernel accounts for them.

use crate::Failure;
use std::fs;

/// CPU time so far.
#[derive(Clone, Copy)]
pub struct Spent {
    /// All threads together, user and kernel, in nanoseconds (schedstat). A thread that ends between two readings takes its
    /// time with it; the servers that are measured start none.
    pub ns: u64,
    /// How it divides, in clock ticks: coarse, enough for a share.
    pub user_ticks: u64,
    pub kernel_ticks: u64,
}

impl Spent {
    pub fn since(self, before: Spent) -> Spent {
        Spent {
            ns: self.ns.saturating_sub(before.ns),
            user_ticks: self.user_ticks.saturating_sub(before.user_ticks),
            kernel_ticks: self.kernel_ticks.saturating_sub(before.kernel_ticks),
        }
    }
}

pub fn spent(pid: u32) -> Result<Spent, Failure> {
    let mut ns = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().ok_or("empty schedstat")?;
        ns += first.parse::<u64>()?;
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("no name in stat")?;
    let mut ticks = after_name.split_whitespace().skip(11).map(str::parse);
    let mut tick = || ticks.next().ok_or("stat is cut off");
    Ok(Spent { ns, user_ticks: tick()??, kernel_ticks: tick()?? })
}

/// Resident memory of `pid` in KiB.
pub fn resident_kib(pid: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).ok_or("no VmRSS line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no VmRSS value")?.parse()?)
}
