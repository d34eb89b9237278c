//! Logging: level bits, the emitter, and the stock emitters of the C API.
//!
//! Text flows in from C (`src/capi/varargs.c` has formatted it already) and from Rust (the macros below), and leaves
//! through one function pointer. Both the bits and the pointer are atomics, so any thread may log at any time.
//! Rust messages are given without their line end; C messages carry their own, as the C API has it.

use std::ffi::{CStr, c_char, c_int};
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

pub use crate::abi::{
    LLL_CLIENT, LLL_DEBUG, LLL_ERR, LLL_EXT, LLL_HEADER, LLL_INFO, LLL_LATENCY, LLL_NOTICE, LLL_PARSER, LLL_THREAD,
    LLL_USER, LLL_WARN,
};

/// A function that prints one log line: the level bit, and the text with its line end, which lives during the call only.
pub type Emitter = unsafe extern "C" fn(c_int, *const c_char);

static LEVEL: AtomicI32 = AtomicI32::new(LLL_ERR | LLL_WARN | LLL_NOTICE);
/// Null stands for the default, [`emit_stderr`].
static EMITTER: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// Logs one line at a level (`LLL_*`), without its line end. The arguments are not evaluated when the level is off.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! at {
    ($level:expr, $($arg:tt)*) => {
        if $crate::util::log::visible($level) != 0 {
            $crate::util::log::log($level, ::std::format_args!($($arg)*))
        }
    };
}
/// Logs at error level: something failed that the program asked for.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! err {
    ($($arg:tt)*) => { $crate::util::log::at!($crate::util::log::LLL_ERR, $($arg)*) };
}
/// Logs at warning level: it goes on, but not as the program may think.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! log_warn {
    ($($arg:tt)*) => { $crate::util::log::at!($crate::util::log::LLL_WARN, $($arg)*) };
}
/// Logs at notice level: rare and worth knowing; on by default.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! notice {
    ($($arg:tt)*) => { $crate::util::log::at!($crate::util::log::LLL_NOTICE, $($arg)*) };
}
/// Logs at info level: off by default.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! info {
    ($($arg:tt)*) => { $crate::util::log::at!($crate::util::log::LLL_INFO, $($arg)*) };
}
/// Logs at debug level: off by default.
#[allow(unused_macros, reason = "each floor uses what it needs")]
macro_rules! debug {
    ($($arg:tt)*) => { $crate::util::log::at!($crate::util::log::LLL_DEBUG, $($arg)*) };
}
// `warn` alone would clash with the built-in attribute of that name.
#[allow(unused_imports, reason = "each floor uses what it needs")]
pub(crate) use {at, debug, err, info, log_warn as warn, notice};

/// The bits of `level` that are switched on: 0 when a line at this level would be dropped.
#[inline]
pub fn visible(level: c_int) -> c_int {
    LEVEL.load(Ordering::Relaxed) & level
}

/// Replaces the level bits, and the emitter if one is given (the former stays otherwise).
pub fn set_level(level: c_int, emitter: Option<Emitter>) {
    if let Some(f) = emitter {
        EMITTER.store(f as *mut (), Ordering::Release);
    }
    LEVEL.store(level, Ordering::Relaxed);
}

/// Formats one line of the library's own, ends it, and emits it if its level is on. Longer than [`LINE_MAX`] bytes is
/// cut and ends in dots. Never allocates. Use the macros: they cost one load where the level is off.
#[cold]
pub fn log(level: c_int, text: fmt::Arguments<'_>) {
    let mut line = Line::new();
    let cut = line.write_fmt(text).is_err();
    emit(level, line.finish(cut));
}

/// Gives a finished line to the emitter when one of its level's bits is on.
pub fn emit(level: c_int, line: &CStr) {
    if visible(level) == 0 {
        return;
    }
    let p = EMITTER.load(Ordering::Acquire);
    if p.is_null() {
        emit_stderr(level, line);
        return;
    }
    // SAFETY: only `set_level` stores here, and it stores function pointers of exactly this type.
    let f: Emitter = unsafe { std::mem::transmute::<*mut (), Emitter>(p) };
    // SAFETY: the program registered `f` for lines of this kind, from any thread; the text is NUL-ended and outlives
    // the call.
    unsafe { f(level, line.as_ptr()) }
}

