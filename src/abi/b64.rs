//! State of the streaming base64 decoder; the caller allocates it.

use core::ffi::{c_int, c_uchar};

/// State of lws_b64_decode_stateful(); lws_b64_decode_state_init() sets it up. The caller owns it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_b64state {
    /// Characters of the group of four that is being read.
    pub quad: [c_uchar; 4],
    /// Bytes decoded so far.
    pub done: usize,
    /// Bytes of the current group.
    pub len: usize,
    /// Place in the current group.
    pub i: c_int,
    /// Character being looked at.
    pub c: c_int,
}
