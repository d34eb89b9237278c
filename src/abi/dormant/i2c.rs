//! I2C bus operations.

use core::ffi::c_int;

/// Short name of lws_i2c_ops.
pub type lws_i2c_ops_t = lws_i2c_ops;

/// I2C bus operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_i2c_ops {
    pub init: Option<unsafe extern "C" fn(*const lws_i2c_ops) -> c_int>,
    pub start: Option<unsafe extern "C" fn(*const lws_i2c_ops) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(*const lws_i2c_ops)>,
    pub write: Option<unsafe extern "C" fn(*const lws_i2c_ops, u8) -> c_int>,
    pub read: Option<unsafe extern "C" fn(*const lws_i2c_ops) -> c_int>,
    pub set_ack: Option<unsafe extern "C" fn(*const lws_i2c_ops, c_int)>,
}
