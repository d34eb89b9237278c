//! Dates of HTTP headers (RFC 9110 section 5.6.7).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The length of a date as it is sent.
pub const LEN: usize = 29;

/// The last second of the year 9999, past which the format has no room.
const LAST: u64 = 253_402_300_799;

/// `unix` seconds as an IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`. Times past the year 9999 are shown as its end.
#[must_use]
pub fn format(unix: u64) -> [u8; LEN] {
    let date = httpdate::HttpDate::from(UNIX_EPOCH + Duration::from_secs(unix.min(LAST)));
    let mut out = [b' '; LEN];
    let mut room: &mut [u8] = &mut out;
    let written = std::io::Write::write_fmt(&mut room, format_args!("{date}"));
    debug_assert!(written.is_ok() && room.is_empty());
    out
}

/// The Unix seconds of a date in any of the three forms that HTTP knows; `None` for what is none.
#[must_use]
pub fn parse(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let time: SystemTime = httpdate::parse_http_date(text).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|d| d.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_the_rfc() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(text.as_bytes()), Some(784_111_777), "{text}");
        }
        assert_eq!(&format(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn edges() {
        assert_eq!(&format(0), b"Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(&format(951_782_400), b"Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(&format(u64::MAX), b"Fri, 31 Dec 9999 23:59:59 GMT");
        for bad in ["", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
