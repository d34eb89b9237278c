//! What the library does with each member of `lws_context_creation_info` and each `LWS_SERVER_OPTION_*` bit.
//!
//! Two tables, read at the door before anything is made. What is not there yet makes creation fail with a line that
//! names it; what can be left out without harm is told once per process; nothing is ignored in silence.
//! `docs/options.md` is the same for readers, and `tests/options-table` holds both and the header together.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::abi::*;
use crate::util::log;

use Scope::{Both, Context, Vhost};
use Treatment::{Harmless, Missing, NoEffect, Works};

/// Headers that `LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE` adds: name with colon, value, in the
/// order in which they are sent.
pub const SECURITY_HEADERS: [(&str, &str); 0] = [];

/// Checks what creating a context asks for: the context's own items and, unless the program makes its vhosts itself
/// (`LWS_SERVER_OPTION_EXPLICIT_VHOSTS`), those of the default vhost as well.
///
/// Logs each finding. False: something is asked for that is not there, and creation must fail.
pub fn check(info: &lws_context_creation_info) -> bool {
    let explicit = info.options & LWS_SERVER_OPTION_EXPLICIT_VHOSTS != 0;
    inspect(info, "lws_create_context", &|scope| scope != Vhost || !explicit)
}

/// Checks what creating a vhost asks for; otherwise as [`check`].
pub fn check_vhost(info: &lws_context_creation_info) -> bool {
    inspect(info, "lws_create_vhost", &|scope| scope != Context)
}

/// What is done about an item that the program has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// It does what 4.1.6 does.
    Works,
    /// Nothing changes, as on 4.1.6, or programs set it out of habit; why. One line at info level.
    NoEffect(&'static str),
    /// It goes on without; why that does no harm. One line at warn level.
    Harmless(&'static str),
    /// Creation fails: what is asked for, and what to do instead.
    Missing(&'static str, &'static str),
}

/// Which creation reads an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Context,
    Vhost,
    Both,
}

/// An option, known by the one bit that is its own: several carry that of `DO_SSL_GLOBAL_INIT` beside it.
struct Bit {
    name: &'static str,
    mask: u64,
    scope: Scope,
    treatment: Treatment,
}

struct Member {
    name: &'static str,
    scope: Scope,
    /// Whether the program asks for anything by it; not looked at for what works.
    is_set: fn(&lws_context_creation_info) -> bool,
    treatment: Treatment,
}

fn inspect(info: &lws_context_creation_info, function: &str, reads: &dyn Fn(Scope) -> bool) -> bool {
    static TOLD: [AtomicBool; MEMBERS.len() + 64] = [const { AtomicBool::new(false) }; MEMBERS.len() + 64];
    let mut ok = true;
    for (member, told) in MEMBERS.iter().zip(&TOLD[64..]) {
        if reads(member.scope) && (member.is_set)(info) {
            ok &= treat(function, &format_args!("{}", member.name), member.treatment, told);
        }
    }
    for (n, told) in TOLD[..64].iter().enumerate() {
        let bit = 1 << n;
        if info.options & bit == 0 {
            continue;
        }
        ok &= match BITS.iter().find(|b| b.mask == bit) {
            Some(b) if reads(b.scope) => treat(function, &format_args!("options: {}", b.name), b.treatment, told),
            Some(_) => true,
            None => treat(function, &format_args!("options: unknown bit 0x{bit:x}"), UNKNOWN_BIT, told),
        };
    }
    ok
}

const UNKNOWN_BIT: Treatment = Harmless("4.1.6 has no such option either");

/// Logs what is to be said about one item that is set. False: it is missing.
fn treat(function: &str, item: &dyn fmt::Display, treatment: Treatment, told: &AtomicBool) -> bool {
    let once = |level: c_int, why: &str| {
        if log::visible(level) != 0 && !told.swap(true, Ordering::Relaxed) {
            log::log(level, format_args!("{function}: {item}: has no effect: {why}"));
        }
    };
    match treatment {
        Works => {}
        NoEffect(why) => once(log::LLL_INFO, why),
        Harmless(why) => once(log::LLL_WARN, why),
        Missing(what, instead) => {
            log::err!("{function}: {item}: asks for {what}, which this library does not have yet: {instead}");
            return false;
        }
    }
    true
}

const TLS: &str = "TLS is not there yet, nothing on this vhost is encrypted";
const NO_CERTIFICATE: &str = "TLS on the server side";
const LEAVE_TLS: &str = "leave it NULL and let a proxy in front speak TLS";
const CLIENT_TLS: &str = "client connections over TLS are not there yet and are refused when they are asked for";
const LENGTH: &str = "it only gives the length of the member of like name";
const CLIENT: &str = "client connections are not there yet";
const H2: &str = "HTTP/2 is not there yet, peers are served by HTTP/1.1";
const EVENT_LOOP: &str = "leave the bit away and call lws_service()";
const RAW: &str = "the raw roles";
const NO_RAW: &str = "leave it away; a listener speaks HTTP and WebSocket";

