//! What helps in making a client's request: proxies, multipart bodies.

use std::ffi::{c_char, c_int};

use crate::abi::*;
use crate::capi::creation::text;
use crate::capi::enter::{self, remedy, site};
use crate::engine::role::client::multipart::Part;
use crate::engine::role::client::proxy::Proxy;
use crate::util::log::err;

/// Sets the HTTP proxy that client connections of a vhost go through, by a tunnel.
///
/// @param vhost the vhost
/// @param proxy `host:port` or `user:password@host:port`; copied. A scheme "http://" before it does not count
/// @return 0; -1 for a text that is none (the proxy stays as it was), for NULL or a vhost that is gone. Service thread
///         only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_proxy(vhost: *mut lws_vhost, proxy: *const c_char) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let Some(proxy) = (unsafe { text(proxy) }) else { return -1 };
    enter::vhost(site!("lws_set_proxy", remedy::CHANGE), vhost, -1, |_, v| match Proxy::parse(&proxy) {
        Ok(proxy) => {
            *v.proxy.borrow_mut() = Some(proxy);
            0
        }
        Err(why) => {
            err!("lws_set_proxy: {why}");
            -1
        }
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
