//! HTTP status codes, header token indexes, the HTML processor, header limits.

use core::ffi::{c_char, c_int, c_uchar, c_uint, c_ushort, c_void};

use crate::abi::*;

c_enum! {
    /// HTTP status codes, RFC 9110 section 15.
    pub enum http_status: c_uint {
        HTTP_STATUS_CONTINUE = 100,
        HTTP_STATUS_OK = 200,
        HTTP_STATUS_NO_CONTENT = 204,
        HTTP_STATUS_PARTIAL_CONTENT = 206,
        HTTP_STATUS_MOVED_PERMANENTLY = 301,
        HTTP_STATUS_FOUND = 302,
        HTTP_STATUS_SEE_OTHER = 303,
        HTTP_STATUS_NOT_MODIFIED = 304,
        HTTP_STATUS_BAD_REQUEST = 400,
        HTTP_STATUS_UNAUTHORIZED = 401,
        HTTP_STATUS_PAYMENT_REQUIRED = 402,
        HTTP_STATUS_FORBIDDEN = 403,
        HTTP_STATUS_NOT_FOUND = 404,
        HTTP_STATUS_METHOD_NOT_ALLOWED = 405,
        HTTP_STATUS_NOT_ACCEPTABLE = 406,
        HTTP_STATUS_PROXY_AUTH_REQUIRED = 407,
        HTTP_STATUS_REQUEST_TIMEOUT = 408,
        HTTP_STATUS_CONFLICT = 409,
        HTTP_STATUS_GONE = 410,
        HTTP_STATUS_LENGTH_REQUIRED = 411,
        HTTP_STATUS_PRECONDITION_FAILED = 412,
        HTTP_STATUS_REQ_ENTITY_TOO_LARGE = 413,
        HTTP_STATUS_REQ_URI_TOO_LONG = 414,
        HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE = 415,
        HTTP_STATUS_REQ_RANGE_NOT_SATISFIABLE = 416,
        HTTP_STATUS_EXPECTATION_FAILED = 417,
        HTTP_STATUS_INTERNAL_SERVER_ERROR = 500,
        HTTP_STATUS_NOT_IMPLEMENTED = 501,
        HTTP_STATUS_BAD_GATEWAY = 502,
        HTTP_STATUS_SERVICE_UNAVAILABLE = 503,
        HTTP_STATUS_GATEWAY_TIMEOUT = 504,
        HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED = 505,
    }
}

