//! Stateful form parsing (urlencoded and multipart): what the caller asks for.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque!(lws_spa);

c_enum! {
    pub enum lws_spa_fileupload_states: c_uint {
        LWS_UFS_CONTENT = 0,
        LWS_UFS_FINAL_CONTENT = 1,
        LWS_UFS_OPEN = 2,
        LWS_UFS_CLOSE = 3,
    }
}

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
pub type lws_spa_create_info_t = lws_spa_create_info;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_spa_create_info {
    pub param_names: *const *const c_char,
    pub count_params: c_int,
    pub max_storage: c_int,
    pub opt_cb: lws_spa_fileupload_cb,
    pub opt_data: *mut c_void,
    pub param_names_stride: usize,
    pub ac: *mut *mut lwsac,
    pub ac_chunk_size: usize,
}
