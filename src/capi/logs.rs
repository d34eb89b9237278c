//! Logging, as C sees it. The work is done in `util/log.rs`; `varargs.c` formats for the variadic two.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::util::log;

unsafe extern "C" {
    fn lwsrs_c_log();
    fn lwsrs_c_logv();
}

// What varargs.c calls. Defined in assembly because `#[no_mangle]` would also export the names.
super::hidden_symbol!("lwsrs_log_visible", c_log_visible);
super::hidden_symbol!("lwsrs_log_emit", c_log_emit);

extern "C" fn c_log_visible(level: c_int) -> c_int {
    log::visible(level)
}

unsafe extern "C" fn c_log_emit(level: c_int, line: *const c_char) {
    // SAFETY: varargs.c passes its NUL-ended line buffer, which lives until this returns.
    log::emit(level, unsafe { CStr::from_ptr(line) });
}

super::exported_variadic! {
    /// `void _lws_log(int filter, const char *format, ...)`: prints one log line at a level, printf style; see the
    /// `lwsl_*` macros. `varargs.c` has the body.
    _lws_log => lwsrs_c_log
}
super::exported_variadic! {
    /// `void _lws_logv(int filter, const char *format, va_list vl)`: `_lws_log` with a `va_list`. `varargs.c` has the
    /// body.
    _lws_logv => lwsrs_c_logv
}

/// Sets which log levels are printed, and by what.
///
/// `level` is the OR of the `LLL_*` bits to print; at start errors, warnings and notices are on. `log_emit_function`
/// prints one line: it gets the level bit and the text with its line end, which it must not keep; NULL leaves the
/// emitter as it is (lwsl_emit_stderr() at start). The emitter may be called from any thread that logs. Any thread
/// may call this; lines that other threads are just logging may still go to the former emitter.
#[unsafe(no_mangle)]
pub extern "C" fn lws_set_log_level(
    level: c_int,
    log_emit_function: Option<unsafe extern "C" fn(level: c_int, line: *const c_char)>,
) {
    log::set_level(level, log_emit_function);
}

/// Tells which of the given log level bits are printed at present.
///
/// Returns those bits of `level` that are on: 0 when a line at that level would be dropped. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lwsl_visible(level: c_int) -> c_int {
    log::visible(level)
}

/// Writes the time stamp that stands before a log line: `[2026/01/31 23:59:59:1234] N: `, in local time, the last
/// number counting 100 µs of the monotonic clock, the letter naming the level.
///
/// `p` has room for `len` bytes and is always NUL-ended, cut to fit where need be (50 bytes are enough). Returns the
/// length of the text, `len` when it was cut, 0 (and an empty text) for a level that is not exactly one of the
/// `LLL_*` bits, for NULL or for no room. Any thread.
///
/// # Safety
/// `p` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_timestamp(level: c_int, p: *mut c_char, len: c_int) -> c_int {
    if p.is_null() || len <= 0 {
        return 0;
    }
    let mut stamp = [0u8; 64];
    let n = log::timestamp(level, &mut stamp);
    let fits = n.min(len as usize - 1);
    // SAFETY: the caller gives `len` writable bytes and `fits + 1 <= len`.
    unsafe {
        std::ptr::copy_nonoverlapping(stamp.as_ptr().cast(), p, fits);
        p.add(fits).write(0);
    }
    if fits < n { len } else { n as c_int }
}

/// Emitter that prints to stderr with a time stamp, coloured where stderr is a terminal. The default one.
///
/// `line` is NUL-ended text with its line end; NULL prints nothing. Any thread; a line leaves in one piece.
///
/// # Safety
/// `line` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_emit_stderr(level: c_int, line: *const c_char) {
    // SAFETY: the caller's promise is the one that `text` asks for.
    if let Some(line) = unsafe { text(line) } {
        log::emit_stderr(level, line);
    }
}

/// Emitter that prints to stderr without a time stamp; otherwise as lwsl_emit_stderr().
///
/// # Safety
/// `line` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_emit_stderr_notimestamp(level: c_int, line: *const c_char) {
    // SAFETY: the caller's promise is the one that `text` asks for.
    if let Some(line) = unsafe { text(line) } {
        log::emit_stderr_notimestamp(level, line);
    }
}

/// Emitter that hands lines to syslog(3): errors, warnings, notices and info lines at the priority of that name, all
/// others as LOG_DEBUG. Call openlog() first to choose identity and facility. NULL prints nothing. Any thread.
///
/// # Safety
/// `line` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_emit_syslog(level: c_int, line: *const c_char) {
    // SAFETY: the caller's promise is the one that `text` asks for.
    if let Some(line) = unsafe { text(line) } {
        log::emit_syslog(level, line);
    }
}

/// Logs a hex dump at a level: 16 bytes to a line with offset, hex and text. Nothing when the level is off.
///
/// `vbuf` has `len` readable bytes; for NULL, or a length of 0, a line says so instead. Any thread.
///
/// # Safety
/// `vbuf` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_hexdump_level(level: c_int, vbuf: *const c_void, len: usize) {
    // SAFETY: the caller's promise; a slice of a length of 0 is never looked into.
    let data =
        unsafe { vbuf.cast::<u8>().as_ref().map(|p| std::slice::from_raw_parts(p, len.min(isize::MAX as usize))) };
    log::hexdump(level, data, len);
}

/// Logs a hex dump at debug level; see lwsl_hexdump_level().
///
/// # Safety
/// `buf` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsl_hexdump(buf: *const c_void, len: usize) {
    // SAFETY: the same promise.
    unsafe { lwsl_hexdump_level(log::LLL_DEBUG, buf, len) }
}

/// # Safety
/// `line` is NULL or NUL-ended, and unchanged while the result lives.
unsafe fn text<'a>(line: *const c_char) -> Option<&'a CStr> {
    // SAFETY: not NULL, hence NUL-ended by the caller's promise.
    (!line.is_null()).then(|| unsafe { CStr::from_ptr(line) })
}
