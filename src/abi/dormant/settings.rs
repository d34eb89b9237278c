//! Settings storage.

use core::ffi::{c_char, c_int, c_void};

pub const LSOOPEN_FLAG_WRITEABLE: c_int = 1 << 0;

pub type lws_settings_ops_t = lws_settings_ops;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_settings_instance_t {
    pub handle_plat: *mut c_void,
    pub so: *const lws_settings_ops,
    pub refcount: u8,
    pub opaque_plat: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_settings_ops {
    pub get: Option<unsafe extern "C" fn(*mut lws_settings_instance_t, *const c_char, *mut u8, *mut usize) -> c_int>,
    pub set: Option<unsafe extern "C" fn(*mut lws_settings_instance_t, *const c_char, *const u8, usize) -> c_int>,
}
