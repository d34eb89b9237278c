//! Reasons of the protocol callback, and the structs that some of them pass in `in`.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// Steps of a certificate update.
    pub enum lws_cert_update_state: c_uint {
        LWS_CUS_IDLE = 0,
        LWS_CUS_STARTING = 1,
        LWS_CUS_SUCCESS = 2,
        LWS_CUS_FAILED = 3,
        LWS_CUS_CREATE_KEYS = 4,
        LWS_CUS_REG = 5,
        LWS_CUS_AUTH = 6,
        LWS_CUS_CHALLENGE = 7,
        LWS_CUS_CREATE_REQ = 8,
        LWS_CUS_REQ = 9,
        LWS_CUS_CONFIRM = 10,
        LWS_CUS_ISSUE = 11,
    }
}

c_enum! {
    /// Elements of a certificate request, and settings of whoever asks for one.
    pub anonymous c_uint {
        LWS_TLS_REQ_ELEMENT_COUNTRY = 0,
        LWS_TLS_REQ_ELEMENT_STATE = 1,
        LWS_TLS_REQ_ELEMENT_LOCALITY = 2,
        LWS_TLS_REQ_ELEMENT_ORGANIZATION = 3,
        LWS_TLS_REQ_ELEMENT_COMMON_NAME = 4,
        LWS_TLS_REQ_ELEMENT_SUBJECT_ALT_NAME = 5,
        LWS_TLS_REQ_ELEMENT_EMAIL = 6,
        LWS_TLS_REQ_ELEMENT_COUNT = 7,
        LWS_TLS_SET_DIR_URL = 7,
        LWS_TLS_SET_AUTH_PATH = 8,
        LWS_TLS_SET_CERT_PATH = 9,
        LWS_TLS_SET_KEY_PATH = 10,
        LWS_TLS_TOTAL_COUNT = 11,
    }
}

