//! Creation of contexts and vhosts, mounts, options. `lws_context_creation_info` is read once, at the door.

use core::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_ushort, c_void};

use crate::abi::*;

opaque!(lws_ss_plugin);

c_enum! {
    pub enum lws_mount_protocols: c_uint {
        LWSMPRO_HTTP = 0,
        LWSMPRO_HTTPS = 1,
        LWSMPRO_FILE = 2,
        LWSMPRO_CGI = 3,
        LWSMPRO_REDIR_HTTP = 4,
        LWSMPRO_REDIR_HTTPS = 5,
        LWSMPRO_CALLBACK = 6,
    }
}

c_enum! {
    pub enum lws_authentication_mode: c_uint {
        LWSAUTHM_DEFAULT = 0,
        LWSAUTHM_BASIC_AUTH_CALLBACK = 268435456,
    }
}

pub const LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT: u64 = (1u64 << 1) | (1u64 << 12);
pub const LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME: u64 = 1u64 << 2;
pub const LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT: u64 = (1u64 << 3) | (1u64 << 12);
pub const LWS_SERVER_OPTION_LIBEV: u64 = 1u64 << 4;
pub const LWS_SERVER_OPTION_DISABLE_IPV6: u64 = 1u64 << 5;
pub const LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS: u64 = 1u64 << 6;
pub const LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED: u64 = 1u64 << 7;
pub const LWS_SERVER_OPTION_VALIDATE_UTF8: u64 = 1u64 << 8;
pub const LWS_SERVER_OPTION_SSL_ECDH: u64 = (1u64 << 9) | (1u64 << 12);
pub const LWS_SERVER_OPTION_LIBUV: u64 = 1u64 << 10;
pub const LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS: u64 = (1u64 << 11) | (1u64 << 12);
pub const LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT: u64 = 1u64 << 12;
pub const LWS_SERVER_OPTION_EXPLICIT_VHOSTS: u64 = 1u64 << 13;
pub const LWS_SERVER_OPTION_UNIX_SOCK: u64 = 1u64 << 14;
pub const LWS_SERVER_OPTION_STS: u64 = 1u64 << 15;
pub const LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY: u64 = 1u64 << 16;
pub const LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE: u64 = 1u64 << 17;
pub const LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN: u64 = 1u64 << 18;
pub const LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN: u64 = 1u64 << 19;
pub const LWS_SERVER_OPTION_FALLBACK_TO_RAW: u64 = 1u64 << 20;
pub const LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG: u64 = 1u64 << 20;
pub const LWS_SERVER_OPTION_LIBEVENT: u64 = 1u64 << 21;
pub const LWS_SERVER_OPTION_ONLY_RAW: u64 = 1u64 << 22;
pub const LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG: u64 = 1u64 << 22;
pub const LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE: u64 = 1u64 << 23;
pub const LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX: u64 = 1u64 << 24;
pub const LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT: u64 = 1u64 << 25;
pub const LWS_SERVER_OPTION_IGNORE_MISSING_CERT: u64 = 1u64 << 26;
pub const LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK: u64 = 1u64 << 27;
pub const LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE: u64 = 1u64 << 28;
pub const LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER: u64 = 1u64 << 29;
pub const LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND: u64 = 1u64 << 30;
pub const LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW: u64 = 1u64 << 31;
pub const LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL: u64 = 1u64 << 32;
pub const LWS_SERVER_OPTION_GLIB: u64 = 1u64 << 33;
pub const LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE: u64 = 1u64 << 34;
pub const LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES: u64 = 1u64 << 35;
pub const AUTH_MODE_MASK: u32 = 0xf000_0000;

pub type lws_context_ready_cb_t = Option<unsafe extern "C" fn(*mut lws_context) -> c_int>;
pub type lws_peer_limits_notify_t =
    Option<unsafe extern "C" fn(*mut lws_context, lws_sockfd_type, *mut lws_sockaddr46) -> c_int>;
