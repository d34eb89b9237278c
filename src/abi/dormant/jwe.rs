//! JSON Web Encryption.

use core::ffi::{c_int, c_uint};

use crate::abi::*;

/// Bytes that AES key wrap adds.
pub const LWS_JWE_RFC3394_OVERHEAD_BYTES: c_int = 8;
/// Bytes of an AES initialisation vector.
pub const LWS_JWE_AES_IV_BYTES: c_int = 16;
/// Longest RSA key.
pub const LWS_JWE_LIMIT_RSA_KEY_BITS: c_int = 4096;
/// Longest AES key.
pub const LWS_JWE_LIMIT_AES_KEY_BITS: c_int = 576;
/// Longest elliptic curve key.
pub const LWS_JWE_LIMIT_EC_KEY_BITS: c_int = 528;
/// Longest hash.
pub const LWS_JWE_LIMIT_HASH_BITS: c_int = 512;
/// Longest element of a key.
pub const LWS_JWE_LIMIT_KEY_ELEMENT_BYTES: c_int = 512;

/// A JWE being made or read.
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
