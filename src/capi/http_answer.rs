//! Making and sending the head of an HTTP response. Heads are made in the program's buffer from what any thread may know of
//! the connection (its vhost's fixed lines, its HTTP version); what a head promises is read when it is sent.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::sync::atomic::Ordering::Relaxed;

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::engine::role::http1::response::without_server;
use crate::guard::Slot;
use crate::wire::http1::names::{self, Token};
use crate::wire::http1::response::{Full, Room, Sink, push_header, push_length, push_status};
use crate::wire::http1::table::Version;

/// Runs `make` on the room between `*p` and `end`, and moves `*p` on. 1: it does not fit, and nothing has changed.
///
/// # Safety
/// `p` is NULL or points to a position that is NULL or has writable bytes up to `end`.
unsafe fn in_room(p: *mut *mut u8, end: *mut u8, make: impl FnOnce(&mut Room<'_>) -> Result<(), Full>) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        if p.is_null() || (*p).is_null() || end <= *p {
            return 1;
        }
        let room = (end as usize) - (*p as usize);
        let mut room = Room::new(std::slice::from_raw_parts_mut(*p, room));
        match make(&mut room) {
            Ok(()) => {
                *p = (*p).add(room.used());
                0
            }
            Err(Full) => 1,
        }
    }
}

/// The lines that every response of the connection's vhost begins with.
fn fixed_lines(slot: &'static Slot) -> &'static [u8] {
    let lines: *const c_char = slot.fixed_lines().load(Relaxed).cast();
    // SAFETY: NULL, or a text that is kept for ever.
    if lines.is_null() { b"" } else { unsafe { CStr::from_ptr(lines) }.to_bytes() }
}

fn version(slot: &'static Slot) -> Version {
    if slot.http_minor().load(Relaxed) == 0 { Version::Http10 } else { Version::Http11 }
}

fn status(room: &mut impl Sink, slot: &'static Slot, code: c_uint) -> Result<(), Full> {
    let lines = fixed_lines(slot);
    let lines = if code & LWSAHH_FLAG_NO_SERVER_NAME as c_uint == 0 { lines } else { without_server(lines) };
    push_status(room, version(slot), code & LWSAHH_CODE_MASK as c_uint, None, lines)
}

/// Begins a response in the caller's buffer: the status line, then the vhost's `headers`, the security headers where
/// LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE asks for them, and the server's name where there is one.
///
/// @param wsi the connection
/// @param code HTTP status, or'ed with LWSAHH_FLAG_NO_SERVER_NAME to leave the server's name out
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit (nothing is written), or for NULL or a connection that is gone. Service thread only;
///         under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_add_http_header_status(
    wsi: *mut lws,
    code: c_uint,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    enter::wsi_snapshot(site!("lws_add_http_header_status", remedy::WRITE), wsi, 1, |slot| {
        // SAFETY: by the API's contract.
        unsafe { in_room(p, end, |room| status(room, slot, code)) }
    })
}

/// Adds one header by its name.
///
/// CR, LF and NUL bytes in the value are left out: what a peer sent cannot become a header of the response.
///
/// @param wsi the connection
/// @param name the header's name with its colon, lower case; NULL for a line of the value alone
/// @param value the value
/// @param length its length
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit (nothing is written), or for NULL or a connection that is gone. Service thread only;
///         under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_add_http_header_by_name(
    wsi: *mut lws,
    name: *const u8,
    value: *const u8,
    length: c_int,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    // SAFETY: `value` holds `length` bytes and `name` is NUL-ended, by the API's contract.
    let Some(value) = (unsafe { bytes(value, length) }) else { return 1 };
    // SAFETY: as above.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name.cast()) }.to_bytes());
    enter::wsi_snapshot(site!("lws_add_http_header_by_name", remedy::WRITE), wsi, 1, |_| {
        // SAFETY: by the API's contract.
        unsafe {
            in_room(p, end, |room| match name {
                Some(name) => push_header(room, name, value),
                None => room.put(&[value, b"\r\n"]),
            })
        }
    })
}

