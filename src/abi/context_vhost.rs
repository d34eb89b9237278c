//! Creation of contexts and vhosts, mounts, options. `lws_context_creation_info` is read once, at the door.

use core::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_ushort, c_void};

use crate::abi::*;

/// Not in this build.
opaque!(lws_ss_plugin);

c_enum! {
    /// lws_http_mount.origin_protocol: what serves a mount.
    pub enum lws_mount_protocols: c_uint {
        /// Proxy to an http:// origin.
        LWSMPRO_HTTP = 0,
        /// Proxy to an https:// origin.
        LWSMPRO_HTTPS = 1,
        /// Files below a directory.
        LWSMPRO_FILE = 2,
        /// A CGI program.
        LWSMPRO_CGI = 3,
        /// Redirect to an http:// origin.
        LWSMPRO_REDIR_HTTP = 4,
        /// Redirect to an https:// origin.
        LWSMPRO_REDIR_HTTPS = 5,
        /// The callback of the mount's protocol.
        LWSMPRO_CALLBACK = 6,
    }
}

c_enum! {
    /// lws_http_mount.auth_mask: how a mount checks basic auth.
    pub enum lws_authentication_mode: c_uint {
        /// By the file basic_auth_login_file.
        LWSAUTHM_DEFAULT = 0,
        /// By LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION.
        LWSAUTHM_BASIC_AUTH_CALLBACK = 268435456,
    }
}

/// (VHOST) A client must show a valid certificate.
pub const LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT: u64 = (1u64 << 1) | (1u64 << 12);
/// (CONTEXT) Do not ask for the machine's host name.
pub const LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME: u64 = 1u64 << 2;
/// (VHOST) Plain HTTP is served on the TLS port too.
pub const LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT: u64 = (1u64 << 3) | (1u64 << 12);
/// (CONTEXT) Run on a libev loop.
pub const LWS_SERVER_OPTION_LIBEV: u64 = 1u64 << 4;
/// (VHOST) IPv4 only.
pub const LWS_SERVER_OPTION_DISABLE_IPV6: u64 = 1u64 << 5;
/// (VHOST) Client side: do not load the system's certificate authorities.
pub const LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS: u64 = 1u64 << 6;
/// (VHOST) A client may come without a certificate.
pub const LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED: u64 = 1u64 << 7;
/// (VHOST) Check that text messages are UTF-8.
pub const LWS_SERVER_OPTION_VALIDATE_UTF8: u64 = 1u64 << 8;
/// (VHOST) Elliptic curve key exchange; always on with today's TLS.
pub const LWS_SERVER_OPTION_SSL_ECDH: u64 = (1u64 << 9) | (1u64 << 12);
/// (CONTEXT) Run on a libuv loop.
pub const LWS_SERVER_OPTION_LIBUV: u64 = 1u64 << 10;
/// (VHOST) Plain HTTP on the TLS port is redirected to https://.
pub const LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS: u64 = (1u64 << 11) | (1u64 << 12);
/// (CONTEXT) Initialise TLS: needed for any TLS in the context.
pub const LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT: u64 = 1u64 << 12;
/// (CONTEXT) lws_create_context() makes no vhost; the program calls lws_create_vhost().
pub const LWS_SERVER_OPTION_EXPLICIT_VHOSTS: u64 = 1u64 << 13;
/// (VHOST) Listen on the unix socket whose path is in iface ('@' first: abstract).
pub const LWS_SERVER_OPTION_UNIX_SOCK: u64 = 1u64 << 14;
/// (VHOST) Send Strict-Transport-Security.
pub const LWS_SERVER_OPTION_STS: u64 = 1u64 << 15;
/// (VHOST) Set IPV6_V6ONLY to what IPV6_V6ONLY_VALUE says.
pub const LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY: u64 = 1u64 << 16;
/// (VHOST) On: IPv6 only. Off: both. With IPV6_V6ONLY_MODIFY.
pub const LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE: u64 = 1u64 << 17;
/// (CONTEXT) libuv: leave SIGSEGV and SIGFPE alone.
pub const LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN: u64 = 1u64 << 18;
/// (VHOST) A proxied redirect keeps its target as it is.
pub const LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN: u64 = 1u64 << 19;
/// (VHOST) What is not HTTP on the port goes to listen_accept_role and listen_accept_protocol.
pub const LWS_SERVER_OPTION_FALLBACK_TO_RAW: u64 = 1u64 << 20;
/// (VHOST) The same bit by its later name.
pub const LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG: u64 = 1u64 << 20;
/// (CONTEXT) Run on a libevent loop.
pub const LWS_SERVER_OPTION_LIBEVENT: u64 = 1u64 << 21;
/// (VHOST) Every connection goes to listen_accept_role and listen_accept_protocol.
pub const LWS_SERVER_OPTION_ONLY_RAW: u64 = 1u64 << 22;
/// (VHOST) The same bit by its later name.
pub const LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG: u64 = 1u64 << 22;
/// (VHOST) Share the port with other processes (SO_REUSEPORT).
pub const LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE: u64 = 1u64 << 23;
/// (VHOST) Set up server TLS without a certificate file; the program supplies it.
pub const LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX: u64 = 1u64 << 24;
/// (VHOST) No PROTOCOL_INIT and PROTOCOL_DESTROY.
pub const LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT: u64 = 1u64 << 25;
/// (VHOST) Serve without TLS when a certificate file is missing.
pub const LWS_SERVER_OPTION_IGNORE_MISSING_CERT: u64 = 1u64 << 26;
/// (VHOST) A ws upgrade must name this vhost in its Host header.
pub const LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK: u64 = 1u64 << 27;
/// (VHOST) Send the usual security headers (CSP, X-Frame-Options …) with every answer.
pub const LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE: u64 = 1u64 << 28;
/// (VHOST) Plain HTTP on the TLS port is served by the vhost's callbacks, who can tell.
pub const LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER: u64 = 1u64 << 29;
/// (VHOST) Creation fails when the port cannot be bound; without it, binding is tried again.
pub const LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND: u64 = 1u64 << 30;
/// (VHOST) h2: clamp a window that a peer overflows instead of closing.
pub const LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW: u64 = 1u64 << 31;
/// (VHOST) h2: a half closed stream may stay for long poll.
pub const LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL: u64 = 1u64 << 32;
/// (CONTEXT) Run on a GLib main loop.
pub const LWS_SERVER_OPTION_GLIB: u64 = 1u64 << 33;
/// (VHOST) A plain listener takes h2 without an upgrade.
pub const LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE: u64 = 1u64 << 34;
/// (CONTEXT) Do not move the system state to OPERATIONAL by itself.
pub const LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES: u64 = 1u64 << 35;
/// The bits of auth_mask that hold an lws_authentication_mode.
pub const AUTH_MODE_MASK: u32 = 0xf000_0000;

