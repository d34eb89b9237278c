//! Routing a request: vhost by Host, the program's filter, mounts, then the program's HTTP callback.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::http1::body::Incoming;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Role, Wsi};
use crate::wire::http1::names::token;
use crate::wire::http1::table::{HeadTable, Version};

/// RFC 9110 section 15.5.20; the API has no name for it.
pub const MISDIRECTED_REQUEST: u32 = 421;

impl Context {
    /// A request head is whole.
    pub fn request(&self, wsi: &Rc<Wsi>) {
        if let Err(status) = self.request_framing(wsi) {
            return self.refuse_request(wsi, status);
        }
        match self.with_head(wsi, upgrade_of) {
            None | Some(Upgrade::None) => {}
            Some(Upgrade::WebSocket) => return self.upgrade(wsi),
            Some(Upgrade::Unknown) => {
                self.return_status(wsi, HTTP_STATUS_FORBIDDEN, None);
                return self.close_later(wsi, Close::Unborn);
            }
        }
        let Some((uri, version, keep_alive)) = wsi
            .with_http(|http| {
                let head = http.head.as_ref()?;
                let (_, uri) = head.uri_and_method()?;
                Some((uri.to_vec(), head.version(), head.keep_alive()))
            })
            .flatten()
        else {
            return self.refuse_request(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
        };
        // The original ends HTTP/1.0 connections also where keep-alive is asked for.
        wsi.with_http(|http| http.close_asked = !keep_alive || version == Version::Http10);
        if self.redirect_to_https(wsi, version) || self.redirect_mount(wsi, &uri) {
            return;
        }
        self.set_http_version(wsi, version);
        self.ensure_pss(wsi);
        if self.call_with_text(wsi, LWS_CALLBACK_FILTER_HTTP_CONNECTION, &uri) != 0 {
            return self.close_later(wsi, Close::Orderly);
        }
        if !wsi.is_live() {
            return;
        }
        let named = self.named_vhost(wsi);
        if self.is_misdirected(wsi, &named) {
            return self.refuse_request(wsi, MISDIRECTED_REQUEST);
        }
        self.move_to_vhost(wsi, named);
        self.route(wsi, &uri);
        self.expect_body(wsi);
    }

    /// The body's framing, where every doubt is an error: RFC 9112 section 6.3.
    fn request_framing(&self, wsi: &Wsi) -> Result<(), u32> {
        wsi.with_http(|http| {
            let head = http.head.as_ref().ok_or(HTTP_STATUS_BAD_REQUEST)?;
            head.check_host().map_err(|e| u32::from(e.status()))?;
            let length = head.content_length().map_err(|e| u32::from(e.status()))?;
            let chunked = head.transfer_encoding_chunked().map_err(|e| u32::from(e.status()))?;
            http.incoming = match (length, chunked) {
                // A length beside chunks, or chunks where they were not known yet: two servers may read two things.
                (Some(_), true) => return Err(HTTP_STATUS_BAD_REQUEST),
                (None, true) if head.version() == Version::Http10 => return Err(HTTP_STATUS_BAD_REQUEST),
                (None, true) => Incoming::Chunked(Box::default(), 0),
                (Some(0), false) => Incoming::Empty,
                (Some(n), false) => Incoming::Length(n),
                (None, false) => Incoming::None,
            };
            http.expects_continue = head.value(token::EXPECT).is_some_and(|v| v.eq_ignore_ascii_case(b"100-continue"));
            Ok(())
        })
        .unwrap_or(Err(HTTP_STATUS_BAD_REQUEST))
    }

    /// The vhost that the Host header names, among those that share the connection's listener; else its own.
    pub fn named_vhost(&self, wsi: &Wsi) -> Rc<Vhost> {
        let own = wsi.vhost();
        let Some(host) = self.header(wsi, token::HOST) else { return own };
        let name = host_name(&host);
        self.vhost_behind(&own, name).unwrap_or(own)
    }

    /// The vhost with that name, else one whose name is a parent domain of it, behind a listener of `own`.
    pub fn vhost_behind(&self, own: &Rc<Vhost>, name: &[u8]) -> Option<Rc<Vhost>> {
        self.behind_same_door(own, |v| v.has_name(name)).or_else(|| self.behind_same_door(own, |v| v.is_above(name)))
    }

    /// The first vhost, in creation order, that is reached through a listener of `own` and is `wanted`.
    fn behind_same_door(&self, own: &Rc<Vhost>, wanted: impl Fn(&Vhost) -> bool) -> Option<Rc<Vhost>> {
        own.doors.borrow().iter().filter_map(|token| self.wsi(*token)).find_map(|door| match &*door.role.borrow() {
            Role::Listener(l) => {
                let vhosts = l.vhosts.borrow();
                // A token may have passed on to another listener.
                let is_ours = vhosts.iter().any(|v| Rc::ptr_eq(v, own));
                vhosts.iter().find(|v| is_ours && !v.dying.get() && wanted(v)).cloned()
            }
            _ => None,
        })
    }

    /// Moves the connection to another vhost.
    pub fn move_to_vhost(&self, wsi: &Wsi, vhost: Rc<Vhost>) {
        let own = wsi.vhost();
        if Rc::ptr_eq(&vhost, &own) {
            return;
        }
        self.free_pss(wsi);
        own.connections.set(own.connections.get() - 1);
        self.reap_due.set(self.reap_due.get() || own.dying.get());
        vhost.connections.set(vhost.connections.get() + 1);
        self.set_vhost(wsi, vhost);
    }

    /// Plain HTTP came to a TLS port, and the vhost sends it to https.
    fn redirect_to_https(&self, wsi: &Rc<Wsi>, version: Version) -> bool {
        let vhost = wsi.vhost();
        let wanted = LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS & !LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        if !wsi.transport.plain_on_tls.get() || vhost.config.options & wanted == 0 {
            return false;
        }
        self.set_http_version(wsi, version);
        let host = self.header(wsi, token::HOST).unwrap_or_default();
        let host = String::from_utf8_lossy(&host);
        self.redirect(wsi, HTTP_STATUS_MOVED_PERMANENTLY, &format!("https://{host}/"));
        self.complete(wsi);
        true
    }

    /// A callback whose `in` is a text with a NUL behind it.
    pub fn call_with_text(&self, wsi: &Wsi, reason: u32, text: &[u8]) -> i32 {
        let mut owned = text.to_vec();
        owned.push(0);
        self.call(wsi, reason, owned.as_mut_ptr().cast(), text.len())
    }
}

/// What a request wants its connection to become.
enum Upgrade {
    /// Nothing; or HTTP/2, which a server may leave alone (RFC 9110 section 7.8).
    None,
    WebSocket,
    /// Something that nobody here speaks. It is refused, as on the original, instead of left alone.
    Unknown,
}

fn upgrade_of(head: &HeadTable) -> Upgrade {
    if !head.has(token::UPGRADE) || head.list_has(token::UPGRADE, "h2c") {
        Upgrade::None
    } else if !head.list_has(token::UPGRADE, "websocket") {
        Upgrade::Unknown
    } else if head.list_has(token::CONNECTION, "upgrade") {
        Upgrade::WebSocket
    } else {
        // Without the mark in Connection the header belongs to another hop.
        Upgrade::None
    }
}

/// The name in a Host header: without port, an IPv6 literal without brackets.
fn host_name(host: &[u8]) -> &[u8] {
    if let Some(rest) = host.strip_prefix(b"[") {
        return &rest[..rest.iter().position(|b| *b == b']').unwrap_or(rest.len())];
    }
    &host[..host.iter().position(|b| *b == b':').unwrap_or(host.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_is_reduced_to_its_name() {
        assert_eq!(host_name(b"example.org"), b"example.org");
        assert_eq!(host_name(b"example.org:8080"), b"example.org");
        assert_eq!(host_name(b"[::1]:80"), b"::1");
    }
}
