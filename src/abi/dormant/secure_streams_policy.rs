//! Secure streams policy: endpoints, trust stores, metadata.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// Flags of a policy.
    pub anonymous c_uint {
        LWSSSPOLF_OPPORTUNISTIC = 1 << 0,
        LWSSSPOLF_NAILED_UP = 1 << 1,
        LWSSSPOLF_URGENT_TX = 1 << 2,
        LWSSSPOLF_URGENT_RX = 1 << 3,
        LWSSSPOLF_TLS = 1 << 4,
        LWSSSPOLF_LONG_POLL = 1 << 5,
        LWSSSPOLF_AUTH_BEARER = 1 << 6,
        LWSSSPOLF_HTTP_NO_CONTENT_LENGTH = 1 << 7,
        LWSSSPOLF_QUIRK_NGHTTP2_END_STREAM = 1 << 8,
        LWSSSPOLF_H2_QUIRK_OVERFLOWS_TXCR = 1 << 9,
        LWSSSPOLF_H2_QUIRK_UNCLEAN_HPACK_STATE = 1 << 10,
        LWSSSPOLF_HTTP_MULTIPART = 1 << 11,
        LWSSSPOLF_HTTP_X_WWW_FORM_URLENCODED = 1 << 12,
        LWSSSPOLF_LOCAL_SINK = 1 << 13,
        LWSSSPOLF_WAKE_SUSPEND__VALIDITY = 1 << 14,
        LWSSSPOLF_SERVER = 1 << 15,
        LWSSSPOLF_ALLOW_REDIRECTS = 1 << 16,
        LWSSSPOLF_HTTP_MULTIPART_IN = 1 << 17,
    }
}

c_enum! {
    /// Protocols of a policy, and its blob headers.
    pub anonymous c_uint {
        LWSSSP_H1 = 0,
        LWSSSP_H2 = 1,
        LWSSSP_WS = 2,
        LWSSSP_MQTT = 3,
        LWSSSP_RAW = 4,
        LWSSS_HBI_AUTH = 0,
        LWSSS_HBI_DSN = 1,
        LWSSS_HBI_FWV = 2,
        LWSSS_HBI_TYPE = 3,
        _LWSSS_HBI_COUNT = 4,
    }
}

/// Told how an authorisation goes.
pub type plugin_auth_status_cb = Option<unsafe extern "C" fn(*mut lws_ss_handle, c_int) -> c_int>;
/// Short name of lws_ss_x509.
pub type lws_ss_x509_t = lws_ss_x509;
/// Short name of lws_ss_trust_store.
pub type lws_ss_trust_store_t = lws_ss_trust_store;
/// Short name of lws_ss_metadata.
pub type lws_ss_metadata_t = lws_ss_metadata;
/// Short name of lws_ss_policy.
pub type lws_ss_policy_t = lws_ss_policy;

/// A certificate of a policy.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_x509 {
    pub next: *mut lws_ss_x509,
    pub vhost_name: *const c_char,
    pub ca_der: *const u8,
    pub ca_der_len: usize,
    /// cbindgen:bitfield=1
    pub keep: u8,
}

/// A trust store of a policy.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_trust_store {
    pub next: *mut lws_ss_trust_store,
    pub name: *const c_char,
    pub ssx509: [*const lws_ss_x509_t; 6],
    pub count: c_int,
}

/// A metadata item of a stream.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_metadata {
    pub next: *mut lws_ss_metadata,
    pub name: *const c_char,
    pub value: *mut c_void,
    pub length: usize,
    pub value_on_lws_heap: u8,
}

/// What belongs to ws.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_policy_u_http_u_ws {
    pub subprotocol: *const c_char,
    pub binary: u8,
}

/// What belongs to a protocol over HTTP.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_ss_policy_u_http_u {
    pub ws: lws_ss_policy_u_http_u_ws,
}

/// What belongs to HTTP.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_policy_u_http {
    pub method: *const c_char,
    pub url: *const c_char,
    pub multipart_name: *const c_char,
    pub multipart_filename: *const c_char,
    pub multipart_content_type: *const c_char,
    pub blob_header: [*const c_char; 4],
    pub auth_preamble: *const c_char,
    pub u: lws_ss_policy_u_http_u,
    pub resp_expect: u16,
    /// cbindgen:bitfield=1
    pub fail_redirect: u8,
}

/// What belongs to its protocol.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_ss_policy_u {
    pub http: lws_ss_policy_u_http,
}

/// What a server shows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_policy_trust_server {
    pub cert: *const lws_ss_x509_t,
    pub key: *const lws_ss_x509_t,
}

/// What is trusted, or shown.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_ss_policy_trust {
    pub store: *const lws_ss_trust_store_t,
    pub server: lws_ss_policy_trust_server,
}

/// Where and how a type of stream connects.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ss_policy {
    pub next: *mut lws_ss_policy,
    pub streamtype: *const c_char,
    pub endpoint: *const c_char,
    pub rideshare_streamtype: *const c_char,
    pub payload_fmt: *const c_char,
    pub socks5_proxy: *const c_char,
    pub metadata: *mut lws_ss_metadata_t,
    pub u: lws_ss_policy_u,
    pub trust: lws_ss_policy_trust,
    pub retry_bo: *const lws_retry_bo_t,
    pub timeout_ms: u32,
    pub flags: u32,
    pub port: u16,
    pub metadata_count: u8,
    pub protocol: u8,
    pub client_cert: u8,
}
