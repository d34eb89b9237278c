//! The Sec-WebSocket-Extensions header (RFC 6455 section 9.1): a list of extensions, each with parameters.

/// Parameters that one extension may have; a longer list is no extension of anybody's.
const MAX_PARAMETERS: usize = 16;

/// One element of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its parameters in order, each with its value where it has one. Quotes around a value are taken off.
    pub parameters: Vec<(&'a str, Option<&'a str>)>,
}

/// The header is not of the RFC's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads the header's value; several headers of the name are joined with commas first.
///
/// # Errors
/// [`Malformed`] where the grammar is broken: the whole header has no meaning then.
pub fn parse(header: &[u8]) -> Result<Vec<Extension<'_>>, Malformed> {
    let text = std::str::from_utf8(header).map_err(|_| Malformed)?;
    let mut rest = text;
    let mut list = Vec::new();
    loop {
        rest = skip_blanks(rest);
        // The list rule of HTTP lets elements be empty.
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Ok(list);
        }
        let (extension, after) = element(rest)?;
        list.push(extension);
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.is_empty() => return Ok(list),
            None => return Err(Malformed),
        };
    }
}

fn element(text: &str) -> Result<(Extension<'_>, &str), Malformed> {
    let (name, mut rest) = token(text)?;
    let mut parameters = Vec::new();
    loop {
        rest = skip_blanks(rest);
        let Some(after) = rest.strip_prefix(';') else { return Ok((Extension { name, parameters }, rest)) };
        let (key, after) = token(skip_blanks(after))?;
        let after = skip_blanks(after);
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = parameter_value(skip_blanks(value))?;
                (Some(value), after)
            }
            None => (None, after),
        };
        if parameters.len() == MAX_PARAMETERS {
            return Err(Malformed);
        }
        parameters.push((key, value));
        rest = after;
    }
}

/// A value, which has to be a token with or without quotes around it.
fn parameter_value(text: &str) -> Result<(&str, &str), Malformed> {
    let Some(quoted) = text.strip_prefix('"') else { return token(text) };
    let (value, rest) = token(quoted)?;
    Ok((value, rest.strip_prefix('"').ok_or(Malformed)?))
}

fn token(text: &str) -> Result<(&str, &str), Malformed> {
    let end = text.bytes().position(|b| !is_token_byte(b)).unwrap_or(text.len());
    if end == 0 { Err(Malformed) } else { Ok(text.split_at(end)) }
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(header: &str) -> Vec<String> {
        parse(header.as_bytes()).unwrap().iter().map(|e| format!("{}{:?}", e.name, e.parameters)).collect()
    }

    #[test]
    fn a_list_keeps_its_order_and_its_parameters() {
        assert_eq!(
            names(" x-one ,, permessage-deflate;client_max_window_bits ; server_max_window_bits = \"10\","),
            [
                "x-one[]",
                "permessage-deflate[(\"client_max_window_bits\", None), (\"server_max_window_bits\", Some(\"10\"))]"
            ]
        );
        assert!(names("").is_empty());
        assert!(names(" , ").is_empty());
    }

    #[test]
    fn broken_grammar_is_refused_whole() {
        for bad in [";", "a;", "a; =1", "a; b=", "a; b=\"", "a; b=\"1", "a b", "a; b=\"\"", "a/b", "a; b=\"x y\""] {
            assert_eq!(parse(bad.as_bytes()), Err(Malformed), "{bad}");
        }
        assert_eq!(parse(b"\xff"), Err(Malformed));
        let many = "a".to_owned() + &"; b".repeat(MAX_PARAMETERS + 1);
        assert_eq!(parse(many.as_bytes()), Err(Malformed));
    }
}
