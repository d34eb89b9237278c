//! Percent encoding, request paths and query arguments, the way 4.1.6 shows them to programs.
//!
//! A path is decoded once and then freed of `.`, `..` and doubled slashes, in this order, so that an escaped dot or slash
//! counts like a plain one and no path that leaves here climbs out of a mount's root.

/// Why a request target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// `%` without two hex digits behind it.
    Escape,
    /// A NUL, or a CR or LF in the path, once decoded: no program expects them there.
    Control,
    /// A path that does not begin with a slash.
    NotAbsolute,
}

/// The value of a hex digit.
#[inline]
#[must_use]
pub const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// How a byte stood in an escaped text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Itself,
    Plus,
    Escape,
}

/// The bytes of an escaped text, decoded, and how each stood there.
fn decoded(text: &[u8]) -> impl Iterator<Item = Result<(u8, As), BadUrl>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *text.get(at)?;
        at += 1;
        match byte {
            b'+' => Some(Ok((b' ', As::Plus))),
            b'%' => {
                let digits = text.get(at..at + 2).and_then(|d| Some(hex(d[0])? << 4 | hex(d[1])?));
                at += 2;
                Some(digits.map(|b| (b, As::Escape)).ok_or(BadUrl::Escape))
            }
            _ => Some(Ok((byte, As::Itself))),
        }
    })
}

/// Appends the request path `raw` (which begins with a slash and has no query) to `out`, decoded and without `.`, `..` and
/// doubled slashes. As in 4.1.6, `+` becomes a space but where it begins a segment, or follows the dots that do. A path that
/// ends in `..` ends without a slash.
///
/// # Errors
/// [`BadUrl`]; `out` then holds an unfinished path.
pub fn push_path(out: &mut Vec<u8>, raw: &[u8]) -> Result<(), BadUrl> {
    if raw.first() != Some(&b'/') {
        return Err(BadUrl::NotAbsolute);
    }
    let root = out.len();
    // The segment in progress begins behind the last slash of `out`.
    out.push(b'/');
    for byte in decoded(&raw[1..]) {
        let (byte, how) = byte?;
        match byte {
            b'/' => {
                end_segment(out, root);
                if !out[root..].ends_with(b"/") {
                    out.push(b'/');
                }
            }
            b' ' if how == As::Plus && matches!(segment(out), b"" | b"." | b"..") => out.push(b'+'),
            0 | b'\r' | b'\n' => return Err(BadUrl::Control),
            _ => out.push(byte),
        }
    }
    end_segment(out, root);
    if out.len() == root {
        out.push(b'/');
    }
    Ok(())
}

/// What follows the last slash of a path.
fn segment(path: &[u8]) -> &[u8] {
    &path[memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)..]
}

/// Takes `.` and `..` off the end of the path that begins at `root`.
fn end_segment(out: &mut Vec<u8>, root: usize) {
    let slash = out[root..].iter().rposition(|b| *b == b'/').map_or(root, |i| root + i);
    match &out[slash..] {
        b"/." => out.truncate(slash + 1),
        b"/.." => {
            let parent = out[root..slash].iter().rposition(|b| *b == b'/').map_or(root, |i| root + i);
            out.truncate(parent);
        }
        _ => {}
    }
}

/// Splits a query (what follows the first `?`) into its still escaped arguments, at `&` and `;`.
pub fn query_args(query: &[u8]) -> impl Iterator<Item = &[u8]> {
    query.split(|b| matches!(b, b'&' | b';'))
}

/// Appends one query argument to `out`, decoded. An escaped `=` within the name becomes `_`, so that what stands before
/// the first `=` is always the name.
///
/// # Errors
/// A bad escape, or a NUL.
pub fn push_arg(out: &mut Vec<u8>, raw: &[u8]) -> Result<(), BadUrl> {
    let mut in_name = true;
    for byte in decoded(raw) {
        match byte? {
            (0, _) => return Err(BadUrl::Control),
            (b'=', As::Escape) if in_name => out.push(b'_'),
            (byte, _) => {
                in_name &= byte != b'=';
                out.push(byte);
            }
        }
    }
    Ok(())
}

/// Writes `text` to the front of `out` in form encoding and returns how much was written: letters and digits stay, a space
/// becomes `+`, all else `%XX`. Stops before the first byte that might not fit: a byte is taken while more than `reserve`
/// bytes are free.
///
/// `lws_urlencode` is this with a reserve of 3, followed by a NUL.
pub fn encode_form(out: &mut [u8], text: &[u8], reserve: usize) -> usize {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut at = 0;
    for &byte in text {
        if out.len() - at <= reserve.max(2) {
            break;
        }
        match byte {
            b' ' => out[at] = b'+',
            _ if byte.is_ascii_alphanumeric() => out[at] = byte,
            _ => {
                out[at..at + 3].copy_from_slice(&[
                    b'%',
                    DIGITS[usize::from(byte >> 4)],
                    DIGITS[usize::from(byte & 15)],
                ]);
                at += 2;
            }
        }
        at += 1;
    }
    at
}

