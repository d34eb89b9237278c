//! Buttons on GPIOs: timing regimes, maps, controllers.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque! {
    /// Buttons being watched; opaque.
    lws_button_state
}

c_enum! {
    /// Flags of a button regime.
    pub anonymous c_uint {
        LWSBTNRGMFLAG_CLASSIFY_DOUBLECLICK = 1,
    }
}

/// Milliseconds between looks at a button.
pub const LWS_BUTTON_MON_TIMER_MS: c_int = 5;

/// Bits, one for each button.
pub type lws_button_idx_t = u16;
/// Told of a button.
pub type lws_button_cb_t = Option<unsafe extern "C" fn(*mut c_void, lws_button_idx_t, c_int)>;
/// Short name of lws_button_regime.
pub type lws_button_regime_t = lws_button_regime;
/// Short name of lws_button_map.
pub type lws_button_map_t = lws_button_map;
/// Short name of lws_button_controller.
pub type lws_button_controller_t = lws_button_controller;

/// Times that tell a click from a long press.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_button_regime {
    pub ms_min_down: u16,
    pub ms_min_down_longpress: u16,
    pub ms_up_settle: u16,
    pub ms_doubleclick_grace: u16,
    pub ms_repeat_down: u16,
    pub flags: u8,
}

/// A button: its GPIO, name, times.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_button_map {
    pub gpio: _lws_plat_gpio_t,
    pub smd_interaction_name: *const c_char,
    pub regime: *const lws_button_regime_t,
}

/// A set of buttons.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_button_controller {
    pub smd_bc_name: *const c_char,
    pub gpio_ops: *const lws_gpio_ops_t,
    pub button_map: *const lws_button_map_t,
    pub active_state_bitmap: lws_button_idx_t,
    pub count_buttons: u8,
}
