//! Escaping for URLs, SQL, JSON and file names, and undoing it for URLs.
//!
//! Each writes into a buffer of the caller's, cuts what does not fit, and ends it with a NUL; a buffer of no room is
//! left alone. How much room each asks for before it goes on is 4.1.6's, so that results are cut at the same place.

/// Writes into a buffer, always leaving room for the NUL.
struct Out<'a> {
    buf: &'a mut [u8],
    len: usize,
}

impl Out<'_> {
    /// Room that is left, the NUL's included.
    fn room(&self) -> usize {
        self.buf.len() - self.len
    }

    fn put(&mut self, bytes: &[u8]) {
        self.buf[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn end(self) {
        if let Some(b) = self.buf.get_mut(self.len) {
            *b = 0;
        }
    }
}

/// Percent-encodes all but letters, digits and `-_.`; a space becomes `+`. Goes on while more than three bytes of room
/// are left.
pub fn url_encode(text: &[u8], buf: &mut [u8]) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let mut out = Out { buf, len: 0 };
    for &c in text {
        if out.room() <= 3 {
            break;
        }
        match c {
            b' ' => out.put(b"+"),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.put(&[c]),
            _ => out.put(&[b'%', HEX[usize::from(c >> 4)], HEX[usize::from(c & 15)]]),
        }
    }
    out.end();
}

/// Decodes `%xx` and `+`, byte by byte, so that `put` may write over what was read already. `next` gives 0 at the end, `put`
/// says whether there was room. False for a `%` before anything but hex digits; one that is cut off by the end is
/// left out.
pub fn url_decode(mut next: impl FnMut() -> u8, mut put: impl FnMut(u8) -> bool) -> bool {
    loop {
        let c = match next() {
            0 => return true,
            b'+' => b' ',
            b'%' => {
                let mut value = 0;
                for _ in 0..2 {
                    let c = next();
                    if c == 0 {
                        return true;
                    }
                    let Some(digit) = (c as char).to_digit(16) else { return false };
                    value = value << 4 | digit as u8;
                }
                value
            }
            c => c,
        };
        if !put(c) {
            return true;
        }
    }
}

/// Doubles single quotes. Goes on while more than two bytes of room are left.
pub fn sql(text: &[u8], buf: &mut [u8]) {
    let mut out = Out { buf, len: 0 };
    for &c in text {
        if out.room() <= 2 {
            break;
        }
        out.put(if c == b'\'' { b"''" } else { std::slice::from_ref(&c) });
    }
    out.end();
}

/// Escapes for a JSON string, everything but printable ASCII. Goes on while more than six bytes of room are left. The
/// count of bytes of `text` that were used.
pub fn json(text: &[u8], buf: &mut [u8]) -> usize {
    let mut out = Out { buf, len: 0 };
    let mut used = 0;
    for &c in text {
        if out.room() <= 6 {
            break;
        }
        let (bytes, n) = json_escape(c);
        out.put(&bytes[..n]);
        used += 1;
    }
    out.end();
    used
}

/// The length that [`json`] makes at most, without the NUL: like 4.1.6 it takes a backslash for six bytes.
pub fn json_len(text: &[u8]) -> usize {
    text.iter().map(|&c| if c == b'\\' { 6 } else { json_escape(c).1 }).sum()
}

fn json_escape(c: u8) -> ([u8; 6], usize) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let short = |e: u8| ([b'\\', e, 0, 0, 0, 0], 2);
    match c {
        b'\t' => short(b't'),
        b'\n' => short(b'n'),
        b'\r' => short(b'r'),
        b'\\' => short(b'\\'),
        b'"' | 0..0x20 | 0x80.. => ([b'\\', b'u', b'0', b'0', HEX[usize::from(c >> 4)], HEX[usize::from(c & 15)]], 6),
        _ => ([c, 0, 0, 0, 0, 0], 1),
    }
}

/// Makes a file name harmless in place: `..`, and characters that separate paths or mean something to a shell, become
/// underscores.
pub fn filename(name: &mut [u8]) {
    for i in 0..name.len() {
        let two_dots = name[i] == b'.' && name.get(i + 1) == Some(&b'.');
        if two_dots {
            name[i + 1] = b'_';
        }
        if two_dots || matches!(name[i], b':' | b'\\' | b'$' | b'%') {
            name[i] = b'_';
        }
    }
}
