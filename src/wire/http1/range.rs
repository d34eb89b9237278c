//! Ranges of a body (RFC 9110 section 14) and the validators that decide about them (section 13).

use super::date;

/// Most ranges of one request; of a request with more the whole is sent.
const RANGES_MOST: usize = 16;

/// Bytes `start..=end` of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub start: u64,
    /// The last byte.
    pub end: u64,
}

impl ByteRange {
    /// How many bytes; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(self) -> u64 {
        self.end - self.start + 1
    }
}

/// What a Range header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole: the header is malformed, of another unit, or asks for more than is sensible.
    Whole,
    /// These, in their order.
    Parts(Vec<ByteRange>),
    /// Nothing of what it asks for exists.
    Unsatisfiable,
}

/// Reads a Range header for a body of `size` bytes.
#[must_use]
pub fn wanted(header: &[u8], size: u64) -> Wanted {
    let Some((unit, set)) = header.split_at_checked(6) else { return Wanted::Whole };
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return Wanted::Whole;
    }
    let mut parts = Vec::new();
    let (mut asked, mut total) = (0, Some(0_u64));
    for spec in set.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|s| !s.is_empty()) {
        asked += 1;
        match one(spec, size) {
            None => return Wanted::Whole,
            Some(None) => {}
            Some(Some(range)) => {
                total = total.and_then(|t| t.checked_add(range.len()));
                parts.push(range);
            }
        }
        if asked > RANGES_MOST {
            return Wanted::Whole;
        }
    }
    match (asked, parts.is_empty()) {
        (0, _) => Wanted::Whole,
        (_, true) => Wanted::Unsatisfiable,
        // Ranges that overlap would make more of the body than there is.
        (_, false) if total.is_none_or(|t| t > size) => Wanted::Whole,
        (_, false) => Wanted::Parts(parts),
    }
}

/// One range. `None`: malformed; `Some(None)`: nothing of it exists.
fn one(spec: &[u8], size: u64) -> Option<Option<ByteRange>> {
    let dash = memchr::memchr(b'-', spec)?;
    let (first, last) = (&spec[..dash], &spec[dash + 1..]);
    if first.is_empty() {
        let suffix = number(last)?.min(size);
        return Some((suffix > 0).then(|| ByteRange { start: size - suffix, end: size - 1 }));
    }
    let start = number(first)?;
    let end = if last.is_empty() { u64::MAX } else { number(last)? };
    if start > end {
        return None;
    }
    Some((start < size).then(|| ByteRange { start, end: end.min(size - 1) }))
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether an If-None-Match or If-Match list names the tag. Quotes and the mark of weakness do not count.
#[must_use]
pub fn list_names(list: &[u8], tag: &[u8]) -> bool {
    list.split(|b| *b == b',').map(<[u8]>::trim_ascii).any(|t| t == b"*" || bare(t) == tag)
}

/// Whether an If-Range header still holds for a body with this tag and time of change (seconds since 1970).
#[must_use]
pub fn if_range_holds(header: &[u8], tag: &[u8], changed: u64) -> bool {
    match date::parse(header) {
        Some(time) => time == changed,
        // A weak tag does not promise the same bytes.
        None => !header.starts_with(b"W/") && bare(header) == tag,
    }
}

/// Whether a body changed (seconds since 1970) after the time in an If-Modified-Since or If-Unmodified-Since header;
/// `None` when that is no date.
#[must_use]
pub fn changed_since(header: &[u8], changed: u64) -> Option<bool> {
    date::parse(header).map(|time| changed > time)
}

fn bare(tag: &[u8]) -> &[u8] {
    let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
    tag.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str, size: u64) -> Result<Vec<(u64, u64)>, bool> {
        match wanted(header.as_bytes(), size) {
            Wanted::Whole => Err(true),
            Wanted::Unsatisfiable => Err(false),
            Wanted::Parts(parts) => Ok(parts.iter().map(|p| (p.start, p.end)).collect()),
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(of("bytes=2-5", 10), Ok(vec![(2, 5)]));
        assert_eq!(of("Bytes=2-", 10), Ok(vec![(2, 9)]));
        assert_eq!(of("bytes=-3", 10), Ok(vec![(7, 9)]));
        assert_eq!(of("bytes=-30", 10), Ok(vec![(0, 9)]));
        assert_eq!(of("bytes=0-99999999999", 10), Ok(vec![(0, 9)]));
        assert_eq!(of("bytes=0-1, 4-5 ,,-1", 10), Ok(vec![(0, 1), (4, 5), (9, 9)]));
        assert_eq!(of("bytes=5-6,50-60", 10), Ok(vec![(5, 6)]));
        assert_eq!(of("bytes=0-0", u64::MAX), Ok(vec![(0, 0)]));
        assert_eq!(of("bytes=0-,0-", u64::MAX), Err(true));
    }

    #[test]
    fn unsatisfiable_ones() {
        for header in ["bytes=10-", "bytes=50-60", "bytes=-0", "bytes=50-60,70-"] {
            assert_eq!(of(header, 10), Err(false), "{header}");
        }
        assert_eq!(of("bytes=-1", 0), Err(false));
    }

    #[test]
    fn what_is_no_range_is_ignored() {
        for header in
            ["", "bytes", "bytes=", "lines=1-2", "bytes=5-2", "bytes=a-b", "bytes=1", "bytes=+1-2", "bytes=1-2-3"]
        {
            assert_eq!(of(header, 10), Err(true), "{header}");
        }
        assert_eq!(of("bytes=0-9,0-9", 10), Err(true), "more than there is");
        assert_eq!(of(&format!("bytes={}", "0-0,".repeat(20)), 100), Err(true), "too many");
        assert_eq!(of("bytes=99999999999999999999-", 10), Err(true));
    }

    #[test]
    fn validators() {
        assert!(list_names(b"\"x\", W/\"abc\"", b"abc"));
        assert!(list_names(b"abc", b"abc"));
        assert!(list_names(b"*", b"abc"));
        assert!(!list_names(b"\"ab\"", b"abc"));
        assert!(if_range_holds(b"\"abc\"", b"abc", 0));
        assert!(!if_range_holds(b"W/\"abc\"", b"abc", 0));
        assert!(if_range_holds(b"Sun, 13 Sep 2020 12:26:40 GMT", b"abc", 1_600_000_000));
        assert!(!if_range_holds(b"Sun, 13 Sep 2020 12:26:41 GMT", b"abc", 1_600_000_000));
        assert_eq!(changed_since(b"Sun, 13 Sep 2020 12:26:40 GMT", 1_600_000_000), Some(false));
        assert_eq!(changed_since(b"Sun, 13 Sep 2020 12:26:39 GMT", 1_600_000_000), Some(true));
        assert_eq!(changed_since(b"yesterday", 1_600_000_000), None);
    }
}
