//! Response heads and the small stock pages.

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Wsi};
use crate::wire::http1::names::Method;
use crate::wire::http1::status::reason;
use crate::wire::http1::table::Version;

/// Headers that `LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE` adds, in their order: name with
/// colon, value. 4.1.6 sends them with every HTTP response but 101, after the vhost's own `headers`, before `server:`.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy:",
        "default-src 'none'; img-src 'self' data: ; script-src 'self'; font-src 'self'; style-src 'self'; \
         connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none';form-action 'self';",
    ),
    ("x-content-type-options:", "nosniff"),
    ("x-xss-protection:", "1; mode=block"),
    ("x-frame-options:", "deny"),
    ("referrer-policy:", "no-referrer"),
];

/// A response head being made, as bytes.
#[derive(Default)]
pub struct HeadBytes {
    /// What there is so far.
    pub bytes: Vec<u8>,
}

impl HeadBytes {
    /// Adds one header: `name` with its colon.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        self.bytes.push(b' ');
        // No value ends the line early: a program's text cannot smuggle in a header.
        self.bytes.extend(value.iter().filter(|b| !matches!(b, b'\r' | b'\n' | 0)));
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// The blank line.
    pub fn finish(&mut self) {
        self.bytes.extend_from_slice(b"\r\n");
    }
}

impl Context {
    /// Begins a response: the status line, the vhost's headers, the server's name.
    pub fn status_line(&self, wsi: &Wsi, head: &mut HeadBytes, code: u32, text: Option<&str>) {
        let version = wsi
            .with_http(|http| {
                http.response.status = code;
                http.version
            })
            .unwrap_or(Version::Http11);
        let version = if version == Version::Http11 { "HTTP/1.1" } else { "HTTP/1.0" };
        let text = text.unwrap_or_else(|| u16::try_from(code).map_or("", reason));
        head.bytes.extend_from_slice(format!("{version} {code} {text}\r\n").as_bytes());
        let vhost = wsi.vhost.borrow();
        for (name, value) in &vhost.config.headers {
            head.header(name.as_bytes(), value.as_bytes());
        }
        if vhost.config.options & LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE != 0 {
            for (name, value) in SECURITY_HEADERS {
                head.header(name.as_bytes(), value.as_bytes());
            }
        }
        if let Some(server) = vhost.config.server_string.as_ref().or(self.config.server_string.as_ref()) {
            head.header(b"server:", server.as_bytes());
        }
    }

    /// Adds Content-Length, and remembers what was promised.
    pub fn content_length(&self, wsi: &Wsi, head: &mut HeadBytes, length: u64) {
        head.header(b"content-length:", length.to_string().as_bytes());
        wsi.with_http(|http| http.response.length = Some(length));
    }

    /// Without a length, only the end of the connection ends the body.
    pub fn without_length(&self, wsi: &Wsi, head: &mut HeadBytes) {
        if wsi.with_http(|http| std::mem::replace(&mut http.response.close, true)).is_some() {
            head.header(b"connection:", b"close");
        }
    }

    /// `lws_return_http_status`: a small page for a status. Negative when the connection is of no more use.
    pub fn return_status(&self, wsi: &Wsi, code: u32, body: Option<&str>) -> i32 {
        if code == HTTP_STATUS_NOT_FOUND
            && let Some(page) = wsi.vhost.borrow().config.error_document_404.clone()
        {
            return self.redirect(wsi, HTTP_STATUS_FOUND, &page);
        }
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, code, None);
        head.header(b"content-type:", b"text/html");
        let page = format!(
            "<html><head><meta charset=utf-8 http-equiv=\"Content-Language\" content=\"en\"/>\
             <link rel=\"stylesheet\" type=\"text/css\" href=\"/error.css\"/></head><body><h1>{code}</h1>{}</body></html>",
            body.unwrap_or("")
        );
        self.content_length(wsi, &mut head, page.len() as u64);
        head.finish();
        let page = if self.answers_head(wsi) { "" } else { &page };
        delivered(self.transmit(wsi, &head.bytes, page.as_bytes()))
    }

    /// A redirect without a body. Negative when the connection is of no more use.
    pub fn redirect(&self, wsi: &Wsi, code: u32, location: &str) -> i32 {
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, code, Some("Redirect"));
        head.header(b"location:", location.as_bytes());
        head.header(b"content-type:", b"text/html");
        self.content_length(wsi, &mut head, 0);
        head.finish();
        delivered(self.transmit(wsi, &head.bytes, &[]))
    }

    /// Answers a request that cannot be read and closes.
    pub fn refuse_request(&self, wsi: &Wsi, code: u32) {
        self.return_status(wsi, code, None);
        self.close_later(wsi, Close::Orderly);
    }

    /// The request in hand is a HEAD: no body may be sent.
    pub fn answers_head(&self, wsi: &Wsi) -> bool {
        wsi.with_http(|http| http.head.as_ref().is_some_and(|h| h.method() == Some(Method::Head))).unwrap_or(false)
    }
}

fn delivered(delivery: Delivery) -> i32 {
    if delivery == Delivery::Broken { -1 } else { 0 }
}
