//! What can be asked of a certificate.

use core::ffi::{c_char, c_int, c_uint};

opaque!(lws_x509_cert);

c_enum! {
    pub enum lws_tls_cert_info: c_uint {
        LWS_TLS_CERT_INFO_VALIDITY_FROM = 0,
        LWS_TLS_CERT_INFO_VALIDITY_TO = 1,
        LWS_TLS_CERT_INFO_COMMON_NAME = 2,
        LWS_TLS_CERT_INFO_ISSUER_NAME = 3,
        LWS_TLS_CERT_INFO_USAGE = 4,
        LWS_TLS_CERT_INFO_VERIFIED = 5,
        LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY = 6,
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_tls_cert_info_results_ns {
    pub len: c_int,
    pub name: [c_char; 64],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_tls_cert_info_results {
    pub verified: c_uint,
    pub time: libc::time_t,
    pub usage: c_uint,
    pub ns: lws_tls_cert_info_results_ns,
}