c_enum! {
    /// Headers that lws_hdr_copy() and its kin know: WSI_TOKEN_ and the name, methods as WSI_TOKEN_…_URI, :pseudo
    /// headers as WSI_TOKEN_HTTP_COLON_…
    pub enum lws_token_indexes: c_uint {
        WSI_TOKEN_GET_URI = 0,
        WSI_TOKEN_POST_URI = 1,
        WSI_TOKEN_OPTIONS_URI = 2,
        WSI_TOKEN_HOST = 3,
        WSI_TOKEN_CONNECTION = 4,
        WSI_TOKEN_UPGRADE = 5,
        WSI_TOKEN_ORIGIN = 6,
        WSI_TOKEN_DRAFT = 7,
        WSI_TOKEN_CHALLENGE = 8,
        WSI_TOKEN_EXTENSIONS = 9,
        WSI_TOKEN_KEY1 = 10,
        WSI_TOKEN_KEY2 = 11,
        WSI_TOKEN_PROTOCOL = 12,
        WSI_TOKEN_ACCEPT = 13,
        WSI_TOKEN_NONCE = 14,
        WSI_TOKEN_HTTP = 15,
        WSI_TOKEN_HTTP2_SETTINGS = 16,
        WSI_TOKEN_HTTP_ACCEPT = 17,
        WSI_TOKEN_HTTP_AC_REQUEST_HEADERS = 18,
        WSI_TOKEN_HTTP_IF_MODIFIED_SINCE = 19,
        WSI_TOKEN_HTTP_IF_NONE_MATCH = 20,
        WSI_TOKEN_HTTP_ACCEPT_ENCODING = 21,
        WSI_TOKEN_HTTP_ACCEPT_LANGUAGE = 22,
        WSI_TOKEN_HTTP_PRAGMA = 23,
        WSI_TOKEN_HTTP_CACHE_CONTROL = 24,
        WSI_TOKEN_HTTP_AUTHORIZATION = 25,
        WSI_TOKEN_HTTP_COOKIE = 26,
        WSI_TOKEN_HTTP_CONTENT_LENGTH = 27,
        WSI_TOKEN_HTTP_CONTENT_TYPE = 28,
        WSI_TOKEN_HTTP_DATE = 29,
        WSI_TOKEN_HTTP_RANGE = 30,
        WSI_TOKEN_HTTP_REFERER = 31,
        WSI_TOKEN_KEY = 32,
        WSI_TOKEN_VERSION = 33,
        WSI_TOKEN_SWORIGIN = 34,
        WSI_TOKEN_HTTP_COLON_AUTHORITY = 35,
        WSI_TOKEN_HTTP_COLON_METHOD = 36,
        WSI_TOKEN_HTTP_COLON_PATH = 37,
        WSI_TOKEN_HTTP_COLON_SCHEME = 38,
        WSI_TOKEN_HTTP_COLON_STATUS = 39,
        WSI_TOKEN_HTTP_ACCEPT_CHARSET = 40,
        WSI_TOKEN_HTTP_ACCEPT_RANGES = 41,
        WSI_TOKEN_HTTP_ACCESS_CONTROL_ALLOW_ORIGIN = 42,
        WSI_TOKEN_HTTP_AGE = 43,
        WSI_TOKEN_HTTP_ALLOW = 44,
        WSI_TOKEN_HTTP_CONTENT_DISPOSITION = 45,
        WSI_TOKEN_HTTP_CONTENT_ENCODING = 46,
        WSI_TOKEN_HTTP_CONTENT_LANGUAGE = 47,
        WSI_TOKEN_HTTP_CONTENT_LOCATION = 48,
        WSI_TOKEN_HTTP_CONTENT_RANGE = 49,
        WSI_TOKEN_HTTP_ETAG = 50,
        WSI_TOKEN_HTTP_EXPECT = 51,
        WSI_TOKEN_HTTP_EXPIRES = 52,
        WSI_TOKEN_HTTP_FROM = 53,
        WSI_TOKEN_HTTP_IF_MATCH = 54,
        WSI_TOKEN_HTTP_IF_RANGE = 55,
        WSI_TOKEN_HTTP_IF_UNMODIFIED_SINCE = 56,
        WSI_TOKEN_HTTP_LAST_MODIFIED = 57,
        WSI_TOKEN_HTTP_LINK = 58,
        WSI_TOKEN_HTTP_LOCATION = 59,
        WSI_TOKEN_HTTP_MAX_FORWARDS = 60,
        WSI_TOKEN_HTTP_PROXY_AUTHENTICATE = 61,
        WSI_TOKEN_HTTP_PROXY_AUTHORIZATION = 62,
        WSI_TOKEN_HTTP_REFRESH = 63,
        WSI_TOKEN_HTTP_RETRY_AFTER = 64,
        WSI_TOKEN_HTTP_SERVER = 65,
        WSI_TOKEN_HTTP_SET_COOKIE = 66,
        WSI_TOKEN_HTTP_STRICT_TRANSPORT_SECURITY = 67,
        WSI_TOKEN_HTTP_TRANSFER_ENCODING = 68,
        WSI_TOKEN_HTTP_USER_AGENT = 69,
        WSI_TOKEN_HTTP_VARY = 70,
        WSI_TOKEN_HTTP_VIA = 71,
        WSI_TOKEN_HTTP_WWW_AUTHENTICATE = 72,
        WSI_TOKEN_PATCH_URI = 73,
        WSI_TOKEN_PUT_URI = 74,
        WSI_TOKEN_DELETE_URI = 75,
        WSI_TOKEN_HTTP_URI_ARGS = 76,
        WSI_TOKEN_PROXY = 77,
        WSI_TOKEN_HTTP_X_REAL_IP = 78,
        WSI_TOKEN_HTTP1_0 = 79,
        WSI_TOKEN_X_FORWARDED_FOR = 80,
        WSI_TOKEN_CONNECT = 81,
        WSI_TOKEN_HEAD_URI = 82,
        WSI_TOKEN_TE = 83,
        WSI_TOKEN_REPLAY_NONCE = 84,
        WSI_TOKEN_COLON_PROTOCOL = 85,
        WSI_TOKEN_X_AUTH_TOKEN = 86,
        _WSI_TOKEN_CLIENT_SENT_PROTOCOLS = 87,
        _WSI_TOKEN_CLIENT_PEER_ADDRESS = 88,
        _WSI_TOKEN_CLIENT_URI = 89,
        _WSI_TOKEN_CLIENT_HOST = 90,
        _WSI_TOKEN_CLIENT_ORIGIN = 91,
        _WSI_TOKEN_CLIENT_METHOD = 92,
        _WSI_TOKEN_CLIENT_IFACE = 93,
        _WSI_TOKEN_CLIENT_ALPN = 94,
        /// How many there are; below it an index can be asked for.
        WSI_TOKEN_COUNT = 95,
        /// A header name is being read: no header.
        WSI_TOKEN_NAME_PART = 96,
        /// The value of an unknown header is being read.
        WSI_TOKEN_UNKNOWN_VALUE_PART = 97,
        /// A header is being left out.
        WSI_TOKEN_SKIPPING = 98,
        /// The same, after its carriage return.
        WSI_TOKEN_SKIPPING_SAW_CR = 99,
        /// The head is complete.
        WSI_PARSING_COMPLETE = 100,
        /// The URL of a multiplexed stream.
        WSI_INIT_TOKEN_MUXURL = 101,
    }
}

