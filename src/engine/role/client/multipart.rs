//! Request bodies of the type multipart/form-data (RFC 7578): the boundary, and what stands between two parts.

use crate::engine::context::Context;
use crate::engine::wsi::Wsi;

/// Length of a boundary.
pub const BOUNDARY: usize = 16;

/// The parts of a body that is being made.
#[derive(Default)]
pub struct Parts {
    boundary: String,
    begun: bool,
}

impl Parts {
    /// Parts with a boundary that nobody can foresee.
    pub fn new() -> Result<Parts, getrandom::Error> {
        let mut random = [0; BOUNDARY / 2];
        getrandom::fill(&mut random)?;
        let boundary = random.iter().map(|b| format!("{b:02x}")).collect();
        Ok(Parts { boundary, begun: false })
    }

    /// What the Content-Type says.
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The head of a part, or the end of all.
    fn head(&self, part: Option<&Part>) -> String {
        let line = if self.begun { "\r\n" } else { "" };
        let Some(part) = part else { return format!("{line}--{}--\r\n", self.boundary) };
        let mut out =
            format!("{line}--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, quoted(&part.name));
        if let Some(file) = &part.filename {
            out += &format!("; filename=\"{}\"", quoted(file));
        }
        out += "\r\n";
        if let Some(kind) = &part.content_type {
            out += &format!("Content-Type: {}\r\n", kind.replace(['\r', '\n'], " "));
        }
        out + "\r\n"
    }
}

/// One part as the program names it.
pub struct Part {
    /// Name of the field.
    pub name: String,
    /// Name of the file, if it is one.
    pub filename: Option<String>,
    /// Its content type.
    pub content_type: Option<String>,
}

/// As the WHATWG's form submission escapes it.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl Context {
    /// The head of the next part (`None`: the end of all) when it fits into `room` bytes.
    pub fn multipart_head(&self, wsi: &Wsi, part: Option<&Part>, room: usize) -> Option<String> {
        wsi.with_client(|c| {
            let parts = c.parts.as_mut()?;
            let head = parts.head(part);
            if head.len() > room {
                return None;
            }
            parts.begun = true;
            Some(head)
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_boundaries() {
        let mut parts = Parts { boundary: "b".into(), begun: false };
        let text = Part { name: "a\"\r\n".into(), filename: None, content_type: None };
        assert_eq!(parts.head(Some(&text)), "--b\r\nContent-Disposition: form-data; name=\"a%22%0D%0A\"\r\n\r\n");
        parts.begun = true;
        let file = Part { name: "f".into(), filename: Some("n".into()), content_type: Some("text/plain".into()) };
        assert_eq!(
            parts.head(Some(&file)),
            "\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        assert_eq!(parts.head(None), "\r\n--b--\r\n");
    }

    #[test]
    fn boundaries_differ() {
        let boundary = || Parts::new().map(|p| p.boundary);
        assert_ne!(boundary(), boundary());
    }
}
