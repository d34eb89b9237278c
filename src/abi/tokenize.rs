//! The tokenizer and the string expander; the caller allocates both, so their sizes are ABI.

use core::ffi::{c_char, c_int, c_uint, c_void};

c_enum! {
    pub typedef lws_tokenize_elem: c_int {
        LWS_TOKZE_ERRS = 5,
        LWS_TOKZE_ERR_BROKEN_UTF8 = -5,
        LWS_TOKZE_ERR_UNTERM_STRING = -4,
        LWS_TOKZE_ERR_MALFORMED_FLOAT = -3,
        LWS_TOKZE_ERR_NUM_ON_LHS = -2,
        LWS_TOKZE_ERR_COMMA_LIST = -1,
        LWS_TOKZE_ENDED = 0,
        LWS_TOKZE_DELIMITER = 1,
        LWS_TOKZE_TOKEN = 2,
        LWS_TOKZE_INTEGER = 3,
        LWS_TOKZE_FLOAT = 4,
        LWS_TOKZE_TOKEN_NAME_EQUALS = 5,
        LWS_TOKZE_TOKEN_NAME_COLON = 6,
        LWS_TOKZE_QUOTED_STRING = 7,
    }
}

c_enum! {
    pub enum lws_tokenize_delimiter_tracking: c_uint {
        LWSTZ_DT_NEED_FIRST_CONTENT = 0,
        LWSTZ_DT_NEED_DELIM = 1,
        LWSTZ_DT_NEED_NEXT_CONTENT = 2,
    }
}

c_enum! {
    pub anonymous c_int {
        LSTRX_DONE = 0,
        LSTRX_FILLED_OUT = 1,
        LSTRX_FATAL_NAME_TOO_LONG = -1,
        LSTRX_FATAL_NAME_UNKNOWN = -2,
    }
}

pub const LWS_TOKENIZE_F_MINUS_NONTERM: c_int = 1 << 0;
pub const LWS_TOKENIZE_F_AGG_COLON: c_int = 1 << 1;
pub const LWS_TOKENIZE_F_COMMA_SEP_LIST: c_int = 1 << 2;
pub const LWS_TOKENIZE_F_RFC7230_DELIMS: c_int = 1 << 3;
pub const LWS_TOKENIZE_F_DOT_NONTERM: c_int = 1 << 4;
pub const LWS_TOKENIZE_F_NO_FLOATS: c_int = 1 << 5;
pub const LWS_TOKENIZE_F_NO_INTEGERS: c_int = 1 << 6;
pub const LWS_TOKENIZE_F_HASH_COMMENT: c_int = 1 << 7;
pub const LWS_TOKENIZE_F_SLASH_NONTERM: c_int = 1 << 8;

pub type lws_tokenize_t = lws_tokenize;
pub type lws_strexp_expand_cb =
    Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, *mut usize, usize, *mut usize) -> c_int>;
pub type lws_strexp_t = lws_strexp;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_tokenize {
    pub start: *const c_char,
    pub token: *const c_char,
    pub len: usize,
    pub token_len: usize,
    pub flags: u16,
    pub delim: u8,
    pub e: i8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_strexp {
    pub name: [c_char; 32],
    pub cb: lws_strexp_expand_cb,
    pub r#priv: *mut c_void,
    pub out: *mut c_char,
    pub olen: usize,
    pub pos: usize,
    pub exp_ofs: usize,
    pub name_pos: u8,
    pub state: c_char,
}
