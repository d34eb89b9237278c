//! How a client connection is asked for: `lws_client_connect_info` and its TLS flags.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    pub enum lws_client_connect_ssl_connection_flags: c_uint {
        LCCSCF_USE_SSL = 1 << 0,
        LCCSCF_ALLOW_SELFSIGNED = 1 << 1,
        LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK = 1 << 2,
        LCCSCF_ALLOW_EXPIRED = 1 << 3,
        LCCSCF_ALLOW_INSECURE = 1 << 4,
        LCCSCF_H2_QUIRK_NGHTTP2_END_STREAM = 1 << 5,
        LCCSCF_H2_QUIRK_OVERFLOWS_TXCR = 1 << 6,
        LCCSCF_H2_AUTH_BEARER = 1 << 7,
        LCCSCF_H2_HEXIFY_AUTH_TOKEN = 1 << 8,
        LCCSCF_H2_MANUAL_RXFLOW = 1 << 9,
        LCCSCF_HTTP_MULTIPART_MIME = 1 << 10,
        LCCSCF_HTTP_X_WWW_FORM_URLENCODED = 1 << 11,
        LCCSCF_HTTP_NO_FOLLOW_REDIRECT = 1 << 12,
        LCCSCF_PIPELINE = 1 << 16,
        LCCSCF_MUXABLE_STREAM = 1 << 17,
        LCCSCF_H2_PRIOR_KNOWLEDGE = 1 << 18,
        LCCSCF_WAKE_SUSPEND__VALIDITY = 1 << 19,
        LCCSCF_PRIORITIZE_READS = 1 << 20,
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_client_connect_info {
    pub context: *mut lws_context,
    pub address: *const c_char,
    pub port: c_int,
    pub ssl_connection: c_int,
    pub path: *const c_char,
    pub host: *const c_char,
    pub origin: *const c_char,
    pub protocol: *const c_char,
    pub ietf_version_or_minus_one: c_int,
    pub userdata: *mut c_void,
    pub client_exts: *const c_void,
    pub method: *const c_char,
    pub parent_wsi: *mut lws,
    pub uri_replace_from: *const c_char,
    pub uri_replace_to: *const c_char,
    pub vhost: *mut lws_vhost,
    pub pwsi: *mut *mut lws,
    pub iface: *const c_char,
    pub local_protocol_name: *const c_char,
    pub alpn: *const c_char,
    pub seq: *mut lws_sequencer,
    pub opaque_user_data: *mut c_void,
    pub retry_and_idle_policy: *const lws_retry_bo_t,
    pub manual_initial_tx_credit: c_int,
    pub sys_tls_client_cert: u8,
    pub mqtt_cp: *mut c_void,
    pub keep_warm_secs: u16,
    pub _unused: [*mut c_void; 4],
}
