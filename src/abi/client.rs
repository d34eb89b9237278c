//! How a client connection is asked for: `lws_client_connect_info` and its TLS flags.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// Bits of lws_client_connect_info.ssl_connection: TLS, and how strict; h2 quirks; pipelining.
    pub enum lws_client_connect_ssl_connection_flags: c_uint {
        /// Use TLS. The other TLS bits mean something only with it.
        LCCSCF_USE_SSL = 1 << 0,
        /// Take a certificate that no known authority signed.
        LCCSCF_ALLOW_SELFSIGNED = 1 << 1,
        /// Take a certificate for another host name.
        LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK = 1 << 2,
        /// Take a certificate whose time is over.
        LCCSCF_ALLOW_EXPIRED = 1 << 3,
        /// Take any certificate: no protection against a man in the middle.
        LCCSCF_ALLOW_INSECURE = 1 << 4,
        /// h2: for servers that want END_STREAM in a frame of its own.
        LCCSCF_H2_QUIRK_NGHTTP2_END_STREAM = 1 << 5,
        /// h2: for servers whose window updates overflow.
        LCCSCF_H2_QUIRK_OVERFLOWS_TXCR = 1 << 6,
        /// Send the system's auth token as a bearer token.
        LCCSCF_H2_AUTH_BEARER = 1 << 7,
        /// Send that token in hex.
        LCCSCF_H2_HEXIFY_AUTH_TOKEN = 1 << 8,
        /// h2: the program opens the peer's window itself.
        LCCSCF_H2_MANUAL_RXFLOW = 1 << 9,
        /// The body is multipart/form-data, made by lws_client_http_multipart().
        LCCSCF_HTTP_MULTIPART_MIME = 1 << 10,
        /// The body is application/x-www-form-urlencoded.
        LCCSCF_HTTP_X_WWW_FORM_URLENCODED = 1 << 11,
        /// Hand a redirect to the program as an answer instead of following it.
        LCCSCF_HTTP_NO_FOLLOW_REDIRECT = 1 << 12,
        /// Requests to the same endpoint may share a connection: h1 one after the other, h2 at once.
        LCCSCF_PIPELINE = 1 << 16,
        /// The stream may ride on a multiplexed connection.
        LCCSCF_MUXABLE_STREAM = 1 << 17,
        /// Start h2 without TLS and without an upgrade.
        LCCSCF_H2_PRIOR_KNOWLEDGE = 1 << 18,
        /// Validity checks may wake a suspended system.
        LCCSCF_WAKE_SUSPEND__VALIDITY = 1 << 19,
        /// Read before writing when both are possible.
        LCCSCF_PRIORITIZE_READS = 1 << 20,
    }
}

/// A client connection to be made: lws_client_connect_via_info(). Zero it before use. It is read during the call,
/// strings are copied; what lives longer says so.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_client_connect_info {
    /// Context that makes the connection.
    pub context: *mut lws_context,
    /// Host name, address, or "+" and the path of a unix socket.
    pub address: *const c_char,
    /// Port, 1 to 65535.
    pub port: c_int,
    /// LCCSCF_ bits; 0: plain.
    pub ssl_connection: c_int,
    /// Request path with query.
    pub path: *const c_char,
    /// Host header and SNI; usually the address.
    pub host: *const c_char,
    /// Origin header, or NULL.
    pub origin: *const c_char,
    /// Subprotocols to ask for, with commas, or NULL. Also the protocol to bind to where local_protocol_name is
    /// NULL.
    pub protocol: *const c_char,
    /// ws version; 0 or -1: the newest (13).
    pub ietf_version_or_minus_one: c_int,
    /// Per-session data of the program's own, in place of the library's; NULL: allocated. It must live as long as
    /// the connection.
    pub userdata: *mut c_void,
    /// Not used: extensions are the vhost's.
    pub client_exts: *const c_void,
    /// NULL: ws. "GET", "POST" …: HTTP. "RAW": a raw socket.
    pub method: *const c_char,
    /// Parent connection, or NULL; it closes its children with it.
    pub parent_wsi: *mut lws,
    /// Text in HTML that passes that is to be replaced, or NULL.
    pub uri_replace_from: *const c_char,
    /// What it is replaced by.
    pub uri_replace_to: *const c_char,
    /// Vhost that it belongs to; NULL: the context's first.
    pub vhost: *mut lws_vhost,
    /// NULL, or where the new handle is put before any callback; it becomes NULL again when the attempt fails
    /// early.
    pub pwsi: *mut *mut lws,
    /// Interface name or address to connect from, or NULL.
    pub iface: *const c_char,
    /// Protocol of the vhost that the connection is bound to, or NULL.
    pub local_protocol_name: *const c_char,
    /// ALPN list with commas; NULL: the vhost's.
    pub alpn: *const c_char,
    /// Not used in this build.
    pub seq: *mut lws_sequencer,
    /// What lws_get_opaque_user_data() then returns.
    pub opaque_user_data: *mut c_void,
    /// Back-off and validity checks, NULL: the vhost's. It must live as long as the connection.
    pub retry_and_idle_policy: *const lws_retry_bo_t,
    /// h2 with LCCSCF_H2_MANUAL_RXFLOW: the window at the start, in bytes.
    pub manual_initial_tx_credit: c_int,
    /// 0, or 1 + the index of the system blob with a client certificate.
    pub sys_tls_client_cert: u8,
    /// MQTT parameters; not in this build.
    pub mqtt_cp: *mut c_void,
    /// Seconds an idle pooled connection is kept; 0: 5.
    pub keep_warm_secs: u16,
    /// For later; leave zero.
    pub _unused: [*mut c_void; 4],
}