/// Longest line of the library's own, in bytes with its line end.
pub const LINE_MAX: usize = 1022;

struct Line {
    buf: [u8; LINE_MAX + 2],
    len: usize,
}

impl Line {
    const fn new() -> Self {
        Line { buf: [0; LINE_MAX + 2], len: 0 }
    }

    fn finish(&mut self, cut: bool) -> &CStr {
        let end: &[u8] = if cut { b"...\n\0" } else { b"\n\0" };
        let at = self.len.min(self.buf.len() - end.len());
        self.buf[at..at + end.len()].copy_from_slice(end);
        CStr::from_bytes_until_nul(&self.buf).unwrap_or_default()
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(LINE_MAX - self.len);
        self.buf[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        if n < s.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Emitter for stderr with a time stamp, coloured by level where stderr is a terminal: the default.
pub fn emit_stderr(level: c_int, line: &CStr) {
    let mut stamp = [0u8; 50];
    let n = timestamp(level, &mut stamp);
    write_stderr(level, &stamp[..n], line);
}

/// Emitter for stderr without a time stamp.
pub fn emit_stderr_notimestamp(level: c_int, line: &CStr) {
    write_stderr(level, b"", line);
}

/// Emitter for syslog: error, warning, notice and info as such, all else as debug.
pub fn emit_syslog(level: c_int, line: &CStr) {
    let priority = match level {
        LLL_ERR => libc::LOG_ERR,
        LLL_WARN => libc::LOG_WARNING,
        LLL_NOTICE => libc::LOG_NOTICE,
        LLL_INFO => libc::LOG_INFO,
        _ => libc::LOG_DEBUG,
    };
    // SAFETY: the format takes one string, which is NUL-ended and alive.
    unsafe { libc::syslog(priority, c"%s".as_ptr(), line.as_ptr()) }
}

const LETTERS: [u8; 12] = *b"EWNIDPHXCLUT";

const COLOURS: [&[u8]; 12] = [
    b"\x1b[31;1m",
    b"\x1b[36;1m",
    b"\x1b[35;1m",
    b"\x1b[32;1m",
    b"\x1b[34;1m",
    b"\x1b[33;1m",
    b"\x1b[33m",
    b"\x1b[33m",
    b"\x1b[33m",
    b"\x1b[33;1m",
    b"\x1b[0;1m",
    b"\x1b[31m",
];

/// Writes the time stamp of a line (`[year/month/day hour:minute:second:tick] letter: `, local time, ticks of 100 µs of
/// the monotonic clock) without a NUL; its length. Nothing for a level that is not exactly one known bit. Cut to fit.
pub fn timestamp(level: c_int, out: &mut [u8]) -> usize {
    let bit = level.trailing_zeros() as usize;
    if level <= 0 || level.count_ones() != 1 || bit >= LETTERS.len() {
        return 0;
    }
    let letter = LETTERS[bit] as char;
    let tick = (super::time::now_usecs() / 100) % 10000;
    let mut w = Cut { out, len: 0 };
    // A stamp that does not fit is cut: that is what the error says, and all there is to do.
    let _ = match local_time() {
        Some(t) => write!(
            w,
            "[{:04}/{:02}/{:02} {:02}:{:02}:{:02}:{:04}] {}: ",
            i64::from(t.tm_year) + 1900,
            t.tm_mon + 1,
            t.tm_mday,
            t.tm_hour,
            t.tm_min,
            t.tm_sec,
            tick,
            letter
        ),
        None => write!(w, "[{}:{:04}] {}: ", super::time::now_secs(), tick, letter),
    };
    w.len
}

struct Cut<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl Write for Cut<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(self.out.len() - self.len);
        self.out[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

fn local_time() -> Option<libc::tm> {
    // SAFETY: an all-zero `tm` is a valid value (its zone pointer may be null).
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: time() accepts NULL.
    let now = unsafe { libc::time(std::ptr::null_mut()) };
    // SAFETY: both pointers are to live values of ours.
    let r = unsafe { libc::localtime_r(&now, &mut tm) };
    (!r.is_null()).then_some(tm)
}

/// One writev, so that lines of several threads do not mix.
fn write_stderr(level: c_int, stamp: &[u8], line: &CStr) {
    // SAFETY: isatty only looks at the descriptor.
    let terminal = unsafe { libc::isatty(libc::STDERR_FILENO) } == 1;
    let (colour, reset): (&[u8], &[u8]) = if terminal { (colour_of(level), b"\x1b[0m") } else { (b"", b"") };
    let parts = [colour, stamp, line.to_bytes(), reset]
        .map(|p| libc::iovec { iov_base: p.as_ptr().cast_mut().cast(), iov_len: p.len() });
    // SAFETY: the four vectors point at live slices, which writev only reads. What stderr does not take is lost, as
    // there is nowhere to report it.
    unsafe { libc::writev(libc::STDERR_FILENO, parts.as_ptr(), parts.len() as c_int) };
}

/// The colour of the highest known bit.
fn colour_of(level: c_int) -> &'static [u8] {
    COLOURS.iter().enumerate().rev().find(|(bit, _)| level & (1 << bit) != 0).map_or(b"", |(_, c)| c)
}

/// Dumps bytes, 16 to a line with offset, hex and text, between two empty lines.
pub fn hexdump(level: c_int, data: Option<&[u8]>, len: usize) {
    if visible(level) == 0 {
        return;
    }
    if len == 0 {
        return log(level, format_args!("(hexdump: zero length)"));
    }
    let Some(data) = data else {
        return log(level, format_args!("(hexdump: NULL ptr)"));
    };
    emit(level, c"\n");
    for (row, bytes) in data.chunks(16).enumerate() {
        log(level, format_args!("{}", HexRow { offset: row * 16, bytes }));
    }
    emit(level, c"\n");
}

struct HexRow<'a> {
    offset: usize,
    bytes: &'a [u8],
}

impl fmt::Display for HexRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}: ", self.offset)?;
        for b in self.bytes {
            write!(f, "{b:02X} ")?;
        }
        let missing = 16 - self.bytes.len();
        write!(f, "{:1$}   ", "", missing * 3)?;
        for &b in self.bytes {
            f.write_char(if (0x20..0x7f).contains(&b) { b as char } else { '.' })?;
        }
        write!(f, "{:1$}", "", missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_made_for_exactly_one_known_bit_and_cut_to_fit() {
        let mut b = [0u8; 50];
        assert_eq!(timestamp(LLL_NOTICE, &mut b), 30);
        assert_eq!(&b[26..30], b" N: ".as_slice());
        for level in [0, 3, -1, 1 << 12, c_int::MIN] {
            assert_eq!(timestamp(level, &mut b), 0, "level {level}");
        }
        assert_eq!(timestamp(LLL_ERR, &mut b[..9]), 9);
        assert_eq!(timestamp(LLL_ERR, &mut []), 0);
    }

    #[test]
    fn a_long_line_is_cut_and_ends_in_dots() {
        let mut l = Line::new();
        let cut = write!(l, "{:2000}", "x").is_err();
        let s = l.finish(cut).to_bytes();
        assert_eq!((s.len(), &s[s.len() - 4..]), (LINE_MAX + 1, b"...\n".as_slice()));
        let mut l = Line::new();
        let cut = write!(l, "{:1022}", "x").is_err();
        assert!(!cut);
        assert_eq!(l.finish(cut).to_bytes().len(), LINE_MAX + 1);
    }

    #[test]
    fn a_row_of_a_dump_is_padded_to_the_text_column() {
        let r = HexRow { offset: 32, bytes: b"a\xff~" }.to_string();
        assert_eq!(r, format!("0020: 61 FF 7E {:42}a.~{:13}", "", ""));
    }

    #[test]
    fn the_highest_known_bit_chooses_the_colour() {
        assert_eq!(colour_of(3), COLOURS[1]);
        assert_eq!(colour_of(1 << 12), b"");
        assert_eq!(colour_of(0), b"");
    }
}
