//! Log levels.

use core::ffi::c_int;

/// Errors.
pub const LLL_ERR: c_int = 1 << 0;
/// What may be a problem.
pub const LLL_WARN: c_int = 1 << 1;
/// What an operator wants to know.
pub const LLL_NOTICE: c_int = 1 << 2;
/// What helps to follow what happens.
pub const LLL_INFO: c_int = 1 << 3;
/// For the library's developers.
pub const LLL_DEBUG: c_int = 1 << 4;
/// Parsers.
pub const LLL_PARSER: c_int = 1 << 5;
/// Headers.
pub const LLL_HEADER: c_int = 1 << 6;
/// Extensions.
pub const LLL_EXT: c_int = 1 << 7;
/// Client connections.
pub const LLL_CLIENT: c_int = 1 << 8;
/// Latencies.
pub const LLL_LATENCY: c_int = 1 << 9;
/// The program's own: lwsl_user().
pub const LLL_USER: c_int = 1 << 10;
/// Threads.
pub const LLL_THREAD: c_int = 1 << 11;
/// How many levels there are.
pub const LLL_COUNT: c_int = 12;
