//! Directions of transmit credit.

use core::ffi::c_int;

pub const LWSTXCR_US_TO_PEER: c_int = 0;
pub const LWSTXCR_PEER_TO_US: c_int = 1;
