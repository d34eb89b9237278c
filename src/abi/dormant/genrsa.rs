//! RSA contexts over OpenSSL objects.

use core::ffi::c_uint;

use crate::abi::*;

c_enum! {
    /// RSA padding.
    pub enum enum_genrsa_mode: c_uint {
        LGRSAM_PKCS1_1_5 = 0,
        LGRSAM_PKCS1_OAEP_PSS = 1,
        LGRSAM_COUNT = 2,
    }
}

/// An RSA operation.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_genrsa_ctx {
    pub bn: [*mut BIGNUM; 8],
    pub ctx: *mut EVP_PKEY_CTX,
    pub rsa: *mut RSA,
    pub context: *mut lws_context,
    pub mode: enum_genrsa_mode,
}
