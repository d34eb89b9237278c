//! `lws_context_creation_info`, read once: its members become the engine's own settings, strings copied.
//!
//! What this library lacks makes creation fail with a message that names the member, or is told in one line where doing
//! without it changes nothing for the program (`docs/options.md` is the whole list).

use std::ffi::{CStr, c_char};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::abi::*;
use crate::capi::{options, tls_options};
use crate::engine::app::Finalize;
use crate::engine::config::{ContextConfig, IdlePolicy, Mount, RawAccept, VhostConfig};
use crate::engine::role::client::proxy::Proxy;
use crate::net::Bind;
use crate::util::log::{err, warn};

/// The role of accepted connections that are not HTTP, the only one that there is.
const RAW_SKT: &str = "raw-skt";
/// 4.1.6's default for handshake waits, in seconds.
const TIMEOUT_SECS: u32 = 20;
/// 4.1.6's default for idle keep-alive connections, in seconds.
const KEEPALIVE_SECS: u32 = 5;
/// 4.1.6's default receive piece.
const SERV_BUF: usize = 4096;
/// 4.1.6's default bound on a request head.
const HEADER_DATA: usize = 4096;

/// The context's part of the creation info. `None`: refused, and logged.
///
/// # Safety
/// `info` and everything that it points to is as the C API asks.
pub unsafe fn context_config(info: &lws_context_creation_info) -> Option<ContextConfig> {
    if !options::check(info) {
        return None;
    }
    // SAFETY: the caller's promise.
    let server_string = unsafe { text(info.server_string) };
    let own_limit = if info.fd_limit_per_thread == 0 { usize::MAX } else { info.fd_limit_per_thread as usize };
    let fd_limit = own_limit.min(descriptor_limit());
    let header_data = first_set(&[info.max_http_header_data2, u32::from(info.max_http_header_data)]);
    let header_pool = first_set(&[info.max_http_header_pool2, u32::from(info.max_http_header_pool)]);
    Some(ContextConfig {
        options: info.options,
        user: info.user,
        fd_limit,
        pt_serv_buf_size: or_default(info.pt_serv_buf_size as usize, SERV_BUF),
        max_http_header_data: or_default(header_data as usize, HEADER_DATA),
        max_http_header_pool: or_default(header_pool as usize, fd_limit),
        timeout_secs: or_default(info.timeout_secs as usize, TIMEOUT_SECS as usize) as u32,
        // SAFETY: the caller's promise.
        idle: unsafe { idle_policy(info.retry_and_idle_policy) }.unwrap_or_default(),
        ka: keepalive(info),
        server_string,
        tls_sessions_most: info.simultaneous_ssl_restriction.max(0) as usize,
        // SAFETY: the caller's promise.
        alpn: unsafe { text(info.alpn) }
            .map_or_else(tls_options::default_alpn, |list| tls_options::alpn(&list, "lws_create_context")),
    })
}

/// The vhost's part of the creation info. `None`: refused, and logged.
///
/// # Safety
/// `info` and everything that it points to is as the C API asks.
pub unsafe fn vhost_config(info: &lws_context_creation_info, context: &ContextConfig) -> Option<VhostConfig> {
    if !options::check_vhost(info) {
        return None;
    }
    // SAFETY: the caller's promise, for all pointers read here.
    unsafe {
        let name = text(info.vhost_name).unwrap_or_else(|| "default".into());
        let (table, names) = protocols(info, &name)?;
        let iface = text(info.iface);
        let binds = binds(info, context, iface.as_deref(), &name)?;
        let pvo: Vec<_> = names.iter().map(|n| options_of(info.pvo, n)).collect();
        let default_protocol = protocol_marked(&pvo, "default:");
        let raw = raw_accept(info, &name, &names, protocol_marked(&pvo, "raw:"), !binds.is_empty())?;
        let unix_socket_owner = match text(info.unix_socket_perms) {
            Some(perms) => Some(crate::util::privileges::parse_owner(&perms).or_else(|| {
                err!("vhost '{name}': unix_socket_perms '{perms}' is not 'user:group' of this system");
                None
            })?),
            None => None,
        };
        Some(VhostConfig {
            options: info.options | context.options,
            binds,
            port: info.port,
            iface,
            protocols: table,
            protocol_names: names,
            program_protocols: info.protocols,
            default_protocol,
            raw,
            subprotocol_required: false,
            pvo,
            extensions: crate::capi::ws_ext::read_table(info.extensions, &name)?,
            mounts: mounts(info.mounts, &name)?,
            user: info.user,
            keepalive_secs: or_default(info.keepalive_timeout.max(0) as usize, KEEPALIVE_SECS as usize) as u32,
            timeout_secs: or_default(info.timeout_secs as usize, context.timeout_secs as usize) as u32,
            connect_timeout_secs: or_default(info.connect_timeout_secs as usize, TIMEOUT_SECS as usize) as u32,
            proxy: proxy(info)?,
            idle: idle_policy(info.retry_and_idle_policy).unwrap_or(context.idle),
            retry: info.retry_and_idle_policy.cast(),
            ka: if info.ka_time > 0 { keepalive(info) } else { context.ka },
            finalize: info.finalize.map(|f| Finalize { function: f as *const _, argument: info.finalize_arg }),
            error_document_404: text(info.error_document_404),
            server_string: text(info.server_string),
            headers: pairs(info.headers),
            unix_socket_owner,
            tls_events: info.ssl_info_event_mask,
            tls: tls_options::server(info, &name, info.options | context.options, &context.alpn),
            tls_client: tls_options::client(info, &name, info.options | context.options),
            name,
        })
    }
}

