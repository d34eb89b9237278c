//! TLS: what a connection's session and a vhost's certificate are.

use std::ffi::{c_char, c_int};
use std::sync::Once;

use crate::abi::*;
use crate::capi::creation::text;
use crate::capi::enter::{self, remedy, site};
use crate::capi::tls_options;
use crate::capi::x509::answer;
use crate::net::tls::certificate::Facts;
use crate::util::log;

/// Whether a connection runs over TLS.
///
/// @param wsi the connection
/// @return 1 or 0 (also for NULL or a connection that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_is_ssl(wsi: *mut lws) -> c_int {
    enter::wsi(site!("lws_is_ssl", remedy::READ), wsi, 0, |_, w| c_int::from(w.transport.is_secure()))
}

/// The OpenSSL object of a connection. This library's TLS is rustls, which has none: lws_tls_peer_cert_info() and its
/// kin answer what programs ask it for.
///
/// @param wsi the connection
/// @return NULL, with one line at notice level for the first connection that speaks TLS (also for NULL or a connection
///         that is gone). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_ssl(wsi: *mut lws) -> *mut SSL {
    enter::wsi(site!("lws_get_ssl", remedy::READ), wsi, std::ptr::null_mut(), |cx, w| {
        let raw = w.transport.with_session(|s| s.raw()).unwrap_or(std::ptr::null_mut());
        if raw.is_null() && w.transport.is_secure() {
            static TOLD: Once = Once::new();
            TOLD.call_once(|| {
                log::notice!(
                    "lws_get_ssl: TLS is done by {} here, there is no SSL object: NULL is returned",
                    cx.tls_backend.name()
                );
            });
        }
        raw.cast()
    })
}

