//! The one way up: what the engine asks of the floor above it.
//!
//! `capi` implements this by calling C function pointers; a test implements it in Rust. No borrow of connection, vhost
//! or context state is held across any of these calls, because a callback may call anything back.

use std::ffi::{c_int, c_void};
use std::net::SocketAddr;

use crate::abi::{lws_protocols, lws_sorted_usec_list};
use crate::guard::Handle;

/// The program above the engine.
pub trait Application {
    /// Calls a protocol's callback. `wsi` may be a pseudo handle; `user` is the per-session area.
    fn call(
        &self,
        protocol: &lws_protocols,
        wsi: Handle,
        reason: u32,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int;

    /// FILTER_NETWORK_CONNECTION: a socket was accepted, no wsi exists yet. Non-zero refuses it.
    fn filter_connection(
        &self,
        protocol: &lws_protocols,
        listener: Handle,
        fd: c_int,
        peer: Option<SocketAddr>,
    ) -> c_int;

    /// Runs the callback of a program's timer that is due. It is already off every list.
    fn timer(&self, sul: *mut lws_sorted_usec_list);

    /// Zeroed memory that C code will see, from the program's allocator; null when there is none.
    fn alloc(&self, size: usize) -> *mut c_void;

    /// Gives such memory back.
    fn free(&self, memory: *mut c_void);

    /// A vhost has ended: the `finalize` function of its creation info is called.
    fn finalize(&self, vhost: Handle, finalize: Finalize);
}

/// A vhost's `finalize` function and its argument, as C gave them.
#[derive(Clone, Copy, Debug)]
pub struct Finalize {
    /// The function's address.
    pub function: *const c_void,
    /// What it is called with beside the vhost.
    pub argument: *mut c_void,
}
