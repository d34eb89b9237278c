//! System message distribution: message classes and the notification callback.

use core::ffi::CStr;
use core::ffi::{c_int, c_uint, c_void};

use crate::abi::*;

opaque!(lws_smd_msg);
opaque!(lws_smd_peer);

c_enum! {
    pub anonymous c_uint {
        LWSSMDCL_INTERACTION = 1 << 0,
        LWSSMDCL_SYSTEM_STATE = 1 << 1,
        LWSSMDCL_NETWORK = 1 << 2,
    }
}

pub const LWS_SMD_MAX_PAYLOAD: c_int = 384;
pub const LWS_SMD_CLASS_BITFIELD_BYTES: c_int = 4;
pub const LWS_SMD_SS_RX_HEADER_LEN: c_int = 16;
pub const LWSSMDREG_FLAG_PROXIED_SS: c_int = 1 << 0;
pub const LWS_SMD_STREAMTYPENAME: &CStr = c"_lws_smd";

pub type lws_smd_class_t = u32;
pub type lws_smd_notification_cb_t =
    Option<unsafe extern "C" fn(*mut c_void, lws_smd_class_t, lws_usec_t, *mut c_void, usize) -> c_int>;
