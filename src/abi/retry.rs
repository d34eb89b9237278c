//! Retry, back-off and validity check policy; lives as long as the vhost that names it.

use core::ffi::c_int;

/// lws_retry_bo.conceal_count: never tell the program.
pub const LWS_RETRY_CONCEAL_ALWAYS: c_int = 65535;

/// Short name of lws_retry_bo.
pub type lws_retry_bo_t = lws_retry_bo;

/// When to try again, and when to check that a connection still lives. It lives as long as what names it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_retry_bo {
    /// Milliseconds before each next try.
    pub retry_ms_table: *const u32,
    /// How many there are; the last is used again.
    pub retry_ms_table_count: u16,
    /// So many failures are not told to the program.
    pub conceal_count: u16,
    /// Seconds without proof that the peer lives (a pong, or lws_validity_confirmed()) until a ws ping is sent; 0, or not
    /// less than the hangup's: none.
    pub secs_since_valid_ping: u16,
    /// Seconds without proof until the connection is closed; 0: it is not.
    pub secs_since_valid_hangup: u16,
    /// Random share that is added to a delay.
    pub jitter_percent: u8,
}
