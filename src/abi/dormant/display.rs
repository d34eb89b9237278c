//! Displays and their state.

use core::ffi::{c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// States of a display.
    pub enum lws_display_controller_state: c_uint {
        LWSDISPS_OFF = 0,
        LWSDISPS_AUTODIMMED = 1,
        LWSDISPS_BECOMING_ACTIVE = 2,
        LWSDISPS_ACTIVE = 3,
        LWSDISPS_GOING_OFF = 4,
    }
}

/// A length in pixels.
pub type lws_display_scalar = u16;
/// Short name of lws_display.
pub type lws_display_t = lws_display;
/// Short name of lws_display_state.
pub type lws_display_state_t = lws_display_state;

/// A display: its operations and size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_display {
    pub init: Option<unsafe extern "C" fn(*const lws_display) -> c_int>,
    pub bl_pwm_ops: *const lws_pwm_ops_t,
    pub contrast: Option<unsafe extern "C" fn(*const lws_display, u8) -> c_int>,
    pub blit: Option<
        unsafe extern "C" fn(
            *const lws_display,
            *const u8,
            lws_display_scalar,
            lws_display_scalar,
            lws_display_scalar,
            lws_display_scalar,
        ) -> c_int,
    >,
    pub power: Option<unsafe extern "C" fn(*const lws_display, c_int) -> c_int>,
    pub bl_active: *const lws_led_sequence_def_t,
    pub bl_dim: *const lws_led_sequence_def_t,
    pub bl_transition: *const lws_led_sequence_def_t,
    pub variant: *mut c_void,
    pub bl_index: c_int,
    pub w: lws_display_scalar,
    pub h: lws_display_scalar,
    pub latency_wake_ms: u8,
}

/// A display and its dimming.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_display_state {
    pub sul_autodim: lws_sorted_usec_list_t,
    pub disp: *const lws_display_t,
    pub ctx: *mut lws_context,
    pub autodim_ms: c_int,
    pub off_ms: c_int,
    pub bl_lcs: *mut lws_led_state,
    pub chs: lws_led_state_chs_t,
    pub state: lws_display_controller_state,
}
