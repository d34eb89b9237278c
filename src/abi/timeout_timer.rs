//! Timeouts of connections, and timers (`lws_sorted_usec_list_t`) whose memory belongs to the caller.

use core::ffi::{c_int, c_uint};

use crate::abi::*;

c_enum! {
    /// What a connection waits for when a timeout closes it: lws_set_timeout(). Programs use
    /// PENDING_TIMEOUT_USER_REASON_BASE and up.
    pub enum pending_timeout: c_uint {
        /// Nothing: takes a timeout away.
        NO_PENDING_TIMEOUT = 0,
        PENDING_TIMEOUT_AWAITING_PROXY_RESPONSE = 1,
        PENDING_TIMEOUT_AWAITING_CONNECT_RESPONSE = 2,
        PENDING_TIMEOUT_ESTABLISH_WITH_SERVER = 3,
        PENDING_TIMEOUT_AWAITING_SERVER_RESPONSE = 4,
        PENDING_TIMEOUT_AWAITING_PING = 5,
        PENDING_TIMEOUT_CLOSE_ACK = 6,
        PENDING_TIMEOUT_UNUSED1 = 7,
        PENDING_TIMEOUT_SENT_CLIENT_HANDSHAKE = 8,
        PENDING_TIMEOUT_SSL_ACCEPT = 9,
        PENDING_TIMEOUT_HTTP_CONTENT = 10,
        PENDING_TIMEOUT_AWAITING_CLIENT_HS_SEND = 11,
        PENDING_FLUSH_STORED_SEND_BEFORE_CLOSE = 12,
        PENDING_TIMEOUT_SHUTDOWN_FLUSH = 13,
        PENDING_TIMEOUT_CGI = 14,
        PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE = 15,
        PENDING_TIMEOUT_WS_PONG_CHECK_SEND_PING = 16,
        PENDING_TIMEOUT_WS_PONG_CHECK_GET_PONG = 17,
        PENDING_TIMEOUT_CLIENT_ISSUE_PAYLOAD = 18,
        PENDING_TIMEOUT_AWAITING_SOCKS_GREETING_REPLY = 19,
        PENDING_TIMEOUT_AWAITING_SOCKS_CONNECT_REPLY = 20,
        PENDING_TIMEOUT_AWAITING_SOCKS_AUTH_REPLY = 21,
        PENDING_TIMEOUT_KILLED_BY_SSL_INFO = 22,
        PENDING_TIMEOUT_KILLED_BY_PARENT = 23,
        PENDING_TIMEOUT_CLOSE_SEND = 24,
        PENDING_TIMEOUT_HOLDING_AH = 25,
        PENDING_TIMEOUT_UDP_IDLE = 26,
        PENDING_TIMEOUT_CLIENT_CONN_IDLE = 27,
        PENDING_TIMEOUT_LAGGING = 28,
        PENDING_TIMEOUT_THREADPOOL = 29,
        PENDING_TIMEOUT_THREADPOOL_TASK = 30,
        PENDING_TIMEOUT_KILLED_BY_PROXY_CLIENT_CLOSE = 31,
        /// A timeout of the library's at the request of the program.
        PENDING_TIMEOUT_USER_OK = 32,
        /// From here on they are the program's.
        PENDING_TIMEOUT_USER_REASON_BASE = 1000,
    }
}

/// lws_set_timeout(): close when the stack has unwound to the loop.
pub const LWS_TO_KILL_ASYNC: c_int = -1;
/// lws_set_timeout(): close before the call returns.
pub const LWS_TO_KILL_SYNC: c_int = -2;
/// lws_set_timer_usecs(): no timer.
pub const LWS_SET_TIMER_USEC_CANCEL: lws_usec_t = -1;
/// Microseconds in a second.
pub const LWS_USEC_PER_SEC: lws_usec_t = 1000000;
/// Timer lists of a service thread.
pub const LWS_COUNT_PT_SUL_OWNERS: c_int = 2;
/// lws_sul2_schedule(): a suspended system sleeps on.
pub const LWSSULLI_MISS_IF_SUSPENDED: c_int = 0;
/// lws_sul2_schedule(): it is woken.
pub const LWSSULLI_WAKE_IF_SUSPENDED: c_int = 1;

/// Called on the service thread when a timer is due, with the timer; it is off by then and may be scheduled again.
pub type sul_cb_t = Option<unsafe extern "C" fn(*mut lws_sorted_usec_list)>;
/// Short name of lws_sorted_usec_list.
pub type lws_sorted_usec_list_t = lws_sorted_usec_list;

/// A timer. The caller owns it, zeroed before its first use and in place until it is off: it ran, or
/// lws_sul_cancel().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_sorted_usec_list {
    /// Its place in the library's list; owner is not NULL while it runs.
    pub list: lws_dll2,
    /// When it is due, by lws_now_usecs().
    pub us: lws_usec_t,
    /// What is called.
    pub cb: sul_cb_t,
    /// Microseconds of latency that it can bear; not used.
    pub latency_us: u32,
}
