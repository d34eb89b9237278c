//! Asking and telling things about one connection.

use std::ffi::{c_char, c_int, c_uchar, c_void};
use std::sync::atomic::Ordering::{Relaxed, Release};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::text_out;
use crate::engine::wsi::Close;
use crate::guard::Handle;

/// The user area of a connection: what its callbacks get as `user`.
///
/// @param wsi the connection
/// @return the area; NULL when it has none, or for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_wsi_user(wsi: *mut lws) -> *mut c_void {
    enter::any(site!("lws_wsi_user", remedy::READ), wsi, std::ptr::null_mut(), |s| s.user.load(Relaxed))
}

/// Replaces the user area of a connection. One that the library made is freed; the new one is the program's.
///
/// @param wsi the connection
/// @param user the new area. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_wsi_user(wsi: *mut lws, user: *mut c_void) {
    let user = enter::SendPtr(user);
    enter::wsi_or_post(site!("lws_set_wsi_user", remedy::CHANGE), wsi, (), (), move |cx, w| {
        cx.replace_user(w, user.get())
    });
}

/// The pointer stored by lws_set_opaque_user_data().
///
/// @param wsi the connection
/// @return the pointer; NULL when none was stored, or for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_opaque_user_data(wsi: *const lws) -> *mut c_void {
    enter::any(site!("lws_get_opaque_user_data", remedy::READ), wsi, std::ptr::null_mut(), |s| s.opaque.load(Relaxed))
}

/// Stores a pointer on a connection. The library never looks at it.
///
/// @param wsi the connection
/// @param data the pointer. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_opaque_user_data(wsi: *mut lws, data: *mut c_void) {
    enter::any_write(site!("lws_set_opaque_user_data", remedy::CHANGE), wsi, |s| s.opaque.store(data, Release));
}

/// The pointer stored by lws_set_opaque_parent_data().
///
/// @param wsi the connection
/// @return the pointer; NULL when none was stored, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_opaque_parent_data(wsi: *const lws) -> *mut c_void {
    enter::wsi(site!("lws_get_opaque_parent_data", remedy::READ), wsi, std::ptr::null_mut(), |_, w| {
        w.family.get().map_or(std::ptr::null_mut(), |f| f.opaque_parent_data.get())
    })
}

/// Stores a pointer on a connection for its parent.
///
/// @param wsi the connection
/// @param data the pointer. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_opaque_parent_data(wsi: *mut lws, data: *mut c_void) {
    let data = enter::SendPtr(data);
    enter::wsi_or_post(site!("lws_set_opaque_parent_data", remedy::CHANGE), wsi, (), (), move |_, w| {
        w.make_family().opaque_parent_data.set(data.get());
    });
}

/// The parent of a connection.
///
/// @param wsi the connection
/// @return the parent; NULL when it has none, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_parent(wsi: *const lws) -> *mut lws {
    enter::wsi(site!("lws_get_parent", remedy::READ), wsi, std::ptr::null_mut(), |cx, w| {
        pointer(cx.parent(w).map(|parent| parent.handle()))
    })
}

/// The first child of a connection.
///
/// @param wsi the connection
/// @return the child; NULL when it has none, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_child(wsi: *const lws) -> *mut lws {
    enter::wsi(site!("lws_get_child", remedy::READ), wsi, std::ptr::null_mut(), |cx, w| pointer(cx.first_child(w)))
}

/// Whether a child of the connection waits for WRITEABLE.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_child_pending_on_writable(wsi: *const lws) -> c_int {
    enter::wsi(site!("lws_get_child_pending_on_writable", remedy::READ), wsi, 0, |_, w| {
        c_int::from(w.family.get().is_some_and(|f| f.child_wants_writable.get()))
    })
}

/// Clears the mark that a child of the connection waits for WRITEABLE.
///
/// @param wsi the connection. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_clear_child_pending_on_writable(wsi: *mut lws) {
    enter::wsi_or_post(site!("lws_clear_child_pending_on_writable", remedy::CHANGE), wsi, (), (), |_, w| {
        if let Some(family) = w.family.get() {
            family.child_wants_writable.set(false);
        }
    });
}

fn pointer(handle: Option<Handle>) -> *mut lws {
    handle.map_or(std::ptr::null_mut(), Handle::as_ptr)
}

