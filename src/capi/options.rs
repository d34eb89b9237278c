//! What the library does with each member of `lws_context_creation_info` and each `LWS_SERVER_OPTION_*` bit.
//!
//! Two tables, read at the door before anything is made. What is not there yet makes creation fail with a line that
//! names it; what can be left out without harm is told once per process; nothing is ignored in silence.
//! `docs/options.md` is the same for readers, and `tests/options-table` holds both and the header together.

use std::ffi::c_int;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::abi::*;
use crate::util::log;

use Scope::{Both, Context, Vhost};
use Treatment::{Harmless, Missing, NoEffect, Works};

/// Checks what creating a context asks for: the context's own items and, unless the program makes its vhosts itself
/// (`LWS_SERVER_OPTION_EXPLICIT_VHOSTS`), those of the default vhost as well.
///
/// Logs each finding. False: something is asked for that is not there, and creation must fail.
pub fn check(info: &lws_context_creation_info) -> bool {
    let explicit = info.options & LWS_SERVER_OPTION_EXPLICIT_VHOSTS != 0;
    inspect(info, "lws_create_context", &|scope| scope != Vhost || !explicit) & caps_are_counted(info)
}

/// Checks what creating a vhost asks for; otherwise as [`check`].
pub fn check_vhost(info: &lws_context_creation_info) -> bool {
    inspect(info, "lws_create_vhost", &|scope| scope != Context)
}

/// 4.1.6 reads past the array where the count is larger.
fn caps_are_counted(info: &lws_context_creation_info) -> bool {
    let most = info.caps.len();
    let ok = usize::try_from(info.count_caps).is_ok_and(|n| n <= most);
    if !ok {
        log::err!("lws_create_context: count_caps is {}, and caps has room for {most}", info.count_caps);
    }
    ok
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
    /// Whether the program asks for anything by it.
    is_given: fn(&lws_context_creation_info) -> bool,
    treatment: Treatment,
}

