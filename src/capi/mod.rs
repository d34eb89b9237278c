//! Floor 4: the only door. `extern "C"` functions, one file per family; no logic lives here.

mod symbols;
pub(crate) use symbols::{exported_variadic, hidden_symbol};

pub mod address;
pub mod b64;
pub mod buflist;
pub mod cmdline;
pub mod dir;
pub mod dll2;
pub mod humanize;
pub mod json_simple;
pub mod logs;
pub mod lwsac;
pub mod misc_file;
pub mod misc_mem;
pub mod misc_uri;
pub mod purify;
pub mod ring;
pub mod ser;
pub mod strexp;
pub mod sul_lists;
pub mod tokenize;
pub mod vbi;
