//! Making and ending contexts.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::Ordering::Relaxed;

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::lifecycle;

/// Makes a context and, unless LWS_SERVER_OPTION_EXPLICIT_VHOSTS is set, one vhost from the same info.
///
/// PROTOCOL_INIT does not come now but in the first service pass. The context belongs to no thread until then: whichever
/// calls becomes its owner, as long as no other is inside.
///
/// @param info zeroed, then filled in; read during the call only, but for what docs/options.md names
/// @return the context, to be ended by lws_context_destroy(); NULL on failure, with the reason in the log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_create_context(info: *const lws_context_creation_info) -> *mut lws_context {
    // SAFETY: NULL or a live struct, by the API's contract.
    let Some(info) = (unsafe { info.as_ref() }) else { return std::ptr::null_mut() };
    enter::guarded("lws_create_context", std::ptr::null_mut(), || {
        // SAFETY: as above.
        unsafe { lifecycle::create(info) }
    })
}

/// Ends a context: its connections are closed with their callbacks, its vhosts ended with PROTOCOL_DESTROY. From a
/// callback it is put off until the service pass ends, which then returns -1.
///
/// Another thread than the service thread may call it when the service thread is not inside the library. Under the
/// policy `marshal` it may call it at any time, and waits until the service thread has done it.
///
/// @param context the context; nothing happens for NULL or one that is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_destroy(context: *mut lws_context) {
    if !context.is_null() {
        enter::destroy(site!("lws_context_destroy", remedy::DESTROY), context);
    }
}

/// The user pointer given at creation.
///
/// @param context the context
/// @return the pointer; NULL for NULL or a context that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_user(context: *mut lws_context) -> *mut c_void {
    enter::any(site!("lws_context_user", remedy::READ), context, std::ptr::null_mut(), |s| s.user.load(Relaxed))
}

/// This machine's host name, as gethostname() gave it when the context was made.
///
/// @param context the context
/// @return the name, valid for ever; "unknown" with LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME or where the system has
///         none; NULL for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_canonical_hostname(context: *mut lws_context) -> *const c_char {
    enter::context(site!("lws_canonical_hostname", remedy::READ), context, std::ptr::null(), |cx| {
        cx.slot.slot.name.load(Relaxed).cast_const().cast()
    })
}

/// Number of service threads of a context.
///
/// @param context the context
/// @return 1; 0 for NULL or a context that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_count_threads(context: *mut lws_context) -> c_int {
    enter::any(site!("lws_get_count_threads", remedy::READ), context, 0, |_| 1)
}

/// Drops privileges once all vhosts are made, in LWS_SERVER_OPTION_EXPLICIT_VHOSTS mode.
///
/// @param context the context
/// @return 0; 1 when they cannot be dropped, or for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_finalize_startup(context: *mut lws_context) -> c_int {
    enter::context(site!("lws_finalize_startup", remedy::CHANGE), context, 1, |cx| {
        c_int::from(!lifecycle::drop_privileges(cx))
    })
}

/// The user and group ids that the context drops to.
///
/// @param context the context
/// @param uid gets the user id, 0 when it stays
/// @param gid gets the group id, 0 when it stays. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_effective_uid_gid(context: *mut lws_context, uid: *mut c_int, gid: *mut c_int) {
    let ids = enter::context(site!("lws_get_effective_uid_gid", remedy::READ), context, (0, 0), |cx| {
        lifecycle::effective_ids(cx)
    });
    // SAFETY: the caller's variables, or NULL.
    unsafe {
        if let Some(uid) = uid.as_mut() {
            *uid = ids.0;
        }
        if let Some(gid) = gid.as_mut() {
            *gid = ids.1;
        }
    }
}

/// Runs PROTOCOL_INIT for all vhosts that have not had it. The library does so by itself in the first service pass.
///
/// @param context the context
/// @return 0; 1 when a protocol refused (its vhost is ended), or for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_protocol_init(context: *mut lws_context) -> c_int {
    enter::context(site!("lws_protocol_init", remedy::CHANGE), context, 1, |cx| {
        let vhosts = cx.vhosts.borrow().clone();
        let refused = vhosts.iter().filter(|v| !cx.init_or_drop(v)).count();
        c_int::from(refused != 0)
    })
}

/// Fills a buffer with random bytes from the system.
///
/// @param context the context
/// @param buf the buffer
/// @param len its size
/// @return the count of bytes got: `len`, or 0 on failure, for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_random(context: *mut lws_context, buf: *mut c_void, len: usize) -> usize {
    enter::context(site!("lws_get_random", remedy::READ), context, 0, |_| {
        if buf.is_null() || len == 0 {
            return 0;
        }
        // SAFETY: by the API's contract `buf` has room for `len` bytes.
        let out = unsafe { std::slice::from_raw_parts_mut(buf.cast::<std::mem::MaybeUninit<u8>>(), len) };
        getrandom::fill_uninit(out).map_or(0, |b| b.len())
    })
}

/// Fills a buffer with random hex digits, lower case, NUL-ended.
///
/// @param context the context
/// @param dest the buffer
/// @param len its size: two digits for each two bytes after the first
/// @return 0; 1 when the system gives no random bytes, for a `len` of 0, and for NULL or a context that is gone. Service
///         thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_hex_random(context: *mut lws_context, dest: *mut c_char, len: usize) -> c_int {
    enter::context(site!("lws_hex_random", remedy::READ), context, 1, |_| {
        if dest.is_null() || len == 0 {
            return 1;
        }
        let mut random = [0; 64];
        let digits = (len - 1) / 2 * 2;
        let mut at = 0;
        while at < digits {
            let count = ((digits - at) / 2).min(random.len());
            if getrandom::fill(&mut random[..count]).is_err() {
                return 1;
            }
            for byte in &random[..count] {
                for digit in [byte >> 4, byte & 15] {
                    // SAFETY: by the API's contract `dest` has room for `len` bytes.
                    unsafe { *dest.add(at) = b"0123456789abcdef"[usize::from(digit)] as c_char };
                    at += 1;
                }
            }
        }
        // SAFETY: as above.
        unsafe { *dest.add(at) = 0 };
        0
    })
}

/// Begins to replace a context by a successor: its listeners are closed, connections go on.
///
/// @param context the context
/// @param cb called once, on the service thread, when the last connection is gone; may be NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_deprecate(context: *mut lws_context, cb: lws_reload_func) {
    enter::context_or_post(site!("lws_context_deprecate", remedy::CHANGE), context, (), (), move |cx| {
        for listener in cx.all_listeners() {
            cx.close_later(&listener, crate::engine::wsi::Close::Orderly);
        }
        let system = &lifecycle::held_of(cx).system;
        if system.deprecated.get().is_none() {
            system.deprecated.set(Some(cb));
        }
    });
    enter::cancel(context.cast_const().cast());
}

/// Whether lws_context_deprecate() was called.
///
/// @param context the context
/// @return 1 or 0; 0 for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_is_deprecated(context: *mut lws_context) -> c_int {
    enter::context(site!("lws_context_is_deprecated", remedy::READ), context, 0, |cx| {
        c_int::from(lifecycle::held_of(cx).system.deprecated.get().is_some())
    })
}

/// Carries on with destroying a context. On 4.1.6 the second half, which event loop plugins call when their handles are
/// closed; here there is one half, so it does what lws_context_destroy() does, and nothing when that is done.
///
/// @param context the context; nothing happens for NULL or one that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_context_destroy2(context: *mut lws_context) {
    if !context.is_null() {
        enter::destroy(site!("lws_context_destroy2", remedy::DESTROY), context);
    }
}
