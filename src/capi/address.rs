//! Numeric addresses, interfaces and peers, as C sees them. The work is done in `util/address.rs`.

use std::ffi::{CStr, c_char, c_int};
use std::net::IpAddr;

use crate::abi::{LWS_ITOSA_NOT_EXIST, LWS_ITOSA_NOT_USABLE, LWS_ITOSA_USABLE, lws, lws_sockaddr46, lws_sockfd_type};
use crate::capi::enter::{self, remedy, site};
use crate::util::address::{self, Interface};
use crate::util::cptr;

/// Compares the addresses of two socket addresses; ports do not matter.
///
/// Returns 0 when family and address are equal; non-zero when not, for other families than IPv4 and IPv6, and for NULL.
///
/// # Safety
/// Both are NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sa46_compare_ads(sa46a: *const lws_sockaddr46, sa46b: *const lws_sockaddr46) -> c_int {
    // SAFETY: as the caller promises.
    let (a, b) = unsafe { (read(sa46a), read(sa46b)) };
    c_int::from(a.is_none() || a != b)
}

/// Turns a numeric IPv4 or IPv6 address into bytes.
///
/// `ads` is NUL-ended text like "1.2.3.4", "2001:db8::1" or "::ffff:1.2.3.4"; no names, ports or scopes. `result` has room
/// for `max_len` bytes. Returns 4 or 16; a negative number for anything else, too little room, and NULL.
///
/// # Safety
/// `ads` is NULL or NUL-ended, `result` is NULL or has `max_len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_parse_numeric_address(ads: *const c_char, result: *mut u8, max_len: usize) -> c_int {
    // SAFETY: as the caller promises; never more than 16 bytes are written.
    let (text, room) = unsafe { (cptr::text(ads), cptr::room(result, max_len.min(16))) };
    match (text, room) {
        (Some(text), Some(room)) => address::parse_into(text, room).map_or_else(|e| e as c_int, |n| n as c_int),
        _ => -1,
    }
}

/// Turns a numeric IPv4 or IPv6 address into a socket address.
///
/// Sets the family and the address; the port and all else stay as they were, so zero `*sa46` first.
///
/// Returns 0; a negative number, with `*sa46` unchanged, for anything else and for NULL.
///
/// # Safety
/// `ads` is NULL or NUL-ended, `sa46` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sa46_parse_numeric_address(ads: *const c_char, sa46: *mut lws_sockaddr46) -> c_int {
    // SAFETY: as the caller promises.
    let Some(text) = (unsafe { cptr::text(ads) }).filter(|_| !sa46.is_null()) else { return -1 };
    match address::parse(text) {
        Ok(a) => {
            // SAFETY: as the caller promises. Both members begin with the family; no reference is made.
            unsafe {
                match a {
                    IpAddr::V4(a) => {
                        (*sa46).sa4.sin_family = libc::AF_INET as libc::sa_family_t;
                        (*sa46).sa4.sin_addr.s_addr = u32::from_ne_bytes(a.octets());
                    }
                    IpAddr::V6(a) => {
                        (*sa46).sa6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                        (*sa46).sa6.sin6_addr.s6_addr = a.octets();
                    }
                }
            }
            0
        }
        Err(e) => e as c_int,
    }
}

/// Writes an address of `size` bytes, 4 or 16, as text, NUL-ended; of IPv6 the first run of zeros is
/// left out.
///
/// `buf` has room for `len` bytes; 46 are enough. Returns the length of the text, `len` where an
/// IPv4 address was cut to fit; a negative number for another size, too little room for an IPv6 address, and NULL.
///
/// # Safety
/// `ads` is NULL or has `size` readable bytes, `buf` is NULL or has `len` writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_write_numeric_address(ads: *const u8, size: c_int, buf: *mut c_char, len: usize) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let bytes = cptr::length(size).and_then(|n| cptr::bytes(ads, n));
        match bytes.and_then(address::from_bytes) {
            Some(a) => write(a, buf, len).map_or(-1, |n| n as c_int),
            None => -1,
        }
    }
}

