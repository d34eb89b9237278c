//! Sending: `lws_write`, asking for WRITEABLE, flow control.

use std::ffi::{c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::engine::context::Context;
use crate::engine::wsi::Wsi;

/// Sends data on a connection, in the frame or form that `protocol` names.
///
/// Call it from the connection's WRITEABLE callback. What the kernel does not take at once is kept by the library, and
/// no further WRITEABLE comes until it has gone.
///
/// @param wsi the connection
/// @param buf the payload; for ws it is not changed, and the LWS_PRE bytes in front of it are not touched. It is the
///            caller's again when the call returns.
/// @param len payload bytes, at most 125 for LWS_WRITE_PING and LWS_WRITE_PONG
/// @param protocol LWS_WRITE_TEXT, LWS_WRITE_BINARY, LWS_WRITE_CONTINUATION (or'ed with LWS_WRITE_NO_FIN for all but
///            the last fragment), LWS_WRITE_PING, LWS_WRITE_PONG, LWS_WRITE_HTTP and kin; a raw connection sends the bytes as they
///            are, whatever it says (LWS_WRITE_RAW)
/// @return `len` when all of it is sent or kept (for control frames: with their header); -1 when the connection is of no
///         more use and the callback should return -1. Service thread only; under the policy `marshal` another thread's
///         payload is copied and sent later.
/// RFC 6455 section 5.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_write(wsi: *mut lws, buf: *mut u8, len: usize, protocol: lws_write_protocol) -> c_int {
    if buf.is_null() && len != 0 {
        return -1;
    }
    let payload = || -> &[u8] {
        // SAFETY: by the API's contract `buf` holds `len` bytes.
        if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(buf, len) } }
    };
    match enter::quick(wsi, |cx, w| cx.write_to_cork(w, payload(), protocol)) {
        Some(written) => written,
        None => write(wsi, len, payload, protocol),
    }
}

#[inline(never)]
fn write<'a>(wsi: *const lws, len: usize, payload: impl Fn() -> &'a [u8], protocol: lws_write_protocol) -> c_int {
    let site = site!("lws_write", remedy::WRITE);
    enter::wsi_or_post_bytes(site, wsi, -1, len as c_int, payload, move |cx, w, bytes| cx.write(w, bytes, protocol))
}

/// Ends a raw connection once what was written on it has gone.
///
/// @param wsi the connection
/// @return -1 when nothing waits to be sent: the program closes the connection by returning -1 from its callback; 0 when
///         something does: the connection closes by itself behind it. -1 as well for NULL or a connection that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_raw_transaction_completed(wsi: *mut lws) -> c_int {
    let site = site!("lws_raw_transaction_completed", remedy::WRITE);
    enter::wsi(site, wsi, -1, |cx, w| cx.raw_transaction_completed(w))
}

/// Asks for one WRITEABLE callback when the connection can take data. Asking again before it came changes nothing.
///
/// @param wsi the connection
/// @return 1 when noted; 0 when the connection is ending; -1 for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_on_writable(wsi: *mut lws) -> c_int {
    match enter::quick(wsi, Context::ask_in_own_turn) {
        Some(noted) => noted,
        None => callback_on_writable(wsi),
    }
}

#[inline(never)]
fn callback_on_writable(wsi: *const lws) -> c_int {
    enter::wsi_or_post(site!("lws_callback_on_writable", remedy::ASK), wsi, -1, 1, |cx, w| cx.callback_on_writable(w))
}

/// Asks for WRITEABLE for every connection, on all vhosts, whose protocol has the same name and callback.
///
/// @param context the context
/// @param protocol an entry of a vhost's protocols table
/// @return 0; -1 for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_on_writable_all_protocol(
    context: *const lws_context,
    protocol: *const lws_protocols,
) -> c_int {
    let site = site!("lws_callback_on_writable_all_protocol", remedy::ASK);
    let key = enter::ProtocolKey::new(protocol);
    enter::context_or_post(site, context, -1, 0, move |cx| {
        each_like(cx, key, |w| ask(cx, w));
        0
    })
}

/// Runs `each` for all connections, on any vhost, whose protocol has the name and callback of the one that C means.
fn each_like(cx: &Context, key: enter::ProtocolKey, each: impl Fn(&Wsi)) {
    let Some(like) = key.find(cx) else { return };
    let same =
        |p: &lws_protocols| p.name == like.name && p.callback.map(|f| f as usize) == like.callback.map(|f| f as usize);
    cx.for_each_of_protocol(None, |index, vhost| vhost.config.protocols.get(index).is_some_and(same), each);
}

