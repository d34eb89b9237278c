//! Stateful form parsing (urlencoded and multipart): what the caller asks for.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

/// A form parser; opaque.
opaque!(lws_spa);

c_enum! {
    /// What a file upload callback is told.
    pub enum lws_spa_fileupload_states: c_uint {
        /// Bytes of the file.
        LWS_UFS_CONTENT = 0,
        /// The last bytes.
        LWS_UFS_FINAL_CONTENT = 1,
        /// A file begins.
        LWS_UFS_OPEN = 2,
        /// It is over.
        LWS_UFS_CLOSE = 3,
    }
}

/// Gets uploaded files: data, parameter name, file name, bytes, their count, lws_spa_fileupload_states. Non-zero
/// ends parsing.
pub type lws_spa_fileupload_cb = Option<
    unsafe extern "C" fn(
        *mut c_void,
        *const c_char,
        *const c_char,
        *mut c_char,
        c_int,
        lws_spa_fileupload_states,
    ) -> c_int,
>;
/// Short name of lws_spa_create_info.
pub type lws_spa_create_info_t = lws_spa_create_info;

/// What lws_spa_create_via_info() needs; the names live as long as the parser.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_spa_create_info {
    /// Names of the form's parameters; their indexes are what lws_spa_get_string() takes.
    pub param_names: *const *const c_char,
    /// How many there are.
    pub count_params: c_int,
    /// Bytes that all values together may have.
    pub max_storage: c_int,
    /// Gets uploaded files, or NULL.
    pub opt_cb: lws_spa_fileupload_cb,
    /// Its first argument.
    pub opt_data: *mut c_void,
    /// Bytes from one name pointer to the next; 0: an array of them.
    pub param_names_stride: usize,
    /// Where the parser allocates, or NULL: heap.
    pub ac: *mut *mut lwsac,
    /// Bytes of each chunk there; 0: a default.
    pub ac_chunk_size: usize,
}
