//! Forms: `lws_spa_*`. The work is done in `util/spa.rs`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, guarded, remedy, site};
use crate::util::spa::{Settings, Spa};
use crate::wire::form::encoding;
use crate::wire::http1::names::token;

/// Makes a reader for the form in the request's body, by the request's Content-Type: multipart/form-data, else
/// application/x-www-form-urlencoded.
///
/// @param wsi the connection, in LWS_CALLBACK_HTTP_BODY or before
/// @param param_names names of the form's fields; copied
/// @param count_params how many there are
/// @param max_storage bytes that all values together may have, each with a NUL; 0: 512. File contents are not stored; they
///                    are handed to opt_cb in pieces of at most max_storage - 1 bytes.
/// @param opt_cb gets uploaded files (an open, contents, a final content for each; one close in lws_spa_finalize()), or
///               NULL: files are passed over. File names come from the peer: see lws_filename_purify_inplace(). What it
///               returns other than 0 ends the reading.
/// @param opt_data its first argument
/// @return the reader, freed by lws_spa_destroy(); NULL for bad arguments, or for NULL or a connection that is gone. Service
///         thread only.
/// RFC 7578.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_create(
    wsi: *mut lws,
    param_names: *const *const c_char,
    count_params: c_int,
    max_storage: c_int,
    opt_cb: lws_spa_fileupload_cb,
    opt_data: *mut c_void,
) -> *mut lws_spa {
    let info = lws_spa_create_info {
        param_names,
        count_params,
        max_storage,
        opt_cb,
        opt_data,
        param_names_stride: 0,
        ac: std::ptr::null_mut(),
        ac_chunk_size: 0,
    };
    // SAFETY: by the API's contract.
    unsafe { create(site!("lws_spa_create", remedy::READ), wsi, &info) }
}

/// As lws_spa_create(), from a struct: values can be put into an lwsac, which keeps them beyond lws_spa_destroy().
///
/// @param wsi the connection
/// @param info what the reader is made from; copied, but `ac` has to live as long as the reader
/// @return the reader; NULL for bad arguments, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_create_via_info(wsi: *mut lws, info: *const lws_spa_create_info_t) -> *mut lws_spa {
    // SAFETY: NULL or live, by the API's contract.
    match unsafe { info.as_ref() } {
        // SAFETY: by the API's contract.
        Some(info) => unsafe { create(site!("lws_spa_create_via_info", remedy::READ), wsi, info) },
        None => std::ptr::null_mut(),
    }
}

unsafe fn create(site: &'static crate::guard::Site, wsi: *mut lws, info: &lws_spa_create_info) -> *mut lws_spa {
    // SAFETY: the names are as the API asks.
    let (Some(names), Ok(max_storage)) = (unsafe { names(info) }, usize::try_from(info.max_storage)) else {
        return std::ptr::null_mut();
    };
    let settings = Settings {
        names,
        max_storage,
        upload: info.opt_cb,
        data: info.opt_data,
        ac: info.ac.cast(),
        ac_chunk: info.ac_chunk_size,
    };
    enter::wsi(site, wsi, std::ptr::null_mut(), |cx, w| {
        let kind = cx.header(w, token::CONTENT_TYPE).unwrap_or_default();
        Box::into_raw(Box::new(Spa::new(encoding(&kind), settings))).cast()
    })
}

/// The names of the fields; NULL among them stands for a field that cannot be sent.
unsafe fn names(info: &lws_spa_create_info) -> Option<Vec<Vec<u8>>> {
    let count = usize::try_from(info.count_params).ok()?;
    if info.param_names.is_null() && count != 0 {
        return None;
    }
    let stride = if info.param_names_stride == 0 { size_of::<*const c_char>() } else { info.param_names_stride };
    let name = |i: usize| {
        // SAFETY: `count` pointers, `stride` bytes apart, to NUL-ended names, by the API's contract.
        unsafe {
            let at = info.param_names.cast::<u8>().add(i * stride).cast::<*const c_char>().read_unaligned();
            if at.is_null() { vec![0] } else { CStr::from_ptr(at).to_bytes().to_vec() }
        }
    };
    Some((0..count).map(name).collect())
}

/// # Safety
/// `spa` is NULL or a reader that was not destroyed.
unsafe fn form<'a>(spa: *mut lws_spa) -> Option<&'a Spa> {
    // SAFETY: the caller's promise.
    unsafe { spa.cast::<Spa>().as_ref() }
}

/// Frees a reader that was destroyed within its own callback.
///
/// # Safety
/// As for [`form`]; the reader is not used after this if it was destroyed.
unsafe fn after_callbacks(spa: *mut lws_spa) {
    // SAFETY: the caller's promise.
    unsafe {
        if form(spa).is_some_and(Spa::is_doomed) {
            drop(Box::from_raw(spa.cast::<Spa>()));
        }
    }
}

/// Takes a piece of the body.
///
/// @param spa the reader
/// @param in bytes of the body
/// @param len how many
/// @return 0; -1 when the form is malformed, its values need more than max_storage or a name more than 255 bytes, opt_cb
///         ended it, or for NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_process(spa: *mut lws_spa, r#in: *const c_char, len: c_int) -> c_int {
    // SAFETY: by the API's contract.
    unsafe {
        let (Some(form), Ok(len)) = (form(spa), usize::try_from(len)) else { return -1 };
        if r#in.is_null() && len != 0 {
            return -1;
        }
        let input = if len == 0 { &[] } else { std::slice::from_raw_parts(r#in.cast::<u8>(), len) };
        let good = guarded("lws_spa_process", false, || form.process(input));
        after_callbacks(spa);
        if good { 0 } else { -1 }
    }
}

/// Tells that the body is over, so that the values may be read. Call it in LWS_CALLBACK_HTTP_BODY_COMPLETION.
///
/// @param spa the reader
/// @return 0; -1 for NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_finalize(spa: *mut lws_spa) -> c_int {
    // SAFETY: by the API's contract.
    unsafe {
        let Some(form) = form(spa) else { return -1 };
        guarded("lws_spa_finalize", (), || form.finalize());
        after_callbacks(spa);
        0
    }
}

/// Length of a value.
///
/// @param spa the reader
/// @param n index of its name
/// @return bytes; 0 when it is absent or there is no such index, or for NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_get_length(spa: *mut lws_spa, n: c_int) -> c_int {
    // SAFETY: by the API's contract.
    let value = usize::try_from(n).ok().and_then(|n| unsafe { form(spa) }?.value(n));
    value.map_or(0, |(len, _)| len as c_int)
}

/// A value. Of several with the same name it is the first.
///
/// @param spa the reader
/// @param n index of its name
/// @return the value, NUL-ended, valid until lws_spa_destroy() (or in the lwsac as long as that); NULL when it is absent or
///         empty or there is no such index, or for NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_get_string(spa: *mut lws_spa, n: c_int) -> *const c_char {
    // SAFETY: by the API's contract.
    let value = usize::try_from(n).ok().and_then(|n| unsafe { form(spa) }?.value(n));
    value.map_or(std::ptr::null(), |(_, at)| at)
}

/// Frees the reader. NULL is fine; within its own callback it is freed when that has returned.
///
/// @param spa the reader
/// @return 0. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_spa_destroy(spa: *mut lws_spa) -> c_int {
    // SAFETY: by the API's contract.
    unsafe {
        if form(spa).is_some_and(Spa::doom) {
            drop(Box::from_raw(spa.cast::<Spa>()));
        }
    }
    0
}
