//! Directions of transmit credit.

use core::ffi::c_int;

/// lws_wsi_tx_credit(): what we may send.
pub const LWSTXCR_US_TO_PEER: c_int = 0;
/// lws_wsi_tx_credit(): what the peer may send.
pub const LWSTXCR_PEER_TO_US: c_int = 1;
