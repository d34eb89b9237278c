//! Bodies of HTML forms as they come: `application/x-www-form-urlencoded` and `multipart/form-data` (RFC 7578). Bytes in,
//! events out; nothing is kept but what a cut in the input makes necessary.

pub mod multipart;
pub mod urlencoded;

/// Longest boundary, RFC 2046 section 5.1.1.
const BOUNDARY_MOST: usize = 70;

/// How a body is encoded, by its Content-Type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Names and values joined by `&` and `=`; also what has another type or none, as on 4.1.6.
    Urlencoded,
    /// Parts between lines with this boundary; without one nothing can be found.
    Multipart(Option<Vec<u8>>),
}

/// Reads a Content-Type.
#[must_use]
pub fn encoding(content_type: &[u8]) -> Encoding {
    let mut parts = content_type.split(|b| *b == b';').map(<[u8]>::trim_ascii);
    if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/form-data")) {
        return Encoding::Urlencoded;
    }
    let boundary = parts.find_map(|p| {
        let (name, value) = p.split_at_checked(b"boundary=".len())?;
        name.eq_ignore_ascii_case(b"boundary=").then_some(value)
    });
    let boundary = boundary.map(|b| b.strip_prefix(b"\"").and_then(|b| b.strip_suffix(b"\"")).unwrap_or(b));
    let good = |b: &&[u8]| (1..=BOUNDARY_MOST).contains(&b.len()) && b.iter().all(|c| (0x20..0x7f).contains(c));
    Encoding::Multipart(boundary.filter(good).map(<[u8]>::to_vec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        assert_eq!(encoding(b"application/x-www-form-urlencoded"), Encoding::Urlencoded);
        assert_eq!(encoding(b""), Encoding::Urlencoded);
        assert_eq!(encoding(b"multipart/mixed; boundary=XX"), Encoding::Urlencoded);
        let multipart = |b: &[u8]| Encoding::Multipart(Some(b.to_vec()));
        assert_eq!(encoding(b"multipart/form-data; boundary=XX"), multipart(b"XX"));
        assert_eq!(encoding(b"Multipart/Form-Data;charset=utf-8;Boundary=\"a b\""), multipart(b"a b"));
        for bad in ["", "; boundary=", "; boundary=\"\"", "; boundary=a\rb"] {
            let text = format!("multipart/form-data{bad}");
            assert_eq!(encoding(text.as_bytes()), Encoding::Multipart(None), "{bad:?}");
        }
    }
}
