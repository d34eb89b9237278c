//! The HTTP server's functions that the engine's first roles need: headers of the request, small answers, files.

use std::ffi::{c_char, c_int, c_uint};
use std::path::Path;

use crate::abi::*;
use crate::capi::creation::text;
use crate::capi::enter::{self, remedy, site};
use crate::capi::text_out;
use crate::engine::role::http1::file::{Fragment, How, Served};
use crate::engine::role::http1::upgrade::joined;
use crate::wire::http1::names::Token;

/// Length of a request header, its fragments joined.
///
/// @param wsi the connection, from the upgrade or HTTP callbacks on; for ws up to ESTABLISHED
/// @param h WSI_TOKEN_ index
/// @return bytes; 0 when the header is absent or the headers were let go, or for NULL or a connection that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_total_length(wsi: *mut lws, h: lws_token_indexes) -> c_int {
    enter::wsi(site!("lws_hdr_total_length", remedy::READ), wsi, 0, |cx, w| {
        cx.with_head(w, |head| token(h).map_or(0, |t| head.total_length(t))).unwrap_or(0) as c_int
    })
}

/// Copies a request header, its fragments joined, with a NUL behind it.
///
/// @param wsi the connection
/// @param dest buffer
/// @param len its size
/// @param h WSI_TOKEN_ index
/// @return bytes without the NUL, 0 when the header is absent or the headers were let go; -1 when it does not fit, or for
///         NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_copy(wsi: *mut lws, dest: *mut c_char, len: c_int, h: lws_token_indexes) -> c_int {
    let value = enter::wsi(site!("lws_hdr_copy", remedy::READ), wsi, None, |cx, w| {
        Some(cx.with_head(w, |head| token(h).map_or_else(Vec::new, |t| joined(head, t))).unwrap_or_default())
    });
    // SAFETY: by the API's contract `dest` has room for `len` bytes.
    unsafe { copied(dest, len, value) }
}

/// Length of one fragment of a request header, such as the n-th URL argument.
///
/// @param wsi the connection
/// @param h WSI_TOKEN_ index
/// @param frag_idx from 0
/// @return bytes; 0 when there is no such fragment, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_fragment_length(wsi: *mut lws, h: lws_token_indexes, frag_idx: c_int) -> c_int {
    enter::wsi(site!("lws_hdr_fragment_length", remedy::READ), wsi, 0, |cx, w| {
        let index = usize::try_from(frag_idx).ok();
        let length = cx.with_head(w, |head| index.and_then(|i| head.fragment(token(h)?, i)).map_or(0, <[u8]>::len));
        length.unwrap_or(0) as c_int
    })
}

/// Copies one fragment of a request header, with a NUL behind it.
///
/// @param wsi the connection
/// @param dest buffer
/// @param len its size
/// @param h WSI_TOKEN_ index
/// @param frag_idx from 0
/// @return bytes without the NUL; -1 when there is no such fragment or it does not fit, or for NULL or a connection that
///         is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_copy_fragment(
    wsi: *mut lws,
    dest: *mut c_char,
    len: c_int,
    h: lws_token_indexes,
    frag_idx: c_int,
) -> c_int {
    let value = enter::wsi(site!("lws_hdr_copy_fragment", remedy::READ), wsi, None, |cx, w| {
        let index = usize::try_from(frag_idx).ok()?;
        cx.with_head(w, |head| head.fragment(token(h)?, index).map(<[u8]>::to_vec)).flatten()
    });
    // SAFETY: by the API's contract `dest` has room for `len` bytes.
    unsafe { copied(dest, len, value) }
}

/// Length of a request header that has no WSI_TOKEN_ index.
///
/// @param wsi the connection
/// @param name the header's name with its colon, lower case
/// @param nlen its length
/// @return bytes; -1 when the header is absent, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_custom_length(wsi: *mut lws, name: *const c_char, nlen: c_int) -> c_int {
    // SAFETY: by the API's contract `name` holds `nlen` bytes.
    let Some(name) = (unsafe { bytes(name, nlen) }) else { return -1 };
    enter::wsi(site!("lws_hdr_custom_length", remedy::READ), wsi, -1, |cx, w| {
        cx.with_head(w, |head| head.custom(name).map(<[u8]>::len)).flatten().map_or(-1, |n| n as c_int)
    })
}

/// Copies a request header that has no WSI_TOKEN_ index, with a NUL behind it.
///
/// @param wsi the connection
/// @param dst buffer
/// @param len its size
/// @param name the header's name with its colon, lower case
/// @param nlen its length
/// @return bytes without the NUL; -1 when the header is absent or does not fit, or for NULL or a connection that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hdr_custom_copy(
    wsi: *mut lws,
    dst: *mut c_char,
    len: c_int,
    name: *const c_char,
    nlen: c_int,
) -> c_int {
    // SAFETY: by the API's contract `name` holds `nlen` bytes.
    let Some(name) = (unsafe { bytes(name, nlen) }) else { return -1 };
    let value = enter::wsi(site!("lws_hdr_custom_copy", remedy::READ), wsi, None, |cx, w| {
        cx.with_head(w, |head| head.custom(name).map(<[u8]>::to_vec)).flatten()
    });
    // SAFETY: by the API's contract `dst` has room for `len` bytes.
    unsafe { copied(dst, len, value) }
}

