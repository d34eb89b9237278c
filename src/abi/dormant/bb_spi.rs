//! SPI by GPIO.

use core::ffi::c_int;

use crate::abi::*;

pub const LWSBBSPI_FLAG_USE_NCMD3: c_int = 1 << 7;
pub const LWSBBSPI_FLAG_USE_NCMD2: c_int = 1 << 6;
pub const LWSBBSPI_FLAG_USE_NCMD1: c_int = 1 << 5;
pub const LWSBBSPI_FLAG_USE_NCMD0: c_int = 1 << 4;
pub const LWSBBSPI_FLAG_USE_NCS3: c_int = 1 << 3;
pub const LWSBBSPI_FLAG_USE_NCS2: c_int = 1 << 2;
pub const LWSBBSPI_FLAG_USE_NCS1: c_int = 1 << 1;
pub const LWSBBSPI_FLAG_USE_NCS0: c_int = 1 << 0;
pub const LWS_SPI_BB_MAX_CH: c_int = 4;

pub type lws_bb_spi_t = lws_bb_spi;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_bb_spi {
    pub bb_ops: lws_spi_ops_t,
    pub gpio: *const lws_gpio_ops_t,
    pub clk: _lws_plat_gpio_t,
    pub ncs: [_lws_plat_gpio_t; 4],
    pub ncmd: [_lws_plat_gpio_t; 4],
    pub mosi: _lws_plat_gpio_t,
    pub miso: _lws_plat_gpio_t,
    pub flags: u8,
}
