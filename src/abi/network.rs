//! Socket addresses and interface lookups.

use core::ffi::c_int;

/// lws_interface_to_sa(): the interface has an address.
pub const LWS_ITOSA_USABLE: c_int = 0;
/// lws_interface_to_sa(): there is no such interface.
pub const LWS_ITOSA_NOT_EXIST: c_int = -1;
/// lws_interface_to_sa(): it has no address yet.
pub const LWS_ITOSA_NOT_USABLE: c_int = -2;
/// lws_interface_to_sa(): the port is in use.
pub const LWS_ITOSA_BUSY: c_int = -3;

/// An IPv4 or IPv6 address; the family is at the same place in both.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_sockaddr46 {
    /// As IPv6.
    pub sa6: libc::sockaddr_in6,
    /// As IPv4.
    pub sa4: libc::sockaddr_in,
}
