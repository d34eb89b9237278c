//! State of the streaming base64 decoder; the caller allocates it.

use core::ffi::{c_int, c_uchar};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_b64state {
    pub quad: [c_uchar; 4],
    pub done: usize,
    pub len: usize,
    pub i: c_int,
    pub c: c_int,
}
