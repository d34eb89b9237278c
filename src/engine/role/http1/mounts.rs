//! Mounts: what stands at a path. Files, redirects, protocols of the program.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::Mount;
use crate::engine::context::Context;
use crate::engine::role::http1::auth::Access;
use crate::engine::role::http1::file::{How, Served};
use crate::engine::wsi::{Close, Wsi};
use crate::wire::http1::names::{Method, token};
use crate::wire::http1::table::Version;
use crate::wire::{mime, url};

/// What a mount's protocol says of a request.
enum Entry {
    Granted,
    Refused,
    /// It has answered by itself.
    Answered,
}

impl Context {
    /// A mount that only redirects answers before the program hears of the request; so does one of files that is asked for
    /// without the slash at its end, which the relative links of its pages need.
    pub fn redirect_mount(&self, wsi: &Rc<Wsi>, uri: &[u8]) -> bool {
        let vhost = wsi.vhost();
        let Some(mount) = find_mount(&vhost.config.mounts, uri) else { return false };
        let bare = uri.len() == mount.mountpoint.len();
        let location = match u32::from(mount.origin_protocol) {
            LWSMPRO_REDIR_HTTP => format!("http://{}", mount.origin),
            LWSMPRO_REDIR_HTTPS => format!("https://{}", mount.origin),
            LWSMPRO_FILE if bare && !mount.mountpoint.is_empty() => {
                let host = self.header(wsi, token::HOST).unwrap_or_default();
                let host = String::from_utf8_lossy(&host).into_owned();
                let mut path = Vec::new();
                url::push_escaped_path(&mut path, mount.mountpoint.as_bytes());
                let path = String::from_utf8_lossy(&path).into_owned();
                let scheme = if wsi.transport.is_secure() { "https" } else { "http" };
                if host.is_empty() { format!("{path}/") } else { format!("{scheme}://{host}{path}/") }
            }
            _ => return false,
        };
        // As on the original, the first request of a connection is answered as if it were HTTP/1.0.
        wsi.with_http(|http| http.close_asked |= http.version == Version::Http10);
        if self.redirect(wsi, HTTP_STATUS_MOVED_PERMANENTLY, &location) < 0 {
            self.close_later(wsi, Close::AtOnce);
        } else {
            self.complete(wsi);
        }
        true
    }

    /// Gives a request to what is mounted at its path.
    pub fn route(&self, wsi: &Rc<Wsi>, uri: &[u8]) {
        let vhost = wsi.vhost();
        let default = vhost.config.default_protocol;
        let Some(mount) = find_mount(&vhost.config.mounts, uri) else {
            return self.http_callback(wsi, default, uri);
        };
        match self.check_access(wsi, mount) {
            Access::Granted => {}
            Access::Refused => return self.complete(wsi),
            Access::Broken => return self.close_later(wsi, Close::AtOnce),
        }
        if !wsi.is_live() {
            return;
        }
        if mount.protocol.is_some() || u32::from(mount.origin_protocol) == LWSMPRO_CALLBACK {
            return self.protocol_mount(wsi, mount, uri);
        }
        match u32::from(mount.origin_protocol) {
            LWSMPRO_FILE if self.takes_files(wsi) => self.file_mount(wsi, mount, uri, uri),
            // As on the original, other methods are for the program.
            LWSMPRO_FILE => self.http_callback_unbound(wsi, uri),
            _ => self.http_callback(wsi, default, uri),
        }
    }

    /// Binds for this request and gives it to the program.
    fn http_callback(&self, wsi: &Rc<Wsi>, protocol: usize, uri: &[u8]) {
        if !self.bind_protocol(wsi, protocol) {
            return self.close_later(wsi, Close::Orderly);
        }
        self.http_callback_unbound(wsi, uri);
    }

    /// Gives a request to the protocol that the connection is bound to already.
    fn http_callback_unbound(&self, wsi: &Rc<Wsi>, uri: &[u8]) {
        if wsi.is_live() && self.call_with_text(wsi, LWS_CALLBACK_HTTP, uri) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }

    /// A mount that names a protocol: the protocol is bound, says who may come in, hears the mount's options, and gets what
    /// no file answers. Steps, order and paths are the original's.
    fn protocol_mount(&self, wsi: &Rc<Wsi>, mount: &Mount, uri: &[u8]) {
        let vhost = wsi.vhost();
        let named = |name: &String| vhost.protocol_named(name.as_bytes());
        // The protocol is named by `protocol`, or by `origin` as in a mount of an older program.
        let Some(protocol) = mount.protocol.as_ref().and_then(named).or_else(|| named(&mount.origin)) else {
            crate::util::log::err!(
                "vhost '{}': the mount '{}' names a protocol that the vhost does not have ('{}')",
                vhost.config.name,
                mount.mountpoint,
                mount.protocol.as_ref().unwrap_or(&mount.origin)
            );
            return self.close_later(wsi, Close::Orderly);
        };
        if !self.bind_protocol(wsi, protocol) {
            return self.close_later(wsi, Close::Orderly);
        }
        match self.may_enter(wsi, mount, uri) {
            Entry::Granted => {}
            Entry::Answered => return,
            Entry::Refused => {
                self.return_status(wsi, HTTP_STATUS_UNAUTHORIZED, None);
                return self.close_later(wsi, Close::Orderly);
            }
        }
        if !self.tell_options(wsi, mount) {
            return self.close_later(wsi, Close::Orderly);
        }
        let below = &uri[mount.mountpoint.len().min(uri.len())..];
        if wsi.with_http(|http| http.method).flatten() == Some(Method::Post) {
            return self.http_callback_unbound(wsi, below);
        }
        if mount.protocol.is_none() {
            return self.http_callback_unbound(wsi, uri);
        }
        if u32::from(mount.origin_protocol) == LWSMPRO_FILE {
            if !self.bind_protocol(wsi, protocol) {
                return self.close_later(wsi, Close::Orderly);
            }
            return self.file_mount(wsi, mount, uri, below);
        }
        self.http_callback(wsi, protocol, below);
    }

