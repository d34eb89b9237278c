//! The protocols table and plugins.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque!(lws_event_loop_ops);

pub const LWS_PLUGIN_API_MAGIC: c_int = 190;

pub type lws_plugin_header_t = lws_plugin_header;
pub type lws_plugin_protocol_t = lws_plugin_protocol;
pub type lws_plugin_evlib_t = lws_plugin_evlib;
pub type each_plugin_cb_t = Option<unsafe extern "C" fn(*mut lws_plugin, *mut c_void) -> c_int>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_protocols {
    pub name: *const c_char,
    pub callback: lws_callback_function,
    pub per_session_data_size: usize,
    pub rx_buffer_size: usize,
    pub id: c_uint,
    pub user: *mut c_void,
    pub tx_packet_size: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_header {
    pub name: *const c_char,
    pub _class: *const c_char,
    pub api_magic: c_uint,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_protocol {
    pub hdr: lws_plugin_header_t,
    pub protocols: *const lws_protocols,
    pub extensions: *const lws_extension,
    pub count_protocols: c_int,
    pub count_extensions: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_plugin_u {
    pub l: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin {
    pub list: *mut lws_plugin,
    pub hdr: *const lws_plugin_header_t,
    pub u: lws_plugin_u,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_evlib {
    pub hdr: lws_plugin_header_t,
    pub ops: *const lws_event_loop_ops,
}
