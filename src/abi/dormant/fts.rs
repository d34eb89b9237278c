//! Full text search: parameters and results.

use core::ffi::{c_char, c_int};

use crate::abi::*;

opaque!(lws_fts);
opaque!(lws_fts_file);

pub const LWSFTS_F_QUERY_AUTOCOMPLETE: c_int = 1 << 0;
pub const LWSFTS_F_QUERY_FILES: c_int = 1 << 1;
pub const LWSFTS_F_QUERY_FILE_LINES: c_int = 1 << 2;
pub const LWSFTS_F_QUERY_QUOTE_LINE: c_int = 1 << 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fts_result_filepath {
    pub next: *mut lws_fts_result_filepath,
    pub matches: c_int,
    pub matches_length: c_int,
    pub lines_in_file: c_int,
    pub filepath_length: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fts_result_autocomplete {
    pub next: *mut lws_fts_result_autocomplete,
    pub instances: c_int,
    pub agg_instances: c_int,
    pub ac_length: c_int,
    pub elided: c_char,
    pub has_children: c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fts_result {
    pub filepath_head: *mut lws_fts_result_filepath,
    pub autocomplete_head: *mut lws_fts_result_autocomplete,
    pub duration_ms: c_int,
    pub effective_flags: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fts_search_params {
    pub needle: *const c_char,
    pub only_filepath: *const c_char,
    pub results_head: *mut lwsac,
    pub flags: c_int,
    pub max_autocomplete: c_int,
    pub max_files: c_int,
    pub max_lines: c_int,
}
