//! CGI arguments and the states of the CGI header parser.

use core::ffi::{c_int, c_uchar, c_uint};

use crate::abi::*;

c_enum! {
    /// Which pipe of a CGI process.
    pub enum lws_enum_stdinouterr: c_uint {
        LWS_STDIN = 0,
        LWS_STDOUT = 1,
        LWS_STDERR = 2,
    }
}

c_enum! {
    /// States of the CGI header parser.
    pub enum lws_cgi_hdr_state: c_uint {
        LCHS_HEADER = 0,
        LCHS_CR1 = 1,
        LCHS_LF1 = 2,
        LCHS_CR2 = 3,
        LCHS_LF2 = 4,
        LHCS_RESPONSE = 5,
        LHCS_DUMP_HEADERS = 6,
        LHCS_PAYLOAD = 7,
        LCHS_SINGLE_0A = 8,
    }
}

/// What LWS_CALLBACK_CGI gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_cgi_args {
    pub stdwsi: *mut *mut lws,
    pub ch: lws_enum_stdinouterr,
    pub data: *mut c_uchar,
    pub hdr_state: lws_cgi_hdr_state,
    pub len: c_int,
}