c_enum! {
    /// What a protocol's callback is told. `in` and `len` are NULL and 0, and another return than 0 closes the
    /// connection, where nothing else is said. (p0): comes to the first protocol of the vhost, not to the one that
    /// the connection is bound to. (made up): `wsi` is no connection; ask it for context, vhost and protocol only.
    /// (not sent): named for programs that list reasons.
    pub enum lws_callback_reasons: c_uint {
        /// (made up) Once for each protocol of a vhost, before its first connection. `in`: the protocol's options,
        /// or NULL. Not 0 fails the vhost.
        LWS_CALLBACK_PROTOCOL_INIT = 27,
        /// (made up) Its counterpart, after the last connection. The return is ignored.
        LWS_CALLBACK_PROTOCOL_DESTROY = 28,
        /// (p0) A connection begins: first notice of a server's. The return is ignored.
        LWS_CALLBACK_WSI_CREATE = 29,
        /// (p0) It is freed: last notice. The return is ignored.
        LWS_CALLBACK_WSI_DESTROY = 30,
        /// h2 with a window by hand: credit came. `len`: bytes.
        LWS_CALLBACK_WSI_TX_CREDIT_GET = 103,
        /// (p0, made up) The vhost's client TLS is set up. `user`: its SSL_CTX.
        LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS = 21,
        /// (p0, made up) The vhost's server TLS is set up. `user`: its SSL_CTX. Not 0 fails the vhost.
        LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS = 22,
        /// (p0) A client's certificate is checked. `in`: SSL; `user`: the store context; `len`: is it good so far.
        /// Not 0 refuses.
        LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION = 23,
        /// (p0, made up) A certificate came without its key. `user`: SSL_CTX. Not 0 fails the vhost.
        LWS_CALLBACK_OPENSSL_CONTEXT_REQUIRES_PRIVATE_KEY = 37,
        /// A TLS event that the vhost's ssl_info_event_mask has. `in`: struct lws_ssl_info.
        LWS_CALLBACK_SSL_INFO = 67,
        /// Client: the server's certificate is checked; arguments as for a client's. Not 0 refuses.
        LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION = 58,
        /// (p0) A connection is in the loop; nothing was read yet. Comes for client connections too.
        LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED = 19,
        /// HTTP server: a request that no file mount took. `in`, `len`: its path.
        LWS_CALLBACK_HTTP = 12,
        /// HTTP server: a piece of the request's body.
        LWS_CALLBACK_HTTP_BODY = 13,
        /// HTTP server: the body is complete.
        LWS_CALLBACK_HTTP_BODY_COMPLETION = 14,
        /// HTTP server: a file has been sent.
        LWS_CALLBACK_HTTP_FILE_COMPLETION = 15,
        /// HTTP server: as SERVER_WRITEABLE.
        LWS_CALLBACK_HTTP_WRITEABLE = 16,
        /// HTTP server: over, and it did not become ws. The return is ignored.
        LWS_CALLBACK_CLOSED_HTTP = 5,
        /// HTTP server: a request was read; mounts have not been looked at. `in`, `len`: its path.
        LWS_CALLBACK_FILTER_HTTP_CONNECTION = 18,
        /// Server: the headers of an answer are made. `in`: struct lws_process_html_args: write at p, move it on.
        LWS_CALLBACK_ADD_HEADERS = 53,
        /// HTTP server: basic auth of a mount. `in`, `len`: user:password. Not 0 allows; 0: 401.
        LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION = 102,
        /// HTTP server, callback mount: may it be served? `in`: struct lws_process_html_args. Not 0: 401.
        LWS_CALLBACK_CHECK_ACCESS_RIGHTS = 51,
        /// HTTP server: a piece of an interpreted file. `in`: struct lws_process_html_args, to change in place.
        LWS_CALLBACK_PROCESS_HTML = 52,
        /// HTTP server: the connection is bound to this protocol; `user` is new.
        LWS_CALLBACK_HTTP_BIND_PROTOCOL = 49,
        /// HTTP server: that ends. The return is ignored.
        LWS_CALLBACK_HTTP_DROP_PROTOCOL = 50,
        /// (p0) HTTP server: an upgrade is asked for. `in`: to what. < 0 hangs up; > 0: the program has answered
        /// itself.
        LWS_CALLBACK_HTTP_CONFIRM_UPGRADE = 86,
        /// Client: the headers of the answer are in, also before a ws handshake is judged.
        LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP = 44,
        /// HTTP client: over. The return is ignored.
        LWS_CALLBACK_CLOSED_CLIENT_HTTP = 45,
        /// HTTP client: body data, from inside lws_http_client_read().
        LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ = 48,
        /// HTTP client: there is body data: call lws_http_client_read().
        LWS_CALLBACK_RECEIVE_CLIENT_HTTP = 46,
        /// HTTP client: the body is complete.
        LWS_CALLBACK_COMPLETED_CLIENT_HTTP = 47,
        /// HTTP client: as SERVER_WRITEABLE, for the body.
        LWS_CALLBACK_CLIENT_HTTP_WRITEABLE = 57,
        /// Client: a redirect. `in`: where to; `len`: the status code. Not 0 does not follow it.
        LWS_CALLBACK_CLIENT_HTTP_REDIRECT = 104,
        /// Client: bound, inside lws_client_connect_via_info(). The return is ignored.
        LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL = 85,
        /// Client: the bind ends. The return is ignored.
        LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL = 76,
        /// ws server: the handshake is done; headers can still be read.
        LWS_CALLBACK_ESTABLISHED = 0,
        /// ws server: over. The return is ignored.
        LWS_CALLBACK_CLOSED = 4,
        /// ws server: lws_write() will not block now. Asked for by lws_callback_on_writable().
        LWS_CALLBACK_SERVER_WRITEABLE = 11,
        /// ws server: a piece of a message in `in`, `len`; see lws_is_first_fragment() and its kin.
        LWS_CALLBACK_RECEIVE = 6,
        /// ws server: a pong with its payload.
        LWS_CALLBACK_RECEIVE_PONG = 7,
        /// ws: the peer's close frame. `in`, `len`: two bytes of code, text. Not 0 closes without an answer.
        LWS_CALLBACK_WS_PEER_INITIATED_CLOSE = 38,
        /// ws server: the protocol was chosen; headers can be read. `in`: the subprotocols asked for, or NULL. Not
        /// 0 refuses.
        LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION = 20,
        /// ws server: an extension is asked for. `in`: its name. Not 0 leaves it out.
        LWS_CALLBACK_CONFIRM_EXTENSION_OKAY = 25,
        /// ws server: bound. Seldom sent; see HTTP_BIND_PROTOCOL.
        LWS_CALLBACK_WS_SERVER_BIND_PROTOCOL = 77,
        /// ws server: the bind ends. The return is ignored.
        LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL = 78,
        /// Client: the attempt failed. `in`, `len`: why, or NULL. The return is ignored.
        LWS_CALLBACK_CLIENT_CONNECTION_ERROR = 1,
        /// Client: the answer is good; the last time that its headers can be read. Not 0 refuses.
        LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH = 2,
        /// ws client: up.
        LWS_CALLBACK_CLIENT_ESTABLISHED = 3,
        /// ws client: over after it was up. The return is ignored.
        LWS_CALLBACK_CLIENT_CLOSED = 75,
        /// Client: the request is made. `in`: address of the write position; `len`: room.
        LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER = 24,
        /// ws client: as RECEIVE.
        LWS_CALLBACK_CLIENT_RECEIVE = 8,
        /// ws client: as RECEIVE_PONG.
        LWS_CALLBACK_CLIENT_RECEIVE_PONG = 9,
        /// ws client: as SERVER_WRITEABLE.
        LWS_CALLBACK_CLIENT_WRITEABLE = 10,
        /// (p0) Client: an extension could be offered. `in`: its name. Not 0 leaves it out.
        LWS_CALLBACK_CLIENT_CONFIRM_EXTENSION_SUPPORTED = 26,
        /// ws client: options of an extension. `user`: its name; `in`, `len`: a buffer.
        LWS_CALLBACK_WS_EXT_DEFAULTS = 39,
        /// (p0) A socket was accepted and has no wsi yet. `in`: the socket as a pointer; `user`: struct
        /// lws_filter_network_conn_args. Not 0 closes it.
        LWS_CALLBACK_FILTER_NETWORK_CONNECTION = 17,
        /// ws client: bound. Seldom sent; see CLIENT_HTTP_BIND_PROTOCOL.
        LWS_CALLBACK_WS_CLIENT_BIND_PROTOCOL = 79,
        /// ws client: the bind ends. The return is ignored.
        LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL = 80,
        /// (p0) Return the calling thread's id, or 0.
        LWS_CALLBACK_GET_THREAD_ID = 31,
        /// (p0, not sent) `in`: struct lws_pollargs.
        LWS_CALLBACK_ADD_POLL_FD = 32,
        /// (p0, not sent) `in`: struct lws_pollargs.
        LWS_CALLBACK_DEL_POLL_FD = 33,
        /// (p0, not sent) `in`: struct lws_pollargs.
        LWS_CALLBACK_CHANGE_MODE_POLL_FD = 34,
        /// (p0, not sent)
        LWS_CALLBACK_LOCK_POLL = 35,
        /// (p0, not sent)
        LWS_CALLBACK_UNLOCK_POLL = 36,
        /// (not sent)
        LWS_CALLBACK_CGI = 40,
        /// (not sent)
        LWS_CALLBACK_CGI_TERMINATED = 41,
        /// (not sent)
        LWS_CALLBACK_CGI_STDIN_DATA = 42,
        /// (not sent)
        LWS_CALLBACK_CGI_STDIN_COMPLETED = 43,
        /// (not sent)
        LWS_CALLBACK_CGI_PROCESS_ATTACH = 70,
        /// (not sent)
        LWS_CALLBACK_SESSION_INFO = 54,
        /// (not sent)
        LWS_CALLBACK_GS_EVENT = 55,
        /// HTTP server: the mount has options. `in`: the list.
        LWS_CALLBACK_HTTP_PMO = 56,
        LWS_CALLBACK_RAW_PROXY_CLI_RX = 89,
        LWS_CALLBACK_RAW_PROXY_SRV_RX = 90,
        LWS_CALLBACK_RAW_PROXY_CLI_CLOSE = 91,
        LWS_CALLBACK_RAW_PROXY_SRV_CLOSE = 92,
        LWS_CALLBACK_RAW_PROXY_CLI_WRITEABLE = 93,
        LWS_CALLBACK_RAW_PROXY_SRV_WRITEABLE = 94,
        LWS_CALLBACK_RAW_PROXY_CLI_ADOPT = 95,
        LWS_CALLBACK_RAW_PROXY_SRV_ADOPT = 96,
        LWS_CALLBACK_RAW_PROXY_CLI_BIND_PROTOCOL = 97,
        LWS_CALLBACK_RAW_PROXY_SRV_BIND_PROTOCOL = 98,
        LWS_CALLBACK_RAW_PROXY_CLI_DROP_PROTOCOL = 99,
        LWS_CALLBACK_RAW_PROXY_SRV_DROP_PROTOCOL = 100,
        /// Raw socket: data.
        LWS_CALLBACK_RAW_RX = 59,
        /// Raw socket: over. The return is ignored.
        LWS_CALLBACK_RAW_CLOSE = 60,
        /// Raw socket: as SERVER_WRITEABLE.
        LWS_CALLBACK_RAW_WRITEABLE = 61,
        /// Raw socket, server side: ready.
        LWS_CALLBACK_RAW_ADOPT = 62,
        /// Raw socket, client side: up.
        LWS_CALLBACK_RAW_CONNECTED = 101,
        /// Raw socket: bound.
        LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL = 81,
        /// Raw socket: the bind ends. The return is ignored.
        LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL = 82,
        /// Raw file: ready.
        LWS_CALLBACK_RAW_ADOPT_FILE = 63,
        /// Raw file: readable; the program reads the descriptor itself.
        LWS_CALLBACK_RAW_RX_FILE = 64,
        /// Raw file: writable.
        LWS_CALLBACK_RAW_WRITEABLE_FILE = 65,
        /// Raw file: over. The return is ignored.
        LWS_CALLBACK_RAW_CLOSE_FILE = 66,
        /// Raw file: bound.
        LWS_CALLBACK_RAW_FILE_BIND_PROTOCOL = 83,
        /// Raw file: the bind ends. The return is ignored.
        LWS_CALLBACK_RAW_FILE_DROP_PROTOCOL = 84,
        /// lws_set_timer_usecs() has run out.
        LWS_CALLBACK_TIMER = 73,
        /// (made up) To every protocol of every vhost after lws_cancel_service(): the service thread can be given
        /// work here.
        LWS_CALLBACK_EVENT_WAIT_CANCELLED = 71,
        /// To the parent of a connection that closes. `in`: the child.
        LWS_CALLBACK_CHILD_CLOSING = 69,
        /// (made up) At start and daily where there is TLS. `in`: struct lws_acme_cert_aging_args; `len`: whole
        /// days left. The return is ignored.
        LWS_CALLBACK_VHOST_CERT_AGING = 72,
        /// (not sent) `in`: what is to be updated; `len`: enum lws_cert_update_state.
        LWS_CALLBACK_VHOST_CERT_UPDATE = 74,
        LWS_CALLBACK_MQTT_NEW_CLIENT_INSTANTIATED = 200,
        LWS_CALLBACK_MQTT_IDLE = 201,
        LWS_CALLBACK_MQTT_CLIENT_ESTABLISHED = 202,
        LWS_CALLBACK_MQTT_SUBSCRIBED = 203,
        LWS_CALLBACK_MQTT_CLIENT_WRITEABLE = 204,
        LWS_CALLBACK_MQTT_CLIENT_RX = 205,
        LWS_CALLBACK_MQTT_UNSUBSCRIBED = 206,
        LWS_CALLBACK_MQTT_DROP_PROTOCOL = 207,
        LWS_CALLBACK_MQTT_CLIENT_CLOSED = 208,
        LWS_CALLBACK_MQTT_ACK = 209,
        LWS_CALLBACK_MQTT_RESEND = 210,
        /// From here on they are the program's.
        LWS_CALLBACK_USER = 1000,
    }
}

