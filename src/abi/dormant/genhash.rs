//! Hash and HMAC contexts over OpenSSL objects.

use core::ffi::{c_int, c_uint};

use crate::abi::*;

c_enum! {
    /// Hashes.
    pub enum lws_genhash_types: c_uint {
        LWS_GENHASH_TYPE_UNKNOWN = 0,
        LWS_GENHASH_TYPE_MD5 = 1,
        LWS_GENHASH_TYPE_SHA1 = 2,
        LWS_GENHASH_TYPE_SHA256 = 3,
        LWS_GENHASH_TYPE_SHA384 = 4,
        LWS_GENHASH_TYPE_SHA512 = 5,
    }
}

c_enum! {
    /// HMACs.
    pub enum lws_genhmac_types: c_uint {
        LWS_GENHMAC_TYPE_UNKNOWN = 0,
        LWS_GENHMAC_TYPE_SHA256 = 1,
        LWS_GENHMAC_TYPE_SHA384 = 2,
        LWS_GENHMAC_TYPE_SHA512 = 3,
    }
}

/// Bytes of the longest hash.
pub const LWS_GENHASH_LARGEST: c_int = 64;

/// A hash being made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_genhash_ctx {
    pub r#type: u8,
    pub evp_type: *const EVP_MD,
    pub mdctx: *mut EVP_MD_CTX,
}

/// An HMAC being made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_genhmac_ctx {
    pub r#type: u8,
    pub evp_type: *const EVP_MD,
    pub ctx: *mut EVP_MD_CTX,
    pub key: *mut EVP_PKEY,
}
