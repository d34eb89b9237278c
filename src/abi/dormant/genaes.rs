//! AES contexts over OpenSSL objects.

use core::ffi::{c_char, c_int, c_uchar, c_uint};

use crate::abi::*;

c_enum! {
    /// AES modes.
    pub enum enum_aes_modes: c_uint {
        LWS_GAESM_CBC = 0,
        LWS_GAESM_CFB128 = 1,
        LWS_GAESM_CFB8 = 2,
        LWS_GAESM_CTR = 3,
        LWS_GAESM_ECB = 4,
        LWS_GAESM_OFB = 5,
        LWS_GAESM_XTS = 6,
        LWS_GAESM_GCM = 7,
        LWS_GAESM_KW = 8,
    }
}

c_enum! {
    /// Encrypt or decrypt.
    pub enum enum_aes_operation: c_uint {
        LWS_GAESO_ENC = 0,
        LWS_GAESO_DEC = 1,
    }
}

c_enum! {
    /// AES padding.
    pub enum enum_aes_padding: c_uint {
        LWS_GAESP_NO_PADDING = 0,
        LWS_GAESP_WITH_PADDING = 1,
    }
}

/// AES block, in bits.
pub const LWS_AES_BLOCKSIZE: c_int = 128;
/// AES block, in bytes.
pub const LWS_AES_CBC_BLOCKLEN: c_int = 16;

/// An AES operation.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_genaes_ctx {
    pub ctx: *mut EVP_CIPHER_CTX,
    pub cipher: *const EVP_CIPHER,
    pub engine: *mut ENGINE,
    pub init: c_char,
    pub tag: [c_uchar; 16],
    pub k: *mut lws_gencrypto_keyelem,
    pub op: enum_aes_operation,
    pub mode: enum_aes_modes,
    pub padding: enum_aes_padding,
    pub taglen: c_int,
    pub underway: c_char,
}
