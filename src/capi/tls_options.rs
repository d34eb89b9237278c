//! The TLS members of `lws_context_creation_info`, read once.

use std::ffi::{c_uint, c_void};

use crate::abi::*;
use crate::capi::creation::text;
use crate::net::tls::{ClientSettings, Identity, PeerCheck, Protocols, ServerSettings, Source};
use crate::util::log;

const INIT: u64 = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;

/// Protocols for ALPN that are spoken here.
const SPOKEN: &[&[u8]] = &[b"http/1.1"];

/// The option is set; several carry DO_SSL_GLOBAL_INIT's bit beside their own.
pub fn has(options: u64, option: u64) -> bool {
    options & (option & !INIT) != 0
}

/// A file or memory, the file first.
///
/// # Safety
/// `path` is NULL or a C string, `mem` NULL or `len` bytes long.
unsafe fn source(
    path: *const std::ffi::c_char,
    member: &'static str,
    mem: *const c_void,
    len: c_uint,
) -> Option<Source> {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(path) = text(path) {
            return Some(Source::File(path));
        }
        (!mem.is_null() && len != 0)
            .then(|| Source::Memory(member, std::slice::from_raw_parts(mem.cast::<u8>(), len as usize).to_vec()))
    }
}

/// The protocols that an `alpn` text names and that are spoken here.
pub fn alpn(list: &str, whose: &str) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    for name in list.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        if SPOKEN.contains(&name.as_bytes()) {
            names.push(name.as_bytes().to_vec());
        } else {
            log::info!("{whose}: alpn: '{name}' is not spoken here and is left out");
        }
    }
    names
}

/// What ALPN says where nobody names anything.
pub fn default_alpn() -> Vec<Vec<u8>> {
    SPOKEN.iter().map(|p| p.to_vec()).collect()
}

/// TLS for accepted connections; `None`: the vhost speaks none.
///
/// # Safety
/// `info` and what it points to is as the C API asks.
pub unsafe fn server(
    info: &lws_context_creation_info,
    vhost: &str,
    options: u64,
    default_alpn: &[Vec<u8>],
) -> Option<ServerSettings> {
    // SAFETY: the caller's promise.
    let identity = unsafe {
        Identity {
            certificate: source(
                info.ssl_cert_filepath,
                "server_ssl_cert_mem",
                info.server_ssl_cert_mem,
                info.server_ssl_cert_mem_len,
            ),
            key: source(
                info.ssl_private_key_filepath,
                "server_ssl_private_key_mem",
                info.server_ssl_private_key_mem,
                info.server_ssl_private_key_mem_len,
            ),
            password: text(info.ssl_private_key_password),
        }
    };
    identity.certificate.as_ref()?;
    if options & INIT == 0 {
        log::warn!(
            "vhost '{vhost}': a certificate is given without LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT: as with 4.1.6, this \
             vhost speaks NO TLS"
        );
        return None;
    }
    let peer_check = match has(options, LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT) {
        false => PeerCheck::None,
        true if has(options, LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED) => PeerCheck::Optional,
        true => PeerCheck::Required,
    };
    // SAFETY: the caller's promise.
    unsafe {
        Some(ServerSettings {
            vhost: vhost.to_owned(),
            identity,
            ca: source(info.ssl_ca_filepath, "server_ssl_ca_mem", info.server_ssl_ca_mem, info.server_ssl_ca_mem_len)
                .into_iter()
                .collect(),
            peer_check,
            ciphers: text(info.ssl_cipher_list),
            ciphers_1_3: text(info.tls1_3_plus_cipher_list),
            protocols: Protocols::from_bits(info.ssl_options_set, info.ssl_options_clear),
            alpn: text(info.alpn).map_or_else(|| default_alpn.to_vec(), |list| alpn(&list, vhost)),
        })
    }
}

/// TLS for client connections; `None`: there is none in this context.
///
/// # Safety
/// `info` and what it points to is as the C API asks.
pub unsafe fn client(info: &lws_context_creation_info, vhost: &str, options: u64) -> Option<ClientSettings> {
    if options & INIT == 0 {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let mut certificate = source(
            info.client_ssl_cert_filepath,
            "client_ssl_cert_mem",
            info.client_ssl_cert_mem,
            info.client_ssl_cert_mem_len,
        );
        let mut key = source(
            info.client_ssl_private_key_filepath,
            "client_ssl_key_mem",
            info.client_ssl_key_mem,
            info.client_ssl_key_mem_len,
        );
        let mut password = text(info.client_ssl_private_key_password);
        let listens = info.port != CONTEXT_PORT_NO_LISTEN && info.port != CONTEXT_PORT_NO_LISTEN_SERVER;
        if certificate.is_none() && key.is_none() && !listens {
            // Programs from before there were members for clients give the server's.
            certificate = text(info.ssl_cert_filepath).map(Source::File);
            key = text(info.ssl_private_key_filepath).map(Source::File);
            password = password.or(text(info.ssl_private_key_password));
        }
        let ca = source(
            info.client_ssl_ca_filepath,
            "client_ssl_ca_mem",
            info.client_ssl_ca_mem,
            info.client_ssl_ca_mem_len,
        )
        .or(text(info.ssl_ca_filepath).map(Source::File));
        Some(ClientSettings {
            vhost: vhost.to_owned(),
            identity: (certificate.is_some() || key.is_some()).then_some(Identity { certificate, key, password }),
            ca: ca.into_iter().collect(),
            system_roots: !has(options, LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS),
            ciphers: text(info.client_ssl_cipher_list),
            ciphers_1_3: text(info.client_tls_1_3_plus_cipher_list),
            protocols: Protocols::from_bits(info.ssl_client_options_set, info.ssl_client_options_clear),
        })
    }
}
