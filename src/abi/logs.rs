//! Log levels.

use core::ffi::c_int;

pub const LLL_ERR: c_int = 1;
pub const LLL_WARN: c_int = 2;
pub const LLL_NOTICE: c_int = 4;
pub const LLL_INFO: c_int = 8;
pub const LLL_DEBUG: c_int = 16;
pub const LLL_PARSER: c_int = 32;
pub const LLL_HEADER: c_int = 64;
pub const LLL_EXT: c_int = 128;
pub const LLL_CLIENT: c_int = 256;
pub const LLL_LATENCY: c_int = 512;
pub const LLL_USER: c_int = 1024;
pub const LLL_THREAD: c_int = 2048;
pub const LLL_COUNT: c_int = 12;
pub const _LWS_LINIT: c_int = 4095;
pub const _LWS_LBS: c_int = 0;
pub const _LWS_LBC: c_int = 0;
pub const _LWS_ENABLED_LOGS: c_int = 4095;
