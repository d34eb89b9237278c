//! Allocation chunks: many small allocations, freed at once.

use core::ffi::{c_int, c_uchar, c_void};

opaque!(lwsac);

pub type lwsac_cached_file_t = *mut c_uchar;
pub type lws_list_ptr = *mut c_void;
pub type lws_list_ptr_sort_func_t = Option<unsafe extern "C" fn(lws_list_ptr, lws_list_ptr) -> c_int>;
