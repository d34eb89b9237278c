//! Version constants of the API that is implemented (`lws_config.h` repeats them for C).

use core::ffi::c_int;

/// First number of the API version.
pub const LWS_LIBRARY_VERSION_MAJOR: c_int = 4;
/// Second number.
pub const LWS_LIBRARY_VERSION_MINOR: c_int = 1;
/// Third number.
pub const LWS_LIBRARY_VERSION_PATCH: c_int = 6;
/// All three in one: 4001006.
pub const LWS_LIBRARY_VERSION_NUMBER: c_int = 4001006;
/// How many service threads this build can have.
pub const LWS_MAX_SMP: c_int = 1;