c_enum! {
    /// h2 SETTINGS, RFC 9113 section 6.5.2: index into lws_context_creation_info.http2_settings.
    pub enum lws_h2_settings: c_uint {
        H2SET_HEADER_TABLE_SIZE = 1,
        H2SET_ENABLE_PUSH = 2,
        H2SET_MAX_CONCURRENT_STREAMS = 3,
        H2SET_INITIAL_WINDOW_SIZE = 4,
        H2SET_MAX_FRAME_SIZE = 5,
        H2SET_MAX_HEADER_LIST_SIZE = 6,
        H2SET_RESERVED7 = 7,
        H2SET_ENABLE_CONNECT_PROTOCOL = 8,
        H2SET_COUNT = 9,
    }
}

c_enum! {
    /// What lws_http_get_uri_and_method() returns.
    pub anonymous c_uint {
        LWSHUMETH_GET = 0,
        LWSHUMETH_POST = 1,
        LWSHUMETH_OPTIONS = 2,
        LWSHUMETH_PUT = 3,
        LWSHUMETH_PATCH = 4,
        LWSHUMETH_DELETE = 5,
        LWSHUMETH_CONNECT = 6,
        LWSHUMETH_HEAD = 7,
        LWSHUMETH_COLON_PATH = 8,
    }
}

/// A buffer for the headers of an answer has at least so many bytes.
pub const LWS_RECOMMENDED_MIN_HEADER_SPACE: c_int = 2048;
/// lws_add_http_header_status(): the bits that hold the status.
pub const LWSAHH_CODE_MASK: c_int = (1 << 16) - 1;
/// lws_add_http_header_status(): without the Server header.
pub const LWSAHH_FLAG_NO_SERVER_NAME: c_int = 1 << 30;
/// lws_add_http_common_headers(): the length is not known.
pub const LWS_ILLEGAL_HTTP_CONTENT_LEN: lws_filepos_t = lws_filepos_t::MAX;
/// lws_h2_update_peer_txcredit(): the stream of the wsi.
pub const LWS_H2_STREAM_SID: c_int = -1;

/// Gives the text for a variable: data of the state, index of the variable. The text is used before the next call.
pub type lws_process_html_state_cb = Option<unsafe extern "C" fn(*mut c_void, c_int) -> *const c_char>;

/// What ADD_HEADERS, CHECK_ACCESS_RIGHTS and PROCESS_HTML get in `in`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_process_html_args {
    /// Where to write; moved on by what was written.
    pub p: *mut c_char,
    /// Bytes at p.
    pub len: c_int,
    /// Bytes that may be at p; the mount's auth mask in CHECK_ACCESS_RIGHTS.
    pub max_len: c_int,
    /// 1 with the last piece.
    pub r#final: c_int,
    /// 1 when the answer is sent in chunks.
    pub chunked: c_int,
}

/// State of lws_chunked_html_process(), which replaces variables in text that passes. Zeroed and owned by the
/// caller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_process_html_state {
    /// Where a possible variable begins.
    pub start: *mut c_char,
    /// A piece of a name that the end of the data cut off.
    pub swallow: [c_char; 16],
    /// Bytes used in swallow.
    pub pos: c_int,
    /// First argument of replace.
    pub data: *mut c_void,
    /// Names of the variables.
    pub vars: *const *const c_char,
    /// How many there are.
    pub count_vars: c_int,
    /// Gives the text for a variable.
    pub replace: lws_process_html_state_cb,
}

/// A piece of a message on its way through extensions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_tokens {
    /// The bytes.
    pub token: *mut c_uchar,
    /// How many.
    pub len: c_int,
}

/// Longest value of each header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_token_limits {
    /// Bytes, by WSI_TOKEN_ index; 0: no limit.
    pub token_limit: [c_ushort; 95],
}
