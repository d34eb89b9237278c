//! Adopting sockets, files and datagram sockets that the program opened itself.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    pub typedef lws_adoption_type: c_uint {
        LWS_ADOPT_RAW_FILE_DESC = 0,
        LWS_ADOPT_HTTP = 1,
        LWS_ADOPT_SOCKET = 2,
        LWS_ADOPT_ALLOW_SSL = 4,
        LWS_ADOPT_FLAG_UDP = 16,
        LWS_ADOPT_FLAG_RAW_PROXY = 32,
        LWS_ADOPT_RAW_SOCKET_UDP = 18,
    }
}

pub const LWS_CAUDP_BIND: c_int = 1 << 0;
pub const LWS_CAUDP_BROADCAST: c_int = 1 << 1;
pub const LWS_CAUDP_PF_PACKET: c_int = 1 << 2;

pub type lws_adopt_desc_t = lws_adopt_desc;

#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_sock_file_fd_type {
    pub sockfd: lws_sockfd_type,
    pub filefd: lws_filefd_type,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_udp {
    pub sa: libc::sockaddr,
    pub salen: libc::socklen_t,
    pub sa_pending: libc::sockaddr,
    pub salen_pending: libc::socklen_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_adopt_desc {
    pub vh: *mut lws_vhost,
    pub r#type: lws_adoption_type,
    pub fd: lws_sock_file_fd_type,
    pub vh_prot_name: *const c_char,
    pub parent: *mut lws,
    pub opaque: *mut c_void,
}
