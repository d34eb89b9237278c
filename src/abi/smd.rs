//! System message distribution: message classes and the notification callback.

use core::ffi::CStr;
use core::ffi::{c_int, c_uint, c_void};

use crate::abi::*;

/// A system message; opaque.
opaque!(lws_smd_msg);
/// Who registered for system messages; opaque.
opaque!(lws_smd_peer);

c_enum! {
    /// Classes of system messages, one bit each. Programs may use the upper bits.
    pub anonymous c_uint {
        /// The user did something: buttons.
        LWSSMDCL_INTERACTION = 1 << 0,
        /// The system state changed.
        LWSSMDCL_SYSTEM_STATE = 1 << 1,
        /// The network changed.
        LWSSMDCL_NETWORK = 1 << 2,
    }
}

/// Longest message, in bytes.
pub const LWS_SMD_MAX_PAYLOAD: c_int = 384;
/// Bytes of lws_smd_class_t.
pub const LWS_SMD_CLASS_BITFIELD_BYTES: c_int = 4;
/// Bytes of the header that a message has in a secure stream.
pub const LWS_SMD_SS_RX_HEADER_LEN: c_int = 16;
/// lws_smd_register(): the peer is a proxied stream.
pub const LWSSMDREG_FLAG_PROXIED_SS: c_int = 1 << 0;
/// Secure stream type of system messages.
pub const LWS_SMD_STREAMTYPENAME: &CStr = c"_lws_smd";

/// LWSSMDCL_ bits.
pub type lws_smd_class_t = u32;
/// Gets a system message: opaque of the registration, class, time, text, its length.
pub type lws_smd_notification_cb_t =
    Option<unsafe extern "C" fn(*mut c_void, lws_smd_class_t, lws_usec_t, *mut c_void, usize) -> c_int>;