fn inspect(info: &lws_context_creation_info, function: &str, reads: &dyn Fn(Scope) -> bool) -> bool {
    static BIT_TOLD: [AtomicBool; 64] = [const { AtomicBool::new(false) }; 64];
    static MEMBER_TOLD: [AtomicBool; MEMBERS.len()] = [const { AtomicBool::new(false) }; MEMBERS.len()];
    let mut ok = true;
    for (member, told) in MEMBERS.iter().zip(&MEMBER_TOLD) {
        if reads(member.scope) && (member.is_given)(info) {
            ok &= treat(function, &member.name, member.treatment, told);
        }
    }
    for (n, told) in BIT_TOLD.iter().enumerate() {
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

const LENGTH: &str = "it only gives the length of the member of like name";
const PROXY_PORT: &str = "it has a meaning only beside http_proxy_address";
const H2: &str = "HTTP/2 is not there yet, peers are served by HTTP/1.1";
const EVENT_LOOP: &str = "leave the bit out and call lws_service()";
const NOT_RAW: &str = "it is read with one of the APPLY_LISTEN_ACCEPT_CONFIG options only";

/// A row of [`BITS`]; of two names for one bit the older one comes second.
macro_rules! bit {
    ($name:ident $(= $older:ident)?, $scope:ident, $treatment:expr $(,)?) => {
        Bit {
            name: concat!(stringify!($name) $(, " (", stringify!($older), ")")?),
            mask: own_bit($name),
            scope: $scope,
            treatment: $treatment,
        }
    };
}

/// A row of [`MEMBERS`]. Given is a member that is not 0 and not NULL, unless the row says otherwise.
macro_rules! member {
    ($name:ident, $scope:ident, $treatment:expr $(,)?) => {
        member!($name, $scope, |info| info.$name.is_given(), $treatment)
    };
    ($name:ident, $scope:ident, $is_given:expr, $treatment:expr $(,)?) => {
        Member { name: stringify!($name), scope: $scope, is_given: $is_given, treatment: $treatment }
    };
}

const fn own_bit(mask: u64) -> u64 {
    let init = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    let own = if mask == init { mask } else { mask & !init };
    assert!(own.is_power_of_two());
    own
}

/// Every `LWS_SERVER_OPTION_*`, in the order of their bits. The older of two names for one bit stands in brackets.
static BITS: &[Bit] = &[
    bit!(LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT, Vhost, Works),
    bit!(LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME, Context, Works),
    bit!(LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT, Vhost, Works),
    bit!(LWS_SERVER_OPTION_LIBEV, Context, Missing("libev as the event loop", EVENT_LOOP)),
    bit!(LWS_SERVER_OPTION_DISABLE_IPV6, Both, Works),
    bit!(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS, Vhost, Works),
    bit!(LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED, Vhost, Works),
    bit!(LWS_SERVER_OPTION_VALIDATE_UTF8, Vhost, Works),
    bit!(
        LWS_SERVER_OPTION_SSL_ECDH,
        Vhost,
        NoEffect("every cipher that is there has ephemeral keys, elliptic curves among them")
    ),
    bit!(LWS_SERVER_OPTION_LIBUV, Context, Missing("libuv as the event loop", EVENT_LOOP)),
    bit!(LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS, Vhost, Works),
    bit!(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, Both, Works),
    bit!(LWS_SERVER_OPTION_EXPLICIT_VHOSTS, Context, Works),
    bit!(LWS_SERVER_OPTION_UNIX_SOCK, Vhost, Works),
    bit!(LWS_SERVER_OPTION_STS, Vhost, Works),
    bit!(LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY, Vhost, Works),
    bit!(LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE, Vhost, Works),
    bit!(
        LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
        Context,
        Harmless("it speaks to the libuv event loop, and a crash never makes this library spin"),
    ),
    bit!(LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN, Context, Works),
    bit!(LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG = LWS_SERVER_OPTION_FALLBACK_TO_RAW, Vhost, Works,),
    bit!(LWS_SERVER_OPTION_LIBEVENT, Context, Missing("libevent as the event loop", EVENT_LOOP)),
    bit!(LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG = LWS_SERVER_OPTION_ONLY_RAW, Vhost, Works),
    bit!(LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE, Vhost, Works),
    bit!(
        LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX,
        Vhost,
        Harmless("the certificate has to come by ssl_cert_filepath or server_ssl_cert_mem, no SSL_CTX is handed out"),
    ),
    bit!(LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT, Vhost, Works),
    bit!(LWS_SERVER_OPTION_IGNORE_MISSING_CERT, Vhost, Works),
    bit!(LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK, Vhost, Works),
    bit!(LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE, Vhost, Works),
    bit!(LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER, Vhost, Works),
    bit!(LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND, Vhost, Works),
    bit!(LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW, Vhost, Harmless(H2)),
    bit!(LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL, Vhost, Harmless(H2)),
    bit!(LWS_SERVER_OPTION_GLIB, Context, Missing("glib as the event loop", EVENT_LOOP)),
    bit!(
        LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE,
        Vhost,
        Missing("HTTP/2", "leave the bit out, peers are then served by HTTP/1.1"),
    ),
    bit!(LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES, Context, Works),
];

/// Every member, in the order of the struct.
static MEMBERS: &[Member] = &[
    member!(iface, Vhost, Works),
    member!(protocols, Vhost, Works),
    member!(extensions, Vhost, Works),
    member!(token_limits, Context, Harmless("headers are bounded together, by max_http_header_data")),
    member!(http_proxy_address, Vhost, Works),
    member!(headers, Vhost, Works),
    member!(reject_service_keywords, Context, Harmless("user agents are not looked at, all are served")),
    member!(pvo, Vhost, Works),
    member!(log_filepath, Vhost, Harmless("there is no access log, as in 4.1.6 as Debian builds it")),
    member!(mounts, Vhost, Works),
    member!(server_string, Both, Works),
    member!(error_document_404, Vhost, Works),
    member!(port, Vhost, Works),
    member!(http_proxy_port, Vhost, NoEffect(PROXY_PORT)),
    member!(max_http_header_data2, Context, Works),
    member!(max_http_header_pool2, Context, Works),
    member!(keepalive_timeout, Vhost, Works),
    member!(http2_settings, Vhost, Harmless(H2)),
    member!(max_http_header_data, Context, Works),
    member!(max_http_header_pool, Context, Works),
    member!(ssl_private_key_password, Vhost, Works),
    member!(ssl_cert_filepath, Vhost, Works),
    member!(ssl_private_key_filepath, Vhost, Works),
    member!(ssl_ca_filepath, Vhost, Works),
    member!(ssl_cipher_list, Vhost, Works),
    member!(ecdh_curve, Vhost, Harmless("X25519, P-256 and P-384 are offered, the peer chooses")),
    member!(tls1_3_plus_cipher_list, Vhost, Works),
    member!(server_ssl_cert_mem, Vhost, Works),
    member!(server_ssl_private_key_mem, Vhost, Works),
    member!(server_ssl_ca_mem, Vhost, Works),
    member!(ssl_options_set, Vhost, Works),
    member!(ssl_options_clear, Vhost, Works),
    member!(simultaneous_ssl_restriction, Context, Works),
    member!(ssl_info_event_mask, Vhost, Works),
    member!(server_ssl_cert_mem_len, Vhost, NoEffect(LENGTH)),
    member!(server_ssl_private_key_mem_len, Vhost, NoEffect(LENGTH)),
    member!(server_ssl_ca_mem_len, Vhost, NoEffect(LENGTH)),
    member!(alpn, Both, Works),
    member!(client_ssl_private_key_password, Vhost, Works),
    member!(client_ssl_cert_filepath, Vhost, Works),
    member!(client_ssl_cert_mem, Vhost, Works),
    member!(client_ssl_cert_mem_len, Vhost, NoEffect(LENGTH)),
    member!(client_ssl_private_key_filepath, Vhost, Works),
    member!(client_ssl_key_mem, Vhost, Works),
    member!(client_ssl_ca_filepath, Vhost, Works),
    member!(client_ssl_ca_mem, Vhost, Works),
    member!(client_ssl_cipher_list, Vhost, Works),
    member!(client_tls_1_3_plus_cipher_list, Vhost, Works),
    member!(ssl_client_options_set, Vhost, Works),
    member!(ssl_client_options_clear, Vhost, Works),
    member!(client_ssl_ca_mem_len, Vhost, NoEffect(LENGTH)),
    member!(client_ssl_key_mem_len, Vhost, NoEffect(LENGTH)),
    member!(provided_client_ssl_ctx, Vhost, Missing("an SSL_CTX of OpenSSL for client connections", "leave it NULL")),
    member!(ka_time, Context, Works),
    member!(ka_probes, Context, Works),
    member!(ka_interval, Context, Works),
    member!(timeout_secs, Vhost, Works),
    member!(connect_timeout_secs, Vhost, Works),
    member!(bind_iface, Vhost, Works),
    member!(
        timeout_secs_ah_idle,
        Vhost,
        Harmless("a request head is bounded by timeout_secs, and no pool of heads runs dry"),
    ),
    member!(gid, Context, Works),
    member!(uid, Context, Works),
    member!(options, Both, Works),
    member!(user, Both, Works),
    member!(
        count_threads,
        Context,
        |info| info.count_threads > 1,
        NoEffect("there is one service thread, as on 4.1.6 as Debian builds it"),
    ),
    member!(fd_limit_per_thread, Context, Works),
    member!(vhost_name, Vhost, Works),
    member!(external_baggage_free_on_destroy, Context, Works),
    member!(pt_serv_buf_size, Context, Works),
    member!(fops, Context, Works),
    member!(caps, Context, Works),
    member!(count_caps, Context, Works),
    member!(
        foreign_loops,
        Context,
        |info| !info.foreign_loops.is_null() && info.options & EVENT_LOOPS != 0,
        Missing("an event loop of the program's own", EVENT_LOOP),
    ),
    member!(
        foreign_loops,
        Context,
        |info| !info.foreign_loops.is_null() && info.options & EVENT_LOOPS == 0,
        NoEffect("it is read with an event loop option only, as on 4.1.6"),
    ),
    member!(signal_cb, Context, NoEffect("only an event loop that catches signals calls it")),
    member!(pcontext, Context, Works),
    member!(finalize, Vhost, Works),
    member!(finalize_arg, Vhost, Works),
    member!(listen_accept_role, Vhost, |info| !info.listen_accept_role.is_null() && accepts_raw(info), Works),
    member!(
        listen_accept_role,
        Vhost,
        |info| !info.listen_accept_role.is_null() && !accepts_raw(info),
        NoEffect(NOT_RAW),
    ),
    member!(listen_accept_protocol, Vhost, |info| !info.listen_accept_protocol.is_null() && accepts_raw(info), Works),
    member!(
        listen_accept_protocol,
        Vhost,
        |info| !info.listen_accept_protocol.is_null() && !accepts_raw(info),
        NoEffect(NOT_RAW),
    ),
    member!(pprotocols, Vhost, Works),
    member!(username, Context, Works),
    member!(groupname, Context, Works),
    member!(unix_socket_perms, Vhost, Works),
    member!(system_ops, Context, Works),
    member!(retry_and_idle_policy, Vhost, Works),
    member!(register_notifier_list, Context, Works),
    member!(rlimit_nofile, Context, Works),
    member!(udp_loss_sim_tx_pc, Context, Harmless("UDP is not there yet")),
    member!(udp_loss_sim_rx_pc, Context, Harmless("UDP is not there yet")),
    member!(early_smd_cb, Context, Works),
    member!(early_smd_opaque, Context, Works),
    member!(early_smd_class_filter, Context, Works),
    member!(
        _unused,
        Both,
        Harmless(
            "4.1.6 has no members there: the program was built for another version, or has not cleared the struct",
        ),
    ),
];

const EVENT_LOOPS: u64 =
    LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_LIBEVENT | LWS_SERVER_OPTION_GLIB;

/// Some accepted connections become raw ones.
fn accepts_raw(info: &lws_context_creation_info) -> bool {
    info.options
        & (LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG
            | LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG)
        != 0
}

/// Whether a member carries a value: anything but zero bytes.
trait Given {
    fn is_given(&self) -> bool;
}

macro_rules! given_when_not_0 {
    ($($int:ty),+) => {
        $(impl Given for $int {
            fn is_given(&self) -> bool {
                *self != 0
            }
        })+
    };
}
given_when_not_0!(i8, u8, u16, i32, u32, i64, u64);

impl<T> Given for *const T {
    fn is_given(&self) -> bool {
        !self.is_null()
    }
}

impl<T> Given for *mut T {
    fn is_given(&self) -> bool {
        !self.is_null()
    }
}

impl<T> Given for Option<T> {
    fn is_given(&self) -> bool {
        self.is_some()
    }
}

impl<T: Given, const N: usize> Given for [T; N] {
    fn is_given(&self) -> bool {
        self.iter().any(T::is_given)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;

    use super::*;

    fn with(change: impl Fn(&mut lws_context_creation_info)) -> lws_context_creation_info {
        // SAFETY: C programs clear this struct with memset; every member allows zero bytes.
        let mut info = unsafe { std::mem::zeroed() };
        change(&mut info);
        info
    }

    #[test]
    fn each_bit_is_treated_as_its_row_says() {
        assert!(check(&with(|_| ())));
        for bit in BITS {
            let ok = !matches!(bit.treatment, Missing(..));
            let info = with(|i| i.options = bit.mask | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT);
            assert_eq!(check(&info), ok, "{}", bit.name);
            assert_eq!(check_vhost(&info), ok || bit.scope == Context, "{} for a vhost", bit.name);
        }
    }

    #[test]
    fn a_bit_that_no_row_names_is_no_error() {
        let known = BITS.iter().fold(0, |all, b| all | b.mask);
        assert_eq!(BITS.iter().map(|b| u64::from(b.mask.count_ones())).sum::<u64>(), u64::from(known.count_ones()));
        for n in (0..64).filter(|n| known & 1 << n == 0) {
            assert!(check(&with(|i| i.options = 1 << n)), "bit {n}");
        }
    }

    #[test]
    fn what_is_missing_is_refused_where_it_is_read() {
        let certificate = with(|i| i.provided_client_ssl_ctx = std::ptr::NonNull::dangling().as_ptr());
        assert!(!check(&certificate) && !check_vhost(&certificate));
        let explicit = with(|i| {
            i.provided_client_ssl_ctx = std::ptr::NonNull::dangling().as_ptr();
            i.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
        });
        assert!(check(&explicit) && !check_vhost(&explicit));
    }

    #[test]
    fn capabilities_are_no_more_than_there_is_room_for() {
        assert!(check(&with(|i| i.count_caps = 4)));
        assert!(!check(&with(|i| i.count_caps = 5)) && !check(&with(|i| i.count_caps = -1)));
    }

    #[test]
    fn loops_of_the_program_matter_with_an_event_loop_only() {
        let mut loops = std::ptr::null_mut();
        let list: *mut *mut c_void = &raw mut loops;
        assert!(check(&with(|i| i.foreign_loops = list)));
        let both = with(|i| (i.foreign_loops, i.options) = (list, LWS_SERVER_OPTION_GLIB));
        assert!(!check(&both));
    }
}
