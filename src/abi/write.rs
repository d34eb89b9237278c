//! What `lws_write` sends, and the room (LWS_PRE) that it needs before the payload.

use core::ffi::{c_uchar, c_uint};

use crate::abi::*;

c_enum! {
    pub enum lws_write_protocol: c_uint {
        LWS_WRITE_TEXT = 0,
        LWS_WRITE_BINARY = 1,
        LWS_WRITE_CONTINUATION = 2,
        LWS_WRITE_HTTP = 3,
        LWS_WRITE_PING = 5,
        LWS_WRITE_PONG = 6,
        LWS_WRITE_HTTP_FINAL = 7,
        LWS_WRITE_HTTP_HEADERS = 8,
        LWS_WRITE_HTTP_HEADERS_CONTINUATION = 9,
        LWS_WRITE_BUFLIST = 32,
        LWS_WRITE_NO_FIN = 64,
        LWS_WRITE_H2_STREAM_END = 128,
        LWS_WRITE_CLIENT_IGNORE_XOR_MASK = 128,
    }
}

pub const LWS_SIZEOFPTR: usize = 8;
pub const _LWS_PAD_SIZE: usize = 16;
pub const LWS_PRE: usize = 16;
pub const LWS_SEND_BUFFER_PRE_PADDING: usize = 16;
pub const LWS_SEND_BUFFER_POST_PADDING: usize = 0;
pub const LWS_WRITE_RAW: lws_write_protocol = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_write_passthru {
    pub wsi: *mut lws,
    pub buf: *mut c_uchar,
    pub len: usize,
    pub wp: lws_write_protocol,
}
