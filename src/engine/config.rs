//! What contexts and vhosts are made from: the creation info of C, read once at the door, strings copied.

use std::ffi::{CStr, c_void};

use crate::abi::{lws_extension, lws_protocol_vhost_options, lws_protocols};
use crate::engine::app::Finalize;
use crate::engine::role::client::proxy::Proxy;
use crate::net::Bind;
use crate::net::tls::{ClientSettings, ServerSettings};

/// When a connection without traffic is asked for a sign of life, and when it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdlePolicy {
    /// Seconds without proof of life after which a PING is sent; 0: never.
    pub ping_secs: u16,
    /// Seconds without proof of life after which the connection is closed; 0: never.
    pub hangup_secs: u16,
}

impl IdlePolicy {
    /// A ping comes before the hangup.
    pub fn pings(&self) -> bool {
        self.ping_secs != 0 && (self.hangup_secs == 0 || self.ping_secs < self.hangup_secs)
    }
}

impl Default for IdlePolicy {
    /// 4.1.6's defaults.
    fn default() -> IdlePolicy {
        IdlePolicy { ping_secs: 300, hangup_secs: 310 }
    }
}

/// A context's settings.
#[derive(Clone, Debug)]
pub struct ContextConfig {
    /// `LWS_SERVER_OPTION_*` bits.
    pub options: u64,
    /// The program's pointer, for `lws_context_user`.
    pub user: *mut c_void,
    /// Most descriptors that the service thread may hold for connections and listeners.
    pub fd_limit: usize,
    /// Receive piece size for protocols whose own is 0.
    pub pt_serv_buf_size: usize,
    /// Most bytes of a request head.
    pub max_http_header_data: usize,
    /// Most request heads that are held at one time.
    pub max_http_header_pool: usize,
    /// Seconds for handshakes and other waits.
    pub timeout_secs: u32,
    /// Idle policy for vhosts that bring none.
    pub idle: IdlePolicy,
    /// TCP keepalive: idle seconds (0: off), probes, interval seconds.
    pub ka: (u32, u32, u32),
    /// The Server header's value.
    pub server_string: Option<String>,
    /// Most accepted connections that speak TLS at one time; 0: no bound.
    pub tls_sessions_most: usize,
    /// Protocols for ALPN where a vhost names none, best first.
    pub alpn: Vec<Vec<u8>>,
}

/// A mount that serves files, redirects, or names a protocol.
#[derive(Clone, Debug)]
pub struct Mount {
    /// URL prefix, without a slash at its end.
    pub mountpoint: String,
    /// Directory, redirect target or protocol name.
    pub origin: String,
    /// File to serve for the mount point itself.
    pub default: Option<String>,
    /// Name of the protocol that requests are bound to.
    pub protocol: Option<String>,
    /// Extra mime types: ending and content type.
    pub extra_mimetypes: Vec<(String, String)>,
    /// `LWSMPRO_*`.
    pub origin_protocol: u8,
    /// Cache lifetime in seconds; 0: none.
    pub cache_max_age: u32,
    /// Intermediaries may reuse within the lifetime.
    pub cache_reusable: bool,
    /// Clients must revalidate after the lifetime.
    pub cache_revalidate: bool,
    /// Intermediaries may cache.
    pub cache_intermediaries: bool,
    /// `LWSAUTHM_*` and access rights.
    pub auth_mask: u32,
    /// Password file for basic authentication.
    pub basic_auth_file: Option<String>,
    /// Options for LWS_CALLBACK_HTTP_PMO, owned by the program; null: none.
    pub pmo: *const lws_protocol_vhost_options,
    /// Files that a protocol changes while they pass: ending of the name, the protocol's name.
    pub interpret: Vec<(String, String)>,
}

/// Who does an extension's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionKind {
    /// The engine: permessage-deflate.
    Deflate,
    /// The program's callback, by its entry in the program's table.
    Program(*const lws_extension),
}

/// A WebSocket extension that a vhost has.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its name, as it stands in Sec-WebSocket-Extensions.
    pub name: String,
    /// Who does its work.
    pub kind: ExtensionKind,
    /// What a client offers: the name with its parameters.
    pub client_offer: String,
}

/// Which accepted connections become raw ones.
#[derive(Clone, Copy, Debug)]
pub struct RawAccept {
    /// All of them do; else those whose first line is no HTTP.
    pub all: bool,
    /// Index of the protocol that they are bound to.
    pub protocol: usize,
    /// The program named it.
    pub named: bool,
}

/// A vhost's settings.
pub struct VhostConfig {
    /// Its name, matched with the Host header.
    pub name: String,
    /// `LWS_SERVER_OPTION_*` bits.
    pub options: u64,
    /// Where it listens; empty: nowhere.
    pub binds: Vec<Bind>,
    /// Port as the program gave it.
    pub port: i32,
    /// Interface text as the program gave it.
    pub iface: Option<String>,
    /// Copy of the program's protocols table, without its end mark; kept for ever.
    pub protocols: &'static [lws_protocols],
    /// The names in that table, for safe reading.
    pub protocol_names: Vec<&'static CStr>,
    /// Where the program's own table stood, to recognise its entries.
    pub program_protocols: *const lws_protocols,
    /// Protocol for requests that name none.
    pub default_protocol: usize,
    /// Which accepted connections become raw ones; `None`: none.
    pub raw: Option<RawAccept>,
    /// A ws upgrade that names no protocol is refused.
    pub subprotocol_required: bool,
    /// Per-vhost options of each protocol, handed to PROTOCOL_INIT; owned by the program.
    pub pvo: Vec<*const lws_protocol_vhost_options>,
    /// WebSocket extensions in the program's order.
    pub extensions: Vec<Extension>,
    /// Mounts, longest mount point first.
    pub mounts: Vec<Mount>,
    /// The program's pointer.
    pub user: *mut c_void,
    /// Seconds an idle keep-alive connection stays.
    pub keepalive_secs: u32,
    /// Seconds for handshakes and other waits.
    pub timeout_secs: u32,
    /// Seconds for a client connection to find its server.
    pub connect_timeout_secs: u32,
    /// The HTTP proxy that client connections go through.
    pub proxy: Option<Proxy>,
    /// Sign of life policy.
    pub idle: IdlePolicy,
    /// The retry policy as C gave it, for `lws_retry_sul_schedule_retry_wsi`.
    pub retry: *const c_void,
    /// TCP keepalive: idle seconds (0: off), probes, interval seconds.
    pub ka: (u32, u32, u32),
    /// Called when the vhost has ended.
    pub finalize: Option<Finalize>,
    /// Where 404 sends the browser instead of the stock page.
    pub error_document_404: Option<String>,
    /// The Server header's value.
    pub server_string: Option<String>,
    /// Headers added to each response: name with colon, value.
    pub headers: Vec<(String, String)>,
    /// Owner of a unix socket's path: user and group ids.
    pub unix_socket_owner: Option<(u32, u32)>,
    /// TLS for accepted connections.
    pub tls: Option<ServerSettings>,
    /// Which events of TLS are told by LWS_CALLBACK_SSL_INFO (OpenSSL's SSL_CB_ bits); 0: none.
    pub tls_events: i32,
    /// TLS for client connections.
    pub tls_client: Option<ClientSettings>,
}
