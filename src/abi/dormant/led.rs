//! LEDs: intensity sequences, maps, controllers.

use core::ffi::{c_char, c_int, c_uint};

use crate::abi::*;

opaque!(lws_led_state);

c_enum! {
    pub anonymous c_uint {
        LLSI_CURR = 0,
        LLSI_NEXT = 1,
        LLSI_TRANS = 2,
    }
}

pub const LWS_LED_MAX_INTENSITY: c_int = 65535;
pub const LWS_LED_FUNC_PHASE: c_int = 65536;
pub const LWS_SEQ_LEDPHASE_TOTAL_ENDLESS: c_int = -1;
pub const LWS_LED_SEQUENCER_UPDATE_INTERVAL_MS: c_int = 33;

pub type lws_led_intensity_t = u16;
pub type lws_led_seq_phase_t = u16;
pub type lws_led_lookup_t = Option<unsafe extern "C" fn(lws_led_seq_phase_t) -> lws_led_intensity_t>;
pub type lws_led_state_ch_t = lws_led_state_ch;
pub type lws_led_state_chs_t = lws_led_state_chs;
pub type lws_led_ops_t = lws_led_ops;
pub type lws_led_gpio_map_t = lws_led_gpio_map;
pub type lws_led_gpio_controller_t = lws_led_gpio_controller;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_sequence_def_t {
    pub func: lws_led_lookup_t,
    pub ledphase_offset: lws_led_seq_phase_t,
    pub ledphase_total: c_int,
    pub ms: u16,
    pub flags: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_state_ch {
    pub seq: *const lws_led_sequence_def_t,
    pub ph: lws_led_seq_phase_t,
    pub step: lws_led_seq_phase_t,
    pub phase_budget: c_int,
    pub last: lws_led_intensity_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_state_chs {
    pub seqs: [lws_led_state_ch_t; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_ops {
    pub intensity: Option<unsafe extern "C" fn(*const lws_led_ops, *const c_char, lws_led_intensity_t)>,
    pub create: Option<unsafe extern "C" fn(*const lws_led_ops) -> *mut lws_led_state>,
    pub destroy: Option<unsafe extern "C" fn(*mut lws_led_state)>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_gpio_map {
    pub name: *const c_char,
    pub gpio: _lws_plat_gpio_t,
    pub intensity_correction: lws_led_lookup_t,
    pub pwm_ops: *const lws_pwm_ops,
    pub active_level: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_led_gpio_controller {
    pub led_ops: lws_led_ops_t,
    pub gpio_ops: *const lws_gpio_ops_t,
    pub led_map: *const lws_led_gpio_map_t,
    pub count_leds: u8,
}
