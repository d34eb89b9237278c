//! Timeouts of connections, and timers (`lws_sorted_usec_list_t`) whose memory belongs to the caller.

use core::ffi::{c_int, c_uint};

use crate::abi::*;

c_enum! {
    pub enum pending_timeout: c_uint {
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
        PENDING_TIMEOUT_USER_OK = 32,
        PENDING_TIMEOUT_USER_REASON_BASE = 1000,
    }
}

pub const LWS_TO_KILL_ASYNC: c_int = -1;
pub const LWS_TO_KILL_SYNC: c_int = -2;
pub const LWS_SET_TIMER_USEC_CANCEL: lws_usec_t = -1;
pub const LWS_USEC_PER_SEC: lws_usec_t = 1000000;
pub const LWS_COUNT_PT_SUL_OWNERS: c_int = 2;
pub const LWSSULLI_MISS_IF_SUSPENDED: c_int = 0;
pub const LWSSULLI_WAKE_IF_SUSPENDED: c_int = 1;

pub type sul_cb_t = Option<unsafe extern "C" fn(*mut lws_sorted_usec_list)>;
pub type lws_sorted_usec_list_t = lws_sorted_usec_list;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_sorted_usec_list {
    pub list: lws_dll2,
    pub us: lws_usec_t,
    pub cb: sul_cb_t,
    pub latency_us: u32,
}
