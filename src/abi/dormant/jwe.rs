//! JSON Web Encryption.

use core::ffi::{c_int, c_uint};

use crate::abi::*;

pub const LWS_JWE_RFC3394_OVERHEAD_BYTES: c_int = 8;
pub const LWS_JWE_AES_IV_BYTES: c_int = 16;
pub const LWS_JWE_LIMIT_RSA_KEY_BITS: c_int = 4096;
pub const LWS_JWE_LIMIT_AES_KEY_BITS: c_int = 576;
pub const LWS_JWE_LIMIT_EC_KEY_BITS: c_int = 528;
pub const LWS_JWE_LIMIT_HASH_BITS: c_int = 512;
pub const LWS_JWE_LIMIT_KEY_ELEMENT_BYTES: c_int = 512;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jwe {
    pub jose: lws_jose,
    pub jws: lws_jws,
    pub jwk: lws_jwk,
    pub cek: [u8; 512],
    /// cbindgen:bitfield=1
    pub cek_valid: c_uint,
    pub recip: c_int,
}
