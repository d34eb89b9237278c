//! Numeric addresses as text and as bytes, and the addresses of interfaces and peers. No names are looked up.

use std::ffi::{CStr, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str;

/// Why a text is no address; the numbers are 4.1.6's, which a program may have come to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Too short, or a part that is too long or has a wrong digit.
    Part = -1,
    RoomFor4 = -3,
    RoomFor16 = -4,
    Above255 = -6,
    Count = -12,
    Other = -13,
}

/// Reads dotted decimal IPv4 (parts of up to three digits, leading zeros are decimal too) or IPv6 (RFC 4291 section 2.2).
pub fn parse(text: &[u8]) -> Result<IpAddr, Malformed> {
    if text.contains(&b':') {
        let text = str::from_utf8(text).map_err(|_| Malformed::Part)?;
        return text.parse().map(IpAddr::V6).map_err(|_| Malformed::Other);
    }
    if text.len() < 7 {
        return Err(Malformed::Part);
    }
    let mut bytes = [0u8; 4];
    let mut count = 0;
    for part in text.split(|&c| c == b'.') {
        if part.is_empty() || part.len() > 3 || !part.iter().all(u8::is_ascii_digit) {
            return Err(Malformed::Part);
        }
        let n = part.iter().fold(0u16, |n, c| n * 10 + u16::from(c - b'0'));
        let n = u8::try_from(n).map_err(|_| Malformed::Above255)?;
        if let Some(b) = bytes.get_mut(count) {
            *b = n;
        }
        count += 1;
    }
    if count == 4 { Ok(IpAddr::V4(bytes.into())) } else { Err(Malformed::Count) }
}

/// As [`parse`], into bytes; how many.
pub fn parse_into(text: &[u8], out: &mut [u8]) -> Result<usize, Malformed> {
    let (room, short) = if text.contains(&b':') { (16, Malformed::RoomFor16) } else { (4, Malformed::RoomFor4) };
    // 4.1.6 looks at the length of an IPv4 text first, then at the room, then at the rest.
    if room == 4 && text.len() < 7 {
        return Err(Malformed::Part);
    }
    if out.len() < room {
        return Err(short);
    }
    match parse(text)? {
        IpAddr::V4(a) => out[..4].copy_from_slice(&a.octets()),
        IpAddr::V6(a) => out[..16].copy_from_slice(&a.octets()),
    }
    Ok(room)
}

/// The address of 4 or 16 bytes.
pub fn from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))),
        16 => Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?))),
        _ => None,
    }
}

/// An address as text. Of an IPv6 one the first run of zero groups is left out, however short: 4.1.6 writes it so, where
/// RFC 5952 would leave out the longest.
pub fn to_text(a: IpAddr) -> String {
    let IpAddr::V6(a) = a else { return a.to_string() };
    if a.to_ipv4_mapped().is_some() {
        return a.to_string();
    }
    let groups = a.segments();
    let join = |g: &[u16]| g.iter().map(|g| format!("{g:x}")).collect::<Vec<_>>().join(":");
    match groups.iter().position(|&g| g == 0) {
        None => join(&groups),
        Some(first) => {
            let zeros = groups[first..].iter().take_while(|&&g| g == 0).count();
            format!("{}::{}", join(&groups[..first]), join(&groups[first + zeros..]))
        }
    }
}

/// What is known of an interface's address.
pub enum Interface {
    Address(IpAddr, u32),
    /// It exists, but has no address of a usable family.
    NotUsable,
    NotThere,
}

/// The first address of an interface, with its scope; an IPv6 one only where `ipv6` is set. A numeric address stands for
/// itself.
pub fn of_interface(name: &CStr, ipv6: bool) -> Interface {
    let mut result = Interface::NotThere;
    for (interface, address) in socket_addresses() {
        if interface != name.to_bytes() {
            continue;
        }
        match address {
            Some((IpAddr::V6(_), _)) if !ipv6 => (),
            Some((a, scope)) => return Interface::Address(a, scope),
            None => result = Interface::NotUsable,
        }
    }
    match str::from_utf8(name.to_bytes()).ok().and_then(|t| t.parse().ok()) {
        Some(IpAddr::V6(_)) if !ipv6 => result,
        Some(a) => Interface::Address(a, 0),
        None => result,
    }
}