/// Adds one header by its WSI_TOKEN_ index.
///
/// @param wsi the connection
/// @param token WSI_TOKEN_ index
/// @param value the value; CR, LF and NUL bytes are left out
/// @param length its length
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when the token has no name or it does not fit (nothing is written), or for NULL or a connection that is
///         gone. Service thread only; under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_add_http_header_by_token(
    wsi: *mut lws,
    token: lws_token_indexes,
    value: *const u8,
    length: c_int,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    // SAFETY: `value` holds `length` bytes, by the API's contract.
    let (Some(name), Some(value)) = (name_of(token), unsafe { bytes(value, length) }) else { return 1 };
    enter::wsi_snapshot(site!("lws_add_http_header_by_token", remedy::WRITE), wsi, 1, |_| {
        // SAFETY: by the API's contract.
        unsafe { in_room(p, end, |room| push_header(room, name.to_bytes(), value)) }
    })
}

/// Adds Content-Length. When as many bytes of body follow, the connection can be kept for the next request.
///
/// @param wsi the connection
/// @param content_length bytes of the body
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit (nothing is written), or for NULL or a connection that is gone. Service thread only;
///         under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_add_http_header_content_length(
    wsi: *mut lws,
    content_length: lws_filepos_t,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    enter::wsi_snapshot(site!("lws_add_http_header_content_length", remedy::WRITE), wsi, 1, |_| {
        // SAFETY: by the API's contract.
        unsafe { in_room(p, end, |room| push_length(room, content_length)) }
    })
}

/// Begins a response as most need it: the status line with all that lws_add_http_header_status() adds, Content-Type,
/// Content-Length.
///
/// @param wsi the connection
/// @param code HTTP status
/// @param content_type the type, or NULL for none
/// @param content_len bytes of the body; LWS_ILLEGAL_HTTP_CONTENT_LEN when that is not known: the response then says that
///                    the connection ends with it
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit (nothing is written), or for NULL or a connection that is gone. Service thread only;
///         under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_add_http_common_headers(
    wsi: *mut lws,
    code: c_uint,
    content_type: *const c_char,
    content_len: lws_filepos_t,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let kind = (!content_type.is_null()).then(|| unsafe { CStr::from_ptr(content_type) }.to_bytes());
    enter::wsi_snapshot(site!("lws_add_http_common_headers", remedy::WRITE), wsi, 1, |slot| {
        // SAFETY: by the API's contract.
        unsafe {
            in_room(p, end, |room| {
                status(room, slot, code)?;
                if let Some(kind) = kind {
                    push_header(room, b"content-type:", kind)?;
                }
                match content_len {
                    LWS_ILLEGAL_HTTP_CONTENT_LEN => push_header(room, b"connection:", b"close"),
                    length => push_length(room, length),
                }
            })
        }
    })
}

/// Ends the head of a response.
///
/// @param wsi the connection
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit (nothing is written), or for NULL or a connection that is gone. Service thread only;
///         under the policy `marshal` any thread may make a head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_finalize_http_header(wsi: *mut lws, p: *mut *mut u8, end: *mut u8) -> c_int {
    enter::wsi_snapshot(site!("lws_finalize_http_header", remedy::WRITE), wsi, 1, |_| {
        // SAFETY: by the API's contract.
        unsafe { in_room(p, end, |room| room.put(&[b"\r\n"])) }
    })
}

/// Ends the head of a response and sends it.
///
/// @param wsi the connection
/// @param start where the head begins
/// @param p where to write; moved on
/// @param end the buffer's end
/// @return 0; 1 when it does not fit or the connection is of no more use, or for NULL or a connection that is gone.
///         Service thread only; under the policy `marshal` another thread's head is copied and sent later.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_finalize_write_http_header(
    wsi: *mut lws,
    start: *mut u8,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    let site = site!("lws_finalize_write_http_header", remedy::WRITE);
    // SAFETY: by the API's contract.
    if start.is_null() || p.is_null() || unsafe { *p } < start {
        return 1;
    }
    let make = || -> &[u8] {
        // SAFETY: `start` and `*p` are in one buffer, which is written up to `*p`.
        unsafe {
            match in_room(p, end, |room| room.put(&[b"\r\n"])) {
                0 => std::slice::from_raw_parts(start, *p as usize - start as usize),
                _ => &[],
            }
        }
    };
    enter::wsi_or_post_bytes(site, wsi, 1, 0, make, |cx, w, head| {
        c_int::from(head.is_empty() || cx.write(w, head, LWS_WRITE_HTTP_HEADERS) < 0)
    })
}

