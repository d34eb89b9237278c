//! State machines with notification lists; the caller allocates the manager.

use core::ffi::{c_char, c_int, c_void};

use crate::abi::*;

pub type lws_state_notify_t =
    Option<unsafe extern "C" fn(*mut lws_state_manager, *mut lws_state_notify_link, c_int, c_int) -> c_int>;
pub type lws_state_notify_link_t = lws_state_notify_link;
pub type lws_state_manager_t = lws_state_manager;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_state_notify_link {
    pub list: lws_dll2_t,
    pub notify_cb: lws_state_notify_t,
    pub name: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_state_manager {
    pub notify_list: lws_dll2_owner_t,
    pub context: *mut lws_context,
    pub parent: *mut c_void,
    pub smd_class: lws_smd_class_t,
    pub state_names: *mut *const c_char,
    pub name: *const c_char,
    pub state: c_int,
}
