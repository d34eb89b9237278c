//! Replacing variables in text that passes piece by piece, with chunk marks around what comes out
//! (`lws_chunked_html_process`).

/// What a variable cut by the end of a piece may have at most.
pub const HELD_MOST: usize = 15;

/// The variable at the front of some text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// None can begin so.
    No,
    /// One may, when more comes.
    Maybe,
    /// This one, with its length.
    Is(usize, usize),
}

/// Replaces variables in `held` and then `piece`; `replace` gives the text for one. What may be the beginning of a variable
/// is given back, to come first next time; with `last` nothing is.
pub fn replace_variables(
    held: &[u8],
    piece: &[u8],
    names: &[&[u8]],
    last: bool,
    mut replace: impl FnMut(usize) -> Vec<u8>,
    out: &mut Vec<u8>,
) -> Vec<u8> {
    let text = [held, piece].concat();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let plain = memchr::memchr(b'$', rest).unwrap_or(rest.len());
        if plain > 0 {
            out.extend_from_slice(&rest[..plain]);
            at += plain;
            continue;
        }
        match look(rest, names, last) {
            Look::Is(index, len) => {
                out.extend_from_slice(&replace(index));
                at += len;
            }
            Look::Maybe if rest.len() <= HELD_MOST => return rest.to_vec(),
            Look::Maybe | Look::No => {
                out.push(rest[0]);
                at += 1;
            }
        }
    }
    Vec::new()
}

/// The longest name at the front of `text`, if no longer one may still come of it.
fn look(text: &[u8], names: &[&[u8]], last: bool) -> Look {
    if !last && names.iter().any(|n| n.len() > text.len() && n.starts_with(text)) {
        return Look::Maybe;
    }
    let fits = names.iter().enumerate().filter(|(_, n)| !n.is_empty() && text.starts_with(n));
    fits.max_by_key(|(_, n)| n.len()).map_or(Look::No, |(i, n)| Look::Is(i, n.len()))
}

/// Puts chunk marks around a piece of a body; the last one is followed by the body's end (RFC 9112 section 7.1).
pub fn chunk(piece: &[u8], last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(piece.len() + 32);
    // A chunk of no bytes would be the end.
    if !piece.is_empty() {
        out.extend_from_slice(format!("{:X}\r\n", piece.len()).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    if last {
        out.extend_from_slice(b"0\r\n\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str]) -> String {
        let names: [&[u8]; 3] = [b"$name", b"$names", b"$x"];
        let (mut out, mut held) = (Vec::new(), Vec::new());
        for (i, piece) in pieces.iter().enumerate() {
            let last = i + 1 == pieces.len();
            held =
                replace_variables(&held, piece.as_bytes(), &names, last, |n| format!("<{n}>").into_bytes(), &mut out);
        }
        assert!(held.is_empty());
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn variables() {
        for (text, want) in [
            ("a $name b", "a <0> b"),
            ("$names$name$x", "<1><0><2>"),
            ("$nam $ $$x $y", "$nam $ $<2> $y"),
            ("$name", "<0>"),
            ("$nam", "$nam"),
            ("", ""),
        ] {
            assert_eq!(run(&[text]), want);
            for cut in 0..=text.len() {
                assert_eq!(run(&[&text[..cut], &text[cut..]]), want, "{text:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn chunks() {
        assert_eq!(chunk(b"hello world, hi", false), b"F\r\nhello world, hi\r\n");
        assert_eq!(chunk(b"a", true), b"1\r\na\r\n0\r\n\r\n");
        assert_eq!(chunk(b"", false), b"");
        assert_eq!(chunk(b"", true), b"0\r\n\r\n");
    }
}