/// Asks for WRITEABLE for every connection of a vhost that is bound to the protocol.
///
/// @param vhost the vhost
/// @param protocol an entry of its protocols table
/// @return 0; -1 for NULL, a vhost that is gone, or a protocol of another vhost. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_on_writable_all_protocol_vhost(
    vhost: *const lws_vhost,
    protocol: *const lws_protocols,
) -> c_int {
    let site = site!("lws_callback_on_writable_all_protocol_vhost", remedy::ASK);
    let key = enter::ProtocolKey::new(protocol);
    enter::vhost_or_post(site, vhost, -1, 0, move |cx, vh| {
        if !key.is_in(vh) {
            return -1;
        }
        cx.for_each_of_protocol(Some(vh), |p, v| key.is(p, v), |w| ask(cx, w));
        0
    })
}

/// A connection that has not asked for anything yet has a protocol by default only, which knows nothing of it.
fn ask(cx: &Context, w: &Wsi) {
    if w.has_met_protocol() {
        cx.callback_on_writable(w);
    }
}

/// Calls the protocol's callback with `reason`, at once, for each connection on any vhost that is bound to it.
/// What the callbacks return has no effect.
///
/// @param context the context
/// @param protocol an entry of a vhost's protocols table
/// @param reason an LWS_CALLBACK_ number, or one of the program's own from LWS_CALLBACK_USER on
/// @return 0; -1 for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_all_protocol(
    context: *mut lws_context,
    protocol: *const lws_protocols,
    reason: c_int,
) -> c_int {
    let key = enter::ProtocolKey::new(protocol);
    enter::context_or_post(site!("lws_callback_all_protocol", remedy::CALLBACK), context, -1, 0, move |cx| {
        each_like(cx, key, |w| {
            cx.call(w, reason as u32, std::ptr::null_mut(), 0);
        });
        0
    })
}

/// As lws_callback_all_protocol_vhost_args() with neither `in` nor `len`.
///
/// @param vh the vhost
/// @param protocol an entry of its protocols table, or NULL for every connection of the vhost
/// @param reason an LWS_CALLBACK_ number
/// @return 0; 1 for NULL or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_all_protocol_vhost(
    vh: *mut lws_vhost,
    protocol: *const lws_protocols,
    reason: c_int,
) -> c_int {
    let key = enter::ProtocolKey::new(protocol);
    enter::vhost_or_post(site!("lws_callback_all_protocol_vhost", remedy::CALLBACK), vh, 1, 0, move |cx, vhost| {
        cx.for_each_of_protocol(
            Some(vhost),
            |p, v| key.is(p, v),
            |w| {
                cx.call(w, reason as u32, std::ptr::null_mut(), 0);
            },
        );
        0
    })
}

/// Calls the callback with `reason`, `argp` and `len`, at once, for each connection of a vhost bound to the protocol.
/// What the callbacks return has no effect.
///
/// @param vh the vhost
/// @param protocol an entry of its protocols table, or NULL for every connection of the vhost
/// @param reason an LWS_CALLBACK_ number
/// @param argp passed as `in`
/// @param len passed as `len`
/// @return 0; 1 for NULL or a vhost that is gone. Service thread only; never queued for another thread, since `argp`
///         belongs to the caller.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_all_protocol_vhost_args(
    vh: *mut lws_vhost,
    protocol: *const lws_protocols,
    reason: c_int,
    argp: *mut c_void,
    len: usize,
) -> c_int {
    let key = enter::ProtocolKey::new(protocol);
    enter::vhost(site!("lws_callback_all_protocol_vhost_args", remedy::CALLBACK), vh, 1, move |cx, vhost| {
        cx.for_each_of_protocol(
            Some(vhost),
            |p, v| key.is(p, v),
            |w| {
                cx.call(w, reason as u32, argp, len);
            },
        );
        0
    })
}

