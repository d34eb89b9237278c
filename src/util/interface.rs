//! Network interfaces by name, and the bound on open descriptors: what a listener asks of the machine.

use std::ffi::c_int;
use std::net::{IpAddr, Ipv6Addr};

use nix::ifaddrs::getifaddrs;
use nix::sys::resource::{Resource, rlim_t, setrlimit};

/// The address that a listener on a named interface binds to: the interface's first IPv4 address, as on 4.1.6 also
/// where IPv6 is on; else, unless `v4_only`, its first IPv6 address that is not link-local (those need a scope beside
/// them). `None`: there is no such interface, or it has no such address.
pub fn address(name: &str, v4_only: bool) -> Option<IpAddr> {
    let all = getifaddrs().ok()?.filter(|i| i.interface_name == name).filter_map(|i| {
        let address = i.address?;
        let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
    });
    choose(all, v4_only)
}

fn choose(all: impl Iterator<Item = IpAddr>, v4_only: bool) -> Option<IpAddr> {
    let link_local = |a: &Ipv6Addr| a.segments()[0] & 0xffc0 == 0xfe80;
    let (v4, v6): (Vec<_>, Vec<_>) = all.partition(IpAddr::is_ipv4);
    let usable_v6 = v6.into_iter().find(|a| matches!(a, IpAddr::V6(a) if !v4_only && !link_local(a)));
    v4.into_iter().next().or(usable_v6)
}

/// This machine's host name.
pub fn host_name() -> Option<String> {
    let mut name = [0_u8; 128];
    // SAFETY: the last byte stays 0, so that a name which was cut ends all the same.
    let rc = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let name = std::ffi::CStr::from_bytes_until_nul(&name).ok().filter(|n| rc == 0 && !n.is_empty())?;
    Some(name.to_string_lossy().into_owned())
}

/// Sets how many descriptors the process may hold, soft and hard limit alike; 0 leaves it. The error says what was
/// asked for and why it was refused: raising the hard limit needs CAP_SYS_RESOURCE.
pub fn set_rlimit_nofile(n: c_int) -> Result<(), String> {
    if n == 0 {
        return Ok(());
    }
    let limit = rlim_t::try_from(n).map_err(|_| format!("rlimit_nofile {n} is negative"))?;
    setrlimit(Resource::RLIMIT_NOFILE, limit, limit)
        .map_err(|e| format!("rlimit_nofile {n} cannot be set: {}", e.desc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(list: &[&str], v4_only: bool) -> Option<String> {
        choose(list.iter().map(|a| a.parse().unwrap()), v4_only).map(|a| a.to_string())
    }

    #[test]
    fn ipv4_comes_first_and_link_local_never() {
        assert_eq!(pick(&["fe80::1", "fd00::2", "192.0.2.2", "192.0.2.3"], false).as_deref(), Some("192.0.2.2"));
        assert_eq!(pick(&["fe80::1", "fd00::2"], false).as_deref(), Some("fd00::2"));
        assert_eq!(pick(&["fe80::1"], false), None);
        assert_eq!(pick(&["fd00::2"], true), None);
    }

    #[test]
    fn the_loopback_interface_is_found_by_name_and_others_are_not_made_up() {
        assert_eq!(address("lo", true).map(|a| a.is_loopback()), Some(true));
        assert_eq!(address("no-such-interface", false), None);
        assert_eq!(address("", false), None);
    }

    #[test]
    fn a_negative_limit_is_refused_and_0_leaves_it() {
        assert_eq!(set_rlimit_nofile(0), Ok(()));
        assert_eq!(set_rlimit_nofile(-5).unwrap_err(), "rlimit_nofile -5 is negative");
    }
}
