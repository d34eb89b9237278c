//! I2C by GPIO.

use crate::abi::*;

/// Short name of lws_bb_i2c.
pub type lws_bb_i2c_t = lws_bb_i2c;

/// An I2C bus on two GPIOs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_bb_i2c {
    pub bb_ops: lws_i2c_ops_t,
    pub scl: _lws_plat_gpio_t,
    pub sda: _lws_plat_gpio_t,
    pub gpio: *const lws_gpio_ops_t,
    pub delay: Option<unsafe extern "C" fn()>,
}
