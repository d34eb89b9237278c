//! Routing a request: vhost by Host, the program's filter, mounts, then the program's HTTP callback.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::Mount;
use crate::engine::context::Context;
use crate::engine::role::http1::body::Incoming;
use crate::engine::role::http1::file::Served;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Role, Wsi};
use crate::wire::http1::names::token;
use crate::wire::http1::table::Version;
use crate::wire::mime;

impl Context {
    /// A request head is whole.
    pub fn request(&self, wsi: &Rc<Wsi>) {
        if let Err(status) = self.request_framing(wsi) {
            return self.refuse_request(wsi, status);
        }
        if wsi.with_http(|http| {
            http.head
                .as_ref()
                .is_some_and(|h| h.list_has(token::UPGRADE, "websocket") && h.list_has(token::CONNECTION, "upgrade"))
        }) == Some(true)
        {
            return self.upgrade(wsi);
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
        self.set_http_version(wsi, version);
        // The original ends HTTP/1.0 connections also where keep-alive is asked for.
        wsi.with_http(|http| http.close_asked = !keep_alive || version == Version::Http10);
        if self.redirect_mount(wsi, &uri) {
            return;
        }
        self.ensure_pss(wsi);
        if self.call_with_text(wsi, LWS_CALLBACK_FILTER_HTTP_CONNECTION, &uri) != 0 {
            return self.close_later(wsi, Close::Orderly);
        }
        if !wsi.is_live() {
            return;
        }
        self.move_to_vhost(wsi, self.named_vhost(wsi));
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
        let is_exact = |v: &Vhost| v.config.name.as_bytes().eq_ignore_ascii_case(name);
        let is_below = |v: &Vhost| {
            let suffix = v.config.name.as_bytes();
            name.len() > suffix.len()
                && name[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
                && name[name.len() - suffix.len() - 1] == b'.'
        };
        self.behind_same_door(&own, is_exact).or_else(|| self.behind_same_door(&own, is_below)).unwrap_or(own)
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

    /// A mount that only redirects answers before the program hears of the request, and the connection ends.
    fn redirect_mount(&self, wsi: &Rc<Wsi>, uri: &[u8]) -> bool {
        let vhost = wsi.vhost();
        let Some(mount) = find_mount(&vhost.config.mounts, uri) else { return false };
        let scheme = match u32::from(mount.origin_protocol) {
            LWSMPRO_REDIR_HTTP => "http",
            LWSMPRO_REDIR_HTTPS => "https",
            _ => return false,
        };
        let rest = String::from_utf8_lossy(&uri[mount.mountpoint.len().min(uri.len())..]).into_owned();
        self.set_http_version(wsi, Version::Http10);
        self.redirect(wsi, HTTP_STATUS_MOVED_PERMANENTLY, &format!("{scheme}://{}{rest}", mount.origin));
        self.close_later(wsi, Close::Orderly);
        true
    }

    fn route(&self, wsi: &Rc<Wsi>, uri: &[u8]) {
        let vhost = wsi.vhost();
        let mount = find_mount(&vhost.config.mounts, uri).cloned();
        let default = vhost.config.default_protocol;
        let protocol =
            mount.as_ref().and_then(|m| m.protocol.as_ref()).and_then(|p| vhost.protocol_named(p.as_bytes()));
        match mount {
            Some(m) if m.origin_protocol == LWSMPRO_FILE as u8 => self.file_mount(wsi, &m, uri, default),
            Some(m) if m.origin_protocol == LWSMPRO_CALLBACK as u8 => {
                self.callback_mount(wsi, &m, uri, protocol.unwrap_or(default));
            }
            _ => self.http_callback(wsi, default, uri),
        }
    }

    /// Binds for this request and gives it to the program.
    fn http_callback(&self, wsi: &Rc<Wsi>, protocol: usize, uri: &[u8]) {
        if !self.bind_protocol(wsi, protocol) {
            return self.close_later(wsi, Close::Orderly);
        }
        if wsi.is_live() && self.call_with_text(wsi, LWS_CALLBACK_HTTP, uri) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    fn callback_mount(&self, wsi: &Rc<Wsi>, mount: &Mount, uri: &[u8], protocol: usize) {
        if !self.bind_protocol(wsi, protocol) {
            return self.close_later(wsi, Close::Orderly);
        }
        let mut text = uri.to_vec();
        text.push(0);
        let mut args = lws_process_html_args {
            p: text.as_mut_ptr().cast(),
            len: uri.len() as i32,
            max_len: mount.auth_mask as i32,
            r#final: 0,
            chunked: 0,
        };
        let rc = self.call(wsi, LWS_CALLBACK_CHECK_ACCESS_RIGHTS, std::ptr::from_mut(&mut args).cast(), 0);
        if rc != 0 {
            self.return_status(wsi, HTTP_STATUS_UNAUTHORIZED, None);
            return self.close_later(wsi, Close::Orderly);
        }
        if args.r#final == 0 && wsi.is_live() {
            self.http_callback(wsi, protocol, &uri[mount.mountpoint.len().min(uri.len())..]);
        }
    }

    fn file_mount(&self, wsi: &Rc<Wsi>, mount: &Mount, uri: &[u8], default: usize) {
        let rest = &uri[mount.mountpoint.len().min(uri.len())..];
        if rest.is_empty() && !mount.mountpoint.is_empty() {
            // The page's relative links need the slash.
            let host = self.header(wsi, token::HOST);
            let host = String::from_utf8_lossy(&host.unwrap_or_default()).into_owned();
            self.redirect(wsi, HTTP_STATUS_MOVED_PERMANENTLY, &format!("http://{host}{}/", mount.mountpoint));
            return self.close_later(wsi, Close::Orderly);
        }
        let Some(path) = path_below(mount, rest) else { return self.http_callback(wsi, default, uri) };
        let Some(kind) = content_type(mount, &path) else {
            self.return_status(wsi, HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE, None);
            return self.complete(wsi);
        };
        match self.serve_file(wsi, &path, &kind, Some(mount), &[]) {
            Served::UnderWay => {}
            Served::Whole => self.complete(wsi),
            Served::Missing => self.http_callback(wsi, default, uri),
            Served::Broken => self.close_later(wsi, Close::AtOnce),
        }
    }

    /// The library answered by itself: the transaction is over.
    fn complete(&self, wsi: &Rc<Wsi>) {
        if self.transaction_completed(wsi) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// A callback whose `in` is a text with a NUL behind it.
    pub fn call_with_text(&self, wsi: &Wsi, reason: u32, text: &[u8]) -> i32 {
        let mut owned = text.to_vec();
        owned.push(0);
        self.call(wsi, reason, owned.as_mut_ptr().cast(), text.len())
    }
}

/// The name in a Host header: without port, an IPv6 literal without brackets.
fn host_name(host: &[u8]) -> &[u8] {
    if let Some(rest) = host.strip_prefix(b"[") {
        return &rest[..rest.iter().position(|b| *b == b']').unwrap_or(rest.len())];
    }
    &host[..host.iter().position(|b| *b == b':').unwrap_or(host.len())]
}

/// The mount with the longest mount point that the path is at or below.
fn find_mount<'a>(mounts: &'a [Mount], uri: &[u8]) -> Option<&'a Mount> {
    mounts
        .iter()
        .filter(|m| {
            let point = m.mountpoint.as_bytes();
            uri.starts_with(point) && matches!(uri.get(point.len()), None | Some(b'/'))
        })
        .max_by_key(|m| m.mountpoint.len())
}

/// The file below a mount that a path names; the directory's default file for a directory. `None`: it would leave the
/// mount, or nothing is there. Links are followed as long as they stay inside.
fn path_below(mount: &Mount, rest: &[u8]) -> Option<PathBuf> {
    let rest = std::str::from_utf8(rest).ok()?;
    if rest.contains('\0') {
        return None;
    }
    let root = Path::new(&mount.origin).canonicalize().ok()?;
    let below = Path::new(rest.trim_start_matches('/'));
    if below.components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir)) {
        return None;
    }
    let mut path = root.join(below);
    if path.is_dir() {
        path.push(mount.default.as_deref().unwrap_or("index.html"));
    }
    let real = path.canonicalize().ok()?;
    real.starts_with(&root).then_some(real)
}

fn content_type(mount: &Mount, path: &Path) -> Option<String> {
    let name = path.to_str()?;
    let own = mount.extra_mimetypes.iter().find(|(ending, _)| name.ends_with(ending.as_str()));
    own.map(|(_, kind)| kind.clone()).or_else(|| mime::by_name(name.as_bytes()).map(str::to_owned))
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