/// One item of the certificate that the peer showed.
///
/// @param wsi the connection
/// @param type what is asked for
/// @param buf where the answer goes
/// @param len bytes that there are at buf->ns.name, for names and keys; a name is ended by a NUL, which counts
/// @return 0; -1 when there is no TLS or no certificate, the item does not fit, or for NULL or a connection that is
///         gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tls_peer_cert_info(
    wsi: *mut lws,
    r#type: lws_tls_cert_info,
    buf: *mut lws_tls_cert_info_results,
    len: usize,
) -> c_int {
    enter::wsi(site!("lws_tls_peer_cert_info", remedy::READ), wsi, -1, |_, w| {
        let found = w.transport.with_session(|s| (s.peer_chain().into_iter().next(), s.peer_verified()));
        let Some((Some(der), verified)) = found else { return -1 };
        if r#type == LWS_TLS_CERT_INFO_VERIFIED {
            // SAFETY: NULL or a writable union, by the API's contract.
            let Some(buf) = (unsafe { buf.as_mut() }) else { return -1 };
            buf.verified = verified.into();
            return 0;
        }
        match Facts::of(&der) {
            // SAFETY: by the API's contract.
            Ok(facts) => unsafe { answer(&facts, r#type, buf, len) },
            Err(_) => -1,
        }
    })
}

/// One item of the certificate that a vhost shows.
///
/// @param vhost the vhost
/// @param type what is asked for; LWS_TLS_CERT_INFO_VERIFIED makes no sense here
/// @param buf where the answer goes
/// @param len bytes that there are at buf->ns.name, for names and keys; a name is ended by a NUL, which counts
/// @return 0; -1 when the vhost has no certificate, the item does not fit, or for NULL or a vhost that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tls_vhost_cert_info(
    vhost: *mut lws_vhost,
    r#type: lws_tls_cert_info,
    buf: *mut lws_tls_cert_info_results,
    len: usize,
) -> c_int {
    enter::vhost(site!("lws_tls_vhost_cert_info", remedy::READ), vhost, -1, |_, v| {
        let der = v.tls.borrow().as_ref().and_then(|t| t.certificate());
        match der.map(|der| Facts::of(&der)) {
            // SAFETY: by the API's contract.
            Some(Ok(facts)) => unsafe { answer(&facts, r#type, buf, len) },
            _ => -1,
        }
    })
}

/// Makes every vhost that was made with these two paths serve a new certificate to connections that come from now on.
/// One that cannot be used (it does not match its key, say) is logged, and the former one stays.
///
/// @param context the context
/// @param certpath the path that ssl_cert_filepath had
/// @param keypath the path that ssl_private_key_filepath had
/// @param mem_cert the new certificate chain, PEM or DER; NULL: it is read from the path again
/// @param len_mem_cert its bytes
/// @param mem_privkey its private key, PEM or DER; NULL: it is read from the path again
/// @param len_mem_privkey its bytes
/// @return 0; also when no vhost has these paths. 1 for a NULL path, and for NULL or a context that is gone. Service
///         thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tls_cert_updated(
    context: *mut lws_context,
    certpath: *const c_char,
    keypath: *const c_char,
    mem_cert: *const c_char,
    len_mem_cert: usize,
    mem_privkey: *const c_char,
    len_mem_privkey: usize,
) -> c_int {
    // SAFETY: NULL or C strings, by the API's contract.
    let (Some(certificate), Some(key)) = (unsafe { (text(certpath), text(keypath)) }) else { return 1 };
    enter::context(site!("lws_tls_cert_updated", remedy::CHANGE), context, 1, |cx| {
        let given = !mem_cert.is_null() && !mem_privkey.is_null() && len_mem_cert != 0 && len_mem_privkey != 0;
        // SAFETY: as long as is said, by the API's contract.
        let fresh = given.then(|| unsafe {
            (
                std::slice::from_raw_parts(mem_cert.cast::<u8>(), len_mem_cert),
                std::slice::from_raw_parts(mem_privkey.cast::<u8>(), len_mem_privkey),
            )
        });
        cx.certificate_updated(&certificate, &key, fresh);
        0
    })
}

/// Gives a vhost a client side of TLS made from these settings; the former one goes, connections that it made stay.
///
/// @param info its client_ssl_* members are read, during the call only
/// @param vhost the vhost
/// @return 0; -1 when something that the settings name cannot be used (the log says what), when info does not have
///         LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT though its context was made without, and for NULL or a vhost that is gone.
///         Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_init_vhost_client_ssl(
    info: *const lws_context_creation_info,
    vhost: *mut lws_vhost,
) -> c_int {
    // SAFETY: NULL or a live struct, by the API's contract.
    let Some(info) = (unsafe { info.as_ref() }) else { return -1 };
    enter::vhost(site!("lws_init_vhost_client_ssl", remedy::CREATE), vhost, -1, |cx, v| {
        let options = info.options | cx.config.options;
        // SAFETY: as the API asks.
        let Some(settings) = (unsafe { tls_options::client(info, &v.config.name, options) }) else {
            log::err!("lws_init_vhost_client_ssl: LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT is missing");
            return -1;
        };
        let made = match info.provided_client_ssl_ctx.is_null() {
            true => cx.tls_backend.client(settings),
            false => cx.tls_backend.adopt_client(info.provided_client_ssl_ctx.cast()),
        };
        match made {
            Ok(made) => {
                *v.tls_client.borrow_mut() = Some(made);
                0
            }
            Err(why) => {
                log::err!("vhost '{}': client TLS cannot be set up: {why}", v.config.name);
                -1
            }
        }
    })
}

/// Makes the client connections of a vhost trust one more certificate: an authority's, or a server's own that is
/// self-signed.
///
/// @param vh the vhost
/// @param der the certificate, DER
/// @param der_len its bytes
/// @return 0; 1 when it is no certificate, the vhost has no TLS, for NULL or a vhost that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_tls_client_vhost_extra_cert_mem(
    vh: *mut lws_vhost,
    der: *const u8,
    der_len: usize,
) -> c_int {
    if der.is_null() {
        return 1;
    }
    enter::vhost(site!("lws_tls_client_vhost_extra_cert_mem", remedy::CHANGE), vh, 1, |cx, v| {
        // SAFETY: as long as is said, by the API's contract.
        let der = unsafe { std::slice::from_raw_parts(der, der_len) };
        match cx.client_tls(v).and_then(|tls| tls.trust(der)) {
            Ok(()) => 0,
            Err(why) => {
                log::err!("lws_tls_client_vhost_extra_cert_mem: {why}");
                1
            }
        }
    })
}
