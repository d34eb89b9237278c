//! Client connections: `lws_client_connect_info` is read here, once, and becomes the engine's own request.

use std::ffi::{c_char, c_int, c_uint};
use std::rc::Rc;

use crate::abi::*;
use crate::capi::creation::{self, text};
use crate::capi::enter::{self, remedy, site};
use crate::capi::{system, tls_options};
use crate::engine::context::Context;
use crate::engine::role::client::Ask;
use crate::engine::role::client::body::{Filled, Part};
use crate::engine::vhost::Vhost;
use crate::engine::wsi::Wsi;
use crate::guard::{self, Handle};
use crate::util::log::{err, warn};

/// Begins a client connection: a WebSocket, or an HTTP request where `method` names one.
///
/// A numeric address, localhost and a unix socket are connected to within the call. What becomes of it is told by
/// callbacks: LWS_CALLBACK_CLIENT_ESTABLISHED or LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, or
/// LWS_CALLBACK_CLIENT_CONNECTION_ERROR, which may come before the call returns. PROTOCOL_INIT comes at the latest now.
///
/// @param ccinfo zeroed, then filled in; read during the call only, but for what its members say
/// @return the connection; NULL when it failed at once (after its callbacks, and with *pwsi NULL again) or for NULL, a
///         context or vhost that is gone, or texts that no request may hold (the log says which). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_client_connect_via_info(ccinfo: *const lws_client_connect_info) -> *mut lws {
    let site = site!("lws_client_connect_via_info", remedy::CREATE);
    // SAFETY: NULL or a live struct, by the API's contract.
    let Some(info) = (unsafe { ccinfo.as_ref() }) else { return std::ptr::null_mut() };
    enter::context(site, info.context, std::ptr::null_mut(), |cx| {
        // SAFETY: as above; texts are NULL or NUL-ended.
        let (Some(vhost), Some(mut ask)) = (vhost_of(cx, info), (unsafe { ask_of(info) })) else {
            return std::ptr::null_mut();
        };
        match info.sys_tls_client_cert {
            0 => {}
            1 => ask.identity = system::client_identity(cx),
            _ => err!(
                "lws_client_connect_via_info: sys_tls_client_cert is 0 or 1; the system has one client certificate"
            ),
        }
        if info.sys_tls_client_cert != 0 && ask.identity.is_none() {
            err!("lws_client_connect_via_info: there is no certificate and key among the system's blobs to show");
            return std::ptr::null_mut();
        }
        tell_left_out(info);
        let parent = match parent_of(cx, info) {
            Ok(parent) => parent,
            Err(()) => return std::ptr::null_mut(),
        };
        let pwsi = info.pwsi;
        let told = move |handle: Option<Handle>| {
            if !pwsi.is_null() {
                // SAFETY: the program's variable, live during the call.
                unsafe { *pwsi = handle.map_or(std::ptr::null_mut(), Handle::as_ptr) };
            }
        };
        cx.connect(&vhost, ask, parent.as_deref(), &told).map_or(std::ptr::null_mut(), Handle::as_ptr)
    })
}

/// Says, once in a process, that a member asks for something that does not happen; as on 4.1.6 as Debian builds it.
fn tell_left_out(info: &lws_client_connect_info) {
    static TOLD: std::sync::Once = std::sync::Once::new();
    if !info.uri_replace_from.is_null() || !info.uri_replace_to.is_null() {
        TOLD.call_once(|| warn!("uri_replace_from and uri_replace_to: bodies are handed over as they come"));
    }
}

/// The vhost that is asked for, or the context's first.
fn vhost_of(cx: &Context, info: &lws_client_connect_info) -> Option<Rc<Vhost>> {
    if info.vhost.is_null() {
        let first = cx.vhosts.borrow().iter().find(|v| !v.dying.get()).cloned();
        if first.is_none() {
            err!("lws_client_connect_via_info: the context has no vhost");
        }
        return first;
    }
    let vhost = Handle::of_kind(info.vhost.cast(), guard::Kind::Vhost).and_then(|h| cx.vhost(h));
    if vhost.is_none() {
        err!("lws_client_connect_via_info: vhost is none of this context's");
    }
    vhost
}

