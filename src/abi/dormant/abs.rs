//! Abstract transports and protocols, and their unit test transport.

use core::ffi::{c_char, c_int, c_short, c_uint, c_ulong, c_void};

opaque! {
    /// An abstract connection; opaque.
    lws_abs
}

c_enum! {
    /// Where the name indexes of tokens begin.
    pub anonymous c_uint {
        LTMI_END_OF_ARRAY = 0,
        LTMI_PROTOCOL_BASE = 2048,
        LTMI_TRANSPORT_BASE = 4096,
    }
}

c_enum! {
    /// Flags of an abstract protocol.
    pub anonymous c_uint {
        LWS_AP_FLAG_PIPELINE_TRANSACTIONS = 1,
        LWS_AP_FLAG_MUXABLE_STREAM = 2,
    }
}

c_enum! {
    /// Token names of the raw socket transport.
    pub anonymous c_uint {
        LTMI_PEER_V_DNS_ADDRESS = 4096,
        LTMI_PEER_LV_PORT = 4097,
        LTMI_PEER_LV_TLS_FLAGS = 4098,
    }
}

c_enum! {
    /// Flags of a unit test packet.
    pub anonymous c_uint {
        LWS_AUT_EXPECT_TEST_END = 1 << 0,
        LWS_AUT_EXPECT_LOCAL_CLOSE = 1 << 1,
        LWS_AUT_EXPECT_DO_REMOTE_CLOSE = 1 << 2,
        LWS_AUT_EXPECT_TX = 1 << 3,
        LWS_AUT_EXPECT_RX = 1 << 4,
        LWS_AUT_EXPECT_SHOULD_FAIL = 1 << 5,
        LWS_AUT_EXPECT_SHOULD_TIMEOUT = 1 << 6,
    }
}

c_enum! {
    /// How a unit test ended.
    pub typedef lws_unit_test_packet_disposition: c_uint {
        LPE_CONTINUE = 0,
        LPE_SUCCEEDED = 1,
        LPE_FAILED = 2,
        LPE_FAILED_UNEXPECTED_TIMEOUT = 3,
        LPE_FAILED_UNEXPECTED_PASS = 4,
        LPE_FAILED_UNEXPECTED_CLOSE = 5,
        LPE_SKIPPED = 6,
        LPE_CLOSING = 7,
    }
}

c_enum! {
    /// Token names of the unit test transport.
    pub anonymous c_uint {
        LTMI_PEER_V_EXPECT_TEST = 4096,
        LTMI_PEER_V_EXPECT_RESULT_CB = 4097,
        LTMI_PEER_V_EXPECT_RESULT_CB_ARG = 4098,
    }
}

/// Short name of lws_token_map.
pub type lws_token_map_t = lws_token_map;
/// Short name of lws_abs.
pub type lws_abs_t = lws_abs;
/// An instance of a transport.
pub type lws_abs_transport_inst_t = c_void;
/// An instance of a protocol.
pub type lws_abs_protocol_inst_t = c_void;
/// Short name of lws_abs_protocol.
pub type lws_abs_protocol_t = lws_abs_protocol;
/// Short name of lws_abs_transport.
pub type lws_abs_transport_t = lws_abs_transport;
/// Told how a unit test ended.
pub type lws_unit_test_packet_test_cb = Option<unsafe extern "C" fn(*const c_void, c_int) -> c_int>;
/// Called before a packet of a unit test.
pub type lws_unit_test_packet_cb = Option<unsafe extern "C" fn(*mut lws_abs_t) -> c_int>;
/// Short name of lws_unit_test_packet.
pub type lws_unit_test_packet_t = lws_unit_test_packet;
/// Short name of lws_unit_test.
pub type lws_unit_test_t = lws_unit_test;

/// The value.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_token_map_u {
    pub value: *const c_char,
    pub bvalue: *mut u8,
    pub lvalue: c_ulong,
}

/// A name index with its value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_token_map {
    pub u: lws_token_map_u,
    pub name_index: c_short,
    pub length_or_zero: c_short,
}

/// An abstract protocol: its operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_abs_protocol {
    pub name: *const c_char,
    pub alloc: c_int,
    pub flags: c_int,
    pub create: Option<unsafe extern "C" fn(*const lws_abs) -> c_int>,
    pub destroy: Option<unsafe extern "C" fn(*mut *mut lws_abs_protocol_inst_t)>,
    pub compare: Option<unsafe extern "C" fn(*mut lws_abs_t, *mut lws_abs_t) -> c_int>,
    pub accept: Option<unsafe extern "C" fn(*mut lws_abs_protocol_inst_t) -> c_int>,
    pub rx: Option<unsafe extern "C" fn(*mut lws_abs_protocol_inst_t, *const u8, usize) -> c_int>,
    pub writeable: Option<unsafe extern "C" fn(*mut lws_abs_protocol_inst_t, usize) -> c_int>,
    pub closed: Option<unsafe extern "C" fn(*mut lws_abs_protocol_inst_t) -> c_int>,
    pub heartbeat: Option<unsafe extern "C" fn(*mut lws_abs_protocol_inst_t) -> c_int>,
    pub child_bind: Option<unsafe extern "C" fn(*mut lws_abs_t) -> c_int>,
}

/// An abstract transport: its operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_abs_transport {
    pub name: *const c_char,
    pub alloc: c_int,
    pub create: Option<unsafe extern "C" fn(*mut lws_abs_t) -> c_int>,
    pub destroy: Option<unsafe extern "C" fn(*mut *mut lws_abs_transport_inst_t)>,
    pub compare: Option<unsafe extern "C" fn(*mut lws_abs_t, *mut lws_abs_t) -> c_int>,
    pub tx: Option<unsafe extern "C" fn(*mut lws_abs_transport_inst_t, *mut u8, usize) -> c_int>,
    pub client_conn: Option<unsafe extern "C" fn(*const lws_abs_t) -> c_int>,
    pub close: Option<unsafe extern "C" fn(*mut lws_abs_transport_inst_t) -> c_int>,
    pub ask_for_writeable: Option<unsafe extern "C" fn(*mut lws_abs_transport_inst_t) -> c_int>,
    pub set_timeout: Option<unsafe extern "C" fn(*mut lws_abs_transport_inst_t, c_int, c_int) -> c_int>,
    pub state: Option<unsafe extern "C" fn(*mut lws_abs_transport_inst_t) -> c_int>,
}

/// A packet that a unit test sends or expects.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_unit_test_packet {
    pub buffer: *mut c_void,
    pub pre: lws_unit_test_packet_cb,
    pub len: usize,
    pub flags: u32,
}

/// A unit test.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_unit_test {
    pub name: *const c_char,
    pub expect_array: *mut lws_unit_test_packet_t,
    pub max_secs: c_int,
}
