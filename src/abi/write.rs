//! What `lws_write` sends, and the room (LWS_PRE) that it needs before the payload.

use core::ffi::{c_uchar, c_uint};

use crate::abi::*;

c_enum! {
    /// What lws_write() sends. LWS_WRITE_NO_FIN and others are or-ed in.
    pub enum lws_write_protocol: c_uint {
        /// ws: the first or only frame of a text message.
        LWS_WRITE_TEXT = 0,
        /// ws: the first or only frame of a binary message.
        LWS_WRITE_BINARY = 1,
        /// ws: a further frame of the message.
        LWS_WRITE_CONTINUATION = 2,
        /// HTTP body; raw: the bytes.
        LWS_WRITE_HTTP = 3,
        /// ws: a ping, at most 125 bytes.
        LWS_WRITE_PING = 5,
        /// ws: a pong, at most 125 bytes.
        LWS_WRITE_PONG = 6,
        /// HTTP body, its last bytes.
        LWS_WRITE_HTTP_FINAL = 7,
        /// HTTP headers, made by lws_add_http_header_…()
        LWS_WRITE_HTTP_HEADERS = 8,
        /// h2: more headers.
        LWS_WRITE_HTTP_HEADERS_CONTINUATION = 9,
        /// Or-ed in: send later, the bytes are copied.
        LWS_WRITE_BUFLIST = 32,
        /// Or-ed in: the message goes on in another frame.
        LWS_WRITE_NO_FIN = 64,
        /// Or-ed in: the stream ends with this.
        LWS_WRITE_H2_STREAM_END = 128,
        /// Or-ed in: a client sends without masking; for tests.
        LWS_WRITE_CLIENT_IGNORE_XOR_MASK = 128,
    }
}

/// Bytes of a pointer.
pub const LWS_SIZEOFPTR: usize = 8;
/// LWS_PRE is a multiple of it.
pub const _LWS_PAD_SIZE: usize = 16;
/// Bytes before the payload that lws_write() may use for frame headers.
pub const LWS_PRE: usize = 16;
/// LWS_PRE by its old name.
pub const LWS_SEND_BUFFER_PRE_PADDING: usize = 16;
/// Nothing is needed after the payload.
pub const LWS_SEND_BUFFER_POST_PADDING: usize = 0;
/// The bytes, on a raw connection.
pub const LWS_WRITE_RAW: lws_write_protocol = 3;

/// A write on its way through extensions (LWS_EXT_CB_PAYLOAD_TX).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_write_passthru {
    /// Connection.
    pub wsi: *mut lws,
    /// Bytes.
    pub buf: *mut c_uchar,
    /// How many.
    pub len: usize,
    /// What they are.
    pub wp: lws_write_protocol,
}