/// Called with the context when it is ready.
pub type lws_context_ready_cb_t = Option<unsafe extern "C" fn(*mut lws_context) -> c_int>;
/// Called when a peer is refused because of a limit: context, the refused socket, the peer's address.
pub type lws_peer_limits_notify_t =
    Option<unsafe extern "C" fn(*mut lws_context, lws_sockfd_type, *mut lws_sockaddr46) -> c_int>;
/// Asks the program to reload its configuration.
pub type lws_reload_func = Option<unsafe extern "C" fn() -> c_int>;

/// What a context or a vhost is made from. Zero it, then set what you need: zero is every member's default.
/// (CONTEXT) members count for lws_create_context(), (VHOST) members for lws_create_vhost() and for the vhost that
/// lws_create_context() makes. It is read during the call, and strings are copied; protocols, extensions, mounts
/// and option lists are read during the call too unless their own comments say that they live on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_context_creation_info {
    /// (VHOST) Interface name or address to listen on; path for LWS_SERVER_OPTION_UNIX_SOCK. NULL: all.
    pub iface: *const c_char,
    /// (VHOST) Table of protocols, ended by one whose name is NULL. The first gets what belongs to no other.
    pub protocols: *const lws_protocols,
    /// (VHOST) Table of ws extensions, ended by an empty one, or NULL. It lives as long as the vhost.
    pub extensions: *const lws_extension,
    /// (CONTEXT) Longest header of each kind, or NULL.
    pub token_limits: *const lws_token_limits,
    /// (VHOST) Proxy for client connections, "host:port", or NULL: environment http_proxy.
    pub http_proxy_address: *const c_char,
    /// (VHOST) Headers for every HTTP answer: name with its colon, value.
    pub headers: *const lws_protocol_vhost_options,
    /// (CONTEXT) User-Agent parts (name) to refuse with a status (value).
    pub reject_service_keywords: *const lws_protocol_vhost_options,
    /// (VHOST) Options of protocols: name is the protocol, options its list, which PROTOCOL_INIT gets.
    pub pvo: *const lws_protocol_vhost_options,
    /// (VHOST) Access log.
    pub log_filepath: *const c_char,
    /// (VHOST) First mount. The list lives as long as the vhost.
    pub mounts: *const lws_http_mount,
    /// (CONTEXT) The Server header; NULL: "libwebsockets".
    pub server_string: *const c_char,
    /// (VHOST) Where a 404 is redirected to, or NULL.
    pub error_document_404: *const c_char,
    /// (VHOST) Port to listen on; 0: one that is free, CONTEXT_PORT_NO_LISTEN: none.
    pub port: c_int,
    /// (VHOST) Port of the proxy, 0: as in http_proxy_address.
    pub http_proxy_port: c_uint,
    /// (CONTEXT) max_http_header_data, when that is 0: for more than 65535.
    pub max_http_header_data2: c_uint,
    /// (CONTEXT) max_http_header_pool, when that is 0: for more than 65535.
    pub max_http_header_pool2: c_uint,
    /// (VHOST) Seconds that an idle HTTP connection is kept; 0: 60.
    pub keepalive_timeout: c_int,
    /// (VHOST) h2 SETTINGS by their number, if [0] is not 0.
    pub http2_settings: [u32; 7],
    /// (CONTEXT) Bytes of headers that a request may have; 0: 4096.
    pub max_http_header_data: c_ushort,
    /// (CONTEXT) How many requests may be in their headers at a time; 0: as many as there are descriptors.
    pub max_http_header_pool: c_ushort,
    /// (VHOST) Passphrase of the private key, or NULL.
    pub ssl_private_key_password: *const c_char,
    /// (VHOST) Server certificate chain, PEM. NULL: no TLS.
    pub ssl_cert_filepath: *const c_char,
    /// (VHOST) Its private key, PEM.
    pub ssl_private_key_filepath: *const c_char,
    /// (VHOST) Authorities for client certificates, PEM, or NULL.
    pub ssl_ca_filepath: *const c_char,
    /// (VHOST) TLS 1.2 ciphers, or NULL.
    pub ssl_cipher_list: *const c_char,
    /// (VHOST) Curve for key exchange, or NULL.
    pub ecdh_curve: *const c_char,
    /// (VHOST) TLS 1.3 ciphers, or NULL.
    pub tls1_3_plus_cipher_list: *const c_char,
    /// (VHOST) Server certificate in memory, or NULL.
    pub server_ssl_cert_mem: *const c_void,
    /// (VHOST) Its private key in memory, or NULL.
    pub server_ssl_private_key_mem: *const c_void,
    /// (VHOST) Authorities for client certificates in memory, or NULL.
    pub server_ssl_ca_mem: *const c_void,
    /// (VHOST) OpenSSL option bits to set.
    pub ssl_options_set: c_long,
    /// (VHOST) OpenSSL option bits to clear.
    pub ssl_options_clear: c_long,
    /// (CONTEXT) How many TLS sessions there may be; 0: no limit.
    pub simultaneous_ssl_restriction: c_int,
    /// (VHOST) Which TLS events come as LWS_CALLBACK_SSL_INFO.
    pub ssl_info_event_mask: c_int,
    /// (VHOST) Bytes of server_ssl_cert_mem.
    pub server_ssl_cert_mem_len: c_uint,
    /// (VHOST) Bytes of server_ssl_private_key_mem.
    pub server_ssl_private_key_mem_len: c_uint,
    /// (VHOST) Bytes of server_ssl_ca_mem.
    pub server_ssl_ca_mem_len: c_uint,
    /// (CONTEXT, VHOST) ALPN list with commas; NULL: what is built in.
    pub alpn: *const c_char,
    /// (VHOST) Client side: passphrase of the private key.
    pub client_ssl_private_key_password: *const c_char,
    /// (VHOST) Client side: certificate to show, PEM.
    pub client_ssl_cert_filepath: *const c_char,
    /// (VHOST) Client side: the same in memory.
    pub client_ssl_cert_mem: *const c_void,
    /// (VHOST) Bytes of client_ssl_cert_mem.
    pub client_ssl_cert_mem_len: c_uint,
    /// (VHOST) Client side: private key, PEM.
    pub client_ssl_private_key_filepath: *const c_char,
    /// (VHOST) Client side: the same in memory.
    pub client_ssl_key_mem: *const c_void,
    /// (VHOST) Client side: authorities to trust, PEM.
    pub client_ssl_ca_filepath: *const c_char,
    /// (VHOST) Client side: the same in memory.
    pub client_ssl_ca_mem: *const c_void,
    /// (VHOST) Client side: TLS 1.2 ciphers.
    pub client_ssl_cipher_list: *const c_char,
    /// (VHOST) Client side: TLS 1.3 ciphers.
    pub client_tls_1_3_plus_cipher_list: *const c_char,
    /// (VHOST) Client side: OpenSSL option bits to set.
    pub ssl_client_options_set: c_long,
    /// (VHOST) Client side: OpenSSL option bits to clear.
    pub ssl_client_options_clear: c_long,
    /// (VHOST) Bytes of client_ssl_ca_mem.
    pub client_ssl_ca_mem_len: c_uint,
    /// (VHOST) Bytes of client_ssl_key_mem.
    pub client_ssl_key_mem_len: c_uint,
    /// (CONTEXT) An OpenSSL client context of the program's, or NULL.
    pub provided_client_ssl_ctx: *mut SSL_CTX,
    /// (CONTEXT, VHOST) TCP keepalive: seconds idle before the first probe; 0: off.
    pub ka_time: c_int,
    /// (CONTEXT, VHOST) Probes without an answer until the connection is dead.
    pub ka_probes: c_int,
    /// (CONTEXT, VHOST) Seconds between probes.
    pub ka_interval: c_int,
    /// (VHOST) Seconds that a handshake may take; 0: 20.
    pub timeout_secs: c_uint,
    /// (VHOST) Client side: seconds until a connect is given up; 0: 20.
    pub connect_timeout_secs: c_uint,
    /// (VHOST) Bind strictly to the interface in iface (SO_BINDTODEVICE).
    pub bind_iface: c_int,
    /// (VHOST) Seconds that a connection may hold a header table idle; 0: 10.
    pub timeout_secs_ah_idle: c_uint,
    /// (CONTEXT) Group to become once the listeners are bound; 0: stay.
    pub gid: c_int,
    /// (CONTEXT) User to become then; 0: stay.
    pub uid: c_int,
    /// (CONTEXT, VHOST) LWS_SERVER_OPTION_ bits.
    pub options: u64,
    /// (CONTEXT, VHOST) The program's: lws_context_user(), lws_get_vhost_user().
    pub user: *mut c_void,
    /// (CONTEXT) Service threads; 0: 1.
    pub count_threads: c_uint,
    /// (CONTEXT) Descriptors that a service thread may have; 0: the process limit, shared.
    pub fd_limit_per_thread: c_uint,
    /// (VHOST) Name: what the Host header is compared with. NULL: "default".
    pub vhost_name: *const c_char,
    /// (CONTEXT) An allocation that is free()d after the context is gone.
    pub external_baggage_free_on_destroy: *mut c_void,
    /// (CONTEXT) Bytes that one RECEIVE gets at most where the protocol sets none; 0: 4096.
    pub pt_serv_buf_size: c_uint,
    /// (CONTEXT) File operations of the program's, ended by an empty one, or NULL. They live as long as the
    /// context.
    pub fops: *const lws_plat_file_ops,
    /// (CONTEXT) Capabilities to keep when uid and gid change.
    pub caps: [cap_value_t; 4],
    /// (CONTEXT) How many there are.
    pub count_caps: c_char,
    /// (CONTEXT) Event loops to run on, one for each service thread, or NULL: own ones.
    pub foreign_loops: *mut *mut c_void,
    /// (CONTEXT) Called for signals under an event library: its signal object, the number.
    pub signal_cb: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
    /// (CONTEXT) Where the context's handle lies; it becomes NULL when the context has gone.
    pub pcontext: *mut *mut lws_context,
    /// (VHOST) Called when the vhost is freed: vhost, finalize_arg.
    pub finalize: Option<unsafe extern "C" fn(*mut lws_vhost, *mut c_void)>,
    /// (VHOST) Second argument of finalize.
    pub finalize_arg: *mut c_void,
    /// (VHOST) Role of accepted connections: "raw-skt" …, or NULL.
    pub listen_accept_role: *const c_char,
    /// (VHOST) Protocol of accepted connections, or NULL.
    pub listen_accept_protocol: *const c_char,
    /// (VHOST) The protocols as an array of pointers ended by NULL, instead of protocols.
    pub pprotocols: *mut *const lws_protocols,
    /// (CONTEXT) User to become, by name; it wins over uid.
    pub username: *const c_char,
    /// (CONTEXT) Group to become, by name; it wins over gid.
    pub groupname: *const c_char,
    /// (VHOST) Owner of the unix socket, "user:group", or NULL.
    pub unix_socket_perms: *const c_char,
    /// (CONTEXT) Operations that the program gives to the system states, or NULL. They live as long as the context.
    pub system_ops: *const lws_system_ops_t,
    /// (VHOST) Back-off and validity checks, NULL: the built-in one. It lives as long as the vhost.
    pub retry_and_idle_policy: *const lws_retry_bo_t,
    /// (CONTEXT) Notifiers of the system state, ended by NULL, registered from the start.
    pub register_notifier_list: *const *mut lws_state_notify_link_t,
    /// (CONTEXT) Set the process limit of descriptors first; 0: leave it.
    pub rlimit_nofile: c_int,
    /// (CONTEXT) Percent of sent datagrams to lose on purpose.
    pub udp_loss_sim_tx_pc: u8,
    /// (CONTEXT) Percent of received datagrams to lose on purpose.
    pub udp_loss_sim_rx_pc: u8,
    /// (CONTEXT) A system message callback that hears the first messages, or NULL.
    pub early_smd_cb: lws_smd_notification_cb_t,
    /// (CONTEXT) Its first argument.
    pub early_smd_opaque: *mut c_void,
    /// (CONTEXT) The classes that it hears.
    pub early_smd_class_filter: lws_smd_class_t,
    /// For later; leave zero.
    pub _unused: [*mut c_void; 2],
}

