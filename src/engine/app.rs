//! The one way up: what the engine asks of the floor above it.
//!
//! `capi` implements this by calling C function pointers; a test implements it in Rust. No borrow of connection, vhost
//! or context state is held across any of these calls, because a callback may call anything back.

use std::ffi::{c_int, c_void};
use std::net::SocketAddr;
use std::path::Path;

use crate::abi::{lws_protocols, lws_sorted_usec_list};
use crate::engine::config::Extension;
use crate::engine::context::Context;
use crate::engine::role::ws::program_ext::InUse;
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

    /// The first service pass has begun: PROTOCOL_INIT is due, by [`Context::init_all`], when the program is ready for it.
    fn started(&self, cx: &Context) {
        cx.init_all();
    }

    /// Once in each service pass, for what the program has queued to the service thread by itself.
    fn attend(&self, _cx: &Context) {}

    /// Runs the callback of a program's timer that is due. It is already off every list.
    fn timer(&self, sul: *mut lws_sorted_usec_list);

    /// Zeroed memory that C code will see, from the program's allocator; null when there is none.
    fn alloc(&self, size: usize) -> *mut c_void;

    /// Gives such memory back.
    fn free(&self, memory: *mut c_void);

    /// Sets a program's extension up for a connection with the options agreed on. `None`: it refuses; nothing is owed.
    fn extension_construct(
        &self,
        extension: &Extension,
        context: Handle,
        wsi: Handle,
        is_client: bool,
        options: &str,
    ) -> Option<*mut c_void>;

    /// Gives a payload to an extension: what it does not take stays in `input`, what it makes goes behind `output`.
    /// `sending`: the write protocol of a payload that goes out; `None`: it came in. Below 0: it failed; 2: more is to come.
    fn extension_payload(
        &self,
        used: &InUse,
        context: Handle,
        wsi: Handle,
        sending: Option<u32>,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> c_int;

    /// Shows an extension a frame that is about to be sent; it may change it in place.
    fn extension_presend(&self, used: &InUse, context: Handle, wsi: Handle, frame: &mut [u8]);

    /// Sets an option of an extension by its name. The extension's answer.
    fn extension_option(&self, used: &InUse, context: Handle, wsi: Handle, name: &str, value: Option<&str>) -> c_int;

    /// Lets an extension free its state.
    fn extension_destroy(&self, used: &InUse, context: Handle, wsi: Handle);

    /// Opens a file by the program's own file operations. `None`: the path is none of theirs, the system's are meant. `gzip`:
    /// the peer takes a gzipped file.
    fn open(&self, path: &Path, gzip: bool) -> Option<std::io::Result<Box<dyn ProgramFile>>> {
        let _ = (path, gzip);
        None
    }

    /// A vhost has ended: the `finalize` function of its creation info is called.
    fn finalize(&self, vhost: Handle, finalize: Finalize);
}

/// A file that the program's own file operations opened. Dropping it closes it.
pub trait ProgramFile {
    /// Its length.
    fn size(&self) -> u64;

    /// When it was changed (seconds since 1970); 0: unknown.
    fn changed(&self) -> u32;

    /// What it gives is gzipped.
    fn is_gzip(&self) -> bool {
        false
    }

    /// Reads at most `buffer.len()` bytes from `at` on. 0 is its end.
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> std::io::Result<usize>;
}

/// A vhost's `finalize` function and its argument, as C gave them.
#[derive(Clone, Copy, Debug)]
pub struct Finalize {
    /// The function's address.
    pub function: *const c_void,
    /// What it is called with beside the vhost.
    pub argument: *mut c_void,
}
