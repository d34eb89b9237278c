//! PWM maps and operations.

use core::ffi::c_int;

use crate::abi::*;

/// Short name of lws_pwm_map.
pub type lws_pwm_map_t = lws_pwm_map;
/// Short name of lws_pwm_ops.
pub type lws_pwm_ops_t = lws_pwm_ops;

/// A PWM channel and its GPIO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_pwm_map {
    pub gpio: _lws_plat_gpio_t,
    pub index: u8,
    pub active_level: u8,
}

/// PWM operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_pwm_ops {
    pub init: Option<unsafe extern "C" fn(*const lws_pwm_ops) -> c_int>,
    pub intensity: Option<unsafe extern "C" fn(*const lws_pwm_ops, _lws_plat_gpio_t, lws_led_intensity_t)>,
    pub pwm_map: *const lws_pwm_map_t,
    pub count_pwm_map: u8,
}
