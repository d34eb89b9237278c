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

/// Bounds the messages that peers may send, in payload bytes of a whole message; of a compressed one its inflated length
/// counts. A peer that sends a longer one is sent close code 1009 (RFC 6455 section 7.4.1) and the connection ends.
///
/// @param context the context
/// @param bytes the bound; 0, the default: none, as on the original. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_set_max_message_size(context: *mut lws_context, bytes: u64) {
    enter::context_or_post(site!("lwsx_set_max_message_size", remedy::CHANGE), context, (), (), move |cx| {
        cx.max_message.set(bytes);
    });
}

/// Chooses whether the messages that are written on a connection from now on are compressed, where permessage-deflate
/// (RFC 7692) was agreed on. They are, unless this says otherwise; a message that compressing does not make shorter goes as
/// it is in any case. The message under way is not changed.
///
/// @param wsi the connection
/// @param on 0: messages go uncompressed; else they are compressed
/// @return 0; -1 when the connection has no permessage-deflate. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsx_compress_messages(wsi: *mut lws, on: c_int) -> c_int {
    enter::wsi_or_post(site!("lwsx_compress_messages", remedy::CHANGE), wsi, -1, 0, move |_, w| {
        let set = |ws: &mut crate::engine::role::ws::Ws| ws.deflate.as_mut().map(|d| d.compresses = on != 0);
        w.with_ws(set).flatten().map_or(-1, |()| 0)
    })
}
