//! Incremental UTF-8 validation of text messages and close reasons (RFC 6455 section 8.1), at memory speed.
//!
//! A character cut by a piece's end is remembered (at most three bytes); a piece that ends in what no character can begin
//! with is refused at once, so that a bad text fails at the earliest piece that shows it.

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

/// What is known of a text so far. [`Default`] is the start of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Utf8Validator {
    pending: [u8; 3],
    len: u8,
}

impl Utf8Validator {
    /// A validator at the start of a text.
    #[must_use]
    pub const fn new() -> Self {
        Utf8Validator { pending: [0; 3], len: 0 }
    }

    /// Checks the next piece of the text.
    ///
    /// # Errors
    /// [`NotUtf8`] when no continuation could make the text so far valid. The validator is then of no further use until
    /// [`reset`](Self::reset).
    #[inline]
    pub fn feed(&mut self, mut piece: &[u8]) -> Result<(), NotUtf8> {
        if self.len != 0 {
            piece = self.finish_pending(piece)?;
        }
        match simdutf8::compat::from_utf8(piece) {
            Ok(_) => Ok(()),
            Err(e) if e.error_len().is_some() => Err(NotUtf8),
            Err(e) => {
                let tail = &piece[e.valid_up_to()..];
                self.pending[..tail.len()].copy_from_slice(tail);
                self.len = tail.len() as u8;
                Ok(())
            }
        }
    }

    /// Ends the text and makes the validator ready for the next one.
    ///
    /// # Errors
    /// [`NotUtf8`] when the text ends within a character.
    #[inline]
    pub fn finish(&mut self) -> Result<(), NotUtf8> {
        let whole = self.len == 0;
        self.reset();
        if whole { Ok(()) } else { Err(NotUtf8) }
    }

    /// Forgets the text so far.
    #[inline]
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// Completes the character that the last piece cut, byte by byte; gives what follows it.
    fn finish_pending<'a>(&mut self, piece: &'a [u8]) -> Result<&'a [u8], NotUtf8> {
        let mut character = [0u8; 4];
        let mut len = usize::from(self.len);
        character[..len].copy_from_slice(&self.pending[..len]);
        for (i, &byte) in piece.iter().enumerate() {
            character[len] = byte;
            len += 1;
            match std::str::from_utf8(&character[..len]) {
                Ok(_) => {
                    self.len = 0;
                    return Ok(&piece[i + 1..]);
                }
                Err(e) if e.error_len().is_some() => return Err(NotUtf8),
                // Incomplete, hence at most three bytes.
                Err(_) => {
                    self.pending[..len].copy_from_slice(&character[..len]);
                    self.len = len as u8;
                }
            }
        }
        Ok(&[])
    }
}

/// Whether `text` is UTF-8 as a whole.
#[inline]
#[must_use]
pub fn is_utf8(text: &[u8]) -> bool {
    simdutf8::basic::from_utf8(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[&str] = &["", "a", "κόσμε", "\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}", "Hello-µ@ßöäüàá-UTF-8!!"];

    fn pieces(parts: &[&[u8]]) -> Result<(), NotUtf8> {
        let mut v = Utf8Validator::new();
        for p in parts {
            v.feed(p)?;
        }
        v.finish()
    }

    #[test]
    fn state_is_four_bytes() {
        assert_eq!(size_of::<Utf8Validator>(), 4);
    }

    #[test]
    fn good_text_passes_at_every_pair_of_cuts() {
        for text in GOOD {
            let b = format!("{text}{}{text}", "x".repeat(70));
            let b = b.as_bytes();
            for i in 0..=b.len() {
                for j in i..=b.len().min(i + 6) {
                    assert_eq!(pieces(&[&b[..i], &b[i..j], &b[j..]]), Ok(()), "{text} cut at {i} and {j}");
                }
            }
        }
    }

    #[test]
    fn one_octet_at_a_time_fails_at_the_first_impossible_one() {
        // Text and the index of the octet that makes it impossible.
        let bad: &[(&[u8], usize)] = &[
            (b"\x80", 0),
            (b"\xc0\x80", 0),
            (b"\xe0\x80\x80", 1),
            (b"\xed\xa0\x80", 1),
            (b"\xf4\x90\x80\x80", 1),
            (b"\xf0\x80\x80\x80", 1),
            (b"\xf5", 0),
            (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited", 12),
            (b"ab\xc3(", 3),
            (b"\xe2\x82(", 2),
            (b"\xf0\x9f\x98\xff", 3),
        ];
        for (text, at) in bad {
            let mut v = Utf8Validator::new();
            let failed = text.iter().position(|b| v.feed(&[*b]).is_err());
            assert_eq!(failed, Some(*at), "{text:x?}");
            let mut v = Utf8Validator::new();
            assert_eq!(v.feed(text), Err(NotUtf8), "whole {text:x?}");
            let mut v = Utf8Validator::new();
            assert_eq!(v.feed(&text[..=*at]), Err(NotUtf8), "a piece that ends at the bad octet of {text:x?}");
        }
    }

    #[test]
    fn a_text_that_ends_within_a_character_fails_at_its_end_only() {
        for text in [&b"a\xc3"[..], b"\xe2\x82", b"\xf0\x9f\x98"] {
            let mut v = Utf8Validator::new();
            assert_eq!(v.feed(text), Ok(()));
            assert_eq!(v.finish(), Err(NotUtf8), "{text:x?}");
            assert_eq!(v, Utf8Validator::new(), "finish makes it ready for the next text");
        }
    }
}
