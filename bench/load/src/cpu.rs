//! A process's CPU time as the kernel accounts for it, in nanoseconds (schedstat), all threads together.

use crate::Failure;
use std::fs;

/// Time that all threads of `pid` have spent on a CPU so far, user and system, in nanoseconds. A thread that ends
/// between two readings takes its time with it; the servers that are measured start none.
pub fn spent_ns(pid: u32) -> Result<u64, Failure> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().ok_or("empty schedstat")?;
        sum += first.parse::<u64>()?;
    }
    Ok(sum)
}

/// Resident memory of `pid` in KiB.
pub fn resident_kib(pid: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).ok_or("no VmRSS line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no VmRSS value")?.parse()?)
}
