//! The engine under a program in Rust: what cannot be had from C, such as an error inside the library itself.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use crate::abi::*;
use crate::engine::app::{Application, Finalize};
use crate::engine::config::{ContextConfig, Extension, IdlePolicy, VhostConfig};
use crate::engine::context::Context;
use crate::engine::role::ws::program_ext::InUse;
use crate::engine::service::Wait;
use crate::guard::{self, Domain, Handle};
use crate::net::Bind;
use crate::util::{intern, sul_wheel};

mod fake_tls;

/// Reason, `user` and `in`.
type Call = (u32, *mut c_void, *mut c_void);

/// Notes what it is called for; a request for anything but `/` makes it panic.
#[derive(Default)]
struct Program {
    reasons: Rc<RefCell<Vec<u32>>>,
    /// The same with `user` and `in`.
    calls: Rc<RefCell<Vec<Call>>>,
    /// What it says no to.
    refuses: Option<u32>,
}

impl Application for Program {
    fn call(
        &self,
        _: &lws_protocols,
        _: Handle,
        reason: u32,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        self.reasons.borrow_mut().push(reason);
        self.calls.borrow_mut().push((reason, user, input));
        assert!(reason != LWS_CALLBACK_HTTP || len == 1, "on purpose: this stands for an error of the library");
        c_int::from(reason == LWS_CALLBACK_HTTP || self.refuses == Some(reason))
    }

    fn filter_connection(&self, _: &lws_protocols, _: Handle, _: c_int, _: Option<SocketAddr>) -> c_int {
        0
    }

    fn timer(&self, _: *mut lws_sorted_usec_list) {}

    fn alloc(&self, _: usize) -> *mut c_void {
        std::ptr::null_mut()
    }

    fn free(&self, _: *mut c_void) {}

    fn extension_construct(&self, _: &Extension, _: Handle, _: Handle, _: bool, _: &str) -> Option<*mut c_void> {
        None
    }

    fn extension_payload(
        &self,
        _: &InUse,
        _: Handle,
        _: Handle,
        _: Option<u32>,
        _: &mut Vec<u8>,
        _: &mut Vec<u8>,
    ) -> c_int {
        -1
    }

    fn extension_presend(&self, _: &InUse, _: Handle, _: Handle, _: &mut [u8]) {}

    fn extension_option(&self, _: &InUse, _: Handle, _: Handle, _: &str, _: Option<&str>) -> c_int {
        -1
    }

    fn extension_destroy(&self, _: &InUse, _: Handle, _: Handle) {}

    fn finalize(&self, _: Handle, _: Finalize) {}
}

fn context(program: Program) -> Context {
    let domain = Domain::acquire().unwrap();
    let slot = guard::insert_context(domain).unwrap();
    let config = ContextConfig {
        options: 0,
        user: std::ptr::null_mut(),
        fd_limit: 100,
        pt_serv_buf_size: 4096,
        max_http_header_data: 4096,
        max_http_header_pool: 100,
        timeout_secs: 20,
        idle: IdlePolicy::default(),
        ka: (0, 0, 0),
        server_string: None,
        tls_sessions_most: 0,
        alpn: Vec::new(),
    };
    Context::new(slot, domain, Box::new(program), config, sul_wheel::acquire(slot.handle.bits()))
}

fn vhost() -> VhostConfig {
    let name = intern::keep("p");
    let protocol = lws_protocols {
        name: name.as_ptr(),
        callback: None,
        per_session_data_size: 0,
        rx_buffer_size: 0,
        id: 0,
        user: std::ptr::null_mut(),
        tx_packet_size: 0,
    };
    VhostConfig {
        name: "v".into(),
        options: 0,
        binds: vec![Bind::Tcp {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            v6only: false,
            device: None,
            reuse_port: false,
        }],
        port: 0,
        iface: None,
        protocols: intern::keep_table(&[protocol]),
        protocol_names: vec![name],
        program_protocols: std::ptr::null(),
        default_protocol: 0,
        raw: None,
        tls_events: 0,
        subprotocol_required: false,
        pvo: vec![std::ptr::null()],
        extensions: Vec::new(),
        mounts: Vec::new(),
        user: std::ptr::null_mut(),
        keepalive_secs: 5,
        timeout_secs: 20,
        connect_timeout_secs: 20,
        proxy: None,
        idle: IdlePolicy::default(),
        retry: std::ptr::null(),
        ka: (0, 0, 0),
        finalize: None,
        error_document_404: None,
        server_string: None,
        headers: Vec::new(),
        unix_socket_owner: None,
        tls: None,
        tls_client: None,
    }
}

#[test]
fn an_error_inside_the_library_costs_the_one_connection() {
    let program = Program::default();
    let reasons = program.reasons.clone();
    let cx = context(program);
    let entered = guard::enter_new(cx.domain);
    let port = cx.create_vhost(vhost()).unwrap().listen_port.get();
    let mut peers = ["/", "/panic", "/"].map(|path| {
        let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
        peer.write_all(format!("GET {path} HTTP/1.1\r\nHost: v\r\n\r\n").as_bytes()).unwrap();
        peer
    });
    let told = |reason: u32| reasons.borrow().iter().filter(|r| **r == reason).count();
    for _ in 0..2000 {
        assert!(cx.turn(Wait::Millis(5)), "the context goes on");
        if told(LWS_CALLBACK_WSI_DESTROY) == 3 {
            break;
        }
    }
    assert_eq!(told(LWS_CALLBACK_HTTP), 3, "all three were served");
    assert_eq!(told(LWS_CALLBACK_CLOSED_HTTP), 3, "each has ended with its callbacks");
    assert_eq!(told(LWS_CALLBACK_WSI_DESTROY), 3);
    for peer in &mut peers {
        // The end, or a reset.
        assert_eq!(peer.read(&mut [0; 64]).unwrap_or(0), 0);
    }
    cx.destroy();
    guard::retire(cx.slot);
    drop(entered);
}
