//! Asynchronous name resolution: query types, results, completion callback.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// DNS record types.
    pub enum dns_query_type: c_uint {
        LWS_ADNS_RECORD_A = 1,
        LWS_ADNS_RECORD_CNAME = 5,
        LWS_ADNS_RECORD_MX = 15,
        LWS_ADNS_RECORD_AAAA = 28,
    }
}

c_enum! {
    /// How a name resolution ended, or that it goes on.
    pub typedef lws_async_dns_retcode_t: c_int {
        LADNS_RET_FAILED_WSI_CLOSED = -4,
        LADNS_RET_NXDOMAIN = -3,
        LADNS_RET_TIMEDOUT = -2,
        LADNS_RET_FAILED = -1,
        LADNS_RET_FOUND = 0,
        LADNS_RET_CONTINUING = 1,
    }
}

/// Short name of dns_query_type.
pub type adns_query_type_t = dns_query_type;
/// Told of the result.
pub type lws_async_dns_cb_t =
    Option<unsafe extern "C" fn(*mut lws, *const c_char, *const libc::addrinfo, c_int, *mut c_void) -> *mut lws>;
