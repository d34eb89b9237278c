//! What everything else stands on: scalar types, opaque objects, external poll arguments, ports without a listener.

use core::ffi::{c_int, c_longlong, c_ulonglong};

opaque!(lws_sequencer);
opaque!(lws_dsh);
opaque!(lws);
opaque!(lws_context);
opaque!(lws_vhost);

pub const LWS_US_PER_SEC: lws_usec_t = 1000000;
pub const LWS_MS_PER_SEC: lws_usec_t = 1000;
pub const LWS_US_PER_MS: lws_usec_t = 1000;
pub const LWS_NS_PER_US: lws_usec_t = 1000;
pub const LWS_KI: c_int = 1024;
pub const LWS_MI: c_int = 1 << 20;
pub const LWS_GI: c_int = 1 << 30;
pub const LWS_TI: u64 = 1u64 << 40;
pub const LWS_PI: u64 = 1u64 << 50;
pub const LWS_O_RDONLY: c_int = 0;
pub const LWS_O_WRONLY: c_int = 1;
pub const LWS_O_CREAT: c_int = 64;
pub const LWS_O_TRUNC: c_int = 512;
pub const LWS_INVALID_FILE: c_int = -1;
pub const LWS_SOCK_INVALID: c_int = -1;
pub const CONTEXT_PORT_NO_LISTEN: c_int = -1;
pub const CONTEXT_PORT_NO_LISTEN_SERVER: c_int = -2;
pub const LWS_POLLHUP: c_int = 24;
pub const LWS_POLLIN: c_int = 1;
pub const LWS_POLLOUT: c_int = 4;

pub type lws_sockfd_type = c_int;
pub type lws_filefd_type = c_int;
pub type lws_usec_t = i64;
pub type lws_filepos_t = c_ulonglong;
pub type lws_fileofs_t = c_longlong;
pub type lws_fop_flags_t = u32;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_pollargs {
    pub fd: lws_sockfd_type,
    pub events: c_int,
    pub prev_events: c_int,
}
