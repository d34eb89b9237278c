//! The JSON configuration, as C sees it. What its settings mean is in `util/config`.

use std::ffi::{CStr, c_char, c_int};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::{creation, tls};
use crate::engine::context::Context;
use crate::util::config::{self, Arena, Beside, Refused, Source};

/// Reads the global part of a JSON configuration into a creation info.
///
/// `d` is a directory: the file `conf` in it must be there, the files in its `conf.d` are read after it in the order of
/// their names. The member `"global"` of a file may have: `uid`, `gid`, `username`, `groupname`, `count-threads`,
/// `init-ssl`, `server-string`, `timeout-secs`, `default-alpn`, `rlimit-nofile`, and `reject-service-keywords` (an array of
/// objects: name and value). Values are texts or plain; switches are on by a number other than 0, "on", "yes" or "true".
/// `plugin-dir`, `ws-pingpong-secs`, `ip-limit-ah` and `ip-limit-wsi` have no effect. Unknown names are passed over.
///
/// @param info gets the settings; what is not in the configuration stays
/// @param d the directory
/// @param config_strings where the room for texts and lists begins, which have to live as long as the context
///        (`external_baggage_free_on_destroy`); it moves to what is left
/// @param len bytes of that room; it goes down to what is left
/// @return 0; 1, with the reason in the log, when `conf` cannot be read or is no JSON, when there is no room, and for NULL:
///         `config_strings` and `len` stay then. A bad file in `conf.d` is told, and those behind it are left out. Any thread, as long as the
///         arguments are its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsws_get_config_globals(
    info: *mut lws_context_creation_info,
    d: *const c_char,
    config_strings: *mut *mut c_char,
    len: *mut c_int,
) -> c_int {
    // SAFETY: as the API asks.
    let Some(mut room) = (unsafe { Room::new(info, d, config_strings, len) }) else { return 1 };
    enter::guarded("lwsws_get_config_globals", 1, || {
        // SAFETY: as the API asks.
        unsafe {
            let result = config::globals(&Source::Directory(room.directory), &mut *info, &mut room.arena);
            room.end(result, config_strings, len)
        }
    })
}

/// Makes the vhosts of a JSON configuration.
///
/// The files are those of lwsws_get_config_globals(). Their member `"vhosts"` is an array of objects, which may have:
/// `name`, `port` (-1: does not listen; there must be one, but for a unix socket), `interface`, `unix-socket`,
/// `unix-socket-perms`, `sts`, `noipv6`, `ipv6only`, `keepalive_timeout` (5), `headers` (array of objects: name and value),
/// `error-document-404`, `strict-host-check`, `disable-no-protocol-ws-upgrades`, `access-log`, `alpn`; for TLS
/// `host-ssl-cert`, `host-ssl-key`, `host-ssl-ca`, `ciphers`, `tls13-ciphers`, `ecdh-curve`, `ssl-option-set`,
/// `ssl-option-clear`, `client-cert-required`, `ignore-missing-cert`, `allow-non-tls`, `redirect-http`,
/// `allow-http-on-https`; for client connections `enable-client-ssl`, `client-ssl-cert`, `client-ssl-key`, `client-ssl-ca`,
/// `client-ssl-ciphers`, `client-tls13-ciphers`, `ssl-client-option-set`, `ssl-client-option-clear`; `onlyraw`,
/// `apply-listen-accept`, `fallback-listen-accept`, `listen-accept-role`, `listen-accept-protocol`,
/// `h2-half-closed-long-poll`; `ws-protocols`, an array of objects that hold an object of options for each protocol's name,
/// which PROTOCOL_INIT gets; and `mounts`, an array of objects with `mountpoint`, `origin` (what enum lws_mount_protocols
/// names, as `file:///srv/www`, `>https://example.com`, `callback://protocol`), `default`, `basic-auth`,
/// `auth-mask`, `cache-max-age`, `cache-reuse`, `cache-revalidate`, `cache-intermediaries`, `extra-mimetypes` and
/// `interpret` (objects: suffix and value), `pmo` and `cgi-env` (arrays of objects: name and value), `cgi-timeout`. The
/// first `_lws_ddir_` in a text stands for `/usr/share`.
///
/// @param context the context, made with LWS_SERVER_OPTION_EXPLICIT_VHOSTS
/// @param info gives each vhost its protocols, extensions, server_string, timeout_secs, count_threads and options of the
///        context; it is overwritten, and is as the last vhost had it in the end
/// @param d the directory
/// @param config_strings as for lwsws_get_config_globals()
/// @param len as there
/// @return 0 when there is a vhost; else 1, as there, also when a vhost of `conf` cannot be made: those before it stay.
///         Service thread only, or any one thread before the first service pass.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lwsws_get_config_vhosts(
    context: *mut lws_context,
    info: *mut lws_context_creation_info,
    d: *const c_char,
    config_strings: *mut *mut c_char,
    len: *mut c_int,
) -> c_int {
    // SAFETY: as the API asks.
    let Some(mut room) = (unsafe { Room::new(info, d, config_strings, len) }) else { return 1 };
    enter::context(site!("lwsws_get_config_vhosts", remedy::CREATE), context, 1, |cx| {
        // SAFETY: as the API asks.
        unsafe {
            let mut make = |info: &lws_context_creation_info, beside| make_vhost(cx, info, beside);
            let result = config::vhosts(&Source::Directory(room.directory), &mut *info, &mut room.arena, &mut make);
            room.end(result, config_strings, len)
        }
    })
}

/// # Safety
/// `info` is as for lws_create_vhost().
unsafe fn make_vhost(cx: &Context, info: &lws_context_creation_info, beside: Beside) -> bool {
    // SAFETY: the caller's promise.
    let Some(mut config) = (unsafe { creation::vhost_config(info, &cx.config) }) else { return false };
    config.subprotocol_required = beside.subprotocol_required;
    let Some(vhost) = cx.create_vhost(config) else { return false };
    if beside.client_tls {
        let info = lws_context_creation_info { options: LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, ..*info };
        // SAFETY: the caller's promise. What goes wrong is told, and the vhost serves all the same, as on 4.1.6.
        unsafe { tls::lws_init_vhost_client_ssl(&info, vhost.slot.handle.as_ptr()) };
    }
    true
}

/// The arguments that both functions share.
struct Room<'a> {
    directory: &'a CStr,
    arena: Arena,
}

impl Room<'_> {
    /// `None`: one of them is NULL, or the room negative.
    ///
    /// # Safety
    /// As the API asks.
    unsafe fn new<'a>(
        info: *mut lws_context_creation_info,
        d: *const c_char,
        config_strings: *mut *mut c_char,
        len: *mut c_int,
    ) -> Option<Room<'a>> {
        if info.is_null() || d.is_null() || config_strings.is_null() || len.is_null() {
            return None;
        }
        // SAFETY: as the API asks.
        unsafe {
            let left = usize::try_from(*len).ok()?;
            let at = *config_strings;
            (!at.is_null()).then(|| Room { directory: CStr::from_ptr(d), arena: Arena::new(at, left) })
        }
    }

    /// Tells the caller what is left of the room, when all went well.
    ///
    /// # Safety
    /// As the API asks.
    unsafe fn end(&self, result: Result<(), Refused>, config_strings: *mut *mut c_char, len: *mut c_int) -> c_int {
        if result.is_err() {
            return 1;
        }
        let (at, left) = self.arena.rest();
        // SAFETY: as the API asks; `left` began as an int and only went down.
        unsafe {
            *config_strings = at;
            *len = left as c_int;
        }
        0
    }
}
