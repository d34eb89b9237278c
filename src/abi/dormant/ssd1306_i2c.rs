//! The SSD1306 display on I2C.

use core::ffi::c_int;

use crate::abi::*;

/// First I2C address of the display.
pub const SSD1306_I2C7_ADS1: c_int = 60;
/// Second one.
pub const SSD1306_I2C7_ADS2: c_int = 61;

/// Short name of lws_display_ssd1306.
pub type lws_display_ssd1306_t = lws_display_ssd1306;

/// An SSD1306 display.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_display_ssd1306 {
    pub disp: lws_display_t,
    pub i2c: *const lws_i2c_ops_t,
    pub gpio: *const lws_gpio_ops_t,
    pub reset_gpio: _lws_plat_gpio_t,
    pub i2c7_address: u8,
}