pub type lws_reload_func = Option<unsafe extern "C" fn() -> c_int>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_context_creation_info {
    pub iface: *const c_char,
    pub protocols: *const lws_protocols,
    pub extensions: *const lws_extension,
    pub token_limits: *const lws_token_limits,
    pub http_proxy_address: *const c_char,
    pub headers: *const lws_protocol_vhost_options,
    pub reject_service_keywords: *const lws_protocol_vhost_options,
    pub pvo: *const lws_protocol_vhost_options,
    pub log_filepath: *const c_char,
    pub mounts: *const lws_http_mount,
    pub server_string: *const c_char,
    pub error_document_404: *const c_char,
    pub port: c_int,
    pub http_proxy_port: c_uint,
    pub max_http_header_data2: c_uint,
    pub max_http_header_pool2: c_uint,
    pub keepalive_timeout: c_int,
    pub http2_settings: [u32; 7],
    pub max_http_header_data: c_ushort,
    pub max_http_header_pool: c_ushort,
    pub ssl_private_key_password: *const c_char,
    pub ssl_cert_filepath: *const c_char,
    pub ssl_private_key_filepath: *const c_char,
    pub ssl_ca_filepath: *const c_char,
    pub ssl_cipher_list: *const c_char,
    pub ecdh_curve: *const c_char,
    pub tls1_3_plus_cipher_list: *const c_char,
    pub server_ssl_cert_mem: *const c_void,
    pub server_ssl_private_key_mem: *const c_void,
    pub server_ssl_ca_mem: *const c_void,
    pub ssl_options_set: c_long,
    pub ssl_options_clear: c_long,
    pub simultaneous_ssl_restriction: c_int,
    pub ssl_info_event_mask: c_int,
    pub server_ssl_cert_mem_len: c_uint,
    pub server_ssl_private_key_mem_len: c_uint,
    pub server_ssl_ca_mem_len: c_uint,
    pub alpn: *const c_char,
    pub client_ssl_private_key_password: *const c_char,
    pub client_ssl_cert_filepath: *const c_char,
    pub client_ssl_cert_mem: *const c_void,
    pub client_ssl_cert_mem_len: c_uint,
    pub client_ssl_private_key_filepath: *const c_char,
    pub client_ssl_key_mem: *const c_void,
    pub client_ssl_ca_filepath: *const c_char,
    pub client_ssl_ca_mem: *const c_void,
    pub client_ssl_cipher_list: *const c_char,
    pub client_tls_1_3_plus_cipher_list: *const c_char,
    pub ssl_client_options_set: c_long,
    pub ssl_client_options_clear: c_long,
    pub client_ssl_ca_mem_len: c_uint,
    pub client_ssl_key_mem_len: c_uint,
    pub provided_client_ssl_ctx: *mut SSL_CTX,
    pub ka_time: c_int,
    pub ka_probes: c_int,
    pub ka_interval: c_int,
    pub timeout_secs: c_uint,
    pub connect_timeout_secs: c_uint,
    pub bind_iface: c_int,
    pub timeout_secs_ah_idle: c_uint,
    pub gid: c_int,
    pub uid: c_int,
    pub options: u64,
    pub user: *mut c_void,
    pub count_threads: c_uint,
    pub fd_limit_per_thread: c_uint,
    pub vhost_name: *const c_char,
    pub external_baggage_free_on_destroy: *mut c_void,
    pub pt_serv_buf_size: c_uint,
    pub fops: *const lws_plat_file_ops,
    pub caps: [cap_value_t; 4],
    pub count_caps: c_char,
    pub foreign_loops: *mut *mut c_void,
    pub signal_cb: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
    pub pcontext: *mut *mut lws_context,
    pub finalize: Option<unsafe extern "C" fn(*mut lws_vhost, *mut c_void)>,
    pub finalize_arg: *mut c_void,
    pub listen_accept_role: *const c_char,
    pub listen_accept_protocol: *const c_char,
    pub pprotocols: *mut *const lws_protocols,
    pub username: *const c_char,
    pub groupname: *const c_char,
    pub unix_socket_perms: *const c_char,
    pub system_ops: *const lws_system_ops_t,
    pub retry_and_idle_policy: *const lws_retry_bo_t,
    pub register_notifier_list: *const *mut lws_state_notify_link_t,
    pub rlimit_nofile: c_int,
    pub udp_loss_sim_tx_pc: u8,
    pub udp_loss_sim_rx_pc: u8,
    pub early_smd_cb: lws_smd_notification_cb_t,
    pub early_smd_opaque: *mut c_void,
    pub early_smd_class_filter: lws_smd_class_t,
    pub _unused: [*mut c_void; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_protocol_vhost_options {
    pub next: *const lws_protocol_vhost_options,
    pub options: *const lws_protocol_vhost_options,
    pub name: *const c_char,
    pub value: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_http_mount {
    pub mount_next: *const lws_http_mount,
    pub mountpoint: *const c_char,
    pub origin: *const c_char,
    pub def: *const c_char,
    pub protocol: *const c_char,
    pub cgienv: *const lws_protocol_vhost_options,
    pub extra_mimetypes: *const lws_protocol_vhost_options,
    pub interpret: *const lws_protocol_vhost_options,
    pub cgi_timeout: c_int,
    pub cache_max_age: c_int,
    pub auth_mask: c_uint,
    pub cache_bits: u8,
    pub origin_protocol: c_uchar,
    pub mountpoint_len: c_uchar,
    pub basic_auth_login_file: *const c_char,
    pub _unused: [*mut c_void; 2],
}
