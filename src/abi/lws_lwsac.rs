//! Allocation chunks: many small allocations, freed at once.

use core::ffi::{c_int, c_uchar, c_void};

/// A list of allocation chunks; opaque.
opaque!(lwsac);

/// A file held in memory by lwsac_cached_file().
pub type lwsac_cached_file_t = *mut c_uchar;
/// A singly linked list whose objects begin with the pointer to the next.
pub type lws_list_ptr = *mut c_void;
/// Order of two objects, as for qsort().
pub type lws_list_ptr_sort_func_t = Option<unsafe extern "C" fn(lws_list_ptr, lws_list_ptr) -> c_int>;
