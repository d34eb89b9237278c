//! Floor 0: `#[repr(C)]` structs, enumerators, constants and callback types. Layout and nothing else.
//!
//! Everything is re-exported flat under its C name, one file per header of 4.1.6. Enumerators are integer constants,
//! opaque structs have no size, a callback type is nullable (`lws_callback_function` here is C's
//! `lws_callback_function *`). `dormant/` holds the types of headers whose functions Debian's build does not export.
//! `include/libwebsockets.h` is made from this room and the `*.h.in` beside it; `tests/layout.rs` measures it.
#![allow(non_camel_case_types, non_upper_case_globals)]

#[macro_use]
mod macros;

mod adopt;
mod b64;
mod base;
mod callbacks;
mod client;
mod config;
mod context_vhost;
mod dll2;
mod dormant;
mod eventlib_exports;
mod foreign;
mod http;
mod lejp;
mod logs;
mod lws_lwsac;
mod lwsx;
mod misc;
mod network;
mod protocols_plugins;
mod retry;
mod ring;
mod smd;
mod spa;
mod state;
mod system;
mod timeout_timer;
mod tokenize;
mod vfs;
mod write;
mod writeable;
mod ws_close;
mod ws_ext;
mod x509;

pub use adopt::*;
pub use b64::*;
pub use base::*;
pub use callbacks::*;
pub use client::*;
pub use config::*;
pub use context_vhost::*;
pub use dll2::*;
pub use dormant::*;
pub use eventlib_exports::*;
pub use foreign::*;
pub use http::*;
pub use lejp::*;
pub use logs::*;
pub use lws_lwsac::*;
pub use lwsx::*;
pub use misc::*;
pub use network::*;
pub use protocols_plugins::*;
pub use retry::*;
pub use ring::*;
pub use smd::*;
pub use spa::*;
pub use state::*;
pub use system::*;
pub use timeout_timer::*;
pub use tokenize::*;
pub use vfs::*;
pub use write::*;
pub use writeable::*;
pub use ws_close::*;
pub use ws_ext::*;
pub use x509::*;
