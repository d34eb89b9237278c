//! Cutting URIs, as C sees it. The work is done in `util/uri.rs`.

use std::ffi::{c_char, c_int};
use std::ops::Range;

use crate::util::{cptr, uri};

/// Cuts a URI into protocol, address, port and path, by writing NULs into it.
///
/// `p` is `protocol://address:port/path`; an IPv6 address stands in brackets, a unix socket's path after a `+` and up to
/// a colon. The results point into it, or at static text: `*path` has lost its first slash and is "/" when there is
/// none, `*prot` is empty where none is given. `*port` becomes the port that is given, else that of http, ws, https or
/// wss, else it stays as it was. Returns 0; -1 for NULL.
///
/// # Safety
/// `p` is NULL or NUL-ended and writable, the others are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_parse_uri(
    p: *mut c_char,
    prot: *mut *const c_char,
    ads: *mut *const c_char,
    port: *mut c_int,
    path: *mut *const c_char,
) -> c_int {
    if prot.is_null() || ads.is_null() || port.is_null() || path.is_null() {
        return -1;
    }
    // SAFETY: as the caller promises. The parts lie inside the text, the NUL behind each inside it or at its end.
    unsafe {
        let Some(text) = cptr::text(p) else { return -1 };
        let (len, parts) = (text.len(), uri::parse(text));
        let cut = |part: &Range<usize>| {
            p.add(part.end).write(0);
            p.add(part.start).cast_const()
        };
        // The address first: the protocol's end never lies in it, and the path's is the end of all.
        ads.write(cut(&parts.address));
        prot.write(parts.protocol.as_ref().map_or(p.add(len).cast_const(), cut));
        path.write(parts.path.as_ref().map_or(c"/".as_ptr(), |r| p.add(r.start).cast_const()));
        if let Some(n) = parts.port {
            port.write(n);
        }
    }
    0
}