/// An interface's name, with its address and scope where that is an IP address.
type InterfaceAddress = (Vec<u8>, Option<(IpAddr, u32)>);

/// All addresses of all interfaces, in the order of the system.
fn socket_addresses() -> Vec<InterfaceAddress> {
    let mut all = Vec::new();
    let mut first = std::ptr::null_mut();
    // SAFETY: getifaddrs makes a list that is only read here and then freed; each name is NUL-ended, and each address has
    // the size that its family says.
    unsafe {
        if libc::getifaddrs(&mut first) != 0 {
            return all;
        }
        let mut at = first;
        while !at.is_null() {
            let entry = &*at;
            if !entry.ifa_addr.is_null() && !entry.ifa_name.is_null() {
                let name = CStr::from_ptr(entry.ifa_name).to_bytes().to_vec();
                match c_int::from((*entry.ifa_addr).sa_family) {
                    libc::AF_INET => {
                        let a = entry.ifa_addr.cast::<libc::sockaddr_in>().read_unaligned();
                        all.push((name, Some((IpAddr::from(a.sin_addr.s_addr.to_ne_bytes()), 0))));
                    }
                    libc::AF_INET6 => {
                        let a = entry.ifa_addr.cast::<libc::sockaddr_in6>().read_unaligned();
                        all.push((name, Some((IpAddr::from(a.sin6_addr.s6_addr), a.sin6_scope_id))));
                    }
                    _ => all.push((name, None)),
                }
            }
            at = entry.ifa_next;
        }
        libc::freeifaddrs(first);
    }
    all
}

/// The address of a socket's peer; None when it is of another family, such as a unix socket.
pub fn of_peer(fd: c_int) -> std::io::Result<Option<IpAddr>> {
    let (storage, _) = peer_name(fd)?;
    // SAFETY: what came back is read as what its family says, which fits.
    unsafe {
        Ok(match c_int::from(storage.ss_family) {
            libc::AF_INET => {
                let a = (&raw const storage).cast::<libc::sockaddr_in>().read();
                Some(IpAddr::from(a.sin_addr.s_addr.to_ne_bytes()))
            }
            libc::AF_INET6 => {
                Some(IpAddr::from((&raw const storage).cast::<libc::sockaddr_in6>().read().sin6_addr.s6_addr))
            }
            _ => None,
        })
    }
}

/// The host name of a socket's peer by reverse lookup, which may block; the numeric address where it has no name. None
/// when the socket has no peer, or its name is longer than `room` bytes with the NUL behind it.
pub fn name_of_peer(fd: c_int, room: usize) -> Option<String> {
    let (storage, len) = peer_name(fd).ok()?;
    let mut name = vec![0_u8; room.min(libc::NI_MAXHOST as usize)];
    // SAFETY: the address is as long as it says, and the room is live and as large as it says.
    let rc = unsafe {
        libc::getnameinfo(
            (&raw const storage).cast(),
            len,
            name.as_mut_ptr().cast(),
            name.len() as libc::socklen_t,
            std::ptr::null_mut(),
            0,
            0,
        )
    };
    let name = CStr::from_bytes_until_nul(&name).ok().filter(|_| rc == 0)?;
    Some(name.to_string_lossy().into_owned())
}

fn peer_name(fd: c_int) -> std::io::Result<(libc::sockaddr_storage, libc::socklen_t)> {
    // SAFETY: an all-zero sockaddr_storage is a valid value.
    let mut storage: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
    let mut len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    // SAFETY: both pointers are to live values, and the length is that of the first.
    match unsafe { libc::getpeername(fd, (&raw mut storage).cast(), &mut len) } {
        0 => Ok((storage, len)),
        _ => Err(std::io::Error::last_os_error()),
    }
}