/// Writes the address of a socket address as text; otherwise as lws_write_numeric_address().
///
/// # Safety
/// `sa46` is NULL or readable, `buf` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sa46_write_numeric_address(
    sa46: *mut lws_sockaddr46,
    buf: *mut c_char,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { read(sa46).and_then(|a| write(a, buf, len)).map_or(-1, |n| n as c_int) }
}

/// Gives the address of a network interface.
///
/// `ifname` is its name, or a numeric address, which stands for itself. `addr` has room for `addrlen` bytes: a `struct
/// sockaddr_in`, or with `ipv6` non-zero a `struct sockaddr_in6`, in which an IPv4 address becomes a mapped one. Returns
/// LWS_ITOSA_USABLE (0); LWS_ITOSA_NOT_EXIST (-1) when there is no such interface, and for NULL; LWS_ITOSA_NOT_USABLE (-2)
/// when it has no address that is asked for, or `addrlen` is too small.
///
/// # Safety
/// `ifname` is NULL or NUL-ended, `addr` is NULL or has `addrlen` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_interface_to_sa(
    ipv6: c_int,
    ifname: *const c_char,
    addr: *mut libc::sockaddr_in,
    addrlen: usize,
) -> c_int {
    if ifname.is_null() || addr.is_null() {
        return LWS_ITOSA_NOT_EXIST;
    }
    // SAFETY: as the caller promises; `addrlen` is looked at before anything is written.
    unsafe {
        let (a, scope) = match address::of_interface(CStr::from_ptr(ifname), ipv6 != 0) {
            Interface::Address(IpAddr::V4(a), _) if ipv6 != 0 => (IpAddr::V6(a.to_ipv6_mapped()), 0),
            Interface::Address(a, scope) => (a, scope),
            Interface::NotUsable => return LWS_ITOSA_NOT_USABLE,
            Interface::NotThere => return LWS_ITOSA_NOT_EXIST,
        };
        let sa = socket_address(a, scope);
        match a {
            IpAddr::V4(_) if addrlen >= size_of::<libc::sockaddr_in>() => addr.write_unaligned(sa.sa4),
            IpAddr::V6(_) if addrlen >= size_of::<libc::sockaddr_in6>() => {
                addr.cast::<libc::sockaddr_in6>().write_unaligned(sa.sa6);
            }
            _ => return LWS_ITOSA_NOT_USABLE,
        }
    }
    LWS_ITOSA_USABLE
}

/// Writes the numeric address of a socket's peer as text, NUL-ended.
///
/// `name` has room for `namelen` bytes; 46 are enough. An IPv4 peer of an IPv6 socket is "::ffff:a.b.c.d". An IPv4 address
/// is cut to fit; the text is empty when an IPv6 one does not fit, and for a unix socket; where there is no peer it says
/// what getpeername() found. Returns `name`; NULL only for NULL and for no room.
///
/// # Safety
/// `name` is NULL or has `namelen` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_peer_simple_fd(
    fd: lws_sockfd_type,
    name: *mut c_char,
    namelen: usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    let Some(room) = (unsafe { cptr::room(name, namelen) }).filter(|r| !r.is_empty()) else {
        return std::ptr::null();
    };
    match address::of_peer(fd) {
        Ok(Some(a)) => {
            if write_text(a, room).is_none() {
                room[0] = 0;
            }
        }
        Ok(None) => room[0] = 0,
        Err(e) => {
            // SAFETY: strerror gives NUL-ended text that lives until its next call on this thread.
            let why = unsafe { CStr::from_ptr(libc::strerror(e.raw_os_error().unwrap_or(0))) };
            cut_into(&[b"getpeername: ", why.to_bytes()].concat(), room);
        }
    }
    name
}

