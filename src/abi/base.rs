//! What everything else stands on: scalar types, opaque objects, external poll arguments, ports without a listener.

use core::ffi::{c_int, c_longlong, c_ulonglong};

/// Not in this build.
opaque!(lws_sequencer);
/// Not in this build.
opaque!(lws_dsh);
/// A connection (wsi). A handle: it is never dereferenced, and known for dead when its connection has gone.
opaque!(lws);
/// A library context: service loop, vhosts, timers. A handle.
opaque!(lws_context);
/// A vhost: listener or client side with its protocols, mounts and TLS setup. A handle.
opaque!(lws_vhost);

/// Microseconds in a second.
pub const LWS_US_PER_SEC: lws_usec_t = 1000000;
/// Milliseconds in a second.
pub const LWS_MS_PER_SEC: lws_usec_t = 1000;
/// Microseconds in a millisecond.
pub const LWS_US_PER_MS: lws_usec_t = 1000;
/// Nanoseconds in a microsecond.
pub const LWS_NS_PER_US: lws_usec_t = 1000;
/// 2^10
pub const LWS_KI: c_int = 1024;
/// 2^20
pub const LWS_MI: c_int = 1 << 20;
/// 2^30
pub const LWS_GI: c_int = 1 << 30;
/// 2^40
pub const LWS_TI: u64 = 1u64 << 40;
/// 2^50
pub const LWS_PI: u64 = 1u64 << 50;
/// lws_open(): read only.
pub const LWS_O_RDONLY: c_int = 0;
/// lws_open(): write only.
pub const LWS_O_WRONLY: c_int = 1;
/// lws_open(): create when missing.
pub const LWS_O_CREAT: c_int = 64;
/// lws_open(): empty it first.
pub const LWS_O_TRUNC: c_int = 512;
/// No file descriptor.
pub const LWS_INVALID_FILE: c_int = -1;
/// No socket.
pub const LWS_SOCK_INVALID: c_int = -1;
/// lws_context_creation_info.port: a vhost without a listener.
pub const CONTEXT_PORT_NO_LISTEN: c_int = -1;
/// The same, but set up to serve sockets that are adopted into it.
pub const CONTEXT_PORT_NO_LISTEN_SERVER: c_int = -2;
/// Poll events that mean the end: hang-up or error.
pub const LWS_POLLHUP: c_int = 24;
/// Poll event: readable.
pub const LWS_POLLIN: c_int = 1;
/// Poll event: writable.
pub const LWS_POLLOUT: c_int = 4;

/// A socket descriptor.
pub type lws_sockfd_type = c_int;
/// A file descriptor.
pub type lws_filefd_type = c_int;
/// Microseconds, of the monotonic clock where a time is meant.
pub type lws_usec_t = i64;
/// Position in a file or length of one.
pub type lws_filepos_t = c_ulonglong;
/// Signed distance in a file.
pub type lws_fileofs_t = c_longlong;
/// Flags of an open file: open() flags below LWS_FOP_FLAGS_MASK, LWS_FOP_FLAG_ bits above.
pub type lws_fop_flags_t = u32;

/// What the external poll callbacks get in `in`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_pollargs {
    /// Descriptor that is added, removed or changed.
    pub fd: lws_sockfd_type,
    /// Poll events wanted from now on.
    pub events: c_int,
    /// Poll events wanted before.
    pub prev_events: c_int,
}
