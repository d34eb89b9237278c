//! The program above the engine: C callbacks, C timers, memory that C sees.

use std::ffi::{CString, c_int, c_void};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use crate::abi::*;
use crate::capi::system_states;
use crate::capi::unwound::Callback;
use crate::capi::vfs::FileOps;
use crate::capi::ws_ext::parse_options;
use crate::engine::app::{Application, Finalize, ProgramFile};
use crate::engine::config::{Extension, ExtensionKind};
use crate::engine::context::Context;
use crate::engine::role::ws::program_ext::InUse;
use crate::guard::Handle;
use crate::util::alloc;

type UnwindingCallback =
    unsafe extern "C-unwind" fn(*mut lws, lws_callback_reasons, *mut c_void, *mut c_void, usize) -> c_int;

type CExtension = unsafe extern "C" fn(
    *mut lws_context,
    *const lws_extension,
    *mut lws,
    lws_extension_callback_reasons,
    *mut c_void,
    *mut c_void,
    usize,
) -> c_int;
type UnwindingExtension = unsafe extern "C-unwind" fn(
    *mut lws_context,
    *const lws_extension,
    *mut lws,
    lws_extension_callback_reasons,
    *mut c_void,
    *mut c_void,
    usize,
) -> c_int;

/// A C program.
pub struct CProgram {
    /// What it opens files with.
    pub files: Rc<FileOps>,
}

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
        // SAFETY: the same function, of which it is now said that it may be left by unwinding.
        let callback: UnwindingCallback = unsafe { std::mem::transmute(callback) };
        let running = Callback::of_protocol(protocol, reason);
        // SAFETY: the program gave the function for this purpose; `wsi` is a live handle, `user` and `input` are valid
        // during the call, and the engine holds no reference into any of them.
        let rc = unsafe { callback(wsi.as_ptr(), reason, user, input, len) };
        running.returned();
        rc
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

    fn started(&self, cx: &Context) {
        system_states::advance(cx);
    }

    fn attend(&self, cx: &Context) {
        system_states::attend(cx);
    }

    fn timer(&self, sul: *mut lws_sorted_usec_list) {
        // SAFETY: the wheel hands out timers that the program scheduled and did not cancel; they are live until their
        // callback frees them.
        unsafe {
            if let Some(callback) = (*sul).cb {
                (*sul).us = 0;
                let callback = std::mem::transmute::<
                    unsafe extern "C" fn(*mut lws_sorted_usec_list),
                    unsafe extern "C-unwind" fn(*mut lws_sorted_usec_list),
                >(callback);
                let running = Callback::of_timer();
                callback(sul);
                running.returned();
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

    fn extension_construct(
        &self,
        extension: &Extension,
        context: Handle,
        wsi: Handle,
        is_client: bool,
        options: &str,
    ) -> Option<*mut c_void> {
        let ExtensionKind::Program(entry) = extension.kind else { return None };
        let reason = if is_client { LWS_EXT_CB_CLIENT_CONSTRUCT } else { LWS_EXT_CB_CONSTRUCT };
        let mut state: *mut c_void = std::ptr::null_mut();
        let mut known: *const lws_ext_options = std::ptr::null();
        let (user, input) = (std::ptr::from_mut(&mut state).cast(), std::ptr::from_mut(&mut known).cast());
        let rc = extension_call(entry, context, wsi, reason, user, input, 0);
        if rc != 0 {
            return None;
        }
        let used = InUse { extension: extension.clone(), state };
        // SAFETY: entry and table are the program's and live; `state` is what it has just made.
        let parsed = options.is_empty()
            || !known.is_null()
                && unsafe { parse_options(entry, context.as_ptr(), wsi.as_ptr(), state, known, options.as_bytes()) };
        if !parsed {
            self.extension_destroy(&used, context, wsi);
            return None;
        }
        Some(state)
    }

    fn extension_payload(
        &self,
        used: &InUse,
        context: Handle,
        wsi: Handle,
        sending: Option<u32>,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> c_int {
        let ExtensionKind::Program(entry) = used.extension.kind else { return -1 };
        let given = lws_tokens { token: input.as_mut_ptr(), len: input.len() as c_int };
        let mut buffers = [given, given];
        let reason = if sending.is_some() { LWS_EXT_CB_PAYLOAD_TX } else { LWS_EXT_CB_PAYLOAD_RX };
        let tokens = std::ptr::from_mut(&mut buffers).cast();
        let rc = extension_call(entry, context, wsi, reason, used.state, tokens, sending.unwrap_or(0) as usize);
        let [taken, made] = buffers;
        if rc < 0 || made.len < 0 || taken.len < 0 {
            return -1;
        }
        if made.len > 0 && !made.token.is_null() {
            // SAFETY: an extension's output is as long as it says and stays until it is called again.
            output.extend_from_slice(unsafe { std::slice::from_raw_parts(made.token, made.len as usize) });
        }
        // One that did nothing has handed its input on.
        let left = if rc <= 1 { 0 } else { (taken.len as usize).min(input.len()) };
        input.drain(..input.len() - left);
        rc
    }

    fn extension_presend(&self, used: &InUse, context: Handle, wsi: Handle, frame: &mut [u8]) {
        let ExtensionKind::Program(entry) = used.extension.kind else { return };
        let mut token = lws_tokens { token: frame.as_mut_ptr(), len: frame.len() as c_int };
        let tokens = std::ptr::from_mut(&mut token).cast();
        extension_call(entry, context, wsi, LWS_EXT_CB_PACKET_TX_PRESEND, used.state, tokens, 0);
    }

    fn extension_option(&self, used: &InUse, context: Handle, wsi: Handle, name: &str, value: Option<&str>) -> c_int {
        let ExtensionKind::Program(entry) = used.extension.kind else { return -1 };
        let (Ok(name), Ok(value)) = (CString::new(name), CString::new(value.unwrap_or_default())) else { return -1 };
        let mut arg = lws_ext_option_arg {
            option_name: name.as_ptr(),
            option_index: 0,
            start: value.as_ptr(),
            len: value.as_bytes().len() as c_int,
        };
        let input = std::ptr::from_mut(&mut arg).cast();
        extension_call(entry, context, wsi, LWS_EXT_CB_NAMED_OPTION_SET, used.state, input, 0)
    }

    fn extension_destroy(&self, used: &InUse, context: Handle, wsi: Handle) {
        if let ExtensionKind::Program(entry) = used.extension.kind {
            extension_call(entry, context, wsi, LWS_EXT_CB_DESTROY, used.state, std::ptr::null_mut(), 0);
        }
    }

    fn open(&self, path: &Path, gzip: bool) -> Option<std::io::Result<Box<dyn ProgramFile>>> {
        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        let file = self.files.open_theirs(&path, gzip)?;
        Some(file.map(|f| Box::new(f) as Box<dyn ProgramFile>).ok_or_else(|| std::io::ErrorKind::NotFound.into()))
    }

    fn finalize(&self, vhost: Handle, finalize: Finalize) {
        // SAFETY: the address came from a function pointer of this type in the creation info.
        let function: unsafe extern "C-unwind" fn(*mut lws_vhost, *mut c_void) =
            unsafe { std::mem::transmute(finalize.function) };
        let running = Callback::of_finalize();
        // SAFETY: the program gave the function for this purpose, with this argument.
        unsafe { function(vhost.as_ptr(), finalize.argument) };
        running.returned();
    }
}

fn extension_call(
    entry: *const lws_extension,
    context: Handle,
    wsi: Handle,
    reason: lws_extension_callback_reasons,
    state: *mut c_void,
    input: *mut c_void,
    len: usize,
) -> c_int {
    // SAFETY: the table lives as long as its vhost, by the API's contract; the function is called for what it was given for,
    // with a live handle, and no borrow of ours is held.
    unsafe {
        match (*entry).callback {
            Some(callback) => {
                let callback = std::mem::transmute::<CExtension, UnwindingExtension>(callback);
                let running = Callback::of_extension(entry, reason);
                let rc = callback(context.as_ptr(), entry, wsi.as_ptr(), reason, state, input, len);
                running.returned();
                rc
            }
            None => -1,
        }
    }
}
