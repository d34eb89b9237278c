//! Extensions of the ws role (permessage-deflate) and their options.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
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
    pub enum lws_ext_options_types: c_uint {
        EXTARG_NONE = 0,
        EXTARG_DEC = 1,
        EXTARG_OPT_DEC = 2,
    }
}

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

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ext_options {
    pub name: *const c_char,
    pub r#type: lws_ext_options_types,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_ext_option_arg {
    pub option_name: *const c_char,
    pub option_index: c_int,
    pub start: *const c_char,
    pub len: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_extension {
    pub name: *const c_char,
    pub callback: lws_extension_callback_function,
    pub client_offer: *const c_char,
}
