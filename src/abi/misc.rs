//! Receive flow control reasons, directory walks, human readable units, CGI arguments.

use core::ffi::{c_char, c_int, c_uint, c_void};

/// A list of buffers; opaque.
opaque!(lws_buflist);

c_enum! {
    /// Bits of lws_rx_flow_control()'s second argument. 0 and 1 are what programs use: stop and go on.
    pub anonymous c_uint {
        LWS_RXFLOW_REASON_USER_BOOL = 1,
        LWS_RXFLOW_REASON_HTTP_RXBUFFER = 64,
        LWS_RXFLOW_REASON_H2_PPS_PENDING = 128,
        LWS_RXFLOW_REASON_APPLIES = 16384,
        LWS_RXFLOW_REASON_APPLIES_ENABLE_BIT = 8192,
        LWS_RXFLOW_REASON_APPLIES_ENABLE = 24576,
        LWS_RXFLOW_REASON_APPLIES_DISABLE = 16384,
        LWS_RXFLOW_REASON_FLAG_PROCESS_NOW = 4096,
    }
}

c_enum! {
    /// Kinds of directory entries.
    pub typedef lws_dir_obj_type_t: c_uint {
        LDOT_UNKNOWN = 0,
        LDOT_FILE = 1,
        LDOT_DIR = 2,
        LDOT_LINK = 3,
        LDOT_FIFO = 4,
        LDOTT_SOCKET = 5,
        LDOT_CHAR = 6,
        LDOT_BLOCK = 7,
    }
}

pub type lws_dir_callback_function =
    Option<unsafe extern "C" fn(*const c_char, *mut c_void, *mut lws_dir_entry) -> c_int>;
/// Called by lws_dir_glob_cb() for each file that fits: data, path.
pub type lws_dir_glob_cb_t = Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> c_int>;
/// Short name of lws_dir_glob.
pub type lws_dir_glob_t = lws_dir_glob;
/// Short name of lws_humanize_unit.
pub type lws_humanize_unit_t = lws_humanize_unit;

/// What lws_dir()'s callback gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dir_entry {
    pub name: *const c_char,
    pub r#type: lws_dir_obj_type_t,
}

/// What lws_dir_glob_cb() needs; the `user` argument of lws_dir().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dir_glob {
    pub filter: *const c_char,
    pub cb: lws_dir_glob_cb_t,
    pub user: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_wifi_scan {
    pub next: *mut lws_wifi_scan,
    pub ssid: [c_char; 32],
    pub rssi: i32,
    pub bssid: [u8; 6],
    pub count: u8,
    pub channel: u8,
    pub authmode: u8,
}

/// A unit of lws_humanize(): its name and how many of the base unit it is. A table ends with a NULL name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_humanize_unit {
    /// Name, or NULL at the end.
    pub name: *const c_char,
    /// How many base units it is.
    pub factor: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fsmount {
    pub layers_path: *const c_char,
    pub overlay_path: *const c_char,
    pub mp: [c_char; 256],
    pub ovname: [c_char; 64],
    pub distro: [c_char; 64],
    pub layers: [*const c_char; 4],
}
