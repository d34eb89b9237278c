//! The protocols table and plugins.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque! {
    /// Operations of an event library; opaque.
    lws_event_loop_ops
}

/// Version of the plugin interface.
pub const LWS_PLUGIN_API_MAGIC: c_int = 190;

/// Short name of lws_plugin_header.
pub type lws_plugin_header_t = lws_plugin_header;
/// Short name of lws_plugin_protocol.
pub type lws_plugin_protocol_t = lws_plugin_protocol;
/// Short name of lws_plugin_evlib.
pub type lws_plugin_evlib_t = lws_plugin_evlib;
/// Called for each plugin; what it returns is not looked at.
pub type each_plugin_cb_t = Option<unsafe extern "C" fn(*mut lws_plugin, *mut c_void) -> c_int>;

/// A protocol: its callback and what the library allocates for each connection. The table ends with a NULL name; it
/// is copied when the vhost is made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_protocols {
    /// Name: the ws subprotocol, or what the vhost's options call it. NULL ends the table.
    pub name: *const c_char,
    /// Gets all that happens.
    pub callback: lws_callback_function,
    /// Bytes of zeroed data for each connection, the callback's `user`.
    pub per_session_data_size: usize,
    /// Most bytes that one RECEIVE gets; 0: the context's pt_serv_buf_size.
    pub rx_buffer_size: usize,
    /// The program's.
    pub id: c_uint,
    /// The program's.
    pub user: *mut c_void,
    /// Most bytes of one frame that a buffered write sends; 0: rx_buffer_size.
    pub tx_packet_size: usize,
}

/// What every plugin begins with.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_header {
    /// Name of the plugin.
    pub name: *const c_char,
    /// Kind of plugin.
    pub _class: *const c_char,
    /// LWS_PLUGIN_API_MAGIC of its build.
    pub api_magic: c_uint,
}

/// A plugin with protocols or extensions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_protocol {
    /// What every plugin begins with.
    pub hdr: lws_plugin_header_t,
    /// Its protocols.
    pub protocols: *const lws_protocols,
    /// Its extensions.
    pub extensions: *const lws_extension,
    /// How many protocols.
    pub count_protocols: c_int,
    /// How many extensions.
    pub count_extensions: c_int,
}

/// Handle of the dynamic loader.
#[repr(C)]
#[derive(Clone, Copy)]
pub union lws_plugin_u {
    /// From dlopen().
    pub l: *mut c_void,
}

/// A plugin that was loaded.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin {
    /// Next plugin, or NULL.
    pub list: *mut lws_plugin,
    /// What the plugin begins with.
    pub hdr: *const lws_plugin_header_t,
    /// Handle of the dynamic loader.
    pub u: lws_plugin_u,
}

/// A plugin with an event library.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plugin_evlib {
    /// What every plugin begins with.
    pub hdr: lws_plugin_header_t,
    /// Operations of the event library.
    pub ops: *const lws_event_loop_ops,
}
