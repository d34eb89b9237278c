//! JOSE headers, algorithms and recipients.

use core::ffi::{c_char, c_int, c_uint, c_ushort};

use crate::abi::*;

c_enum! {
    /// Parameters of a JOSE header.
    pub enum lws_jws_jose_hdr_indexes: c_uint {
        LJJHI_ALG = 0,
        LJJHI_JKU = 1,
        LJJHI_JWK = 2,
        LJJHI_KID = 3,
        LJJHI_X5U = 4,
        LJJHI_X5C = 5,
        LJJHI_X5T = 6,
        LJJHI_X5T_S256 = 7,
        LJJHI_TYP = 8,
        LJJHI_CTY = 9,
        LJJHI_CRIT = 10,
        LJJHI_RECIPS_HDR = 11,
        LJJHI_RECIPS_HDR_ALG = 12,
        LJJHI_RECIPS_HDR_KID = 13,
        LJJHI_RECIPS_EKEY = 14,
        LJJHI_ENC = 15,
        LJJHI_ZIP = 16,
        LJJHI_EPK = 17,
        LJJHI_APU = 18,
        LJJHI_APV = 19,
        LJJHI_IV = 20,
        LJJHI_TAG = 21,
        LJJHI_P2S = 22,
        LJJHI_P2C = 23,
        LWS_COUNT_JOSE_HDR_ELEMENTS = 24,
    }
}

c_enum! {
    /// Kinds of JOSE algorithm.
    pub enum lws_jose_algtype: c_uint {
        LWS_JOSE_ENCTYPE_NONE = 0,
        LWS_JOSE_ENCTYPE_RSASSA_PKCS1_1_5 = 1,
        LWS_JOSE_ENCTYPE_RSASSA_PKCS1_OAEP = 2,
        LWS_JOSE_ENCTYPE_RSASSA_PKCS1_PSS = 3,
        LWS_JOSE_ENCTYPE_ECDSA = 4,
        LWS_JOSE_ENCTYPE_ECDHES = 5,
        LWS_JOSE_ENCTYPE_AES_CBC = 6,
        LWS_JOSE_ENCTYPE_AES_CFB128 = 7,
        LWS_JOSE_ENCTYPE_AES_CFB8 = 8,
        LWS_JOSE_ENCTYPE_AES_CTR = 9,
        LWS_JOSE_ENCTYPE_AES_ECB = 10,
        LWS_JOSE_ENCTYPE_AES_OFB = 11,
        LWS_JOSE_ENCTYPE_AES_XTS = 12,
        LWS_JOSE_ENCTYPE_AES_GCM = 13,
    }
}

/// Most recipients.
pub const LWS_JWS_MAX_RECIPIENTS: c_int = 3;

/// A JOSE algorithm.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jose_jwe_alg {
    pub hash_type: lws_genhash_types,
    pub hmac_type: lws_genhmac_types,
    pub algtype_signing: lws_jose_algtype,
    pub algtype_crypto: lws_jose_algtype,
    pub alg: *const c_char,
    pub curve_name: *const c_char,
    pub keybits_min: c_ushort,
    pub keybits_fixed: c_ushort,
    pub ivbits: c_ushort,
}

/// A recipient.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jws_recpient {
    pub unprot: [lws_gencrypto_keyelem; 24],
    pub jwk_ephemeral: lws_jwk,
    pub jwk: lws_jwk,
}

/// A JOSE header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jose {
    pub e: [lws_gencrypto_keyelem; 24],
    pub recipient: [lws_jws_recpient; 3],
    pub typ: [c_char; 32],
    pub alg: *const lws_jose_jwe_alg,
    pub enc_alg: *const lws_jose_jwe_alg,
    pub recipients: c_int,
}
