//! The ILI9341 display on SPI.

use crate::abi::*;

/// Short name of lws_display_ili9341.
pub type lws_display_ili9341_t = lws_display_ili9341;

/// An ILI9341 display.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_display_ili9341 {
    pub disp: lws_display_t,
    pub spi: *const lws_spi_ops_t,
    pub gpio: *const lws_gpio_ops_t,
    pub reset_gpio: _lws_plat_gpio_t,
    pub spi_index: u8,
}
