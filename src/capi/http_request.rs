//! Reading a request: its path and method, its arguments, its cookies.

use std::ffi::{CStr, c_char, c_int};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::text_out;
use crate::wire::http1::names::token;

/// The path of the request and its method.
///
/// @param wsi the connection
/// @param puri_ptr gets where the path begins: decoded, without `..`, NUL-ended; valid while the headers are
/// @param puri_len gets its length
/// @return LWSHUMETH_ number of the method; -1 when there are no headers (any more), or for NULL or a connection that is
///         gone, and then nothing is stored. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_get_uri_and_method(
    wsi: *mut lws,
    puri_ptr: *mut *mut c_char,
    puri_len: *mut c_int,
) -> c_int {
    enter::wsi(site!("lws_http_get_uri_and_method", remedy::READ), wsi, -1, |cx, w| {
        let found = cx.with_head_mut(w, |head| {
            let method = head.method()?;
            let path = head.uri_with_nul_mut()?;
            Some((method, path.as_mut_ptr(), path.len() - 1))
        });
        let Some((method, path, len)) = found.flatten() else { return -1 };
        // SAFETY: NULL or writable, by the API's contract.
        unsafe {
            if let Some(p) = puri_ptr.as_mut() {
                *p = path.cast();
            }
            if let Some(p) = puri_len.as_mut() {
                *p = len as c_int;
            }
        }
        c_int::from(method.index())
    })
}

/// A URL argument by its name.
///
/// The first argument that begins with `name` is taken; give the name with its `=`, or "a" also finds "ab=1".
///
/// @param wsi the connection
/// @param name what the argument begins with, such as "id="
/// @param buf buffer, which gets the whole argument
/// @param len its size
/// @return where the value begins in `buf`; NULL when there is no such argument or it does not fit, or for NULL or a
///         connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_urlarg_by_name(
    wsi: *mut lws,
    name: *const c_char,
    buf: *mut c_char,
    len: c_int,
) -> *const c_char {
    let site = site!("lws_get_urlarg_by_name", remedy::READ);
    if name.is_null() {
        return std::ptr::null();
    }
    // SAFETY: NUL-ended, by the API's contract.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let found = enter::wsi(site, wsi, None, |cx, w| {
        cx.with_head(w, |head| {
            (0..).map_while(|n| head.fragment(token::URI_ARGS, n)).find(|a| a.starts_with(name)).map(<[u8]>::to_vec)
        })
        .flatten()
    });
    // SAFETY: `buf` has room for `len` bytes, by the API's contract.
    unsafe {
        match found {
            Some(text) if text_out(buf, usize::try_from(len).unwrap_or(0), &text) => buf.add(name.len()),
            _ => std::ptr::null(),
        }
    }
}

/// A cookie of the request.
///
/// @param wsi the connection
/// @param name its name; case matters
/// @param buf buffer for its value, which gets a NUL behind it
/// @param max its size; gets the value's length
/// @return 0; 1 when there is no such cookie, or for NULL or a connection that is gone; 2 when it does not fit. Service
///         thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_http_cookie_get(
    wsi: *mut lws,
    name: *const c_char,
    buf: *mut c_char,
    max: *mut usize,
) -> c_int {
    let site = site!("lws_http_cookie_get", remedy::READ);
    if name.is_null() || max.is_null() {
        return 1;
    }
    // SAFETY: NUL-ended, by the API's contract.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let found = enter::wsi(site, wsi, None, |cx, w| {
        cx.with_head(w, |head| head.values(token::COOKIE).find_map(|v| cookie(v, name)).map(<[u8]>::to_vec)).flatten()
    });
    let Some(value) = found else { return 1 };
    // SAFETY: `max` is readable and writable and `buf` has room for as many bytes, by the API's contract.
    unsafe {
        if !text_out(buf, *max, &value) {
            return 2;
        }
        *max = value.len();
    }
    0
}

/// The value of a cookie in one Cookie header.
fn cookie<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    header.split(|b| *b == b';').find_map(|pair| {
        let pair = pair.trim_ascii();
        let (have, value) = pair.split_at(pair.iter().position(|b| *b == b'=')?);
        (have.trim_ascii_end() == name).then(|| &value[1..])
    })
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn cookies() {
        let header = b"c1=one; c2=two;c3=a=b; sp=a b; q=\"z\"; e=";
        for (name, want) in [
            ("c1", Some("one")),
            ("c2", Some("two")),
            ("c3", Some("a=b")),
            ("sp", Some("a b")),
            ("q", Some("\"z\"")),
            ("e", Some("")),
            ("c", None),
            ("C1", None),
            ("", None),
        ] {
            assert_eq!(cookie(header, name.as_bytes()), want.map(str::as_bytes), "{name}");
        }
    }
}
