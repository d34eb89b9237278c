//! LEDs: intensity sequences, maps, controllers.

use core::ffi::{c_char, c_int, c_uint};

use crate::abi::*;

opaque! {
    /// LEDs being driven; opaque.
    lws_led_state
}

c_enum! {
    /// Indexes of lws_led_state_chs.
    pub anonymous c_uint {
        LLSI_CURR = 0,
        LLSI_NEXT = 1,
        LLSI_TRANS = 2,
    }
}

/// Full intensity.
pub const LWS_LED_MAX_INTENSITY: c_int = 65535;
/// Steps of a cycle.
pub const LWS_LED_FUNC_PHASE: c_int = 65536;
/// For ever.
pub const LWS_SEQ_LEDPHASE_TOTAL_ENDLESS: c_int = -1;
/// Milliseconds between steps.
pub const LWS_LED_SEQUENCER_UPDATE_INTERVAL_MS: c_int = 33;

/// An intensity.
pub type lws_led_intensity_t = u16;
/// A place in a cycle.
pub type lws_led_seq_phase_t = u16;
/// Gives the intensity at a place in a cycle.
pub type lws_led_lookup_t = Option<unsafe extern "C" fn(lws_led_seq_phase_t) -> lws_led_intensity_t>;
/// Short name of lws_led_state_ch.
pub type lws_led_state_ch_t = lws_led_state_ch;
/// Short name of lws_led_state_chs.
pub type lws_led_state_chs_t = lws_led_state_chs;
/// Short name of lws_led_ops.
pub type lws_led_ops_t = lws_led_ops;
/// Short name of lws_led_gpio_map.
pub type lws_led_gpio_map_t = lws_led_gpio_map;
/// Short name of lws_led_gpio_controller.
pub type lws_led_gpio_controller_t = lws_led_gpio_controller;

/// A sequence of intensities.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_sequence_def_t {
    pub func: lws_led_lookup_t,
    pub ledphase_offset: lws_led_seq_phase_t,
    pub ledphase_total: c_int,
    pub ms: u16,
    pub flags: u8,
}

/// A sequence being run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_state_ch {
    pub seq: *const lws_led_sequence_def_t,
    pub ph: lws_led_seq_phase_t,
    pub step: lws_led_seq_phase_t,
    pub phase_budget: c_int,
    pub last: lws_led_intensity_t,
}

/// The sequences of an LED: now, next, the change between them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_state_chs {
    pub seqs: [lws_led_state_ch_t; 3],
}

/// LED operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_ops {
    pub intensity: Option<unsafe extern "C" fn(*const lws_led_ops, *const c_char, lws_led_intensity_t)>,
    pub create: Option<unsafe extern "C" fn(*const lws_led_ops) -> *mut lws_led_state>,
    pub destroy: Option<unsafe extern "C" fn(*mut lws_led_state)>,
}

/// An LED: its name and GPIO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_gpio_map {
    pub name: *const c_char,
    pub gpio: _lws_plat_gpio_t,
    pub intensity_correction: lws_led_lookup_t,
    pub pwm_ops: *const lws_pwm_ops,
    pub active_level: u8,
}

/// A set of LEDs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_gpio_controller {
    pub led_ops: lws_led_ops_t,
    pub gpio_ops: *const lws_gpio_ops_t,
    pub led_map: *const lws_led_gpio_map_t,
    pub count_leds: u8,
}
