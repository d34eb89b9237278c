//! Elliptic curve contexts over OpenSSL objects.

use core::ffi::{c_char, c_int, c_uint};

use crate::abi::*;

c_enum! {
    /// What an elliptic curve key is used for.
    pub enum enum_genec_alg: c_uint {
        LEGENEC_UNKNOWN = 0,
        LEGENEC_ECDH = 1,
        LEGENEC_ECDSA = 2,
    }
}

c_enum! {
    /// Which side of a key agreement.
    pub enum enum_lws_dh_side: c_uint {
        LDHS_OURS = 0,
        LDHS_THEIRS = 1,
    }
}

/// An elliptic curve operation.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_genec_ctx {
    pub ctx: [*mut EVP_PKEY_CTX; 2],
    pub context: *mut lws_context,
    pub curve_table: *const lws_ec_curves,
    pub genec_alg: enum_genec_alg,
    pub has_private: c_char,
}

/// A curve: its names and size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ec_curves {
    pub name: *const c_char,
    pub tls_lib_nid: c_int,
    pub key_bytes: u16,
}
