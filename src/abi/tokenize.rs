//! The tokenizer and the string expander; the caller allocates both, so their sizes are ABI.

use core::ffi::{c_char, c_int, c_uint, c_void};

c_enum! {
    /// What lws_tokenize() found. Below LWS_TOKZE_ENDED are errors.
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
    /// What is expected next in a comma separated list.
    pub enum lws_tokenize_delimiter_tracking: c_uint {
        LWSTZ_DT_NEED_FIRST_CONTENT = 0,
        LWSTZ_DT_NEED_DELIM = 1,
        LWSTZ_DT_NEED_NEXT_CONTENT = 2,
    }
}

c_enum! {
    /// What lws_strexp_expand() returns.
    pub anonymous c_int {
        /// All of the input is through.
        LSTRX_DONE = 0,
        /// The output is full: empty it and call again.
        LSTRX_FILLED_OUT = 1,
        /// The name of a variable is longer than there is room.
        LSTRX_FATAL_NAME_TOO_LONG = -1,
        /// The callback does not know a variable.
        LSTRX_FATAL_NAME_UNKNOWN = -2,
    }
}

/// A - is part of a token.
pub const LWS_TOKENIZE_F_MINUS_NONTERM: c_int = 1 << 0;
/// A token and the colon after it are one: token names.
pub const LWS_TOKENIZE_F_AGG_COLON: c_int = 1 << 1;
/// Tokens and strings have commas between them.
pub const LWS_TOKENIZE_F_COMMA_SEP_LIST: c_int = 1 << 2;
/// Delimiters are those of RFC 7230.
pub const LWS_TOKENIZE_F_RFC7230_DELIMS: c_int = 1 << 3;
/// A . is part of a token.
pub const LWS_TOKENIZE_F_DOT_NONTERM: c_int = 1 << 4;
/// No floating point numbers: 1.2 is 1, ., 2.
pub const LWS_TOKENIZE_F_NO_FLOATS: c_int = 1 << 5;
/// Numbers are tokens.
pub const LWS_TOKENIZE_F_NO_INTEGERS: c_int = 1 << 6;
/// From # to the end of the line is a comment.
pub const LWS_TOKENIZE_F_HASH_COMMENT: c_int = 1 << 7;
/// A / is part of a token.
pub const LWS_TOKENIZE_F_SLASH_NONTERM: c_int = 1 << 8;

/// Short name of lws_tokenize.
pub type lws_tokenize_t = lws_tokenize;
/// Gives the text for a variable: priv, its name, output, its position, its size, bytes of the text that went out
/// before. Returns LSTRX_.
pub type lws_strexp_expand_cb =
    Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, *mut usize, usize, *mut usize) -> c_int>;
/// Short name of lws_strexp.
pub type lws_strexp_t = lws_strexp;

/// A tokenizer: lws_tokenize_init() sets it up. The caller owns it and the text.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_tokenize {
    /// Rest of the text.
    pub start: *const c_char,
    /// The token found; it is not terminated.
    pub token: *const c_char,
    /// Bytes of the rest.
    pub len: usize,
    /// Bytes of the token.
    pub token_len: usize,
    /// LWS_TOKENIZE_F_ bits.
    pub flags: u16,
    /// enum lws_tokenize_delimiter_tracking.
    pub delim: u8,
    /// lws_tokenize_elem that was found last.
    pub e: i8,
}

/// A string expander: it replaces ${name}. lws_strexp_init() sets it up. The caller owns it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_strexp {
    /// Name of the variable that is being read.
    pub name: [c_char; 32],
    /// Gives the text for a variable.
    pub cb: lws_strexp_expand_cb,
    /// Its first argument.
    pub r#priv: *mut c_void,
    /// Where the output goes, or NULL: only count.
    pub out: *mut c_char,
    /// Bytes there.
    pub olen: usize,
    /// Bytes used of them.
    pub pos: usize,
    /// Bytes of the current variable's text that went out before.
    pub exp_ofs: usize,
    /// Bytes used in name.
    pub name_pos: u8,
    /// Where in the syntax it is.
    pub state: c_char,
}
