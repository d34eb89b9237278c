//! Adopting sockets, files and datagram sockets that the program opened itself.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// What lws_adopt_descriptor_vhost() is given, by bits.
    pub typedef lws_adoption_type: c_uint {
        /// A file descriptor that can be polled (pipe, tty, device) and is no socket.
        LWS_ADOPT_RAW_FILE_DESC = 0,
        /// The connection starts as HTTP; without it, as a raw one.
        LWS_ADOPT_HTTP = 1,
        /// The descriptor is a socket.
        LWS_ADOPT_SOCKET = 2,
        /// TLS, when the vhost has it.
        LWS_ADOPT_ALLOW_SSL = 4,
        /// The socket is a datagram socket.
        LWS_ADOPT_FLAG_UDP = 16,
        /// For a raw proxy.
        LWS_ADOPT_FLAG_RAW_PROXY = 32,
        /// A raw datagram socket.
        LWS_ADOPT_RAW_SOCKET_UDP = 18,
    }
}

/// lws_create_adopt_udp(): bind the socket.
pub const LWS_CAUDP_BIND: c_int = 1 << 0;
/// lws_create_adopt_udp(): allow broadcast.
pub const LWS_CAUDP_BROADCAST: c_int = 1 << 1;
/// lws_create_adopt_udp(): a link layer socket.
pub const LWS_CAUDP_PF_PACKET: c_int = 1 << 2;

/// Short name of lws_adopt_desc.
pub type lws_adopt_desc_t = lws_adopt_desc;

/// A socket or a file descriptor.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_sock_file_fd_type {
    /// As a socket.
    pub sockfd: lws_sockfd_type,
    /// As a file.
    pub filefd: lws_filefd_type,
}

/// Where datagrams of a connection come from and go to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_udp {
    /// Peer of the last datagram received.
    pub sa: libc::sockaddr,
    /// Bytes used in sa.
    pub salen: libc::socklen_t,
    /// Peer of datagrams that wait.
    pub sa_pending: libc::sockaddr,
    /// Bytes used in sa_pending.
    pub salen_pending: libc::socklen_t,
}

/// What lws_adopt_descriptor_vhost_via_info() needs; read during the call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_adopt_desc {
    /// Vhost that the connection belongs to.
    pub vh: *mut lws_vhost,
    /// Bits of lws_adoption_type.
    pub r#type: lws_adoption_type,
    /// The descriptor; the library owns it when the call succeeds.
    pub fd: lws_sock_file_fd_type,
    /// Name of the protocol to bind to, or NULL.
    pub vh_prot_name: *const c_char,
    /// Parent connection, or NULL.
    pub parent: *mut lws,
    /// What lws_get_opaque_user_data() then returns.
    pub opaque: *mut c_void,
}
