//! `application/x-www-form-urlencoded`, byte by byte.

use crate::wire::url::hex;

/// What one byte of the body comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A byte of a name.
    Name(u8),
    /// The name is whole, its value begins.
    NameEnd,
    /// A byte of a value.
    Value(u8),
    /// The field is whole. One that has no `=` had no [`Event::NameEnd`].
    FieldEnd,
}

/// `%` without two hex digits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    No,
    /// `%` was seen.
    Begun,
    /// And its first digit.
    Half(u8),
}

/// The decoder of one body.
#[derive(Debug)]
pub struct Decoder {
    escape: Escape,
    in_value: bool,
    /// Something of the field was seen.
    begun: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that stands before the first field.
    #[must_use]
    pub const fn new() -> Decoder {
        Decoder { escape: Escape::No, in_value: false, begun: false }
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// [`BadEscape`].
    pub fn next(&mut self, byte: u8) -> Result<Option<Event>, BadEscape> {
        let plain = match self.escape {
            Escape::Begun => {
                self.escape = Escape::Half(hex(byte).ok_or(BadEscape)?);
                return Ok(None);
            }
            Escape::Half(high) => {
                self.escape = Escape::No;
                high << 4 | hex(byte).ok_or(BadEscape)?
            }
            Escape::No => match byte {
                b'%' => {
                    self.begun = true;
                    self.escape = Escape::Begun;
                    return Ok(None);
                }
                b'&' => return Ok(self.end_field()),
                b'=' if !self.in_value => {
                    (self.in_value, self.begun) = (true, true);
                    return Ok(Some(Event::NameEnd));
                }
                b'+' => b' ',
                byte => byte,
            },
        };
        self.begun = true;
        Ok(Some(if self.in_value { Event::Value(plain) } else { Event::Name(plain) }))
    }

    /// The body is over.
    pub fn end_field(&mut self) -> Option<Event> {
        let begun = std::mem::take(&mut self.begun);
        *self = Decoder::new();
        begun.then_some(Event::FieldEnd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Result<Vec<(String, Option<String>)>, BadEscape> {
        let mut decoder = Decoder::new();
        let (mut out, mut name, mut value) = (Vec::new(), String::new(), None::<String>);
        let mut take = |event| match event {
            None => {}
            Some(Event::Name(b)) => name.push(char::from(b)),
            Some(Event::NameEnd) => value = Some(String::new()),
            Some(Event::Value(b)) => value.as_mut().expect("behind the name").push(char::from(b)),
            Some(Event::FieldEnd) => out.push((std::mem::take(&mut name), value.take())),
        };
        for b in body.bytes() {
            take(decoder.next(b)?);
        }
        take(decoder.end_field());
        Ok(out)
    }

    #[test]
    fn bodies() {
        let field = |n: &str, v: &str| (n.to_string(), Some(v.to_string()));
        assert_eq!(fields("a=b%20c+d%26&x=%3D="), Ok(vec![field("a", "b c d&"), field("x", "==")]));
        assert_eq!(fields("&&a=1&"), Ok(vec![field("a", "1")]));
        assert_eq!(fields("a%3d=1"), Ok(vec![field("a=", "1")]));
        assert_eq!(fields("a&b=&="), Ok(vec![("a".into(), None), field("b", ""), field("", "")]));
        assert_eq!(fields(""), Ok(vec![]));
        assert_eq!(fields("a=%4"), Ok(vec![field("a", "")]));
        assert_eq!(fields("a=%zz"), Err(BadEscape));
    }
}
