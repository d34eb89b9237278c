//! Log levels.

use core::ffi::c_int;

pub const LLL_ERR: c_int = 1 << 0;
pub const LLL_WARN: c_int = 1 << 1;
pub const LLL_NOTICE: c_int = 1 << 2;
pub const LLL_INFO: c_int = 1 << 3;
pub const LLL_DEBUG: c_int = 1 << 4;
pub const LLL_PARSER: c_int = 1 << 5;
pub const LLL_HEADER: c_int = 1 << 6;
pub const LLL_EXT: c_int = 1 << 7;
pub const LLL_CLIENT: c_int = 1 << 8;
pub const LLL_LATENCY: c_int = 1 << 9;
pub const LLL_USER: c_int = 1 << 10;
pub const LLL_THREAD: c_int = 1 << 11;
pub const LLL_COUNT: c_int = 12;
