//! Receive flow control reasons, directory walks, human readable units, CGI arguments.

use core::ffi::{c_char, c_int, c_uint, c_void};

opaque! {
    /// A list of buffers; opaque.
    lws_buflist
}

c_enum! {
    /// Bits of lws_rx_flow_control()'s second argument. 0 and 1 are what programs use: stop and go on.
    pub anonymous c_uint {
        /// The program stops it.
        LWS_RXFLOW_REASON_USER_BOOL = 1,
        /// A request waits for the one before.
        LWS_RXFLOW_REASON_HTTP_RXBUFFER = 64,
        /// h2 has control frames to send.
        LWS_RXFLOW_REASON_H2_PPS_PENDING = 128,
        /// The other bits say which reasons change.
        LWS_RXFLOW_REASON_APPLIES = 16384,
        /// They go; without it, they come.
        LWS_RXFLOW_REASON_APPLIES_ENABLE_BIT = 8192,
        /// These reasons to stop go.
        LWS_RXFLOW_REASON_APPLIES_ENABLE = 24576,
        /// These reasons to stop come.
        LWS_RXFLOW_REASON_APPLIES_DISABLE = 16384,
        /// Handle what was held at once.
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

/// Called by lws_dir() for each entry: path of the directory, user, entry. Not 0 ends the walk.
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
    /// Name; it is the library's.
    pub name: *const c_char,
    /// lws_dir_obj_type_t.
    pub r#type: lws_dir_obj_type_t,
}

/// What lws_dir_glob_cb() needs; the `user` argument of lws_dir().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dir_glob {
    /// What names must look like: text with at most one *.
    pub filter: *const c_char,
    /// Called for each file that fits.
    pub cb: lws_dir_glob_cb_t,
    /// Its first argument.
    pub user: *mut c_void,
}

/// A WiFi network that a scan found.
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

/// What lws_fsmount_mount() needs: an overlay of layers.
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