fn first_set(values: &[u32]) -> u32 {
    values.iter().copied().find(|v| *v != 0).unwrap_or(0)
}

fn or_default(value: usize, default: usize) -> usize {
    if value == 0 { default } else { value }
}

fn keepalive(info: &lws_context_creation_info) -> (u32, u32, u32) {
    (info.ka_time.max(0) as u32, info.ka_probes.max(0) as u32, info.ka_interval.max(0) as u32)
}

fn descriptor_limit() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the argument is a live struct of the right type.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => 1024,
    }
}

/// A copy of a C string; `None` for NULL.
///
/// # Safety
/// `p` is NULL or a NUL-ended string.
pub unsafe fn text(p: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!p.is_null()).then(|| unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned())
}

/// The HTTP proxy for client connections: from the info (empty: none), else from the environment's http_proxy. `None`: the
/// info's text is none, which is logged; one from the environment is then only warned of.
///
/// # Safety
/// As [`vhost_config`].
unsafe fn proxy(info: &lws_context_creation_info) -> Option<Option<Proxy>> {
    // SAFETY: the caller's promise.
    if let Some(spec) = unsafe { text(info.http_proxy_address) } {
        if spec.is_empty() {
            return Some(None);
        }
        return match Proxy::parse(&spec, u16::try_from(info.http_proxy_port).ok()) {
            Ok(proxy) => Some(Some(proxy)),
            Err(why) => {
                err!("http_proxy_address: {why}");
                None
            }
        };
    }
    let Some(spec) = std::env::var("http_proxy").ok().filter(|s| !s.is_empty()) else { return Some(None) };
    match Proxy::parse(&spec, None) {
        Ok(proxy) => Some(Some(proxy)),
        Err(why) => {
            crate::util::log::warn!("the environment's http_proxy is not used: {why}");
            Some(None)
        }
    }
}

/// The sign of life part of a policy; `None` for NULL.
///
/// # Safety
/// `policy` is NULL or a live policy.
pub unsafe fn idle_policy(policy: *const lws_retry_bo_t) -> Option<IdlePolicy> {
    // SAFETY: NULL, or a live policy by the API's contract.
    unsafe { policy.as_ref() }
        .map(|p| IdlePolicy { ping_secs: p.secs_since_valid_ping, hangup_secs: p.secs_since_valid_hangup })
}

type Protocols = (&'static [lws_protocols], Vec<&'static CStr>);