/// The wire's token for C's index; `None` when there is no such header.
fn token(h: lws_token_indexes) -> Option<Token> {
    Token::try_from(h).ok()
}

unsafe fn bytes<'a>(p: *const c_char, len: c_int) -> Option<&'a [u8]> {
    let len = usize::try_from(len).ok()?;
    // SAFETY: the caller's promise.
    (!p.is_null()).then(|| unsafe { std::slice::from_raw_parts(p.cast(), len) })
}

unsafe fn copied(dest: *mut c_char, len: c_int, value: Option<Vec<u8>>) -> c_int {
    match (value, usize::try_from(len)) {
        // SAFETY: the caller's promise.
        (Some(value), Ok(len)) if unsafe { text_out(dest, len, &value) } => value.len() as c_int,
        _ => -1,
    }
}

/// Sends a small HTML page for a status. The caller completes the transaction.
///
/// With 404 and a vhost that has an error_document_404, a redirect to that is sent instead.
///
/// @param wsi the connection
/// @param code HTTP status
/// @param html_body HTML for the page's body, or NULL
/// @return 0; negative when the connection is of no more use, or for NULL or a connection that is gone. Service thread
///         only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_return_http_status(wsi: *mut lws, code: c_uint, html_body: *const c_char) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let body = unsafe { text(html_body) };
    enter::wsi(site!("lws_return_http_status", remedy::WRITE), wsi, -1, |cx, w| {
        cx.return_status(w, code, body.as_deref())
    })
}

/// Sends a file with its headers, as much at a time as the peer takes. LWS_CALLBACK_HTTP_FILE_COMPLETION comes when it is
/// out.
///
/// @param wsi the connection, in LWS_CALLBACK_HTTP
/// @param file path
/// @param content_type its content type
/// @param other_headers further header lines, each with its line end, or NULL
/// @param other_headers_len their length
/// @return 0 while it goes on in the background; 1 when the answer is out whole and the transaction is over (not modified,
///         HEAD) or the file cannot be opened and 404 was sent; -1 when the connection has to be closed, or for NULL or a
///         connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_serve_http_file(
    wsi: *mut lws,
    file: *const c_char,
    content_type: *const c_char,
    other_headers: *const c_char,
    other_headers_len: c_int,
) -> c_int {
    // SAFETY: NULL or NUL-ended, and `other_headers_len` bytes, by the API's contract.
    let (file, kind, other) = unsafe { (text(file), text(content_type), bytes(other_headers, other_headers_len)) };
    let Some(file) = file else { return -1 };
    let kind = kind.unwrap_or_else(|| "application/octet-stream".into());
    enter::wsi(site!("lws_serve_http_file", remedy::WRITE), wsi, -1, |cx, w| {
        let how = How { kind: &kind, mount: None, other: other.unwrap_or_default(), interpret: false };
        let served = cx.open_file(w, Path::new(&file)).map_or(Served::Missing, |opened| cx.serve_file(w, opened, &how));
        match served {
            Served::UnderWay => 0,
            Served::Whole => completed(cx.transaction_completed(w)),
            Served::Missing => match cx.return_status(w, HTTP_STATUS_NOT_FOUND, None) {
                0 => completed(cx.transaction_completed(w)),
                _ => -1,
            },
            Served::Broken => -1,
        }
    })
}

fn completed(must_close: i32) -> c_int {
    if must_close == 0 { 1 } else { -1 }
}

/// Sends the next piece of the file that lws_serve_http_file() began, and tells LWS_CALLBACK_HTTP_FILE_COMPLETION after the
/// last. The library does so by itself at WRITEABLE.
///
/// @param wsi the connection
/// @return 0 to be continued; 1 when the file is out; -1 to close, or for NULL or a connection that is gone. Service
///         thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_serve_http_file_fragment(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_serve_http_file_fragment", remedy::WRITE), wsi, -1, |cx, w| match cx.file_fragment(w) {
        Fragment::More => 0,
        Fragment::Last => 1,
        Fragment::Ended | Fragment::Broken => -1,
    })
}

/// Ends the transaction: the connection is kept for the next request, or has to be closed.
///
/// @param wsi the connection
/// @return 1 when the callback has to return -1 now (the peer asked for it, HTTP/1.0, no length was promised), or for NULL
///         or a connection that is gone; 0 when it is kept. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_transaction_completed(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_http_transaction_completed", remedy::WRITE), wsi, 1, |cx, w| cx.transaction_completed(w))
}

/// The content type of a file by its name's ending.
///
/// @param file the name
/// @param m a mount whose extra_mimetypes come first, or NULL
/// @return the type, valid while the mount is; NULL when the ending is not known. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_mimetype(file: *const c_char, m: *const lws_http_mount) -> *const c_char {
    // SAFETY: NULL or live, NUL-ended strings and lists, by the API's contract.
    unsafe {
        let Some(name) = text(file) else { return std::ptr::null() };
        let mut extra = m.as_ref().map_or(std::ptr::null(), |m| m.extra_mimetypes);
        while let Some(e) = extra.as_ref() {
            if text(e.name).is_some_and(|ending| name.ends_with(&ending)) {
                return e.value;
            }
            extra = e.next;
        }
        crate::wire::mime::by_name(name.as_bytes())
            .map_or(std::ptr::null(), |kind| crate::util::intern::keep(kind).as_ptr())
    }
}
