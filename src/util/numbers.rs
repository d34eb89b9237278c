//! Numbers as bytes and as text: variable-length integers, and counts with units.

use std::fmt::{self, Write};

/// The largest number of four groups of seven bits, which is what the format holds.
pub const VBI_MAX: u64 = (1 << 28) - 1;

/// Writes groups of seven bits, the lowest first, with the top bit set where more follow (as MQTT 3.1.1 section 2.2.3).
/// The count of bytes; None above [`VBI_MAX`].
pub fn vbi_encode(mut value: u64, out: &mut [u8; 4]) -> Option<usize> {
    if value > VBI_MAX {
        return None;
    }
    let mut n = 0;
    loop {
        let group = (value & 0x7f) as u8;
        value >>= 7;
        out[n] = group | if value != 0 { 0x80 } else { 0 };
        n += 1;
        if value == 0 {
            return Some(n);
        }
    }
}

/// Reads what [`vbi_encode`] writes: value and count of bytes; None when it is cut off or longer than four bytes.
pub fn vbi_decode(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (n, &b) in bytes.iter().take(4).enumerate() {
        value |= u64::from(b & 0x7f) << (7 * n);
        if b & 0x80 == 0 {
            return Some((value, n + 1));
        }
    }
    None
}

/// A number with its unit, padded so that several stand below each other.
pub struct Human<'a> {
    pub value: u64,
    /// What one of the unit is; 0 and 1 are whole numbers.
    pub factor: u64,
    pub unit: &'a str,
}

impl fmt::Display for Human<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.factor <= 1 {
            return write!(f, " {}{}    ", Digits(self.value), self.unit);
        }
        // Thousandths, but of 1000 where the factor is 1024: more than 999 of them show as an overflow, as by 4.1.6.
        let rest = self.value % self.factor / (self.factor / 1000).max(1);
        write!(f, " {}.", Digits(self.value / self.factor))?;
        match rest {
            0..1000 => write!(f, "{rest:03}{}", self.unit),
            _ => write!(f, "!{:02}{}", rest % 100, self.unit),
        }
    }
}

/// Four places: blank for 0, and `!` before the last three digits of what does not fit.
struct Digits(u64);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("    "),
            n @ 1..=9999 => write!(f, "{n:4}"),
            n => {
                f.write_char('!')?;
                write!(f, "{:03}", n % 1000)
            }
        }
    }
}
