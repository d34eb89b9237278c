//! Maps between C structs and JSON or database rows.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque! {
    /// A database; opaque.
    sqlite3
}

c_enum! {
    /// Kinds of struct member.
    pub typedef lws_struct_map_type_eum: c_uint {
        LSMT_SIGNED = 0,
        LSMT_UNSIGNED = 1,
        LSMT_BOOLEAN = 2,
        LSMT_STRING_CHAR_ARRAY = 3,
        LSMT_STRING_PTR = 4,
        LSMT_LIST = 5,
        LSMT_CHILD_PTR = 6,
        LSMT_SCHEMA = 7,
        LSMT_BLOB_PTR = 8,
    }
}

c_enum! {
    /// Flags of a serialiser.
    pub anonymous c_uint {
        LSSERJ_FLAG_PRETTY = 1,
        LSSERJ_FLAG_OMIT_SCHEMA = 2,
    }
}

c_enum! {
    /// Whether it is done.
    pub typedef lws_struct_json_serialize_result_t: c_uint {
        LSJS_RESULT_CONTINUE = 0,
        LSJS_RESULT_FINISH = 1,
        LSJS_RESULT_ERROR = 2,
    }
}

/// Short name of lejp_collation.
pub type lejp_collation_t = lejp_collation;
/// Short name of lws_struct_map.
pub type lws_struct_map_t = lws_struct_map;
/// Called for each object.
pub type lws_struct_args_cb = Option<unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int>;
/// Short name of lws_struct_args.
pub type lws_struct_args_t = lws_struct_args;
/// Short name of lws_struct_serialize_st.
pub type lws_struct_serialize_st_t = lws_struct_serialize_st;
/// Short name of lws_struct_serialize.
pub type lws_struct_serialize_t = lws_struct_serialize;

/// A piece of text that waits for its end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lejp_collation {
    pub chunks: lws_dll2,
    pub len: c_int,
    pub buf: [c_char; 255],
}

/// A member of a struct and its name in JSON or a database.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_struct_map {
    pub colname: *const c_char,
    pub child_map: *const lws_struct_map,
    pub lejp_cb: lejp_callback,
    pub ofs: usize,
    pub aux: usize,
    pub ofs_clist: usize,
    pub child_map_size: usize,
    pub r#type: lws_struct_map_type_eum,
}

/// Objects being read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_struct_args {
    pub map_st: [*const lws_struct_map_t; 5],
    pub cb: lws_struct_args_cb,
    pub ac: *mut lwsac,
    pub cb_arg: *mut c_void,
    pub dest: *mut c_void,
    pub dest_len: usize,
    pub toplevel_dll2_ofs: usize,
    pub map_entries_st: [usize; 5],
    pub ac_block_size: usize,
    pub subtype: c_int,
    pub top_schema_index: c_int,
    pub ac_chunks: *mut lwsac,
    pub chunks_owner: lws_dll2_owner,
    pub chunks_length: usize,
}

/// One level of objects being written.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_struct_serialize_st {
    pub dllpos: *const lws_dll2,
    pub map: *const lws_struct_map_t,
    pub obj: *const c_char,
    pub map_entries: usize,
    pub map_entry: usize,
    pub size: usize,
    pub subsequent: c_char,
    pub idt: c_char,
}

/// Objects being written.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_struct_serialize {
    pub st: [lws_struct_serialize_st_t; 5],
    pub offset: usize,
    pub remaining: usize,
    pub sp: c_int,
    pub flags: c_int,
}
