//! Results of disk cache queries.

use core::ffi::c_int;

opaque! {
    /// A disk cache; opaque.
    lws_diskcache_scan
}

/// There is no cache.
pub const LWS_DISKCACHE_QUERY_NO_CACHE: c_int = 0;
/// It is in the cache.
pub const LWS_DISKCACHE_QUERY_EXISTS: c_int = 1;
/// The caller is to make it.
pub const LWS_DISKCACHE_QUERY_CREATING: c_int = 2;
/// Somebody is making it.
pub const LWS_DISKCACHE_QUERY_ONGOING: c_int = 3;
