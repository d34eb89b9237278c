//! Secure streams: states, flags, the stream info struct.

use core::ffi::{c_char, c_int, c_uint, c_void};

opaque! {
    /// A secure stream; opaque.
    lws_ss_handle
}

c_enum! {
    /// What a secure stream is told.
    pub typedef lws_ss_constate_t: c_uint {
        LWSSSCS_CREATING = 0,
        LWSSSCS_DISCONNECTED = 1,
        LWSSSCS_UNREACHABLE = 2,
        LWSSSCS_AUTH_FAILED = 3,
        LWSSSCS_CONNECTED = 4,
        LWSSSCS_CONNECTING = 5,
        LWSSSCS_DESTROYING = 6,
        LWSSSCS_POLL = 7,
        LWSSSCS_ALL_RETRIES_FAILED = 8,
        LWSSSCS_QOS_ACK_REMOTE = 9,
        LWSSSCS_QOS_NACK_REMOTE = 10,
        LWSSSCS_QOS_ACK_LOCAL = 11,
        LWSSSCS_QOS_NACK_LOCAL = 12,
        LWSSSCS_TIMEOUT = 13,
        LWSSSCS_SERVER_TXN = 14,
        LWSSSCS_SERVER_UPGRADE = 15,
        LWSSSCS_SINK_JOIN = 16,
        LWSSSCS_SINK_PART = 17,
    }
}

c_enum! {
    /// Flags of a piece of a message, and the proxy protocol.
    pub anonymous c_uint {
        LWSSS_FLAG_SOM = 1,
        LWSSS_FLAG_EOM = 2,
        LWSSS_FLAG_POLL = 4,
        LWSSS_FLAG_RELATED_START = 8,
        LWSSS_FLAG_RELATED_END = 16,
        LWSSS_FLAG_RIDESHARE = 32,
        LWSSS_SER_RXPRE_RX_PAYLOAD = 85,
        LWSSS_SER_RXPRE_CREATE_RESULT = 86,
        LWSSS_SER_RXPRE_CONNSTATE = 87,
        LWSSS_SER_RXPRE_TXCR_UPDATE = 88,
        LWSSS_SER_RXPRE_TLSNEG_ENCLAVE_SIGN = 89,
        LWSSS_SER_TXPRE_STREAMTYPE = 170,
        LWSSS_SER_TXPRE_ONWARD_CONNECT = 171,
        LWSSS_SER_TXPRE_DESTROYING = 172,
        LWSSS_SER_TXPRE_TX_PAYLOAD = 173,
        LWSSS_SER_TXPRE_METADATA = 174,
        LWSSS_SER_TXPRE_TXCR_UPDATE = 175,
        LWSSS_SER_TXPRE_TIMEOUT_UPDATE = 176,
        LWSSS_SER_TXPRE_PAYLOAD_LENGTH_HINT = 177,
        LWSSS_SER_TXPRE_TLSNEG_ENCLAVE_SIGNED = 178,
    }
}

c_enum! {
    /// States of a connection to the proxy.
    pub typedef lws_ss_conn_states_t: c_uint {
        LPCSPROX_WAIT_INITIAL_TX = 1,
        LPCSPROX_REPORTING_FAIL = 2,
        LPCSPROX_REPORTING_OK = 3,
        LPCSPROX_OPERATIONAL = 4,
        LPCSPROX_DESTROYED = 5,
        LPCSCLI_SENDING_INITIAL_TX = 6,
        LPCSCLI_WAITING_CREATE_RESULT = 7,
        LPCSCLI_LOCAL_CONNECTED = 8,
        LPCSCLI_ONWARD_CONNECT = 9,
        LPCSCLI_OPERATIONAL = 10,
    }
}

c_enum! {
    /// What a secure stream's callbacks return.
    pub enum lws_ss_state_return: c_int {
        LWSSSSRET_TX_DONT_SEND = 1,
        LWSSSSRET_OK = 0,
        LWSSSSRET_DISCONNECT_ME = -1,
        LWSSSSRET_DESTROY_ME = -2,
    }
}

c_enum! {
    /// Flags of lws_ss_info.
    pub anonymous c_uint {
        LWSSSINFLAGS_REGISTER_SINK = 1 << 0,
        LWSSSINFLAGS_PROXIED = 1 << 1,
        LWSSSINFLAGS_SERVER = 1 << 2,
        LWSSSINFLAGS_ACCEPTED = 1 << 3,
    }
}

/// Most bytes of one transfer.
pub const LWS_SS_MTU: c_int = 1540;
/// The policy's timeout.
pub const LWSSS_TIMEOUT_FROM_POLICY: c_int = 0;

/// Number of a transfer.
pub type lws_ss_tx_ordinal_t = u32;
/// Short name of lws_ss_state_return.
pub type lws_ss_state_return_t = lws_ss_state_return;
/// Short name of lws_ss_info.
pub type lws_ss_info_t = lws_ss_info;

/// What a secure stream is made from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_info {
    pub streamtype: *const c_char,
    pub user_alloc: usize,
    pub handle_offset: usize,
    pub opaque_user_data_offset: usize,
    pub rx: Option<unsafe extern "C" fn(*mut c_void, *const u8, usize, c_int) -> lws_ss_state_return_t>,
    pub tx: Option<
        unsafe extern "C" fn(
            *mut c_void,
            lws_ss_tx_ordinal_t,
            *mut u8,
            *mut usize,
            *mut c_int,
        ) -> lws_ss_state_return_t,
    >,
    pub state: Option<
        unsafe extern "C" fn(*mut c_void, *mut c_void, lws_ss_constate_t, lws_ss_tx_ordinal_t) -> lws_ss_state_return_t,
    >,
    pub manual_initial_tx_credit: c_int,
    pub flags: u8,
}
