//! What can be asked of a certificate.

use core::ffi::{c_char, c_int, c_uint};

/// A certificate; opaque.
opaque!(lws_x509_cert);

c_enum! {
    /// What lws_tls_peer_cert_info() and its kin are asked for.
    pub enum lws_tls_cert_info: c_uint {
        /// time: valid from.
        LWS_TLS_CERT_INFO_VALIDITY_FROM = 0,
        /// time: valid to.
        LWS_TLS_CERT_INFO_VALIDITY_TO = 1,
        /// ns: the common name of its subject.
        LWS_TLS_CERT_INFO_COMMON_NAME = 2,
        /// ns: who issued it.
        LWS_TLS_CERT_INFO_ISSUER_NAME = 3,
        /// usage: key usage bits.
        LWS_TLS_CERT_INFO_USAGE = 4,
        /// verified: 1 when the peer's certificate was checked and is good.
        LWS_TLS_CERT_INFO_VERIFIED = 5,
        /// ns: the public key.
        LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY = 6,
    }
}

/// A name or key; a buffer longer than this struct may be given, with its size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_tls_cert_info_results_ns {
    /// Bytes of name.
    pub len: c_int,
    /// The bytes; 64 or more, as the caller allocated.
    pub name: [c_char; 64],
}

/// The answer.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_tls_cert_info_results {
    /// For LWS_TLS_CERT_INFO_VERIFIED.
    pub verified: c_uint,
    /// Seconds since 1970.
    pub time: libc::time_t,
    /// For LWS_TLS_CERT_INFO_USAGE.
    pub usage: c_uint,
    /// For names and keys.
    pub ns: lws_tls_cert_info_results_ns,
}
