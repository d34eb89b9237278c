//! Key types and the elements that keys are made of.

use core::ffi::{c_int, c_uint};

c_enum! {
    /// Kinds of key.
    pub enum lws_gencrypto_kty: c_uint {
        LWS_GENCRYPTO_KTY_UNKNOWN = 0,
        LWS_GENCRYPTO_KTY_OCT = 1,
        LWS_GENCRYPTO_KTY_RSA = 2,
        LWS_GENCRYPTO_KTY_EC = 3,
    }
}

c_enum! {
    /// Elements of a symmetric key.
    pub enum lws_gencrypto_oct_tok: c_uint {
        LWS_GENCRYPTO_OCT_KEYEL_K = 0,
        LWS_GENCRYPTO_OCT_KEYEL_COUNT = 1,
    }
}

c_enum! {
    /// Elements of an RSA key.
    pub enum lws_gencrypto_rsa_tok: c_uint {
        LWS_GENCRYPTO_RSA_KEYEL_E = 0,
        LWS_GENCRYPTO_RSA_KEYEL_N = 1,
        LWS_GENCRYPTO_RSA_KEYEL_D = 2,
        LWS_GENCRYPTO_RSA_KEYEL_P = 3,
        LWS_GENCRYPTO_RSA_KEYEL_Q = 4,
        LWS_GENCRYPTO_RSA_KEYEL_DP = 5,
        LWS_GENCRYPTO_RSA_KEYEL_DQ = 6,
        LWS_GENCRYPTO_RSA_KEYEL_QI = 7,
        LWS_GENCRYPTO_RSA_KEYEL_COUNT = 8,
    }
}

c_enum! {
    /// Elements of an elliptic curve key.
    pub enum lws_gencrypto_ec_tok: c_uint {
        LWS_GENCRYPTO_EC_KEYEL_CRV = 0,
        LWS_GENCRYPTO_EC_KEYEL_X = 1,
        LWS_GENCRYPTO_EC_KEYEL_D = 2,
        LWS_GENCRYPTO_EC_KEYEL_Y = 3,
        LWS_GENCRYPTO_EC_KEYEL_COUNT = 4,
    }
}

c_enum! {
    /// Elements of an AES key.
    pub enum lws_gencrypto_aes_tok: c_uint {
        LWS_GENCRYPTO_AES_KEYEL_K = 0,
        LWS_GENCRYPTO_AES_KEYEL_COUNT = 1,
    }
}

/// Most elements of a key.
pub const LWS_GENCRYPTO_MAX_KEYEL_COUNT: c_int = 8;

/// An element of a key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_gencrypto_keyelem {
    pub buf: *mut u8,
    pub len: u32,
}