/// A list of names with values, and lists below them: per-vhost options of protocols, headers, mime types.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_protocol_vhost_options {
    /// Next of the list, or NULL.
    pub next: *const lws_protocol_vhost_options,
    /// List below this one, or NULL.
    pub options: *const lws_protocol_vhost_options,
    /// Name.
    pub name: *const c_char,
    /// Value.
    pub value: *const c_char,
}

/// A place in the URL space of a vhost and what serves it: files, a callback protocol, a redirect, CGI. The list
/// and all that it points to belong to the program and live as long as the vhost.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_http_mount {
    /// Next mount, or NULL.
    pub mount_next: *const lws_http_mount,
    /// URL prefix, with the leading slash.
    pub mountpoint: *const c_char,
    /// Directory, URL or command that it maps to.
    pub origin: *const c_char,
    /// File that answers for a directory; NULL: index.html.
    pub def: *const c_char,
    /// Protocol that gets what the mount does not serve itself, or NULL.
    pub protocol: *const c_char,
    /// Environment for CGI.
    pub cgienv: *const lws_protocol_vhost_options,
    /// More mime types: name is the suffix with its dot, value the type.
    pub extra_mimetypes: *const lws_protocol_vhost_options,
    /// Files that go through a protocol's interpreter: name is the suffix, value the protocol.
    pub interpret: *const lws_protocol_vhost_options,
    /// Seconds until a CGI process is ended.
    pub cgi_timeout: c_int,
    /// Cache-Control max-age in seconds; 0: no-store.
    pub cache_max_age: c_int,
    /// Bits of enum lws_authentication_mode.
    pub auth_mask: c_uint,
    /// In C three members of one bit each: bit 0 cache_reusable, 1 cache_revalidate, 2 cache_intermediaries.
    pub cache_bits: u8,
    /// enum lws_mount_protocols.
    pub origin_protocol: c_uchar,
    /// strlen(mountpoint).
    pub mountpoint_len: c_uchar,
    /// File of user:password lines for basic auth, or NULL.
    pub basic_auth_login_file: *const c_char,
    /// Not used.
    pub _unused: [*mut c_void; 2],
}