/// Copies the protocols table. Its names are kept for ever: any thread may hold an entry for as long as it likes.
unsafe fn protocols(info: &lws_context_creation_info, vhost: &str) -> Option<Protocols> {
    let mut table: Vec<lws_protocols> = Vec::new();
    // SAFETY: both forms end with a NULL name or a NULL pointer, by the API's contract.
    unsafe {
        let mut p = info.protocols;
        let mut pp = info.pprotocols.cast_const();
        if !p.is_null() {
            while (*p).callback.is_some() || !(*p).name.is_null() {
                table.push(*p);
                p = p.add(1);
            }
        } else if !pp.is_null() {
            while !(*pp).is_null() {
                table.push(**pp);
                pp = pp.add(1);
            }
        }
    }
    if table.is_empty() {
        // 4.1.6 then has its stock protocol, which answers with the HTTP defaults.
        table.push(lws_protocols {
            name: c"http-only".as_ptr(),
            callback: Some(crate::capi::http_dummy::lws_callback_http_dummy),
            per_session_data_size: 0,
            rx_buffer_size: 0,
            id: 0,
            user: std::ptr::null_mut(),
            tx_packet_size: 0,
        });
    }
    let mut names = Vec::with_capacity(table.len());
    for p in &mut table {
        if p.callback.is_none() {
            err!("vhost '{vhost}': a protocol in its table has no callback");
            return None;
        }
        // SAFETY: NULL or NUL-ended, by the API's contract.
        let name = unsafe { text(p.name) }.unwrap_or_default();
        let kept = crate::util::intern::keep(&name);
        p.name = kept.as_ptr();
        names.push(kept);
    }
    Some((crate::util::intern::keep_table(&table), names))
}

/// The options of the entry with the protocol's name: what PROTOCOL_INIT gets.
unsafe fn options_of(pvo: *const lws_protocol_vhost_options, name: &CStr) -> *const lws_protocol_vhost_options {
    // SAFETY: a NULL-ended list of live entries, by the API's contract.
    unsafe {
        let mut entry = pvo.as_ref();
        while let Some(e) = entry {
            if !e.name.is_null() && CStr::from_ptr(e.name) == name {
                return e.options;
            }
            entry = e.next.as_ref();
        }
    }
    std::ptr::null()
}

/// The protocol whose options have that mark ("default", "raw"), else the first.
unsafe fn protocol_marked(pvo: &[*const lws_protocol_vhost_options], mark: &str) -> usize {
    // SAFETY: lists as above.
    pvo.iter().position(|list| unsafe { pairs(*list) }.iter().any(|(name, _)| name == mark)).unwrap_or(0)
}

/// Which accepted connections become raw ones. `None`: the vhost listens, and the protocol for them does not exist, which is
/// logged.
///
/// # Safety
/// As [`vhost_config`].
unsafe fn raw_accept(
    info: &lws_context_creation_info,
    vhost: &str,
    names: &[&CStr],
    otherwise: usize,
    listens: bool,
) -> Option<Option<RawAccept>> {
    let all = info.options & LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG != 0;
    if !all && info.options & LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG == 0 {
        return Some(None);
    }
    // SAFETY: the caller's promise.
    let (role, protocol) = unsafe { (text(info.listen_accept_role), text(info.listen_accept_protocol)) };
    if let Some(role) = role.filter(|r| r != RAW_SKT) {
        warn!("vhost '{vhost}': listen_accept_role '{role}': an accepted connection becomes {RAW_SKT} instead");
    }
    let Some(protocol) = protocol else { return Some(Some(RawAccept { all, protocol: otherwise, named: false })) };
    match names.iter().position(|n| n.to_bytes() == protocol.as_bytes()) {
        Some(index) => Some(Some(RawAccept { all, protocol: index, named: true })),
        // Programs give one info to several vhosts.
        None if !listens => Some(None),
        None => {
            err!("vhost '{vhost}': listen_accept_protocol '{protocol}' is none of its protocols");
            None
        }
    }
}

/// Names (with a colon) and values of an option list, without entries that lack one.
unsafe fn pairs(list: *const lws_protocol_vhost_options) -> Vec<(String, String)> {
    let mut out = Vec::new();
    // SAFETY: a NULL-ended list of live entries, by the API's contract.
    unsafe {
        let mut entry = list.as_ref();
        while let Some(e) = entry {
            if let (Some(name), Some(value)) = (text(e.name), text(e.value)) {
                out.push((if name.ends_with(':') { name } else { name + ":" }, value));
            }
            entry = e.next.as_ref();
        }
    }
    out
}