/// Calls the callback of every protocol of the connection's vhost, once each, with the connection, no user area, and the
/// arguments.
///
/// @param wsi the connection
/// @param reason an LWS_CALLBACK_ number
/// @param in passed as `in`
/// @param len passed as `len`
/// @return 0, or 1 as soon as a callback returns non-zero, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_vhost_protocols(
    wsi: *mut lws,
    reason: c_int,
    r#in: *mut c_void,
    len: c_int,
) -> c_int {
    enter::wsi(site!("lws_callback_vhost_protocols", remedy::CALLBACK), wsi, 1, move |cx, w| {
        c_int::from(cx.call_each_protocol(w, reason as u32, r#in, len as usize))
    })
}

/// As lws_callback_vhost_protocols() for a vhost, with a stand-in for the connection.
///
/// @param vh the vhost
/// @param reason an LWS_CALLBACK_ number
/// @param in passed as `in`
/// @param len passed as `len`
/// @return 0, or 1 as soon as a callback returns non-zero, or for NULL or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_vhost_protocols_vhost(
    vh: *mut lws_vhost,
    reason: c_int,
    r#in: *mut c_void,
    len: usize,
) -> c_int {
    enter::vhost(site!("lws_callback_vhost_protocols_vhost", remedy::CALLBACK), vh, 1, move |cx, vhost| {
        let any =
            (0..vhost.config.protocols.len()).any(|i| cx.call_without_wsi_len(vhost, i, reason as u32, r#in, len) != 0);
        c_int::from(any)
    })
}

/// Whether the connection cannot take data now, without asking the kernel.
///
/// @param wsi the connection
/// @return 1 when its socket is full or the library keeps data of an earlier write (or the connection is ending, or NULL
///         or gone), else 0. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_send_pipe_choked(wsi: *mut lws) -> c_int {
    match enter::quick(wsi, |cx, w| Some(c_int::from(cx.choked(w)))) {
        Some(choked) => choked,
        None => send_pipe_choked(wsi),
    }
}

#[cold]
#[inline(never)]
fn send_pipe_choked(wsi: *const lws) -> c_int {
    enter::wsi(site!("lws_send_pipe_choked", remedy::READ), wsi, 1, |cx, w| c_int::from(cx.choked(w)))
}

/// Whether data of an earlier write is still kept by the library.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_partial_buffered(wsi: *mut lws) -> c_int {
    enter::wsi_cells(site!("lws_partial_buffered", remedy::READ), wsi, 0, |w| c_int::from(w.transport.has_backlog()))
}

/// Stops or resumes receiving on a connection. While it is stopped, TCP pushes back to the peer; what was read already
/// is kept and comes first afterwards.
///
/// @param wsi the connection
/// @param enable 0 stops, 1 resumes; or LWS_RXFLOW_REASON_ bits with LWS_RXFLOW_REASON_APPLIES_ENABLE or
///            _APPLIES_DISABLE: reception runs while no reason to stop stands
/// @return 0; -1 for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_rx_flow_control(wsi: *mut lws, enable: c_int) -> c_int {
    enter::wsi_or_post(site!("lws_rx_flow_control", remedy::ASK), wsi, -1, 0, move |cx, w| {
        rx_flow_control(cx, w, enable);
        0
    })
}

fn rx_flow_control(cx: &Context, w: &Wsi, enable: c_int) {
    let bits = enable as u32;
    let reasons = bits & !(LWS_RXFLOW_REASON_APPLIES) & !1;
    if bits & LWS_RXFLOW_REASON_APPLIES == 0 {
        return cx.rx_flow_control(w, LWS_RXFLOW_REASON_USER_BOOL as u8, enable != 0);
    }
    let on = bits & LWS_RXFLOW_REASON_APPLIES_ENABLE_BIT != 0;
    cx.rx_flow_control(w, reasons as u8, on);
}

/// Resumes receiving on every connection of a protocol, on all vhosts.
///
/// @param context the context
/// @param protocol an entry of a vhost's protocols table. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_rx_flow_allow_all_protocol(context: *const lws_context, protocol: *const lws_protocols) {
    let key = enter::ProtocolKey::new(protocol);
    enter::context_or_post(site!("lws_rx_flow_allow_all_protocol", remedy::ASK), context, (), (), move |cx| {
        each_like(cx, key, |w| {
            cx.rx_flow_control(w, LWS_RXFLOW_REASON_USER_BOOL as u8, true);
        });
    });
}

/// Bytes that the peer's window allows, where the connection's protocol has such a window.
///
/// @param wsi the connection
/// @return -1: HTTP/1 and WebSocket have none (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_peer_write_allowance(wsi: *mut lws) -> lws_fileofs_t {
    enter::wsi(site!("lws_get_peer_write_allowance", remedy::READ), wsi, -1, |_, _| -1)
}

/// Reads or adds flow-control credit, where the connection's protocol has such a thing.
///
/// @param wsi the connection
/// @param peer_to_us LWSTXCR_PEER_TO_US or LWSTXCR_US_TO_PEER
/// @param add credit to add
/// @return 0: HTTP/1 and WebSocket have none (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_wsi_tx_credit(wsi: *mut lws, peer_to_us: std::ffi::c_char, add: c_int) -> c_int {
    let _ = (peer_to_us, add);
    enter::wsi(site!("lws_wsi_tx_credit", remedy::READ), wsi, 0, |_, _| 0)
}
