//! Extensions of the ws role (permessage-deflate) and their options.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// What the callback of an extension is told.
    pub enum lws_extension_callback_reasons: c_uint {
        LWS_EXT_CB_CONSTRUCT = 4,
        LWS_EXT_CB_CLIENT_CONSTRUCT = 5,
        LWS_EXT_CB_DESTROY = 8,
        LWS_EXT_CB_PACKET_TX_PRESEND = 12,
        LWS_EXT_CB_PAYLOAD_TX = 21,
        LWS_EXT_CB_PAYLOAD_RX = 22,
        LWS_EXT_CB_OPTION_DEFAULT = 23,
        LWS_EXT_CB_OPTION_SET = 24,
        LWS_EXT_CB_OPTION_CONFIRM = 25,
        LWS_EXT_CB_NAMED_OPTION_SET = 26,
    }
}

c_enum! {
    /// Whether an option of an extension has a value.
    pub enum lws_ext_options_types: c_uint {
        /// No value.
        EXTARG_NONE = 0,
        /// A number.
        EXTARG_DEC = 1,
        /// A number, or nothing.
        EXTARG_OPT_DEC = 2,
    }
}

/// The callback of a ws extension, or None.
pub type lws_extension_callback_function = Option<
    unsafe extern "C" fn(
        *mut lws_context,
        *const lws_extension,
        *mut lws,
        lws_extension_callback_reasons,
        *mut c_void,
        *mut c_void,
        usize,
    ) -> c_int,
>;

/// An option that an extension knows. A table ends with a NULL name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ext_options {
    /// Name.
    pub name: *const c_char,
    /// enum lws_ext_options_types.
    pub r#type: lws_ext_options_types,
}

/// An option as LWS_EXT_CB_OPTION_SET gets it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ext_option_arg {
    /// Name, or NULL.
    pub option_name: *const c_char,
    /// Index in the extension's table.
    pub option_index: c_int,
    /// The value; it is not terminated.
    pub start: *const c_char,
    /// Its length.
    pub len: c_int,
}

/// A ws extension that a vhost has. The table ends with an empty one and lives as long as the vhost.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_extension {
    /// Name, as in Sec-WebSocket-Extensions.
    pub name: *const c_char,
    /// lws_extension_callback_pm_deflate() for permessage-deflate.
    pub callback: lws_extension_callback_function,
    /// What a client offers: the name with its options.
    pub client_offer: *const c_char,
}