/// Appends `path` to `out` escaped for a URL (a `Location` header): unreserved characters and slashes stay.
pub fn push_escaped_path(out: &mut Vec<u8>, path: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in path {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
}

/// Makes a peer's file name harmless in place, as `lws_filename_purify_inplace` does: each `..` becomes `__`, and `:`, `\`,
/// `$`, `%` become `_`. Slashes stay.
pub fn purify_filename(name: &mut [u8]) {
    let mut i = 0;
    while i < name.len() {
        match name[i] {
            b'.' if name.get(i + 1) == Some(&b'.') => {
                name[i] = b'_';
                name[i + 1] = b'_';
                i += 1;
            }
            b':' | b'\\' | b'$' | b'%' => name[i] = b'_',
            _ => {}
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> Result<String, BadUrl> {
        let mut out = b"kept".to_vec();
        push_path(&mut out, raw.as_bytes())?;
        Ok(String::from_utf8_lossy(out.strip_prefix(b"kept").expect("what stood there stays")).into_owned())
    }

    #[test]
    fn paths_are_those_that_the_original_shows() {
        for (raw, want) in [
            ("/", "/"),
            ("/a/../b", "/b"),
            ("/../b", "/b"),
            ("/../../b", "/b"),
            ("/a/b/../../c", "/c"),
            ("/a/./b", "/a/b"),
            ("/a//b", "/a/b"),
            ("//b", "/b"),
            ("/a///b", "/a/b"),
            ("/.", "/"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("/a/.", "/a/"),
            ("/a/b/..", "/a"),
            ("/a/b/../", "/a/"),
            ("/a/b/../..", "/"),
            ("/a/b/..//c", "/a/c"),
            ("/a/.../b", "/a/.../b"),
            ("/a/..b/c", "/a/..b/c"),
            ("/a/.b", "/a/.b"),
            ("/a%2e%2e/b", "/a../b"),
            ("/a/%2e%2e/b", "/b"),
            ("/%2e%2e/%2E%2e/b", "/b"),
            ("/a%2fb", "/a/b"),
            ("/%2f%2fb", "/b"),
            ("/%41%2f%2e%2e%2fb", "/b"),
            ("/a+b%20c", "/a b c"),
            ("/+a/.+b/%20", "/+a/.+b/ "),
            ("/a%2541", "/a%41"),
            ("/a%3fb=c", "/a?b=c"),
            ("/a\\..\\b", "/a\\..\\b"),
            ("/%c3%a9", "/é"),
            ("/a/b/c/../../../../d", "/d"),
        ] {
            assert_eq!(path(raw).as_deref(), Ok(want), "{raw}");
        }
    }

    #[test]
    fn what_stands_before_the_path_does_not_count() {
        let mut out = b"x/".to_vec();
        push_path(&mut out, b"/a/../b").expect("good");
        assert_eq!(out, b"x//b");
    }

    #[test]
    fn paths_that_no_program_is_shown() {
        for (raw, why) in [
            ("/a%zzb", BadUrl::Escape),
            ("/a%4", BadUrl::Escape),
            ("/a%", BadUrl::Escape),
            ("/a%00b", BadUrl::Control),
            ("/a%0d%0ab", BadUrl::Control),
            ("abc", BadUrl::NotAbsolute),
            ("", BadUrl::NotAbsolute),
        ] {
            assert_eq!(path(raw), Err(why), "{raw}");
        }
    }

    #[test]
    fn arguments() {
        let args = |q: &str| -> Result<Vec<String>, BadUrl> {
            query_args(q.as_bytes())
                .map(|a| {
                    let mut out = Vec::new();
                    push_arg(&mut out, a)?;
                    Ok(String::from_utf8_lossy(&out).into_owned())
                })
                .collect()
        };
        assert_eq!(
            args("a=1&b=two%20words&&c&d=+z"),
            Ok(["a=1", "b=two words", "", "c", "d= z"].map(String::from).to_vec())
        );
        assert_eq!(args("x=1;y=%3b%26"), Ok(["x=1", "y=;&"].map(String::from).to_vec()));
        assert_eq!(args("x%3d1=2%3d3=4"), Ok(vec!["x_1=2=3=4".to_string()]));
        assert_eq!(args("x=%0d%0a"), Ok(vec!["x=\r\n".to_string()]));
        assert_eq!(args("x=%00"), Err(BadUrl::Control));
        assert_eq!(args("%zz"), Err(BadUrl::Escape));
    }

    #[test]
    fn form_encoding_stops_where_the_buffer_might_end() {
        for (len, want) in [(0, ""), (3, ""), (4, "a"), (5, "a+"), (6, "a+b"), (7, "a+b%25"), (20, "a+b%25c")] {
            let mut out = [b'#'; 20];
            let n = encode_form(&mut out[..len], b"a b%c", 3);
            assert_eq!(&out[..n], want.as_bytes(), "{len}");
        }
    }

    #[test]
    fn escaped_paths_decode_to_themselves() {
        let mut out = Vec::new();
        push_escaped_path(&mut out, "/a b/é?#%+".as_bytes());
        assert_eq!(out, b"/a%20b/%C3%A9%3F%23%25%2B");
        assert_eq!(path(std::str::from_utf8(&out).expect("ascii")).as_deref(), Ok("/a b/é?#%+"));
    }

    #[test]
    fn file_names() {
        for (name, want) in
            [("a/../b", "a/__/b"), ("...", "__."), ("/x\\y:z$%", "/x_y_z__"), ("a.b", "a.b"), ("....", "____")]
        {
            let mut b = name.as_bytes().to_vec();
            purify_filename(&mut b);
            assert_eq!(b, want.as_bytes());
        }
    }
}
