//! Binding a connection to a protocol: its per-session area, and the bind and drop callbacks that frame it.

use std::ffi::c_void;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::wsi::Wsi;

/// The text that `in` of the drop callbacks points to.
const DROP_REASON: &std::ffi::CStr = c"unbind";

impl Context {
    /// Gives the connection a zeroed per-session area for the protocol that it has, if it has none. `false`: no memory.
    pub fn ensure_pss(&self, wsi: &Wsi) -> bool {
        let size = wsi.vhost.borrow().pss_sizes.get(wsi.protocol.get()).map_or(0, |s| s.get());
        if size == 0 || !wsi.user().is_null() {
            return true;
        }
        let area = self.app.alloc(size);
        wsi.owns_pss.set(!area.is_null());
        wsi.set_user(area);
        !area.is_null()
    }

    /// Gives a connection that may become raw an area while it has no protocol yet, as 4.1.6 does: of the raw protocol's size
    /// there, here large enough for the protocol that is told of it as well.
    pub fn lend_pss(&self, wsi: &Wsi) {
        let vhost = wsi.vhost();
        let size = |index: usize| vhost.pss_sizes.get(index).map_or(0, |s| s.get());
        let Some(raw) = vhost.config.raw.filter(|raw| raw.named && size(raw.protocol) != 0) else { return };
        let area = self.app.alloc(size(raw.protocol).max(size(0)).max(size(wsi.protocol.get())));
        wsi.owns_pss.set(!area.is_null());
        wsi.set_user(area);
    }

    /// `lws_adjust_protocol_psds`: the protocol's area size from now on, and this connection's area.
    pub fn adjust_pss(&self, wsi: &Wsi, size: usize) -> *mut c_void {
        if let Some(own) = wsi.vhost.borrow().pss_sizes.get(wsi.protocol.get()) {
            own.set(size);
        }
        self.ensure_pss(wsi);
        wsi.user()
    }

    /// Frees a per-session area that the library made.
    pub fn free_pss(&self, wsi: &Wsi) {
        if wsi.owns_pss.replace(false) {
            let area = wsi.user();
            wsi.set_user(std::ptr::null_mut());
            self.app.free(area);
        }
    }

    /// Replaces the pointer that callbacks get as `user`; an area that the library made is freed.
    pub fn replace_user(&self, wsi: &Wsi, user: *mut c_void) {
        self.free_pss(wsi);
        wsi.set_user(user);
    }

    /// Binds the connection to protocol `index` of its vhost: the former one is dropped, the area made anew, and
    /// HTTP_BIND_PROTOCOL told. `false`: the callback refused (then no drop is owed) or there is no memory.
    pub fn bind_protocol(&self, wsi: &Wsi, index: usize) -> bool {
        if wsi.bound.replace(false) {
            self.call(wsi, LWS_CALLBACK_HTTP_DROP_PROTOCOL, drop_reason(), 0);
        }
        self.free_pss(wsi);
        self.set_protocol(wsi, index);
        if !self.ensure_pss(wsi) || self.notify(wsi, LWS_CALLBACK_HTTP_BIND_PROTOCOL) != 0 {
            return false;
        }
        wsi.bound.set(true);
        true
    }

    /// Tells the bound protocol, once, that the connection leaves it: only when it has a user area and a bind to undo.
    pub fn tell_drop(&self, wsi: &Wsi, reason: u32) {
        if wsi.bound.get() && !wsi.user().is_null() && !wsi.drop_told.replace(true) {
            self.call(wsi, reason, drop_reason(), 0);
            wsi.bound.set(false);
        }
    }
}

/// What `in` of the drop callbacks is.
pub fn drop_reason() -> *mut c_void {
    DROP_REASON.as_ptr().cast_mut().cast()
}
