//! JSON Web Keys.

use core::ffi::{c_char, c_int, c_uint, c_ushort, c_void};

use crate::abi::*;

c_enum! {
    pub enum enum_jwk_meta_tok: c_uint {
        JWK_META_KTY = 0,
        JWK_META_KID = 1,
        JWK_META_USE = 2,
        JWK_META_KEY_OPS = 3,
        JWK_META_X5C = 4,
        JWK_META_ALG = 5,
        LWS_COUNT_JWK_ELEMENTS = 6,
    }
}

pub const LWSJWKF_EXPORT_PRIVATE: c_int = 1 << 0;
pub const LWSJWKF_EXPORT_NOCRLF: c_int = 1 << 1;

pub type lws_jwk_key_import_callback = Option<unsafe extern "C" fn(*mut lws_jwk, *mut c_void) -> c_int>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jwk {
    pub e: [lws_gencrypto_keyelem; 8],
    pub meta: [lws_gencrypto_keyelem; 6],
    pub kty: c_int,
    pub private_key: c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_jwk_parse_state {
    pub jwk: *mut lws_jwk,
    pub b64: [c_char; 1366],
    pub per_key_cb: lws_jwk_key_import_callback,
    pub user: *mut c_void,
    pub pos: c_int,
    pub possible: c_ushort,
}
