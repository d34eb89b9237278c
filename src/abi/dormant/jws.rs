//! JSON Web Signatures and signed cookies.

use core::ffi::{c_char, c_int, c_uint, c_ulong};

use crate::abi::*;

c_enum! {
    /// Parts of a JWS.
    pub enum enum_jws_sig_elements: c_uint {
        LJWS_JOSE = 0,
        LJWS_PYLD = 1,
        LJWS_SIG = 2,
        LJWS_UHDR = 3,
        LJWE_JOSE = 0,
        LJWE_EKEY = 1,
        LJWE_IV = 2,
        LJWE_CTXT = 3,
        LJWE_ATAG = 4,
        LJWE_AAD = 5,
        LWS_JWS_MAX_COMPACT_BLOCKS = 6,
    }
}

/// Most signatures.
pub const LWS_JWS_MAX_SIGS: c_int = 3;

/// The parts of a JWS.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jws_map {
    pub buf: [*const c_char; 6],
    pub len: [u32; 6],
}

/// A JWS being made or read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jws {
    pub jwk: *mut lws_jwk,
    pub context: *mut lws_context,
    pub map: lws_jws_map,
    pub map_b64: lws_jws_map,
}

/// What goes into or comes out of a signed cookie.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jwt_sign_set_cookie {
    pub jwk: *mut lws_jwk,
    pub alg: *const c_char,
    pub iss: *const c_char,
    pub aud: *const c_char,
    pub cookie_name: *const c_char,
    pub sub: [c_char; 33],
    pub extra_json: *const c_char,
    pub extra_json_len: usize,
    pub csrf_in: *const c_char,
    pub expiry_unix_time: c_ulong,
}