/// The host name and the numeric address of a connection's peer.
///
/// The name comes from a reverse lookup, which may block the service loop for as long as the resolver takes; where the
/// address has no name it is the numeric address again.
///
/// @param wsi the connection
/// @param fd its socket, as lws_get_socket_fd() gives it
/// @param name gets the host name, empty when it is not known or does not fit
/// @param name_len bytes at name
/// @param rip gets the numeric address, empty when it is not known or does not fit
/// @param rip_len bytes at rip. Service thread only.
///
/// # Safety
/// `name` and `rip` are NULL or have so many writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_peer_addresses(
    wsi: *mut lws,
    fd: lws_sockfd_type,
    name: *mut c_char,
    name_len: c_int,
    rip: *mut c_char,
    rip_len: c_int,
) {
    let size = |n: c_int| usize::try_from(n).unwrap_or(0);
    // SAFETY: as the caller promises.
    let rooms = unsafe { [cptr::room(name, size(name_len)), cptr::room(rip, size(rip_len))] };
    let found = enter::wsi(site!("lws_get_peer_addresses", remedy::READ), wsi, [None, None], |_, _| {
        let ip = address::of_peer(fd).ok().flatten().map(|ip| ip.to_canonical().to_string());
        [address::name_of_peer(fd, size(name_len)), ip]
    });
    for (room, text) in rooms.into_iter().zip(found) {
        let Some(room) = room.filter(|r| !r.is_empty()) else { continue };
        let text = text.filter(|t| t.len() < room.len()).unwrap_or_default();
        cut_into(text.as_bytes(), room);
    }
}

/// # Safety
/// `sa` is NULL or readable.
unsafe fn read(sa: *const lws_sockaddr46) -> Option<IpAddr> {
    // SAFETY: by contract; both members begin with the family, which says which one it is.
    unsafe {
        match c_int::from(sa.as_ref()?.sa4.sin_family) {
            libc::AF_INET => Some(IpAddr::from((*sa).sa4.sin_addr.s_addr.to_ne_bytes())),
            libc::AF_INET6 => Some(IpAddr::from((*sa).sa6.sin6_addr.s6_addr)),
            _ => None,
        }
    }
}

fn socket_address(a: IpAddr, scope: u32) -> lws_sockaddr46 {
    // SAFETY: all zero is valid for both members.
    let mut sa: lws_sockaddr46 = unsafe { std::mem::zeroed() };
    match a {
        IpAddr::V4(a) => {
            sa.sa4.sin_family = libc::AF_INET as libc::sa_family_t;
            sa.sa4.sin_addr.s_addr = u32::from_ne_bytes(a.octets());
        }
        IpAddr::V6(a) => {
            sa.sa6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            sa.sa6.sin6_addr.s6_addr = a.octets();
            sa.sa6.sin6_scope_id = scope;
        }
    }
    sa
}

/// The length of the text. An IPv4 address is cut to fit, the result is then `len`: 4.1.6 does so, and programs print it.
/// None without room for an IPv6 address and its NUL.
///
/// # Safety
/// `buf` is NULL or has `len` writable bytes.
unsafe fn write(a: IpAddr, buf: *mut c_char, len: usize) -> Option<usize> {
    // SAFETY: by contract.
    write_text(a, unsafe { cptr::room(buf, len) }?)
}

fn write_text(a: IpAddr, room: &mut [u8]) -> Option<usize> {
    let text = address::to_text(a);
    if room.is_empty() || (a.is_ipv6() && text.len() >= room.len()) {
        return None;
    }
    let fits = cut_into(text.as_bytes(), room);
    Some(if fits < text.len() { room.len() } else { fits })
}

/// Copies what fits before a NUL into room that is not empty; how much.
fn cut_into(text: &[u8], room: &mut [u8]) -> usize {
    let fits = text.len().min(room.len() - 1);
    room[..fits].copy_from_slice(&text[..fits]);
    room[fits] = 0;
    fits
}