fn parent_of(cx: &Context, info: &lws_client_connect_info) -> Result<Option<Rc<Wsi>>, ()> {
    if info.parent_wsi.is_null() {
        return Ok(None);
    }
    let handle = Handle::of_kind(info.parent_wsi.cast(), guard::Kind::Wsi).ok_or(())?;
    match cx.all().into_iter().find(|w| w.handle() == handle) {
        Some(wsi) => Ok(Some(wsi)),
        None => {
            err!("lws_client_connect_via_info: parent_wsi is none of this context's connections");
            Err(())
        }
    }
}

/// The request as the engine takes it. `None`: it cannot be made, and the log says why.
///
/// # Safety
/// Texts are NULL or NUL-ended.
unsafe fn ask_of(info: &lws_client_connect_info) -> Option<Ask> {
    // SAFETY: the caller's promise.
    let (address, path, host, origin, protocols, local_protocol, method, iface, idle) = unsafe {
        (
            text(info.address),
            text(info.path),
            text(info.host),
            text(info.origin),
            text(info.protocol),
            text(info.local_protocol_name),
            text(info.method),
            text(info.iface),
            creation::idle_policy(info.retry_and_idle_policy),
        )
    };
    let refuse = |why: &str| {
        err!("lws_client_connect_via_info: {why}");
        None
    };
    let Some(address) = address.filter(|a| !a.is_empty()) else { return refuse("address is missing") };
    let Ok(port) = u16::try_from(info.port) else { return refuse("port is not between 0 and 65535") };
    let flags = info.ssl_connection as u32;
    let path = rooted(path.unwrap_or_default());
    let host = host.unwrap_or_else(|| address.clone());
    let ask = Ask {
        port,
        flags,
        path,
        host,
        origin,
        protocols: protocols.filter(|p| !p.is_empty()),
        local_protocol,
        method,
        iface,
        userdata: info.userdata,
        opaque: info.opaque_user_data,
        idle,
        retry: info.retry_and_idle_policy.cast(),
        // SAFETY: the caller's promise.
        alpn: unsafe { text(info.alpn) }.map(|list| tls_options::alpn(&list, "lws_client_connect_via_info")),
        keep_warm_secs: info.keep_warm_secs,
        identity: None,
        address,
    };
    if let Some(name) = unfit(&ask) {
        return refuse(&format!("{name} has a control character or a space, which no request may hold"));
    }
    Some(ask)
}

/// A request path begins with a slash.
pub fn rooted(mut path: String) -> String {
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    path
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|b| b < b' ' || b == 0x7f)
}

fn has_space(text: &str) -> bool {
    has_control(text) || text.contains(' ')
}

/// Which of a path and a Host header would break the request.
pub fn unfit_text(path: &str, host: &str) -> Option<&'static str> {
    if has_space(path) {
        return Some("path");
    }
    has_space(host).then_some("host")
}

/// The member whose text would break the request that it stands in.
fn unfit(ask: &Ask) -> Option<&'static str> {
    if let Some(name) = unfit_text(&ask.path, &ask.host) {
        return Some(name);
    }
    if ask.method.as_deref().is_some_and(|m| m.is_empty() || has_space(m)) {
        return Some("method");
    }
    if ask.origin.as_deref().is_some_and(has_control) {
        return Some("origin");
    }
    ask.protocols.as_deref().is_some_and(has_control).then_some("protocol")
}

/// The status of the answer that a client connection got.
///
/// @param wsi the connection
/// @return the status; 0 before there is one, for a connection that is no HTTP client, for NULL or one that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_client_http_response(wsi: *mut lws) -> c_uint {
    enter::wsi(site!("lws_http_client_http_response", remedy::READ), wsi, 0, |_, w| {
        w.with_client(|c| c_uint::from(c.status)).unwrap_or(0)
    })
}

