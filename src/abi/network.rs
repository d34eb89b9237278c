//! Socket addresses and interface lookups.

use core::ffi::c_int;

pub const LWS_ITOSA_USABLE: c_int = 0;
pub const LWS_ITOSA_NOT_EXIST: c_int = -1;
pub const LWS_ITOSA_NOT_USABLE: c_int = -2;
pub const LWS_ITOSA_BUSY: c_int = -3;

#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_sockaddr46 {
    pub sa6: libc::sockaddr_in6,
    pub sa4: libc::sockaddr_in,
}
