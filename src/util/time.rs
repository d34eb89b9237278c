//! The two clocks of the C API: monotonic microseconds, which all timers use, and wall-clock seconds.

/// CLOCK_MONOTONIC in microseconds.
#[inline]
pub fn now_usecs() -> i64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `ts` is alive and writable; the clock exists on every supported system.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut ts) };
    ts.tv_sec * 1_000_000 + ts.tv_nsec / 1000
}

/// Wall-clock seconds since 1970.
pub fn now_secs() -> i64 {
    // SAFETY: time() accepts NULL.
    unsafe { libc::time(std::ptr::null_mut()) }
}
