//! Floor 4: the only door. `extern "C"` functions, one file per family; no logic lives here.
//!
//! Each function enters the guard (`enter`), turns C arguments into Rust ones and calls the engine or a helper family.

mod symbols;
pub(crate) use symbols::{exported_variadic, hidden_symbol};

pub mod address;
pub mod app;
pub mod b64;
pub mod buflist;
pub mod client;
pub mod client_requests;
pub mod cmdline;
pub mod config;
pub mod context;
pub mod creation;
pub mod daemon;
pub mod dir;
pub mod dll2;
pub mod enter;
pub mod ext_deflate;
pub mod html;
pub mod http;
pub mod http_answer;
pub mod http_dummy;
pub mod http_request;
pub mod humanize;
pub mod json_simple;
pub mod lejp;
pub mod lifecycle;
pub mod logs;
pub mod lwsac;
pub mod lwsx;
pub mod misc_file;
pub mod misc_mem;
pub mod misc_uri;
pub mod options;
pub mod plugins;
pub mod purify;
pub mod pvo;
pub mod retry;
pub mod ring;
pub mod ser;
pub mod service;
pub mod smd;
pub mod spa;
pub mod state;
pub mod strexp;
pub mod sul_lists;
pub mod system;
mod system_states;
pub mod timers;
pub mod tls;
pub mod tls_options;
pub mod tokenize;
mod unwound;
pub mod vbi;
pub mod vfs;
pub mod vhost;
pub mod write;
pub mod ws_ext;
pub mod wsi;
pub mod x509;

use std::ffi::c_char;

/// Writes text and a NUL to a C buffer. `false`: it does not fit, or there is no buffer; nothing is written.
///
/// # Safety
/// `out` is NULL or has room for `room` bytes.
pub(crate) unsafe fn text_out(out: *mut c_char, room: usize, text: &[u8]) -> bool {
    if out.is_null() || text.len() >= room {
        return false;
    }
    // SAFETY: there is room for the text and its NUL.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), out.cast(), text.len());
        *out.add(text.len()) = 0;
    }
    true
}
