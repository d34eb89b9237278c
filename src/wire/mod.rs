//! Floor 1: pure codecs: bytes in, events out. No sockets, no clocks, no C.
#![deny(unsafe_code)]

pub mod form;
pub mod http1;
pub mod mime;
pub mod url;
pub mod ws;
