//! Network devices, WiFi credentials and scans.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

c_enum! {
    /// Kinds of network device.
    pub typedef lws_netdev_type_t: c_uint {
        LWSNDTYP_UNKNOWN = 0,
        LWSNDTYP_WIFI = 1,
        LWSNDTYP_ETH = 2,
    }
}

c_enum! {
    /// WiFi encryption, mode and flags.
    pub anonymous c_uint {
        LNDIW_ALG_OPEN = 0,
        LNDIW_ALG_WPA2 = 1,
        LNDIW_MODE_STA = 1,
        LNDIW_MODE_AP = 2,
        LNDIW_UP = 128,
        LNDIW_ACQ_IPv4 = 1,
        LNDIW_ACQ_IPv6 = 2,
    }
}

c_enum! {
    /// States of a WiFi device.
    pub typedef lws_netdev_wifi_state_t: c_uint {
        LWSNDVWIFI_STATE_INITIAL = 0,
        LWSNDVWIFI_STATE_SCAN = 1,
        LWSNDVWIFI_STATE_AP = 2,
        LWSNDVWIFI_STATE_AP_SCAN = 3,
        LWSNDVWIFI_STATE_STAT_GRP_AP = 4,
        LWSNDVWIFI_STATE_STAT_GRP_AP_SCAN = 5,
        LWSNDVWIFI_STATE_STAT = 6,
        LWSNDVWIFI_STATE_STAT_HAPPY = 7,
    }
}

/// Most scan results that are kept.
pub const LWS_WIFI_MAX_SCAN_TRACK: c_int = 16;
/// Bytes of a hardware address.
pub const LWS_ETH_ALEN: c_int = 6;

/// A WiFi channel.
pub type lws_wifi_ch_t = u8;
/// A signal strength in dBm.
pub type lws_wifi_rssi_t = i8;
/// Short name of lws_netdev_config.
pub type lws_netdev_config_t = lws_netdev_config;
/// Short name of lws_netdev_ops.
pub type lws_netdev_ops_t = lws_netdev_ops;
/// Short name of lws_netdevs.
pub type lws_netdevs_t = lws_netdevs;
/// Short name of lws_netdev_instance.
pub type lws_netdev_instance_t = lws_netdev_instance;
/// Short name of lws_wifi_creds.
pub type lws_wifi_creds_t = lws_wifi_creds;
/// Short name of lws_netdev_instance_wifi.
pub type lws_netdev_instance_wifi_t = lws_netdev_instance_wifi;
/// Short name of lws_wifi_sta.
pub type lws_wifi_sta_t = lws_wifi_sta;

/// Configuration of a network device.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_netdev_config {
    pub plat_config: *mut c_void,
}

/// Network device operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_netdev_ops {
    pub create: Option<
        unsafe extern "C" fn(
            *mut lws_context,
            *const lws_netdev_ops,
            *const c_char,
            *mut c_void,
        ) -> *mut lws_netdev_instance,
    >,
    pub configure: Option<unsafe extern "C" fn(*mut lws_netdev_instance, *mut lws_netdev_config_t) -> c_int>,
    pub up: Option<unsafe extern "C" fn(*mut lws_netdev_instance) -> c_int>,
    pub down: Option<unsafe extern "C" fn(*mut lws_netdev_instance) -> c_int>,
    pub event: Option<unsafe extern "C" fn(*mut lws_netdev_instance, lws_usec_t, *mut c_void, usize) -> c_int>,
    pub destroy: Option<unsafe extern "C" fn(*mut *mut lws_netdev_instance)>,
    pub connect: Option<unsafe extern "C" fn(*mut lws_netdev_instance, *const c_char, *const c_char, *mut u8) -> c_int>,
    pub scan: Option<unsafe extern "C" fn(*mut lws_netdev_instance)>,
}

/// The network devices.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_netdevs {
    pub owner: lws_dll2_owner_t,
    pub owner_creds: lws_dll2_owner_t,
    pub ac_creds: *mut lwsac,
    pub si: *mut lws_settings_instance_t,
    pub sa46_dns_resolver: lws_sockaddr46,
    pub refcount_creds: u8,
}

/// A network device.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_netdev_instance {
    pub name: *const c_char,
    pub ops: *const lws_netdev_ops_t,
    pub platinfo: *mut c_void,
    pub list: lws_dll2_t,
    pub mac: [u8; 6],
    pub r#type: u8,
}

/// Credentials for a WiFi network.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_wifi_creds {
    pub list: lws_dll2_t,
    pub bssid: [u8; 6],
    pub passphrase: [c_char; 64],
    pub ssid: [c_char; 33],
    pub alg: u8,
}

/// A WiFi device.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_netdev_instance_wifi {
    pub inst: lws_netdev_instance_t,
    pub scan: lws_dll2_owner_t,
    pub sul_scan: lws_sorted_usec_list_t,
    pub ap_cred: *mut lws_wifi_creds_t,
    pub ap_ip: *const c_char,
    pub sta_ads: *const c_char,
    pub current_attempt_ssid: [c_char; 33],
    pub current_attempt_bssid: [u8; 6],
    pub flags: u8,
    pub state: u8,
}

/// A WiFi network that was found.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_wifi_sta {
    pub list: lws_dll2_t,
    pub last_seen: u32,
    pub last_tried: u32,
    pub bssid: [u8; 6],
    pub ssid: *mut c_char,
    pub ssid_len: u8,
    pub ch: lws_wifi_ch_t,
    pub rssi: [lws_wifi_rssi_t; 8],
    pub rssi_avg: i16,
    pub authmode: u8,
    pub rssi_count: u8,
    pub rssi_next: u8,
}
