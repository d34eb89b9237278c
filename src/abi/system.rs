//! System states, blobs and the operations that a program may supply.

use core::ffi::{c_int, c_uint, c_void};

use crate::abi::*;

/// A piece of data of the whole program; opaque.
opaque!(lws_system_blob);
/// A function that waits for a system state; opaque.
opaque!(lws_attach_item);

c_enum! {
    /// Which blob: lws_system_get_blob().
    pub typedef lws_system_blob_item_t: c_uint {
        LWS_SYSBLOB_TYPE_AUTH = 0,
        LWS_SYSBLOB_TYPE_CLIENT_CERT_DER = 2,
        LWS_SYSBLOB_TYPE_CLIENT_KEY_DER = 3,
        LWS_SYSBLOB_TYPE_DEVICE_SERIAL = 4,
        LWS_SYSBLOB_TYPE_DEVICE_FW_VERSION = 5,
        LWS_SYSBLOB_TYPE_DEVICE_TYPE = 6,
        LWS_SYSBLOB_TYPE_NTP_SERVER = 7,
        LWS_SYSBLOB_TYPE_COUNT = 8,
    }
}

c_enum! {
    /// States of the system, in the order in which they are reached.
    pub typedef lws_system_states_t: c_uint {
        LWS_SYSTATE_UNKNOWN = 0,
        LWS_SYSTATE_CONTEXT_CREATED = 1,
        LWS_SYSTATE_INITIALIZED = 2,
        LWS_SYSTATE_IFACE_COLDPLUG = 3,
        LWS_SYSTATE_DHCP = 4,
        LWS_SYSTATE_CPD_PRE_TIME = 5,
        LWS_SYSTATE_TIME_VALID = 6,
        LWS_SYSTATE_CPD_POST_TIME = 7,
        LWS_SYSTATE_POLICY_VALID = 8,
        LWS_SYSTATE_REGISTERED = 9,
        LWS_SYSTATE_AUTH1 = 10,
        LWS_SYSTATE_AUTH2 = 11,
        LWS_SYSTATE_OPERATIONAL = 12,
        LWS_SYSTATE_POLICY_INVALID = 13,
    }
}

c_enum! {
    /// What captive portal detection found.
    pub typedef lws_cpd_result_t: c_uint {
        LWS_CPD_UNKNOWN = 0,
        LWS_CPD_INTERNET_OK = 1,
        LWS_CPD_CAPTIVE_PORTAL = 2,
        LWS_CPD_NO_INTERNET = 3,
    }
}

/// The auth blob is wanted in hex.
pub const LWSSYSGAUTH_HEX: c_int = 1 << 0;

/// Short name of lws_system_blob.
pub type lws_system_blob_t = lws_system_blob;
/// Called on the service thread when the system state is reached: context, tsi, opaque.
pub type lws_attach_cb_t = Option<unsafe extern "C" fn(*mut lws_context, c_int, *mut c_void)>;
/// Short name of lws_system_ops.
pub type lws_system_ops_t = lws_system_ops;
/// Told of a DHCP answer.
pub type dhcpc_cb_t = Option<unsafe extern "C" fn(*mut c_void, c_int, *mut u8, c_int) -> c_int>;

/// Operations that the program gives to the library; NULL where there is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_system_ops {
    /// Restarts the system.
    pub reboot: Option<unsafe extern "C" fn() -> c_int>,
    /// Sets the system's clock: microseconds since 1970.
    pub set_clock: Option<unsafe extern "C" fn(lws_usec_t) -> c_int>,
    /// Queues a function to the service thread from another thread.
    pub attach: Option<
        unsafe extern "C" fn(
            *mut lws_context,
            c_int,
            lws_attach_cb_t,
            lws_system_states_t,
            *mut c_void,
            *mut *mut lws_attach_item,
        ) -> c_int,
    >,
    /// Starts captive portal detection.
    pub captive_portal_detect_request: Option<unsafe extern "C" fn(*mut lws_context) -> c_int>,
    /// Microseconds that the system takes to wake from suspend.
    pub wake_latency_us: u32,
}