/// lws_callback_http_dummy(): what it found out about a request: CGI.
pub const LWS_CB_REASON_AUX_BF__CGI: c_int = 1 << 0;
/// A proxied request.
pub const LWS_CB_REASON_AUX_BF__PROXY: c_int = 1 << 1;
/// The CGI's last chunk.
pub const LWS_CB_REASON_AUX_BF__CGI_CHUNK_END: c_int = 1 << 2;
/// The CGI's headers.
pub const LWS_CB_REASON_AUX_BF__CGI_HEADERS: c_int = 1 << 3;
/// The end of a proxied request.
pub const LWS_CB_REASON_AUX_BF__PROXY_TRANS_END: c_int = 1 << 4;
/// Headers of a proxied request.
pub const LWS_CB_REASON_AUX_BF__PROXY_HEADERS: c_int = 1 << 5;

/// The callback of a protocol, or None. Everything that happens to a connection, a vhost or the context comes
/// through it: wsi, reason, per-session data, `in`, `len`. It has to return: leaving it by a C++ exception, pthread_exit()
/// or the thread's cancellation ends the process with a message that names it.
pub type lws_callback_function =
    Option<unsafe extern "C" fn(*mut lws, lws_callback_reasons, *mut c_void, *mut c_void, usize) -> c_int>;

/// A TLS event, for LWS_CALLBACK_SSL_INFO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ssl_info {
    /// OpenSSL's SSL_CB_ bits.
    pub r#where: c_int,
    /// OpenSSL's result.
    pub ret: c_int,
}

/// What LWS_CALLBACK_VHOST_CERT_AGING gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_acme_cert_aging_args {
    /// Vhost whose certificate ages.
    pub vh: *mut lws_vhost,
    /// Settings that differ from the plugin's, by LWS_TLS_REQ_ELEMENT_; NULL: none.
    pub element_overrides: [*const c_char; 11],
}

/// Who connects, for LWS_CALLBACK_FILTER_NETWORK_CONNECTION.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_filter_network_conn_args {
    /// The peer's address.
    pub cli_addr: libc::sockaddr_storage,
    /// Bytes used in it.
    pub clilen: libc::socklen_t,
    /// The socket.
    pub accept_fd: lws_sockfd_type,
}