/// Writes a redirect without a body and sends it. The caller completes the transaction.
///
/// @param wsi the connection
/// @param code HTTP status, such as HTTP_STATUS_FOUND
/// @param loc where to
/// @param len its length
/// @param p where to write the head; moved on
/// @param end the buffer's end
/// @return bytes written; -1 when it does not fit or the connection is of no more use, or for NULL or a connection that is
///         gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_redirect(
    wsi: *mut lws,
    code: c_int,
    loc: *const u8,
    len: c_int,
    p: *mut *mut u8,
    end: *mut u8,
) -> c_int {
    // SAFETY: `loc` holds `len` bytes, by the API's contract.
    let (Some(location), Ok(code)) = (unsafe { bytes(loc, len) }, c_uint::try_from(code)) else { return -1 };
    enter::wsi(site!("lws_http_redirect", remedy::WRITE), wsi, -1, |cx, w| {
        // SAFETY: by the API's contract.
        let head = unsafe {
            let start = if p.is_null() { return -1 } else { *p };
            let made = in_room(p, end, |room| {
                status(room, w.slot.slot, code)?;
                push_header(room, b"location:", location)?;
                push_header(room, b"content-type:", b"text/html")?;
                push_length(room, 0)?;
                room.put(&[b"\r\n"])
            });
            if made != 0 {
                return -1;
            }
            std::slice::from_raw_parts(start, *p as usize - start as usize)
        };
        if cx.write(w, head, LWS_WRITE_HTTP_HEADERS) < 0 { -1 } else { head.len() as c_int }
    })
}

/// Marks the answer as a stream of events (`text/event-stream`): no wait ends it, and the headers of the request are let
/// go. It ends when the program or the peer likes.
///
/// @param wsi the connection
/// @return 0; -1 for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_mark_sse(wsi: *mut lws) -> c_int {
    enter::wsi_or_post(site!("lws_http_mark_sse", remedy::CHANGE), wsi, -1, 0, |cx, w| {
        cx.mark_event_stream(w);
        0
    })
}

/// Lets go of the headers of the request before the answer is out. They cannot be read any more.
///
/// @param wsi the connection
/// @return 0; -1 for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_headers_detach(wsi: *mut lws) -> c_int {
    enter::wsi_or_post(site!("lws_http_headers_detach", remedy::CHANGE), wsi, -1, 0, |cx, w| {
        cx.let_head_go(w);
        0
    })
}

/// Would compress the response. This library is built without stream compression, as Debian's 4.1.6 is: the response goes
/// out as it is.
///
/// @param wsi the connection
/// @param name name of a compression
/// @param p where headers are written; nothing is
/// @param end the buffer's end
/// @param decomp whether to decompress
/// @return 0. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_compression_apply(
    wsi: *mut lws,
    name: *const c_char,
    p: *mut *mut u8,
    end: *mut u8,
    decomp: c_char,
) -> c_int {
    let _ = (name, p, end, decomp);
    enter::wsi(site!("lws_http_compression_apply", remedy::CHANGE), wsi, 0, |_, _| 0)
}

/// The name of a header by its WSI_TOKEN_ index, with its colon, lower case.
///
/// @param token WSI_TOKEN_ index
/// @return the name, which is never freed; methods and the parts of the first line have names of their own ("get ");
///         NULL for what has none. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_token_to_string(token: lws_token_indexes) -> *const u8 {
    name_of(token).map_or(std::ptr::null(), |name| name.as_ptr().cast())
}

fn name_of(token: lws_token_indexes) -> Option<&'static CStr> {
    Token::try_from(token).ok().and_then(names::c_name)
}

/// Bytes as C gives them. `None`: a negative length, or NULL with one that is not 0.
///
/// # Safety
/// `p` holds `len` bytes.
unsafe fn bytes<'a>(p: *const u8, len: c_int) -> Option<&'a [u8]> {
    match (usize::try_from(len).ok()?, p.is_null()) {
        (0, _) => Some(&[]),
        (_, true) => None,
        // SAFETY: the caller's promise.
        (len, false) => Some(unsafe { std::slice::from_raw_parts(p, len) }),
    }
}
