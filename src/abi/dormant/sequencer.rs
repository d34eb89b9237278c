//! Sequencers: events, returns, creation info.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// What a sequencer is told.
    pub typedef lws_seq_events_t: c_uint {
        LWSSEQ_CREATED = 0,
        LWSSEQ_DESTROYED = 1,
        LWSSEQ_TIMED_OUT = 2,
        LWSSEQ_HEARTBEAT = 3,
        LWSSEQ_WSI_CONNECTED = 4,
        LWSSEQ_WSI_CONN_FAIL = 5,
        LWSSEQ_WSI_CONN_CLOSE = 6,
        LWSSEQ_SS_STATE_BASE = 7,
        LWSSEQ_USER_BASE = 100,
    }
}

c_enum! {
    /// What its callback returns.
    pub enum lws_seq_cb_return: c_uint {
        LWSSEQ_RET_CONTINUE = 0,
        LWSSEQ_RET_DESTROY = 1,
    }
}

/// No timeout.
pub const LWSSEQTO_NONE: c_int = 0;

/// Short name of lws_seq_cb_return.
pub type lws_seq_cb_return_t = lws_seq_cb_return;
/// Gets the events of a sequencer.
pub type lws_seq_event_cb = Option<
    unsafe extern "C" fn(*mut lws_sequencer, *mut c_void, c_int, *mut c_void, *mut c_void) -> lws_seq_cb_return_t,
>;
/// Short name of lws_seq_info.
pub type lws_seq_info_t = lws_seq_info;

/// What a sequencer is made from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_seq_info {
    pub context: *mut lws_context,
    pub tsi: c_int,
    pub user_size: usize,
    pub puser: *mut *mut c_void,
    pub cb: lws_seq_event_cb,
    pub name: *const c_char,
    pub retry: *const lws_retry_bo_t,
    /// cbindgen:bitfield=1
    pub wakesuspend: u8,
}
