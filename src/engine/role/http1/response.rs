//! Response heads and the small stock pages.

use std::sync::atomic::Ordering::Release;

use crate::abi::*;
use crate::engine::config::VhostConfig;
use crate::engine::context::Context;
use crate::engine::role::http1::Stage;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Wsi};
use crate::wire::http1::response::{push_header, push_length, push_status};
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

/// What `LWS_SERVER_OPTION_STS` adds on vhosts that speak TLS (RFC 6797), with 4.1.6's value.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=15768000 ; includeSubDomains";

/// The header lines that every response of a vhost begins with, after its status line: its own, the security ones, the
/// server's name.
pub fn fixed_lines(config: &VhostConfig, server: Option<&str>) -> String {
    let mut out = Vec::new();
    let mut add = |name: &str, value: &str| {
        // Memory takes all.
        let _ = push_header(&mut out, name.as_bytes(), value.as_bytes());
    };
    for (name, value) in &config.headers {
        add(name, value);
    }
    if config.options & LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE != 0 {
        for (name, value) in SECURITY_HEADERS {
            add(name, value);
        }
    }
    if config.options & LWS_SERVER_OPTION_STS != 0 && config.tls.is_some() {
        add("Strict-Transport-Security:", STRICT_TRANSPORT_SECURITY);
    }
    if let Some(server) = server {
        add(SERVER, server);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The name of the last of the fixed lines.
const SERVER: &str = "server:";

/// The fixed lines without the server's name.
pub fn without_server(fixed: &[u8]) -> &[u8] {
    let body = fixed.strip_suffix(b"\r\n").unwrap_or(fixed);
    let last = memchr::memrchr(b'\n', body).map_or(0, |lf| lf + 1);
    if fixed[last..].starts_with(SERVER.as_bytes()) { &fixed[..last] } else { fixed }
}

/// A response head being made, as bytes.
#[derive(Default)]
pub struct HeadBytes {
    /// What there is so far.
    pub bytes: Vec<u8>,
}

impl HeadBytes {
    /// Adds one header: `name` with its colon.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        // Memory takes all.
        let _ = push_header(&mut self.bytes, name, value);
    }

    /// Adds Content-Length.
    pub fn length(&mut self, length: u64) {
        let _ = push_length(&mut self.bytes, length);
    }

    /// The blank line.
    pub fn finish(&mut self) {
        self.bytes.extend_from_slice(b"\r\n");
    }
}

impl Context {
    /// Begins a response: the status line, the vhost's headers, the server's name.
    pub fn status_line(&self, wsi: &Wsi, head: &mut HeadBytes, code: u32, text: Option<&str>) {
        let version = wsi.with_http(|http| http.version).unwrap_or(Version::Http11);
        let fixed = wsi.vhost.borrow().fixed_lines;
        let _ = push_status(&mut head.bytes, version, code, text, fixed.to_bytes());
    }

    /// The version that answers are given in from now on; header making on any thread goes by it.
    pub fn set_http_version(&self, wsi: &Wsi, version: Version) {
        wsi.with_http(|http| http.version = version);
        wsi.slot.slot.http_minor().store(i32::from(version == Version::Http11), Release);
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
        head.length(page.len() as u64);
        head.finish();
        delivered(self.send_answer(wsi, &head.bytes, page.as_bytes()))
    }

    /// A redirect without a body. Negative when the connection is of no more use.
    pub fn redirect(&self, wsi: &Wsi, code: u32, location: &str) -> i32 {
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, code, Some("Redirect"));
        head.header(b"location:", location.as_bytes());
        head.header(b"content-type:", b"text/html");
        head.length(0);
        head.finish();
        delivered(self.send_answer(wsi, &head.bytes, &[]))
    }

    /// Answers a request that cannot be read and closes. Where an answer is under way already, it only closes.
    pub fn refuse_request(&self, wsi: &Wsi, code: u32) {
        if wsi.with_http(|http| http.answer.has_begun()) != Some(true) {
            self.return_status(wsi, code, None);
        }
        wsi.with_http(|http| http.stage = Stage::Over);
        self.close_later(wsi, Close::Orderly);
    }
}

fn delivered(delivery: Delivery) -> i32 {
    if delivery == Delivery::Broken { -1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::without_server;

    #[test]
    fn the_servers_name_can_be_left_out() {
        assert_eq!(without_server(b"a: b\r\nserver: x\r\n"), b"a: b\r\n");
        assert_eq!(without_server(b"server: x\r\n"), b"");
        assert_eq!(without_server(b"server: x\r\na: b\r\n"), b"server: x\r\na: b\r\n");
        assert_eq!(without_server(b""), b"");
    }
}
