//! Our own additions: the thread policy, counts of misuse, what a handle is, bounds.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::text_out;
use crate::guard::{self, Misuse, Policy};

/// Chooses what happens when a function that belongs to the service thread is called from another one. The environment
/// variable LWS_THREAD_CHECK (abort, refuse, marshal) goes before it; without either, the choice of the library's
/// builder counts.
///
/// @param policy LWSX_THREAD_ABORT, LWSX_THREAD_REFUSE or LWSX_THREAD_MARSHAL
/// @return 0; -1 for another number. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_set_thread_policy(policy: lwsx_thread_policy) -> c_int {
    let policy = match policy {
        LWSX_THREAD_ABORT => Policy::Abort,
        LWSX_THREAD_REFUSE => Policy::Refuse,
        LWSX_THREAD_MARSHAL => Policy::Marshal,
        _ => return -1,
    };
    guard::set_thread_policy(policy);
    0
}

/// How often a kind of misuse was found, in this process, since it started.
///
/// @param kind LWSX_MISUSE_WRONG_THREAD and kin
/// @return the count; 0 for another number. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_misuse_count(kind: lwsx_misuse) -> u64 {
    Misuse::from_number(kind).map_or(0, guard::misuse_count)
}

/// Describes what a pointer that the library gave out is, or was: kind, dead or alive, owner thread.
///
/// @param handle a struct lws *, struct lws_vhost * or struct lws_context *, or anything else
/// @param buf gets the text, NUL-ended, cut to fit
/// @param len its size
/// @return the text's length without the NUL, as it is in `buf`; 0 for no room. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_describe(handle: *const c_void, buf: *mut c_char, len: usize) -> usize {
    let text = guard::describe(handle);
    let cut = text.len().min(len.saturating_sub(1));
    // SAFETY: by the API's contract `buf` has room for `len` bytes.
    if unsafe { text_out(buf, len, &text.as_bytes()[..cut]) } { cut } else { 0 }
}

/// Bounds what a connection may keep for a peer that does not read. One that keeps more after a write is closed.
///
/// @param context the context
/// @param bytes the bound; 0, the default: none, as on the original. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_set_max_backlog(context: *mut lws_context, bytes: usize) {
    enter::context_or_post(site!("lwsx_set_max_backlog", remedy::CHANGE), context, (), (), move |cx| {
        cx.max_backlog.set(bytes);
    });
}