/// Whether a redirect turned the request into a GET, so that its body is not wanted any more.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_is_redirected_to_get(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_http_is_redirected_to_get", remedy::READ), wsi, 0, |_, w| {
        c_int::from(w.with_client(|c| c.redirected_to_get).unwrap_or(false))
    })
}

/// Tells whether the program has request body to send behind the headers.
///
/// Call it with 1 in LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, ask for WRITEABLE, write the body with LWS_WRITE_HTTP in
/// LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, and call it with 0 at the last part, which is written with LWS_WRITE_HTTP_FINAL.
///
/// @param wsi the connection
/// @param something_left_to_send 1: there is; 0: there is none. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_client_http_body_pending(wsi: *mut lws, something_left_to_send: c_int) {
    enter::wsi_or_post(site!("lws_client_http_body_pending", remedy::CHANGE), wsi, (), (), move |cx, w| {
        cx.client_body_pending(w, something_left_to_send != 0);
    });
}

/// Reads body of the answer and hands it, without chunk marks, to LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ.
///
/// Call it in LWS_CALLBACK_RECEIVE_CLIENT_HTTP, or later: what is not read stays with the server.
/// LWS_CALLBACK_COMPLETED_CLIENT_HTTP comes within the call that reads the end.
///
/// @param wsi the connection
/// @param buf *buf is where to read to; moved behind what was read
/// @param len *len is the room there in bytes; 0 after what was read, which is no sign of the end
/// @return 0; -1 when the connection has to be closed (also the usual end of a body that has no length), for bad
///         arguments, for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_client_read(wsi: *mut lws, buf: *mut *mut c_char, len: *mut c_int) -> c_int {
    enter::wsi(site!("lws_http_client_read", remedy::READ), wsi, -1, |cx, w| {
        // SAFETY: the program's variables, or NULL.
        let (Some(at), Some(room)) = (unsafe { (buf.as_mut(), len.as_mut()) }) else { return -1 };
        let Ok(size) = usize::try_from(*room) else { return -1 };
        if at.is_null() || size == 0 {
            return -1;
        }
        let start = at.cast::<u8>();
        // SAFETY: by the API's contract there is so much room; the reference ends before any callback.
        let filled = cx.client_fill(w, unsafe { std::slice::from_raw_parts_mut(start, size) });
        *room = 0;
        match filled {
            Filled::Nothing => 0,
            Filled::Ended => -1,
            Filled::Bytes(n) => {
                // SAFETY: within the room above.
                *at = unsafe { start.add(n) }.cast();
                // SAFETY: `n` bytes were just filled in.
                unsafe { hand_out(cx, w, start, n) }
            }
        }
    })
}

/// Hands body to the program, piece by piece.
///
/// # Safety
/// `start` has `n` readable and writable bytes.
unsafe fn hand_out(cx: &Context, w: &Wsi, start: *mut u8, n: usize) -> c_int {
    let mut at = 0;
    loop {
        // SAFETY: the caller's promise; the reference ends before the callback, which may change the bytes.
        let part = cx.client_part(w, unsafe { std::slice::from_raw_parts(start.add(at), n - at) });
        match part {
            Some(Part::Body(range)) => {
                // Without a bound protocol the body is thrown away, as on 4.1.6.
                let rc = if w.bound.get() && !range.is_empty() {
                    // SAFETY: the range lies within the bytes given.
                    let piece = unsafe { start.add(at + range.start) };
                    cx.call(w, LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ, piece.cast(), range.len())
                } else {
                    0
                };
                if rc != 0 {
                    return -1;
                }
                at += range.end;
            }
            Some(Part::End(_)) => return c_int::from(cx.client_completed(w) != 0).wrapping_neg(),
            Some(Part::Used) => return 0,
            Some(Part::Bad) | None => {
                cx.client_broken_body(w);
                return -1;
            }
        }
        if cx.client_is_complete(w) {
            return c_int::from(cx.client_completed(w) != 0).wrapping_neg();
        }
        if at >= n {
            return 0;
        }
    }
}
