//! The streaming JSON parser; the caller allocates its context, so its size is ABI.

use core::ffi::{c_char, c_int, c_schar, c_uint, c_void};

c_enum! {
    /// States of the JSON parser. Its own; programs have no use for them.
    pub enum lejp_states: c_uint {
        LEJP_IDLE = 0,
        LEJP_MEMBERS = 1,
        LEJP_M_P = 2,
        LEJP_MP_STRING = 67,
        LEJP_MP_STRING_ESC = 68,
        LEJP_MP_STRING_ESC_U1 = 69,
        LEJP_MP_STRING_ESC_U2 = 70,
        LEJP_MP_STRING_ESC_U3 = 71,
        LEJP_MP_STRING_ESC_U4 = 72,
        LEJP_MP_DELIM = 9,
        LEJP_MP_VALUE = 10,
        LEJP_MP_VALUE_NUM_INT = 75,
        LEJP_MP_VALUE_NUM_EXP = 76,
        LEJP_MP_VALUE_TOK = 77,
        LEJP_MP_COMMA_OR_END = 14,
        LEJP_MP_ARRAY_END = 15,
    }
}

c_enum! {
    /// Why lejp_parse() stopped: LEJP_CONTINUE needs more, >= 0 is done with so many bytes left over, the rest are
    /// errors.
    pub enum lejp_reasons: c_int {
        LEJP_CONTINUE = -1,
        LEJP_REJECT_IDLE_NO_BRACE = -2,
        LEJP_REJECT_MEMBERS_NO_CLOSE = -3,
        LEJP_REJECT_MP_NO_OPEN_QUOTE = -4,
        LEJP_REJECT_MP_STRING_UNDERRUN = -5,
        LEJP_REJECT_MP_ILLEGAL_CTRL = -6,
        LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC = -7,
        LEJP_REJECT_ILLEGAL_HEX = -8,
        LEJP_REJECT_MP_DELIM_MISSING_COLON = -9,
        LEJP_REJECT_MP_DELIM_BAD_VALUE_START = -10,
        LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC = -11,
        LEJP_REJECT_MP_VAL_NUM_FORMAT = -12,
        LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP = -13,
        LEJP_REJECT_MP_VAL_TOK_UNKNOWN = -14,
        LEJP_REJECT_MP_C_OR_E_UNDERF = -15,
        LEJP_REJECT_MP_C_OR_E_NOTARRAY = -16,
        LEJP_REJECT_MP_ARRAY_END_MISSING = -17,
        LEJP_REJECT_STACK_OVERFLOW = -18,
        LEJP_REJECT_MP_DELIM_ISTACK = -19,
        LEJP_REJECT_NUM_TOO_LONG = -20,
        LEJP_REJECT_MP_C_OR_E_NEITHER = -21,
        LEJP_REJECT_UNKNOWN = -22,
        LEJP_REJECT_CALLBACK = -23,
    }
}

c_enum! {
    /// What the JSON callback is told. Those with LEJP_FLAG_CB_IS_VALUE are values.
    pub enum lejp_callbacks: c_uint {
        LEJPCB_CONSTRUCTED = 0,
        LEJPCB_DESTRUCTED = 1,
        LEJPCB_START = 2,
        LEJPCB_COMPLETE = 3,
        LEJPCB_FAILED = 4,
        LEJPCB_PAIR_NAME = 5,
        LEJPCB_VAL_TRUE = 70,
        LEJPCB_VAL_FALSE = 71,
        LEJPCB_VAL_NULL = 72,
        LEJPCB_VAL_NUM_INT = 73,
        LEJPCB_VAL_NUM_FLOAT = 74,
        LEJPCB_VAL_STR_START = 11,
        LEJPCB_VAL_STR_CHUNK = 76,
        LEJPCB_VAL_STR_END = 77,
        LEJPCB_ARRAY_START = 14,
        LEJPCB_ARRAY_END = 15,
        LEJPCB_OBJECT_START = 16,
        LEJPCB_OBJECT_END = 17,
    }
}

c_enum! {
    /// What was seen of a number.
    pub enum num_flags: c_uint {
        LEJP_SEEN_MINUS = 1 << 0,
        LEJP_SEEN_POINT = 1 << 1,
        LEJP_SEEN_POST_POINT = 1 << 2,
        LEJP_SEEN_EXP = 1 << 3,
    }
}

/// lejp_states: white space counts in this state.
pub const LEJP_FLAG_WS_KEEP: c_int = 1 << 6;
/// lejp_states: a # starts a comment in this state.
pub const LEJP_FLAG_WS_COMMENTLINE: c_int = 1 << 5;
/// lejp_callbacks: a value is complete or goes on.
pub const LEJP_FLAG_CB_IS_VALUE: c_int = 1 << 6;
/// How many parsers can be stacked.
pub const LEJP_MAX_PARSING_STACK_DEPTH: c_int = 5;
/// How deep JSON may be nested.
pub const LEJP_MAX_DEPTH: c_int = 12;
/// How deep arrays may be nested.
pub const LEJP_MAX_INDEX_DEPTH: c_int = 5;
/// Longest path, in bytes.
pub const LEJP_MAX_PATH: c_int = 128;
/// A string comes in pieces of at most so many bytes.
pub const LEJP_STRING_CHUNK: c_int = 254;

/// Told of each thing in the JSON: the parser, a lejp_callbacks value. Non-zero ends parsing with
/// LEJP_REJECT_CALLBACK.
pub type lejp_callback = Option<unsafe extern "C" fn(*mut lejp_ctx, c_char) -> c_schar>;

/// One level of nesting.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct _lejp_stack {
    pub s: c_char,
    pub p: c_char,
    pub i: c_char,
    pub b: c_char,
}

/// One of the stacked parsers: its callback, paths and where it started.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct _lejp_parsing_stack {
    pub user: *mut c_void,
    pub callback: Option<unsafe extern "C" fn(*mut lejp_ctx, c_char) -> c_schar>,
    pub paths: *const *const c_char,
    pub count_paths: u8,
    pub ppos: u8,
    pub path_match: u8,
}

/// A JSON parser. The caller allocates it and sets it up by lejp_construct(); user, path, buf, npos, path_match and
/// ipos are what callbacks look at.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lejp_ctx {
    pub user: *mut c_void,
    pub pst: [_lejp_parsing_stack; 5],
    pub st: [_lejp_stack; 12],
    pub i: [u16; 5],
    pub wild: [u16; 5],
    pub path: [c_char; 128],
    pub buf: [c_char; 255],
    pub path_stride: usize,
    pub line: u32,
    pub uni: u16,
    pub npos: u8,
    pub dcount: u8,
    pub f: u8,
    pub sp: u8,
    pub ipos: u8,
    pub count_paths: u8,
    pub path_match: u8,
    pub path_match_len: u8,
    pub wildcount: u8,
    pub pst_sp: u8,
    pub outer_array: u8,
}
