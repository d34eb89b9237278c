//! Numbers with units, as C sees them. The work is done in `util/numbers.rs`.

use std::ffi::{CStr, c_char, c_int};
use std::fmt::Write;

use crate::abi::lws_humanize_unit_t;
use crate::util::{cptr, numbers::Human};

// SAFETY: plain data; the tables here are never written, and their names are static text.
unsafe impl Sync for lws_humanize_unit_t {}

const fn unit(name: &'static CStr, factor: u64) -> lws_humanize_unit_t {
    lws_humanize_unit_t { name: name.as_ptr(), factor }
}

const END: lws_humanize_unit_t = lws_humanize_unit_t { name: std::ptr::null(), factor: 0 };

/// Powers of 1024 up to Pi.
#[unsafe(no_mangle)]
pub static humanize_schema_si: [lws_humanize_unit_t; 7] = [
    unit(c"Pi ", 1 << 50),
    unit(c"Ti ", 1 << 40),
    unit(c"Gi ", 1 << 30),
    unit(c"Mi ", 1 << 20),
    unit(c"Ki ", 1 << 10),
    unit(c"   ", 1),
    END,
];

/// Bytes, in powers of 1024 up to PiB.
#[unsafe(no_mangle)]
pub static humanize_schema_si_bytes: [lws_humanize_unit_t; 7] = [
    unit(c"PiB", 1 << 50),
    unit(c"TiB", 1 << 40),
    unit(c"GiB", 1 << 30),
    unit(c"MiB", 1 << 20),
    unit(c"KiB", 1 << 10),
    unit(c"B  ", 1),
    END,
];

/// Microseconds, up to years.
#[unsafe(no_mangle)]
pub static humanize_schema_us: [lws_humanize_unit_t; 8] = [
    unit(c"y  ", 365 * 24 * 3600 * 1_000_000),
    unit(c"d  ", 24 * 3600 * 1_000_000),
    unit(c"hr ", 3600 * 1_000_000),
    unit(c"min", 60 * 1_000_000),
    unit(c"s  ", 1_000_000),
    unit(c"ms ", 1_000),
    unit(c"us ", 1),
    END,
];

/// Writes a number with the largest unit of which there is at least one, padded so that several stand below each other.
///
/// `buf` has room for `len` bytes (16 are enough for the stock tables); the text is cut to fit and NUL-ended. `schema` is
/// a table of units, the largest first, ended by a NULL name: humanize_schema_si, humanize_schema_si_bytes,
/// humanize_schema_us, or one of your own. Returns the length of what follows the digits; 0 for NULL, for a
/// `len` below 1 and for a table without units.
///
/// # Safety
/// `buf` is NULL or has `len` writable bytes, `schema` is NULL or such a table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_humanize(
    buf: *mut c_char,
    len: c_int,
    value: u64,
    schema: *const lws_humanize_unit_t,
) -> c_int {
    // SAFETY: as the caller promises.
    let Some(room) = (unsafe { cptr::length(len).and_then(|n| cptr::room(buf, n)) }).filter(|r| !r.is_empty()) else {
        return 0;
    };
    room[0] = 0;
    if schema.is_null() {
        return 0;
    }
    let mut at = schema;
    // SAFETY: a NULL name ends the table, of which one entry after the other is looked at.
    unsafe {
        while !(*at).name.is_null() {
            let last = (*at.add(1)).name.is_null();
            if value >= (*at).factor || last {
                let unit = CStr::from_ptr((*at).name).to_string_lossy();
                let mut text = Text { room, len: 0 };
                // Text takes all, and cuts.
                let _ = write!(text, "{}", Human { value, factor: (*at).factor, unit: &unit });
                return text.len.saturating_sub(if (*at).factor <= 1 { WHOLE } else { DECIMAL }) as c_int;
            }
            at = at.add(1);
        }
    }
    0
}

/// Length of a number without its unit: a space and four digits; those, a point and three more.
const WHOLE: usize = 5;
const DECIMAL: usize = 9;

/// Cuts what does not fit, and always ends it with a NUL.
struct Text<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let n = s.len().min(self.room.len() - 1 - self.len);
        self.room[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        self.room[self.len] = 0;
        Ok(())
    }
}
