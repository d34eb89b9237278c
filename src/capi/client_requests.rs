//! What helps in making a client's request: proxies, multipart bodies.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::abi::*;
use crate::capi::client;
use crate::capi::creation::text;
use crate::capi::enter::{self, remedy, site};
use crate::engine::role::client::multipart::Part;
use crate::engine::role::client::proxy::Proxy;
use crate::engine::role::client::redirect::Turn;
use crate::util::log::err;

/// Sets the HTTP proxy that client connections of a vhost go through, by a tunnel. It counts for those that begin later.
///
/// @param vhost the vhost
/// @param proxy `host:port` or `user:password@host:port`; copied. A scheme "http://" before it does not count. Without
///        `:port` the port stays that of the proxy before; an empty text takes the proxy away
/// @return 0; -1 for a text that is none (the proxy stays as it was) or has no port where there was no proxy before, for
///         NULL or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_proxy(vhost: *mut lws_vhost, proxy: *const c_char) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let Some(proxy) = (unsafe { text(proxy) }) else { return -1 };
    enter::vhost(site!("lws_set_proxy", remedy::CHANGE), vhost, -1, |_, v| {
        let port = v.proxy.borrow().as_ref().map(|p| p.port);
        if proxy.is_empty() && port.is_some() {
            *v.proxy.borrow_mut() = None;
            return 0;
        }
        match Proxy::parse(&proxy, port) {
            Ok(proxy) => {
                *v.proxy.borrow_mut() = Some(proxy);
                0
            }
            Err(why) => {
                err!("lws_set_proxy: {why}");
                -1
            }
        }
    })
}

/// Turns a client connection to another server, path and host, as a redirect does. It keeps its handle, and begins anew when
/// the callbacks that are on the stack have returned: CLIENT_HTTP_DROP_PROTOCOL, CLIENT_HTTP_BIND_PROTOCOL, and what follows.
///
/// In no public header, as in 4.1.6.
///
/// @param wsi points to the connection, which has no WebSocket or raw socket yet
/// @param ssl 1 when TLS is to be spoken there, else 0
/// @param address host name or address; copied, as the texts after it
/// @param port TCP port, 1 to 65535
/// @param path request path; a slash is put before one that has none
/// @param host the Host header
/// @param weak has a meaning for HTTP/2 only
/// @return the connection; NULL when it has followed three redirects or turns already, is no client connection, is
///         ending, for bad texts, for NULL or one that is gone. It stays as it was then. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_client_reset(
    wsi: *mut *mut lws,
    ssl: c_int,
    address: *const c_char,
    port: c_int,
    path: *const c_char,
    host: *const c_char,
    weak: c_char,
) -> *mut lws {
    let _ = weak;
    // SAFETY: NULL or the program's variable, by the API's contract.
    let Some(handle) = (unsafe { wsi.as_ref() }).copied() else { return ptr::null_mut() };
    // SAFETY: texts are NULL or NUL-ended, by the API's contract.
    let (address, path, host) = unsafe { (text(address), text(path), text(host)) };
    enter::wsi(site!("lws_client_reset", remedy::CREATE), handle, ptr::null_mut(), move |cx, w| {
        let (Some(address), Some(host), Ok(port)) = (address.filter(|a| !a.is_empty()), host, u16::try_from(port))
        else {
            err!("lws_client_reset: address, port and host have to be given");
            return ptr::null_mut();
        };
        let path = client::rooted(path.unwrap_or_default());
        if let Some(name) = client::unfit_text(&path, &host) {
            err!("lws_client_reset: {name} has a control character or a space, which no request may hold");
            return ptr::null_mut();
        }
        let turn = Turn { tls: ssl & 1 != 0, address, port, path, host };
        if cx.client_turn(w, turn) { handle } else { ptr::null_mut() }
    })
}

/// Writes what stands before a part of a multipart/form-data body, or behind the last one.
///
/// The connection has to be made with LCCSCF_HTTP_MULTIPART_MIME, which puts the Content-Type with its boundary into the
/// request. The part's content is written behind it by the program.
///
/// @param wsi the connection
/// @param name the field's name; NULL: the end of all parts
/// @param filename the file's name, or NULL
/// @param content_type the part's content type, or NULL
/// @param p *p is where to write; moved on
/// @param end the first byte behind the room
/// @return 0; 1 when it does not fit (nothing is written), for a connection without that flag, for NULL or one that is
///         gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_client_http_multipart(
    wsi: *mut lws,
    name: *const c_char,
    filename: *const c_char,
    content_type: *const c_char,
    p: *mut *mut c_char,
    end: *mut c_char,
) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let (name, filename, content_type) = unsafe { (text(name), text(filename), text(content_type)) };
    let part = name.map(|name| Part { name, filename, content_type });
    // SAFETY: NULL or the program's variable.
    let Some(at) = (unsafe { p.as_mut() }) else { return 1 };
    // One byte stays for the NUL that is put behind.
    let room = (end as usize).saturating_sub(*at as usize).saturating_sub(1);
    if at.is_null() || room == 0 {
        return 1;
    }
    let head = enter::wsi(site!("lws_client_http_multipart", remedy::WRITE), wsi, None, |cx, w| {
        cx.multipart_head(w, part.as_ref(), room)
    });
    let Some(head) = head else { return 1 };
    // SAFETY: it fits between `*at` and `end`, with a NUL.
    unsafe {
        std::ptr::copy_nonoverlapping(head.as_ptr().cast::<c_char>(), *at, head.len());
        *at = at.add(head.len());
        **at = 0;
    }
    0
}
