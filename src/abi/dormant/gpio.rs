//! GPIO operations.

use core::ffi::{c_int, c_uint, c_void};

c_enum! {
    /// When a GPIO interrupts.
    pub typedef lws_gpio_irq_t: c_uint {
        LWSGGPIO_IRQ_NONE = 0,
        LWSGGPIO_IRQ_RISING = 1,
        LWSGGPIO_IRQ_FALLING = 2,
        LWSGGPIO_IRQ_CHANGE = 3,
        LWSGGPIO_IRQ_LOW = 4,
        LWSGGPIO_IRQ_HIGH = 5,
    }
}

c_enum! {
    /// GPIO modes, by bits.
    pub anonymous c_uint {
        LWSGGPIO_FL_READ = 1 << 0,
        LWSGGPIO_FL_WRITE = 1 << 1,
        LWSGGPIO_FL_PULLUP = 1 << 2,
        LWSGGPIO_FL_PULLDOWN = 1 << 3,
        LWSGGPIO_FL_START_LOW = 1 << 4,
    }
}

/// Number of a GPIO.
pub type _lws_plat_gpio_t = c_int;
/// Called by an interrupt.
pub type lws_gpio_irq_cb_t = Option<unsafe extern "C" fn(*mut c_void)>;
/// Short name of lws_gpio_ops.
pub type lws_gpio_ops_t = lws_gpio_ops;

/// GPIO operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_gpio_ops {
    pub mode: Option<unsafe extern "C" fn(_lws_plat_gpio_t, c_int)>,
    pub read: Option<unsafe extern "C" fn(_lws_plat_gpio_t) -> c_int>,
    pub set: Option<unsafe extern "C" fn(_lws_plat_gpio_t, c_int)>,
    pub irq_mode:
        Option<unsafe extern "C" fn(_lws_plat_gpio_t, lws_gpio_irq_t, lws_gpio_irq_cb_t, *mut c_void) -> c_int>,
}