/// The vhost's mounts. `None`: one asks for what is not built, which is logged.
unsafe fn mounts(list: *const lws_http_mount, vhost: &str) -> Option<Vec<Mount>> {
    let mut out = Vec::new();
    // SAFETY: a NULL-ended list of live entries, by the API's contract.
    unsafe {
        let mut mount = list.as_ref();
        while let Some(m) = mount {
            let mut mountpoint = text(m.mountpoint).unwrap_or_default();
            let lacking = match u32::from(m.origin_protocol) {
                LWSMPRO_HTTP | LWSMPRO_HTTPS => Some("a reverse proxy (LWSMPRO_HTTP, LWSMPRO_HTTPS)"),
                LWSMPRO_CGI => Some("CGI (LWSMPRO_CGI)"),
                LWSMPRO_FILE | LWSMPRO_REDIR_HTTP | LWSMPRO_REDIR_HTTPS | LWSMPRO_CALLBACK => None,
                _ => Some("what its origin_protocol asks for"),
            };
            if let Some(lacking) = lacking {
                err!(
                    "vhost '{vhost}': the mount '{mountpoint}' wants {lacking}, which this library is built without, as \
                     4.1.6 by Debian is; take the mount out, or put a server that has it in front"
                );
                return None;
            }
            while mountpoint.ends_with('/') {
                mountpoint.pop();
            }
            let bare = |list| pairs(list).into_iter().map(|(k, v)| (k.trim_end_matches(':').to_owned(), v)).collect();
            out.push(Mount {
                mountpoint,
                origin: text(m.origin).unwrap_or_default(),
                default: text(m.def),
                protocol: text(m.protocol),
                extra_mimetypes: bare(m.extra_mimetypes),
                interpret: bare(m.interpret),
                pmo: m.cgienv,
                origin_protocol: m.origin_protocol,
                cache_max_age: m.cache_max_age.max(0) as u32,
                cache_reusable: m.cache_bits & 1 != 0,
                cache_revalidate: m.cache_bits & 2 != 0,
                cache_intermediaries: m.cache_bits & 4 != 0,
                auth_mask: m.auth_mask,
                basic_auth_file: text(m.basic_auth_login_file),
            });
            mount = m.mount_next.as_ref();
        }
    }
    Some(out)
}

/// Where the vhost listens. `None`: the place does not exist, logged.
fn binds(
    info: &lws_context_creation_info,
    context: &ContextConfig,
    iface: Option<&str>,
    vhost: &str,
) -> Option<Vec<Bind>> {
    if info.port == CONTEXT_PORT_NO_LISTEN || info.port == CONTEXT_PORT_NO_LISTEN_SERVER {
        return Some(Vec::new());
    }
    if info.options & LWS_SERVER_OPTION_UNIX_SOCK != 0 {
        let Some(path) = iface else {
            err!("vhost '{vhost}': LWS_SERVER_OPTION_UNIX_SOCK needs the socket's path in iface");
            return None;
        };
        return Some(vec![Bind::Unix(path.to_owned())]);
    }
    let Ok(port) = u16::try_from(info.port) else {
        err!("vhost '{vhost}': port {} is not between 0 and 65535", info.port);
        return None;
    };
    let no_v6 = (info.options | context.options) & LWS_SERVER_OPTION_DISABLE_IPV6 != 0;
    let v6only = info.options & LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY != 0
        && info.options & LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE != 0;
    let ip: IpAddr = match iface {
        None if no_v6 || !ipv6_available() => Ipv4Addr::UNSPECIFIED.into(),
        None => Ipv6Addr::UNSPECIFIED.into(),
        Some(text) => match text.parse().ok().or_else(|| crate::util::interface::address(text, no_v6)) {
            Some(ip) => ip,
            None => {
                err!("vhost '{vhost}': iface '{text}' is no address and no interface with an address of this machine");
                return None;
            }
        },
    };
    // As on 4.1.6, where IPv6 is on, also an IPv4 address is listened on by its IPv6 form: programs see that in peers' names.
    let ip = match ip {
        IpAddr::V4(v4) if iface.is_some() && !no_v6 && !v6only && ipv6_available() => v4.to_ipv6_mapped().into(),
        other => other,
    };
    let reuse_port = info.options & LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE != 0;
    let device = iface.filter(|_| info.bind_iface != 0).map(str::to_owned);
    Some(vec![Bind::Tcp { addr: SocketAddr::new(ip, port), v6only, device, reuse_port }])
}

fn ipv6_available() -> bool {
    std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}
