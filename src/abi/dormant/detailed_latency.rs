//! Detailed latency records.

use core::ffi::{c_char, c_int, c_uint};

use crate::abi::*;

c_enum! {
    /// Kinds of latency, and the steps that are measured.
    pub anonymous c_uint {
        LDLT_READ = 0,
        LDLT_WRITE = 1,
        LDLT_NAME_RESOLUTION = 2,
        LDLT_CONNECTION = 3,
        LDLT_TLS_NEG_CLIENT = 4,
        LDLT_TLS_NEG_SERVER = 5,
        LDLT_USER = 6,
        LAT_DUR_PROXY_CLIENT_REQ_TO_WRITE = 0,
        LAT_DUR_PROXY_CLIENT_WRITE_TO_PROXY_RX = 1,
        LAT_DUR_PROXY_PROXY_REQ_TO_WRITE = 2,
        LAT_DUR_PROXY_RX_TO_ONWARD_TX = 3,
        LAT_DUR_USERCB = 4,
        LAT_DUR_STEPS = 5,
    }
}

/// Short name of lws_detlat.
pub type lws_detlat_t = lws_detlat;
/// Gets a latency record.
pub type det_lat_buf_cb_t = Option<unsafe extern "C" fn(*mut lws_context, *const lws_detlat_t) -> c_int>;

/// A latency record.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_detlat {
    pub earliest_write_req: lws_usec_t,
    pub earliest_write_req_pre_write: lws_usec_t,
    pub aux: *const c_char,
    pub r#type: c_int,
    pub latencies: [u32; 5],
    pub req_size: usize,
    pub acc_size: usize,
}
