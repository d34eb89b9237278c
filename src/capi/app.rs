//! The program above the engine: C callbacks, C timers, memory that C sees.

use std::ffi::{c_int, c_void};
use std::net::SocketAddr;

use crate::abi::*;
use crate::engine::app::{Application, Finalize};
use crate::guard::Handle;
use crate::util::alloc;

/// A C program.
pub struct CProgram;

#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "the engine has no unsafe code: it only hands on what C gave")]
impl Application for CProgram {
    fn call(
        &self,
        protocol: &lws_protocols,
        wsi: Handle,
        reason: u32,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        let Some(callback) = protocol.callback else { return 0 };
        // SAFETY: the program gave the function for this purpose; `wsi` is a live handle, `user` and `input` are valid
        // during the call, and the engine holds no reference into any of them.
        unsafe { callback(wsi.as_ptr(), reason, user, input, len) }
    }

    fn filter_connection(
        &self,
        protocol: &lws_protocols,
        listener: Handle,
        fd: c_int,
        peer: Option<SocketAddr>,
    ) -> c_int {
        // SAFETY: all-zero is a valid value of this plain struct.
        let mut args: lws_filter_network_conn_args = unsafe { std::mem::zeroed() };
        args.accept_fd = fd;
        if let Some(peer) = peer {
            let address = socket2::SockAddr::from(peer);
            args.clilen = address.len();
            // SAFETY: the address is `len` bytes long and a sockaddr_storage has room for any.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    address.as_ptr().cast::<u8>(),
                    std::ptr::from_mut(&mut args.cli_addr).cast(),
                    address.len() as usize,
                );
            }
        }
        let input = fd as usize as *mut c_void;
        self.call(
            protocol,
            listener,
            LWS_CALLBACK_FILTER_NETWORK_CONNECTION,
            std::ptr::from_mut(&mut args).cast(),
            input,
            0,
        )
    }

    fn timer(&self, sul: *mut lws_sorted_usec_list) {
        // SAFETY: the wheel hands out timers that the program scheduled and did not cancel; they are live until their
        // callback frees them.
        unsafe {
            if let Some(callback) = (*sul).cb {
                (*sul).us = 0;
                callback(sul);
            }
        }
    }

    fn alloc(&self, size: usize) -> *mut c_void {
        alloc::zalloc(size, c"lws user area")
    }

    fn free(&self, memory: *mut c_void) {
        // SAFETY: the engine gives back what `alloc` made, once.
        unsafe { alloc::free(memory) };
    }

    fn finalize(&self, vhost: Handle, finalize: Finalize) {
        // SAFETY: the address came from a function pointer of this type in the creation info.
        let function: unsafe extern "C" fn(*mut lws_vhost, *mut c_void) =
            unsafe { std::mem::transmute(finalize.function) };
        // SAFETY: the program gave the function for this purpose, with this argument.
        unsafe { function(vhost.as_ptr(), finalize.argument) }
    }
}