    /// LWS_CALLBACK_CHECK_ACCESS_RIGHTS of the mount's protocol, which is told the path and the mount's mask.
    fn may_enter(&self, wsi: &Rc<Wsi>, mount: &Mount, uri: &[u8]) -> Entry {
        let mut text = uri.to_vec();
        text.push(0);
        let mut args = lws_process_html_args {
            p: text.as_mut_ptr().cast(),
            len: uri.len() as i32,
            max_len: mount.auth_mask as i32,
            r#final: 0,
            chunked: 0,
        };
        if self.call(wsi, LWS_CALLBACK_CHECK_ACCESS_RIGHTS, std::ptr::from_mut(&mut args).cast(), 0) != 0 {
            Entry::Refused
        } else if args.r#final != 0 || !wsi.is_live() {
            Entry::Answered
        } else {
            Entry::Granted
        }
    }

    /// LWS_CALLBACK_HTTP_PMO for a mount that has options. `false`: the program refuses.
    pub fn tell_options(&self, wsi: &Wsi, mount: &Mount) -> bool {
        mount.pmo.is_null()
            || self.call(wsi, LWS_CALLBACK_HTTP_PMO, mount.pmo.cast_mut().cast(), 0) == 0 && wsi.is_live()
    }

    /// The mount at the path of the request in hand.
    pub fn mount_hit(&self, wsi: &Wsi) -> Option<Mount> {
        let uri = self.with_head(wsi, |head| head.uri_and_method().map(|(_, uri)| uri.to_vec())).flatten()?;
        find_mount(&wsi.vhost().config.mounts, &uri).cloned()
    }

    fn takes_files(&self, wsi: &Wsi) -> bool {
        let method = wsi.with_http(|http| http.method).flatten();
        matches!(method, Some(Method::Get | Method::Head | Method::Post))
    }

    /// Sends the file at a path of the mount; the program gets `otherwise` where there is none.
    fn file_mount(&self, wsi: &Rc<Wsi>, mount: &Mount, uri: &[u8], otherwise: &[u8]) {
        let rest = &uri[mount.mountpoint.len().min(uri.len())..];
        let opened = std::str::from_utf8(rest).ok().and_then(|rest| self.open_below(wsi, mount, rest));
        let Some((file, name)) = opened else { return self.http_callback_unbound(wsi, otherwise) };
        let Some(kind) = content_type(mount, &name) else {
            self.return_status(wsi, HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE, None);
            return self.complete(wsi);
        };
        let vhost = wsi.vhost();
        let interpreter = mount.interpret.iter().find(|(ending, _)| name.ends_with(ending.as_str()));
        let interpreter = interpreter.and_then(|(_, protocol)| vhost.protocol_named(protocol.as_bytes()));
        if let Some(protocol) = interpreter
            && !self.bind_protocol(wsi, protocol)
        {
            return self.close_later(wsi, Close::Orderly);
        }
        let Some(other) = self.added_headers(wsi, mount) else { return self.close_later(wsi, Close::Orderly) };
        let how = How { kind: &kind, mount: Some(mount), other: &other, interpret: interpreter.is_some() };
        match self.serve_file(wsi, file, &how) {
            Served::UnderWay => {}
            Served::Whole => self.complete(wsi),
            Served::Missing => self.http_callback_unbound(wsi, otherwise),
            Served::Broken => self.close_later(wsi, Close::AtOnce),
        }
    }

    /// Header lines that the mount's protocol adds (ADD_HEADERS). `None`: it refuses.
    fn added_headers(&self, wsi: &Wsi, mount: &Mount) -> Option<Vec<u8>> {
        let vhost = wsi.vhost();
        let Some(protocol) = mount.protocol.as_ref().and_then(|p| vhost.protocol_named(p.as_bytes())) else {
            return Some(Vec::new());
        };
        self.ask_for_headers(wsi, protocol)
    }

    /// The library answered by itself: the transaction is over.
    pub fn complete(&self, wsi: &Rc<Wsi>) {
        if self.transaction_completed(wsi) != 0 {
            self.close_later(wsi, Close::Orderly);
        }
    }
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

fn content_type(mount: &Mount, name: &str) -> Option<String> {
    // As on the original a mount may give a type to every file: by the ending "*".
    let own = mount.extra_mimetypes.iter().find(|(ending, _)| name.ends_with(ending.as_str()) || ending == "*");
    let own = own.map(|(_, kind)| kind.clone());
    // The search by name wants something in front of the dot.
    own.or_else(|| mime::by_name(format!("/{name}").as_bytes()).map(str::to_owned))
}
