//! State machines with notification lists; the caller allocates the manager.

use core::ffi::{c_char, c_int, c_void};

use crate::abi::*;

/// Told of a change of state: manager, link, old state, new state. Non-zero refuses it for now.
pub type lws_state_notify_t =
    Option<unsafe extern "C" fn(*mut lws_state_manager, *mut lws_state_notify_link, c_int, c_int) -> c_int>;
/// Short name of lws_state_notify_link.
pub type lws_state_notify_link_t = lws_state_notify_link;
/// Short name of lws_state_manager.
pub type lws_state_manager_t = lws_state_manager;

/// A notifier in the list of a state manager. The caller owns it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_state_notify_link {
    /// Its place in the list.
    pub list: lws_dll2_t,
    /// What is called.
    pub notify_cb: lws_state_notify_t,
    /// Name, for logs.
    pub name: *const c_char,
}

/// A state machine: states in order, notifiers that may refuse a step. The caller owns it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_state_manager {
    /// The notifiers.
    pub notify_list: lws_dll2_owner_t,
    /// Context whose loop it belongs to, or NULL.
    pub context: *mut lws_context,
    /// The program's.
    pub parent: *mut c_void,
    /// Class of the system message that tells of a change, or 0.
    pub smd_class: lws_smd_class_t,
    /// Names of the states, for logs.
    pub state_names: *mut *const c_char,
    /// Name, for logs.
    pub name: *const c_char,
    /// The state it is in.
    pub state: c_int,
}
