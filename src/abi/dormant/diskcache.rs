//! Results of disk cache queries.

use core::ffi::c_int;

opaque!(lws_diskcache_scan);

pub const LWS_DISKCACHE_QUERY_NO_CACHE: c_int = 0;
pub const LWS_DISKCACHE_QUERY_EXISTS: c_int = 1;
pub const LWS_DISKCACHE_QUERY_CREATING: c_int = 2;
pub const LWS_DISKCACHE_QUERY_ONGOING: c_int = 3;