/// The context that a connection belongs to.
///
/// @param wsi the connection, or the stand-in of a callback that has none
/// @return the context; NULL for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_context(wsi: *const lws) -> *mut lws_context {
    enter::any_or_pseudo(site!("lws_get_context", remedy::READ), wsi, std::ptr::null_mut(), |s| {
        Handle::from_bits(s.context.load(Relaxed)).map_or(std::ptr::null_mut(), Handle::as_ptr)
    })
}

/// The vhost that a connection belongs to.
///
/// @param wsi the connection, or the stand-in of a callback that has none
/// @return the vhost; NULL for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost(wsi: *mut lws) -> *mut lws_vhost {
    enter::any_or_pseudo(site!("lws_get_vhost", remedy::READ), wsi, std::ptr::null_mut(), |s| {
        Handle::from_bits(s.vhost.load(Relaxed)).map_or(std::ptr::null_mut(), Handle::as_ptr)
    })
}

/// The protocol that a connection is bound to: the library's copy of the program's table entry.
///
/// @param wsi the connection, or the stand-in of a callback that has none
/// @return the entry, valid while its vhost lives; NULL for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_protocol(wsi: *mut lws) -> *const lws_protocols {
    enter::any_or_pseudo(site!("lws_get_protocol", remedy::READ), wsi, std::ptr::null(), |s| {
        s.protocol.load(Relaxed).cast_const().cast()
    })
}

/// The same as lws_get_protocol().
///
/// @param wsi the connection, or the stand-in of a callback that has none
/// @return the entry, valid while its vhost lives; NULL for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_protocol_get(wsi: *mut lws) -> *const lws_protocols {
    enter::any_or_pseudo(site!("lws_protocol_get", remedy::READ), wsi, std::ptr::null(), |s| {
        s.protocol.load(Relaxed).cast_const().cast()
    })
}

/// The connection's socket.
///
/// @param wsi the connection
/// @return the descriptor, which stays the library's; -1 for NULL or a connection that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_socket_fd(wsi: *mut lws) -> lws_sockfd_type {
    enter::any(site!("lws_get_socket_fd", remedy::READ), wsi, -1, |s| s.fd.load(Relaxed))
}

/// Index of the service thread of a connection.
///
/// @param wsi the connection
/// @return 0: there is one service thread (also for NULL or a connection that is gone). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_tsi(wsi: *mut lws) -> c_int {
    enter::any(site!("lws_get_tsi", remedy::READ), wsi, 0, |_| 0)
}

/// The same as lws_get_tsi().
///
/// @param wsi the connection
/// @return 0: there is one service thread (also for NULL or a connection that is gone). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_wsi_tsi(wsi: *mut lws) -> c_int {
    enter::any(site!("lws_wsi_tsi", remedy::READ), wsi, 0, |_| 0)
}

/// The connection that owns the socket: itself, unless several share one (HTTP/2).
///
/// @param wsi the connection
/// @return that connection; NULL for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_network_wsi(wsi: *mut lws) -> *mut lws {
    enter::wsi(site!("lws_get_network_wsi", remedy::READ), wsi, std::ptr::null_mut(), |_, w| w.handle().as_ptr())
}

/// Whether the piece that RECEIVE now delivers is the first of its message.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone or no WebSocket). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_is_first_fragment(wsi: *mut lws) -> c_int {
    enter::wsi_cells(site!("lws_is_first_fragment", remedy::READ), wsi, 0, |w| c_int::from(w.piece.get().first))
}

/// Whether the piece that RECEIVE now delivers is the last of its message.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone or no WebSocket). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_is_final_fragment(wsi: *mut lws) -> c_int {
    enter::wsi_cells(site!("lws_is_final_fragment", remedy::READ), wsi, 0, |w| c_int::from(w.piece.get().last))
}

/// Bytes of the frame that RECEIVE now delivers which are still to come.
///
/// @param wsi the connection
/// @return bytes; 0 for NULL or a connection that is gone or no WebSocket. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_remaining_packet_payload(wsi: *mut lws) -> usize {
    enter::wsi_cells(site!("lws_remaining_packet_payload", remedy::READ), wsi, 0, |w| w.piece.get().frame_left as usize)
}

