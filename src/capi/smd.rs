//! System messages, as C sees them. The work is done in `util/smd.rs`.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::util::smd;

/// Registers a receiver for classes of system messages.
///
/// `cb` gets each message of the classes in `_class_filter` (LWSSMDCL_ bits, or bits of the program's own) that is sent
/// from now on, with `opaque`, on the service thread. `flags` is 0 or LWSSMDREG_FLAG_PROXIED_SS, which changes nothing here.
/// Returns what lws_smd_unregister() takes, a handle that is no address; NULL for NULL or a context that is gone. Any
/// thread. The registration ends with the context.
///
/// # Safety
/// `cb` stays callable until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_smd_register(
    ctx: *mut lws_context,
    opaque: *mut c_void,
    flags: c_int,
    _class_filter: lws_smd_class_t,
    cb: lws_smd_notification_cb_t,
) -> *mut lws_smd_peer {
    let _ = flags;
    let alive = enter::any(site!("lws_smd_register", remedy::CHANGE), ctx, false, |_| true);
    if !alive || cb.is_none() {
        return std::ptr::null_mut();
    }
    std::ptr::without_provenance_mut(smd::register(ctx as u64, opaque, _class_filter, cb) << PEER_SHIFT)
}

/// Peers look aligned, as addresses are.
const PEER_SHIFT: u32 = 4;

/// Ends a registration: messages that wait are not delivered to it any more. One that is being delivered on the service
/// thread at this moment may still be. Nothing for NULL and for a registration that is over. Any thread.
///
/// # Safety
/// `pr` is NULL or from lws_smd_register().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_smd_unregister(pr: *mut lws_smd_peer) {
    enter::guarded("lws_smd_unregister", (), || {
        smd::unregister(pr.addr() >> PEER_SHIFT);
    });
}

/// Makes a message: memory of `len` bytes, zeroed, to be filled in and given to lws_smd_msg_send() or lws_smd_msg_free().
///
/// `_class` is one LWSSMDCL_ bit, `len` at most LWS_SMD_MAX_PAYLOAD. Returns it; NULL when nobody listens to the class, it
/// is too long, for no memory, and for NULL or a context that is gone. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_smd_msg_alloc(ctx: *mut lws_context, _class: lws_smd_class_t, len: usize) -> *mut c_void {
    let alive = enter::any(site!("lws_smd_msg_alloc", remedy::CHANGE), ctx, false, |_| true);
    enter::guarded("lws_smd_msg_alloc", std::ptr::null_mut(), || {
        if alive { smd::allocate(ctx as u64, _class, len) } else { std::ptr::null_mut() }
    })
}

/// Frees a message that was not sent, and sets the pointer to NULL. Nothing for NULL. Any thread.
///
/// # Safety
/// `payload` is NULL or points to NULL or to a pointer from lws_smd_msg_alloc().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_smd_msg_free(payload: *mut *mut c_void) {
    // SAFETY: as the caller promises.
    if let Some(payload) = unsafe { payload.as_mut() } {
        enter::guarded("lws_smd_msg_free", (), || {
            smd::discard(*payload);
        });
        *payload = std::ptr::null_mut();
    }
}

/// Sends a message: it is delivered by the service thread in its next pass, which this wakes, to those who are registered
/// now. The library then owns it.
///
/// Returns 0; 1 when 12 wait already, for a pointer that is no message of this context, and for NULL or a context that is
/// gone: it then stays the caller's. Any thread.
///
/// # Safety
/// `payload` is NULL or from lws_smd_msg_alloc().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_smd_msg_send(ctx: *mut lws_context, payload: *mut c_void) -> c_int {
    let alive = enter::any(site!("lws_smd_msg_send", remedy::CHANGE), ctx, false, |_| true);
    enter::guarded("lws_smd_msg_send", 1, || {
        if !alive || smd::send(ctx as u64, payload).is_err() {
            return 1;
        }
        enter::cancel(ctx.cast_const().cast());
        0
    })
}

unsafe extern "C" {
    fn lwsrs_c_smd_msg_printf();
}

super::exported_variadic! {
    /// `int lws_smd_msg_printf(struct lws_context *ctx, lws_smd_class_t _class, const char *format, ...)`: formats a
    /// message and sends it. Returns 0, also when nobody listens; 1 when it is longer than LWS_SMD_MAX_PAYLOAD, 12 wait
    /// already, or for a context that is gone. Any thread. `varargs.c` has the body.
    lws_smd_msg_printf => lwsrs_c_smd_msg_printf
}

/// What `varargs.c` calls with the text: 0 or 1.
unsafe extern "C" fn smd_text(ctx: *mut lws_context, class: lws_smd_class_t, text: *const c_char, len: c_int) -> c_int {
    let alive = enter::any(site!("lws_smd_msg_printf", remedy::CHANGE), ctx, false, |_| true);
    let Some(len) = usize::try_from(len).ok().filter(|n| alive && *n <= LWS_SMD_MAX_PAYLOAD as usize) else { return 1 };
    enter::guarded("lws_smd_msg_printf", 1, || {
        let memory = smd::allocate(ctx as u64, class, len);
        if memory.is_null() {
            return 0;
        }
        // SAFETY: `varargs.c` gives so many bytes, and the message has room for them.
        unsafe { std::ptr::copy_nonoverlapping(text, memory.cast(), len) };
        if smd::send(ctx as u64, memory).is_err() {
            smd::discard(memory);
            return 1;
        }
        enter::cancel(ctx.cast_const().cast());
        0
    })
}

super::hidden_symbol!("lwsrs_smd_text", smd_text);
