//! SPI bus descriptors and operations.

use core::ffi::{c_int, c_uint, c_void};

c_enum! {
    /// SPI modes and transaction types.
    pub anonymous c_uint {
        LWSSPIMODE_CPOL = 1,
        LWSSPIMODE_CPHA = 2,
        LWS_SPI_BUSMODE_CLK_IDLE_LOW_SAMP_RISING = 0,
        LWS_SPI_BUSMODE_CLK_IDLE_HIGH_SAMP_RISING = 1,
        LWS_SPI_BUSMODE_CLK_IDLE_LOW_SAMP_FALLING = 2,
        LWS_SPI_BUSMODE_CLK_IDLE_HIGH_SAMP_FALLING = 3,
        LWS_SPI_TXN_HALF_DUPLEX_DISCRETE = 0,
    }
}

/// Told that a transaction is over.
pub type lws_spi_cb_t = Option<unsafe extern "C" fn(*mut c_void) -> c_int>;
/// Short name of lws_spi_desc.
pub type lws_spi_desc_t = lws_spi_desc;
/// Short name of lws_spi_ops.
pub type lws_spi_ops_t = lws_spi_ops;

/// An SPI transaction.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_spi_desc {
    pub src: *const u8,
    pub data: *const u8,
    pub dest: *mut u8,
    pub opaque: *mut c_void,
    pub completion_cb: lws_spi_cb_t,
    pub count_cmd: u16,
    pub count_write: u16,
    pub count_read: u16,
    pub txn_type: u8,
    pub channel: u8,
}

/// SPI bus operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_spi_ops {
    pub init: Option<unsafe extern "C" fn(*const lws_spi_ops) -> c_int>,
    pub queue: Option<unsafe extern "C" fn(*const lws_spi_ops, *const lws_spi_desc_t) -> c_int>,
    pub bus_mode: u8,
}