/// Whether the message that RECEIVE now delivers is binary.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone or no WebSocket). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_frame_is_binary(wsi: *mut lws) -> c_int {
    enter::wsi_cells(site!("lws_frame_is_binary", remedy::READ), wsi, 0, |w| c_int::from(w.piece.get().binary))
}

/// The RSV bits of the frame that RECEIVE now delivers.
///
/// @param wsi the connection
/// @return the bits where they stand in the frame's first byte (0x70); 0 for NULL or a connection that is gone or no
///         WebSocket. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_reserved_bits(wsi: *mut lws) -> c_uchar {
    enter::wsi_cells(site!("lws_get_reserved_bits", remedy::READ), wsi, 0, |w| w.piece.get().rsv)
}

/// Sets the code and reason of the close frame that is sent when the running callback then returns non-zero.
///
/// @param wsi the WebSocket connection
/// @param status a close code, RFC 6455 section 7.4
/// @param buf the reason, UTF-8, or NULL; copied
/// @param len its length; more than 123 bytes are cut. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_close_reason(wsi: *mut lws, status: lws_close_status, buf: *mut c_uchar, len: usize) {
    let reason = || -> &[u8] {
        // SAFETY: by the API's contract `buf` holds `len` bytes.
        if buf.is_null() || len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(buf, len.min(123)) } }
    };
    enter::wsi_or_post_bytes(site!("lws_close_reason", remedy::CHANGE), wsi, (), (), reason, move |cx, w, reason| {
        cx.set_close_reason(w, status as u16, reason);
    });
}

/// Length of the close payload that is set to be sent: code and reason.
///
/// @param wsi the connection
/// @return bytes; 0 when none is set, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_close_length(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_get_close_length", remedy::READ), wsi, 0, |_, w| {
        w.with_ws(|ws| ws.close_to_send.as_ref().map_or(0, |p| p.len() as c_int)).unwrap_or(0)
    })
}

/// The close payload that is set to be sent: two bytes of code, then the reason.
///
/// @param wsi the connection
/// @return the bytes, valid until the callback returns; NULL when none is set, or for NULL or a connection that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_close_payload(wsi: *mut lws) -> *mut c_uchar {
    enter::wsi(site!("lws_get_close_payload", remedy::READ), wsi, std::ptr::null_mut(), |_, w| {
        w.with_ws(|ws| ws.close_to_send.as_mut().map_or(std::ptr::null_mut(), |p| p.as_mut_ptr()))
            .unwrap_or(std::ptr::null_mut())
    })
}

/// Ends a connection: its closing callbacks come, as soon as no callback is on the stack any more.
///
/// @param wsi the connection
/// @param reason a close code, or LWS_CLOSE_STATUS_NOSTATUS
/// @param caller a text for the log, or NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_close_free_wsi(wsi: *mut lws, reason: lws_close_status, caller: *const c_char) {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let caller = unsafe { crate::capi::creation::text(caller) };
    enter::wsi_or_post(site!("lws_close_free_wsi", remedy::CHANGE), wsi, (), (), move |cx, w| {
        crate::util::log::info!("{}: closed by {}, {reason}", w.handle(), caller.as_deref().unwrap_or("the program"));
        cx.close_later(w, Close::AtOnce);
    });
}

/// Writes the peer's numeric address.
///
/// @param wsi the connection
/// @param name buffer for the text; an IPv4 peer of an IPv6 listener is written as ::ffff:a.b.c.d
/// @param namelen its size
/// @return `name`; NULL when the peer has no address (unix socket), is not connected any more or does not fit, or for
///         NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_peer_simple(wsi: *mut lws, name: *mut c_char, namelen: usize) -> *const c_char {
    let text = enter::wsi(site!("lws_get_peer_simple", remedy::READ), wsi, None, |_, w| {
        w.transport.with_stream(|s| s.peer_ip()).flatten().map(|ip| ip.to_string())
    });
    match text {
        // SAFETY: by the API's contract `name` has room for `namelen` bytes.
        Some(text) if unsafe { text_out(name, namelen, text.as_bytes()) } => name,
        _ => std::ptr::null(),
    }
}

/// Whether the connection runs a CGI program.
///
/// @param wsi the connection
/// @return 0: this library has none, as Debian's build of 4.1.6 (also for NULL or a connection that is gone). Service
///         thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_is_cgi(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_is_cgi", remedy::READ), wsi, 0, |_, _| 0)
}
