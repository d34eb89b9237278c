//! Vhosts and protocols.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::Ordering::Relaxed;

use crate::abi::*;
use crate::capi::creation;
use crate::capi::enter::{self, remedy, site};

/// Adds a vhost to a context: its listener, protocols and mounts. Vhosts that ask for the same port and interface share
/// a listener, and requests are told apart by their Host header.
///
/// @param context the context
/// @param info its vhost members; read during the call only, but for what docs/options.md names
/// @return the vhost; NULL on failure, with the reason in the log, or for a context that is gone. Service thread only, or
///         any one thread before the first service pass.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_create_vhost(
    context: *mut lws_context,
    info: *const lws_context_creation_info,
) -> *mut lws_vhost {
    // SAFETY: NULL or a live struct, by the API's contract.
    let Some(info) = (unsafe { info.as_ref() }) else { return std::ptr::null_mut() };
    enter::context(site!("lws_create_vhost", remedy::CREATE), context, std::ptr::null_mut(), |cx| {
        // SAFETY: as above.
        let config = unsafe { creation::vhost_config(info, &cx.config) };
        match config.and_then(|c| cx.create_vhost(c)) {
            Some(vhost) => vhost.slot.handle.as_ptr(),
            None => std::ptr::null_mut(),
        }
    })
}

/// Ends a vhost: its listener closes at once (or passes to a vhost that shares it); live connections go on, and
/// PROTOCOL_DESTROY comes when the last of them is gone.
///
/// @param vh the vhost; nothing happens for NULL or one that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vhost_destroy(vh: *mut lws_vhost) {
    enter::vhost_or_post(site!("lws_vhost_destroy", remedy::CHANGE), vh, (), (), |cx, v| cx.destroy_vhost(v));
}

/// A vhost by its name.
///
/// @param context the context
/// @param name the name
/// @return the vhost; NULL when there is none, or for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_by_name(context: *mut lws_context, name: *const c_char) -> *mut lws_vhost {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let Some(name) = (unsafe { creation::text(name) }) else { return std::ptr::null_mut() };
    enter::context(site!("lws_get_vhost_by_name", remedy::READ), context, std::ptr::null_mut(), |cx| {
        let vhosts = cx.vhosts.borrow();
        vhosts
            .iter()
            .find(|v| !v.dying.get() && v.config.name == name)
            .map_or(std::ptr::null_mut(), |v| v.slot.handle.as_ptr())
    })
}

/// The vhost's name.
///
/// @param vhost the vhost
/// @return the name, valid for ever; NULL for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_name(vhost: *mut lws_vhost) -> *const c_char {
    enter::any(site!("lws_get_vhost_name", remedy::READ), vhost, std::ptr::null(), |s| {
        s.name.load(Relaxed).cast_const().cast()
    })
}

/// The vhost's port as it was given.
///
/// @param vhost the vhost
/// @return the port; -1 for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_port(vhost: *mut lws_vhost) -> c_int {
    enter::any(site!("lws_get_vhost_port", remedy::READ), vhost, -1, |s| s.asked_port.load(Relaxed))
}

/// The port that the vhost really listens on: the one that the system chose when 0 was asked.
///
/// @param vhost the vhost
/// @return the port, 0 when it does not listen on one; -1 for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_listen_port(vhost: *mut lws_vhost) -> c_int {
    enter::any(site!("lws_get_vhost_listen_port", remedy::READ), vhost, -1, |s| s.port.load(Relaxed))
}

/// The interface text that the vhost was given.
///
/// @param vhost the vhost
/// @return the text, valid for ever; NULL when it was given none, or for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_iface(vhost: *mut lws_vhost) -> *const c_char {
    enter::any(site!("lws_get_vhost_iface", remedy::READ), vhost, std::ptr::null(), |s| {
        s.iface.load(Relaxed).cast_const().cast()
    })
}

/// The vhost's user pointer.
///
/// @param vhost the vhost
/// @return the pointer; NULL for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_vhost_user(vhost: *mut lws_vhost) -> *mut c_void {
    enter::any(site!("lws_get_vhost_user", remedy::READ), vhost, std::ptr::null_mut(), |s| s.user.load(Relaxed))
}

/// The same as lws_get_vhost_user().
///
/// @param vhost the vhost
/// @return the pointer; NULL for NULL or a vhost that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vhost_user(vhost: *mut lws_vhost) -> *mut c_void {
    enter::any(site!("lws_vhost_user", remedy::READ), vhost, std::ptr::null_mut(), |s| s.user.load(Relaxed))
}

/// A protocol of a vhost by its name.
///
/// @param vh the vhost
/// @param name the name; case matters
/// @return the library's copy of the entry, valid while the vhost lives; NULL when there is none, or for NULL or a vhost
///         that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vhost_name_to_protocol(vh: *mut lws_vhost, name: *const c_char) -> *const lws_protocols {
    if name.is_null() {
        return std::ptr::null();
    }
    enter::any(site!("lws_vhost_name_to_protocol", remedy::READ), vh, std::ptr::null(), |s| {
        let mut p: *const lws_protocols = s.protocol.load(Relaxed).cast_const().cast();
        // SAFETY: the vhost's table ends with an all-zero entry and lives as long as the vhost; names are kept for ever;
        // `name` is NUL-ended by the API's contract.
        unsafe {
            while !p.is_null() && !(*p).name.is_null() {
                if CStr::from_ptr((*p).name) == CStr::from_ptr(name) {
                    return p;
                }
                p = p.add(1);
            }
        }
        std::ptr::null()
    })
}

/// Makes (or returns the existing) zeroed private area for a protocol on a vhost. It is freed with the vhost.
///
/// @param vhost the vhost
/// @param prot an entry of its protocols table
/// @param size bytes
/// @return the area; NULL for no memory, a protocol of another vhost, or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_protocol_vh_priv_zalloc(
    vhost: *mut lws_vhost,
    prot: *const lws_protocols,
    size: c_int,
) -> *mut c_void {
    enter::vhost(site!("lws_protocol_vh_priv_zalloc", remedy::CHANGE), vhost, std::ptr::null_mut(), |cx, v| {
        let (Some(index), Ok(size)) = (v.protocol_index(prot), usize::try_from(size)) else {
            return std::ptr::null_mut();
        };
        let mut areas = v.private.borrow_mut();
        if areas[index].is_null() {
            areas[index] = cx.app.alloc(size.max(1));
        }
        areas[index]
    })
}

/// The private area of a protocol on a vhost.
///
/// @param vhost the vhost
/// @param prot an entry of its protocols table
/// @return the area; NULL when none was made, or for NULL or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_protocol_vh_priv_get(vhost: *mut lws_vhost, prot: *const lws_protocols) -> *mut c_void {
    enter::vhost(site!("lws_protocol_vh_priv_get", remedy::READ), vhost, std::ptr::null_mut(), |_, v| {
        v.protocol_index(prot).map_or(std::ptr::null_mut(), |i| v.private.borrow()[i])
    })
}

/// Changes the size of the user area of the connection's protocol, and makes sure that this connection has one.
///
/// @param wsi the connection
/// @param new_size bytes; an area that the connection has already is returned as it is
/// @return the area; NULL for no memory, or for NULL or a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_adjust_protocol_psds(wsi: *mut lws, new_size: usize) -> *mut c_void {
    enter::wsi(site!("lws_adjust_protocol_psds", remedy::CHANGE), wsi, std::ptr::null_mut(), |cx, w| {
        cx.adjust_pss(w, new_size)
    })
}
