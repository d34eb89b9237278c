//! Escaping, as C sees it. The work is done in `util/purify.rs`.

use std::ffi::{c_char, c_int};

use crate::util::{cptr, purify};

/// Encodes text for a URL: all but letters and digits as `%XX`, a space as `+`.
///
/// `escaped` has room for `len` bytes and may not be `string`; the result is NUL-ended and cut to fit, while more than
/// three bytes are left. NULL for `string` counts as empty. Returns `escaped`, untouched when it is NULL or `len` below 1.
///
/// # Safety
/// `escaped` is NULL or has `len` writable bytes, `string` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_urlencode(escaped: *mut c_char, string: *const c_char, len: c_int) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { into(escaped, string, len, purify::url_encode) }
}

/// Decodes `%XX` and `+` of a URL.
///
/// `string` has room for `len` bytes and may be `escaped` itself; the result is NUL-ended, and cut to `len - 1` bytes.
/// A `%` that is
/// cut off by the end is left out. Returns 0; -1 for a `%` before anything but hex digits, for NULL and for a `len` below 1.
///
/// # Safety
/// `string` is NULL or has `len` writable bytes, `escaped` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_urldecode(string: *mut c_char, escaped: *const c_char, len: c_int) -> c_int {
    let Some(room) = cptr::length(len).filter(|&n| n != 0 && !string.is_null() && !escaped.is_null()) else {
        return -1;
    };
    let (mut from, mut to) = (escaped.cast::<u8>(), 0);
    // SAFETY: `from` never passes the NUL, after which nothing is read; `to` stays below the room. What is written was
    // read before, so both may be one buffer.
    unsafe {
        let next = || {
            let c = *from;
            from = from.add(usize::from(c != 0));
            c
        };
        let put = |c: u8| {
            let fits = to + 1 < room;
            if fits {
                string.cast::<u8>().add(to).write(c);
                to += 1;
            }
            fits
        };
        let good = purify::url_decode(next, put);
        string.add(to).write(0);
        if good { 0 } else { -1 }
    }
}

/// Escapes text for an SQL string in single quotes, by doubling these.
///
/// `escaped` has room for `len` bytes and may not be `string`; the result is NUL-ended and cut to fit, while more than
/// two bytes are left. NULL for `string` counts as empty. Returns `escaped`, untouched when it is NULL or `len` below 1.
///
/// # Safety
/// `escaped` is NULL or has `len` writable bytes, `string` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sql_purify(escaped: *mut c_char, string: *const c_char, len: c_int) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { into(escaped, string, len, purify::sql) }
}

/// Escapes text for a JSON string (RFC 8259 section 7): quotes, control characters and bytes above 0x7e.
///
/// `escaped` has room for `len` bytes and may not be `string`; the result is NUL-ended and cut to fit, while more than
/// six bytes are left. `in_used`, if not NULL, is told how many bytes of `string` that was. NULL for `string` counts as
/// empty. Returns `escaped`, untouched when it is NULL or `len` below 1.
///
/// # Safety
/// `escaped` is NULL or has `len` writable bytes, `string` is NULL or NUL-ended, `in_used` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_json_purify(
    escaped: *mut c_char,
    string: *const c_char,
    len: c_int,
    in_used: *mut c_int,
) -> *const c_char {
    let mut used = 0;
    // SAFETY: as the caller promises.
    unsafe {
        into(escaped, string, len, |text, room| used = purify::json(text, room));
        if !in_used.is_null() {
            in_used.write(used as c_int);
        }
    }
    escaped
}

/// Returns the length that lws_json_purify() makes of a text, or somewhat more, without the NUL; 0 for NULL.
///
/// # Safety
/// `string` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_json_purify_len(string: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    let text = unsafe { cptr::text(string) }.unwrap_or_default();
    purify::json_len(text).min(c_int::MAX as usize) as c_int
}

/// Makes a file name harmless where it stands: `..` and the characters `: \ $ %` become underscores. Slashes
/// stay. Nothing for NULL.
///
/// # Safety
/// `filename` is NULL or NUL-ended and writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_filename_purify_inplace(filename: *mut c_char) {
    // SAFETY: as the caller promises.
    unsafe {
        if let Some(len) = cptr::text(filename).map(<[u8]>::len)
            && let Some(name) = cptr::room(filename, len)
        {
            purify::filename(name);
        }
    }
}

/// # Safety
/// `out` is NULL or has `len` writable bytes, `string` is NULL or NUL-ended.
unsafe fn into(
    out: *mut c_char,
    string: *const c_char,
    len: c_int,
    escape: impl FnOnce(&[u8], &mut [u8]),
) -> *const c_char {
    // SAFETY: by contract.
    unsafe {
        if let Some(room) = cptr::length(len).and_then(|n| cptr::room(out, n)) {
            escape(cptr::text(string).unwrap_or_default(), room);
        }
    }
    out
}
