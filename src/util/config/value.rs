//! What the texts of settings mean as numbers and switches.

/// The number that a text begins with, as C's `atol` has it; 0 where it begins with none.
pub fn number(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let digits = digits.iter().take_while(|c| c.is_ascii_digit()).map(|c| i64::from(c - b'0'));
    let step = |n: i64, d: i64| n.saturating_mul(10).saturating_add(if negative { -d } else { d });
    digits.fold(0, step)
}

/// As [`number`] for an `int`: what does not fit is cut to its low bits, as C's `atoi` does.
pub fn int(text: &[u8]) -> i32 {
    number(text) as i32
}

/// Whether a switch is on: a number other than 0, or "on", "yes" or "true" in any case.
pub fn switch(text: &[u8]) -> bool {
    int(text) != 0 || [&b"on"[..], b"yes", b"true"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, n) in [("", 0), ("12x", 12), (" -3", -3), ("+4", 4), ("x", 0), ("-", 0), ("5.9", 5)] {
            assert_eq!(int(text.as_bytes()), n, "{text}");
        }
        assert_eq!(number(b"99999999999999999999"), i64::MAX);
        assert_eq!(number(b"-99999999999999999999"), i64::MIN);
        assert_eq!(int(b"4294967297"), 1);
    }

    #[test]
    fn switches_are_words_or_numbers() {
        assert!([&b"1"[..], b"-1", b"ON", b"Yes", b"true", b"10 x"].iter().all(|t| switch(t)));
        assert!(![&b"0"[..], b"", b"off", b"y", b"true1"].iter().any(|t| switch(t)));
    }
}
