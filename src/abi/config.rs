//! Version constants of the API that is implemented (`lws_config.h` repeats them for C).

use core::ffi::c_int;

pub const LWS_LIBRARY_VERSION_MAJOR: c_int = 4;
pub const LWS_LIBRARY_VERSION_MINOR: c_int = 1;
pub const LWS_LIBRARY_VERSION_PATCH: c_int = 6;
pub const LWS_LIBRARY_VERSION_NUMBER: c_int = 4001006;
pub const LWS_MAX_SMP: c_int = 1;