const fn bit(name: &'static str, mask: u64, scope: Scope, treatment: Treatment) -> Bit {
    // DO_SSL_GLOBAL_INIT's own bit comes along with several others.
    let own =
        if mask == LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT { mask } else { mask & !LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT };
    assert!(own.is_power_of_two());
    Bit { name, mask: own, scope, treatment }
}

/// Every `LWS_SERVER_OPTION_*`, in the order of their bits. The older of two names for one bit stands in brackets.
#[rustfmt::skip]
static BITS: [Bit; 35] = [
    bit("LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT", LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT, Vhost,
        Missing("TLS client certificates", "leave the bit away and let a proxy in front check them")),
    bit("LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME", LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME, Context, Works),
    bit("LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT", LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_LIBEV", LWS_SERVER_OPTION_LIBEV, Context, Missing("libev as the event loop", EVENT_LOOP)),
    bit("LWS_SERVER_OPTION_DISABLE_IPV6", LWS_SERVER_OPTION_DISABLE_IPV6, Both, Works),
    bit("LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS", LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS, Vhost, Harmless(CLIENT_TLS)),
    bit("LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED", LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_VALIDATE_UTF8", LWS_SERVER_OPTION_VALIDATE_UTF8, Vhost, Works),
    bit("LWS_SERVER_OPTION_SSL_ECDH", LWS_SERVER_OPTION_SSL_ECDH, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_LIBUV", LWS_SERVER_OPTION_LIBUV, Context, Missing("libuv as the event loop", EVENT_LOOP)),
    bit("LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS", LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS, Vhost,
        Missing("a redirect to https", "leave the bit away and mount a redirect (LWSMPRO_REDIR_HTTPS)")),
    bit("LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT", LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, Context,
        NoEffect("there is no TLS library to set up")),
    bit("LWS_SERVER_OPTION_EXPLICIT_VHOSTS", LWS_SERVER_OPTION_EXPLICIT_VHOSTS, Context, Works),
    bit("LWS_SERVER_OPTION_UNIX_SOCK", LWS_SERVER_OPTION_UNIX_SOCK, Vhost, Works),
    bit("LWS_SERVER_OPTION_STS", LWS_SERVER_OPTION_STS, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY", LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY, Vhost, Works),
    bit("LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE", LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE, Vhost, Works),
    bit("LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN", LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN, Context,
        Harmless("it speaks to the libuv event loop, and a crash never makes this library spin")),
    bit("LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN", LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN, Context, Harmless(CLIENT)),
    bit("LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG (LWS_SERVER_OPTION_FALLBACK_TO_RAW)",
        LWS_SERVER_OPTION_FALLBACK_TO_RAW, Vhost, Missing(RAW, NO_RAW)),
    bit("LWS_SERVER_OPTION_LIBEVENT", LWS_SERVER_OPTION_LIBEVENT, Context,
        Missing("libevent as the event loop", EVENT_LOOP)),
    bit("LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG (LWS_SERVER_OPTION_ONLY_RAW)",
        LWS_SERVER_OPTION_ONLY_RAW, Vhost, Missing(RAW, NO_RAW)),
    bit("LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE", LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE, Vhost, Works),
    bit("LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX", LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT", LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT, Vhost, Works),
    bit("LWS_SERVER_OPTION_IGNORE_MISSING_CERT", LWS_SERVER_OPTION_IGNORE_MISSING_CERT, Vhost, Harmless(TLS)),
    bit("LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK", LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK, Vhost, Works),
    bit("LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE",
        LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE, Vhost, Works),
    bit("LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER", LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER, Vhost,
        Harmless(TLS)),
    bit("LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND", LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND, Vhost, Works),
    bit("LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW", LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW,
        Vhost, Harmless(H2)),
    bit("LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL", LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL, Vhost,
        Harmless(H2)),
    bit("LWS_SERVER_OPTION_GLIB", LWS_SERVER_OPTION_GLIB, Context, Missing("glib as the event loop", EVENT_LOOP)),
    bit("LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE", LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE, Vhost, Harmless(H2)),
    bit("LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES", LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES, Context, Works),
];

type Info = lws_context_creation_info;

const fn works(name: &'static str, scope: Scope) -> Member {
    Member { name, scope, is_set: |_| false, treatment: Works }
}

const fn member(name: &'static str, scope: Scope, is_set: fn(&Info) -> bool, treatment: Treatment) -> Member {
    Member { name, scope, is_set, treatment }
}

/// Every member, in the order of the struct.
#[rustfmt::skip]
static MEMBERS: [Member; 94] = [
    works("iface", Vhost),
    works("protocols", Vhost),
    member("extensions", Vhost, |i| !i.extensions.is_null(),
        Harmless("extensions are not negotiated yet, messages go uncompressed")),
    member("token_limits", Context, |i| !i.token_limits.is_null(),
        Harmless("headers are bounded together, by max_http_header_data")),
    member("http_proxy_address", Vhost, |i| !i.http_proxy_address.is_null(), Harmless(CLIENT)),
    works("headers", Vhost),
    member("reject_service_keywords", Context, |i| !i.reject_service_keywords.is_null(),
        Harmless("user agents are not looked at, all are served")),
    works("pvo", Vhost),
    member("log_filepath", Vhost, |i| !i.log_filepath.is_null(), Harmless("there is no access log")),
    works("mounts", Vhost),
    works("server_string", Both),
    works("error_document_404", Vhost),
    works("port", Vhost),
    member("http_proxy_port", Vhost, |i| i.http_proxy_port != 0, Harmless(CLIENT)),
    works("max_http_header_data2", Context),
    works("max_http_header_pool2", Context),
    works("keepalive_timeout", Vhost),
    member("http2_settings", Vhost, |i| i.http2_settings != [0; 7], Harmless(H2)),
    works("max_http_header_data", Context),
    works("max_http_header_pool", Context),
    member("ssl_private_key_password", Vhost, |i| !i.ssl_private_key_password.is_null(), Harmless(TLS)),
    member("ssl_cert_filepath", Vhost, |i| !i.ssl_cert_filepath.is_null(), Missing(NO_CERTIFICATE, LEAVE_TLS)),
    member("ssl_private_key_filepath", Vhost, |i| !i.ssl_private_key_filepath.is_null(), Missing(NO_CERTIFICATE, LEAVE_TLS)),
    member("ssl_ca_filepath", Vhost, |i| !i.ssl_ca_filepath.is_null(), Harmless(TLS)),
    member("ssl_cipher_list", Vhost, |i| !i.ssl_cipher_list.is_null(), Harmless(TLS)),
    member("ecdh_curve", Vhost, |i| !i.ecdh_curve.is_null(), Harmless(TLS)),
    member("tls1_3_plus_cipher_list", Vhost, |i| !i.tls1_3_plus_cipher_list.is_null(), Harmless(TLS)),
    member("server_ssl_cert_mem", Vhost, |i| !i.server_ssl_cert_mem.is_null(), Missing(NO_CERTIFICATE, LEAVE_TLS)),
    member("server_ssl_private_key_mem", Vhost, |i| !i.server_ssl_private_key_mem.is_null(), Missing(NO_CERTIFICATE, LEAVE_TLS)),
    member("server_ssl_ca_mem", Vhost, |i| !i.server_ssl_ca_mem.is_null(), Missing(NO_CERTIFICATE, LEAVE_TLS)),
    member("ssl_options_set", Vhost, |i| i.ssl_options_set != 0, Harmless(TLS)),
    member("ssl_options_clear", Vhost, |i| i.ssl_options_clear != 0, Harmless(TLS)),
    member("simultaneous_ssl_restriction", Context, |i| i.simultaneous_ssl_restriction != 0, Harmless(TLS)),
    member("ssl_info_event_mask", Vhost, |i| i.ssl_info_event_mask != 0, Harmless(TLS)),
    member("server_ssl_cert_mem_len", Vhost, |i| i.server_ssl_cert_mem_len != 0, NoEffect(LENGTH)),
    member("server_ssl_private_key_mem_len", Vhost, |i| i.server_ssl_private_key_mem_len != 0, NoEffect(LENGTH)),
    member("server_ssl_ca_mem_len", Vhost, |i| i.server_ssl_ca_mem_len != 0, NoEffect(LENGTH)),
    member("alpn", Both, |i| !i.alpn.is_null(), Harmless(TLS)),
    member("client_ssl_private_key_password", Vhost, |i| !i.client_ssl_private_key_password.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_cert_filepath", Vhost, |i| !i.client_ssl_cert_filepath.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_cert_mem", Vhost, |i| !i.client_ssl_cert_mem.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_cert_mem_len", Vhost, |i| i.client_ssl_cert_mem_len != 0, NoEffect(LENGTH)),
    member("client_ssl_private_key_filepath", Vhost, |i| !i.client_ssl_private_key_filepath.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_key_mem", Vhost, |i| !i.client_ssl_key_mem.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_ca_filepath", Vhost, |i| !i.client_ssl_ca_filepath.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_ca_mem", Vhost, |i| !i.client_ssl_ca_mem.is_null(), Harmless(CLIENT_TLS)),
    member("client_ssl_cipher_list", Vhost, |i| !i.client_ssl_cipher_list.is_null(), Harmless(CLIENT_TLS)),
    member("client_tls_1_3_plus_cipher_list", Vhost, |i| !i.client_tls_1_3_plus_cipher_list.is_null(), Harmless(CLIENT_TLS)),
    member("ssl_client_options_set", Vhost, |i| i.ssl_client_options_set != 0, Harmless(CLIENT_TLS)),
    member("ssl_client_options_clear", Vhost, |i| i.ssl_client_options_clear != 0, Harmless(CLIENT_TLS)),
    member("client_ssl_ca_mem_len", Vhost, |i| i.client_ssl_ca_mem_len != 0, NoEffect(LENGTH)),
    member("client_ssl_key_mem_len", Vhost, |i| i.client_ssl_key_mem_len != 0, NoEffect(LENGTH)),
    member("provided_client_ssl_ctx", Vhost, |i| !i.provided_client_ssl_ctx.is_null(),
        Missing("an SSL_CTX of OpenSSL for client connections", "leave it NULL")),
    works("ka_time", Context),
    works("ka_probes", Context),
    works("ka_interval", Context),
    works("timeout_secs", Vhost),
    member("connect_timeout_secs", Vhost, |i| i.connect_timeout_secs != 0, Harmless(CLIENT)),
    works("bind_iface", Vhost),
    member("timeout_secs_ah_idle", Vhost, |i| i.timeout_secs_ah_idle != 0,
        Harmless("a request head is bounded by timeout_secs, and no pool of heads runs dry")),
    works("gid", Context),
    works("uid", Context),
    works("options", Both),
    works("user", Both),
    member("count_threads", Context, |i| i.count_threads > 1,
        NoEffect("there is one service thread, as on 4.1.6 as Debian builds it")),
    works("fd_limit_per_thread", Context),
    works("vhost_name", Vhost),
    works("external_baggage_free_on_destroy", Context),
    works("pt_serv_buf_size", Context),
    member("fops", Context, |i| !i.fops.is_null(),
        Missing("file operations of the program's own", "leave it NULL; files come from the file system")),
    works("caps", Context),
    works("count_caps", Context),
    member("foreign_loops", Context, |i| !i.foreign_loops.is_null() && i.options & EVENT_LOOPS != 0,
        Missing("an event loop of the program's own", EVENT_LOOP)),
    member("foreign_loops", Context, |i| !i.foreign_loops.is_null() && i.options & EVENT_LOOPS == 0,
        NoEffect("it is read with an event loop option only, as on 4.1.6")),
    member("signal_cb", Context, |i| i.signal_cb.is_some(), NoEffect("only an event loop that catches signals calls it")),
    works("pcontext", Context),
    works("finalize", Vhost),
    works("finalize_arg", Vhost),
    member("listen_accept_role", Vhost, |i| !i.listen_accept_role.is_null(), Missing("a role of its own for accepted connections", NO_RAW)),
    member("listen_accept_protocol", Vhost, |i| !i.listen_accept_protocol.is_null(), Missing("a protocol of its own for accepted connections", NO_RAW)),
    works("pprotocols", Vhost),
    works("username", Context),
    works("groupname", Context),
    works("unix_socket_perms", Vhost),
    member("system_ops", Context, |i| !i.system_ops.is_null(), Missing("lws_system operations", "leave it NULL")),
    works("retry_and_idle_policy", Vhost),
    member("register_notifier_list", Context, |i| !i.register_notifier_list.is_null(),
        Missing("notification of system states", "leave it NULL")),
    works("rlimit_nofile", Context),
    member("udp_loss_sim_tx_pc", Context, |i| i.udp_loss_sim_tx_pc != 0, Harmless("UDP is not there yet")),
    member("udp_loss_sim_rx_pc", Context, |i| i.udp_loss_sim_rx_pc != 0, Harmless("UDP is not there yet")),
    member("early_smd_cb", Context, |i| i.early_smd_cb.is_some(), Missing("system message distribution", "leave it NULL")),
    member("early_smd_opaque", Context, |i| !i.early_smd_opaque.is_null(), NoEffect("it is early_smd_cb's argument")),
    member("early_smd_class_filter", Context, |i| i.early_smd_class_filter != 0, NoEffect("it chooses what early_smd_cb gets")),
    member("_unused", Both, |i| i._unused != [std::ptr::null_mut::<c_void>(); 2],
        Harmless("4.1.6 has no members there; the program may have been built for another version, or not have cleared the struct")),
];

const EVENT_LOOPS: u64 =
    LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_LIBEVENT | LWS_SERVER_OPTION_GLIB;
