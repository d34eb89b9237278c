//! `"vhosts"`: each setting by its path, and what it changes.

use std::ffi::{CStr, c_char};

use crate::abi::*;
use crate::util::config::value;

use Setting::*;

type Info = lws_context_creation_info;
type MountInfo = lws_http_mount;
type OptionList = *const lws_protocol_vhost_options;

/// What a setting changes.
#[derive(Clone, Copy)]
pub enum Setting {
    /// The object is a vhost.
    Vhost,
    /// The object is a mount.
    Mount,
    /// A text of the vhost.
    Text(fn(&mut Info) -> &mut *const c_char),
    /// A number, or a switch that is no option bit, of the vhost.
    Value(fn(&mut Info, &[u8])),
    /// Option bits of the vhost, which a switch sets and clears.
    Bits(u64),
    /// Client connections of the vhost may use TLS.
    ClientTls,
    /// A ws upgrade has to name its protocol, whatever the value.
    NameProtocols,
    /// A header of every response, by its name.
    Header,
    /// The object lists options of the protocol that is its name.
    Protocol,
    /// One of these options.
    ProtocolOption,
    /// A text of the mount.
    MountText(fn(&mut MountInfo) -> &mut *const c_char),
    /// Its mount point.
    MountPoint,
    /// Its origin.
    Origin,
    /// A number or a switch of the mount.
    MountValue(fn(&mut MountInfo, &[u8])),
    /// A name and a value in a list of the mount.
    MountList(fn(&mut MountInfo) -> &mut OptionList),
    /// Nothing, as on 4.1.6.
    NoEffect,
}

/// Settings by their paths: the first that fits counts.
pub const TABLE: &[(&CStr, Setting)] = &[
    (c"vhosts[]", Vhost),
    (c"vhosts[].mounts[]", Mount),
    (c"vhosts[].name", Text(|i| &mut i.vhost_name)),
    (c"vhosts[].port", Value(|i, v| i.port = value::int(v))),
    (c"vhosts[].interface", Text(|i| &mut i.iface)),
    (c"vhosts[].unix-socket", Bits(LWS_SERVER_OPTION_UNIX_SOCK)),
    (c"vhosts[].unix-socket-perms", Text(|i| &mut i.unix_socket_perms)),
    (c"vhosts[].sts", Bits(LWS_SERVER_OPTION_STS)),
    (c"vhosts[].host-ssl-key", Text(|i| &mut i.ssl_private_key_filepath)),
    (c"vhosts[].host-ssl-cert", Text(|i| &mut i.ssl_cert_filepath)),
    (c"vhosts[].host-ssl-ca", Text(|i| &mut i.ssl_ca_filepath)),
    (c"vhosts[].access-log", Text(|i| &mut i.log_filepath)),
    (c"vhosts[].mounts[].mountpoint", MountPoint),
    (c"vhosts[].mounts[].origin", Origin),
    (c"vhosts[].mounts[].protocol", NoEffect),
    (c"vhosts[].mounts[].default", MountText(|m| &mut m.def)),
    (c"vhosts[].mounts[].auth-mask", MountValue(|m, v| m.auth_mask = value::int(v) as u32)),
    (c"vhosts[].mounts[].cgi-timeout", MountValue(|m, v| m.cgi_timeout = value::int(v))),
    (c"vhosts[].mounts[].cgi-env[].*", MountList(|m| &mut m.cgienv)),
    (c"vhosts[].mounts[].cache-max-age", MountValue(|m, v| m.cache_max_age = value::int(v))),
    (c"vhosts[].mounts[].cache-reuse", MountValue(|m, v| cache_bit(m, 1, v))),
    (c"vhosts[].mounts[].cache-revalidate", MountValue(|m, v| cache_bit(m, 2, v))),
    (c"vhosts[].mounts[].basic-auth", MountText(|m| &mut m.basic_auth_login_file)),
    (c"vhosts[].mounts[].cache-intermediaries", MountValue(|m, v| cache_bit(m, 4, v))),
    (c"vhosts[].mounts[].extra-mimetypes.*", MountList(|m| &mut m.extra_mimetypes)),
    (c"vhosts[].mounts[].interpret.*", MountList(|m| &mut m.interpret)),
    (c"vhosts[].ws-protocols[].*.*", ProtocolOption),
    (c"vhosts[].ws-protocols[].*", Protocol),
    (c"vhosts[].ws-protocols[]", NoEffect),
    (c"vhosts[].keepalive_timeout", Value(|i, v| i.keepalive_timeout = value::int(v))),
    (c"vhosts[].enable-client-ssl", ClientTls),
    (c"vhosts[].ciphers", Text(|i| &mut i.ssl_cipher_list)),
    (c"vhosts[].ecdh-curve", Text(|i| &mut i.ecdh_curve)),
    (c"vhosts[].noipv6", Bits(LWS_SERVER_OPTION_DISABLE_IPV6)),
    (c"vhosts[].ipv6only", Value(ipv6_only)),
    (c"vhosts[].ssl-option-set", Value(|i, v| i.ssl_options_set |= value::number(v))),
    (c"vhosts[].ssl-option-clear", Value(|i, v| i.ssl_options_clear |= value::number(v))),
    (c"vhosts[].mounts[].pmo[].*", MountList(|m| &mut m.cgienv)),
    (c"vhosts[].headers[].*", Header),
    (c"vhosts[].headers[]", NoEffect),
    (c"vhosts[].client-ssl-key", Text(|i| &mut i.client_ssl_private_key_filepath)),
    (c"vhosts[].client-ssl-cert", Text(|i| &mut i.client_ssl_cert_filepath)),
    (c"vhosts[].client-ssl-ca", Text(|i| &mut i.client_ssl_ca_filepath)),
    (c"vhosts[].client-ssl-ciphers", Text(|i| &mut i.client_ssl_cipher_list)),
    (c"vhosts[].onlyraw", Bits(LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG)),
    (c"vhosts[].client-cert-required", Value(client_certificates)),
    (c"vhosts[].ignore-missing-cert", Bits(LWS_SERVER_OPTION_IGNORE_MISSING_CERT)),
    (c"vhosts[].error-document-404", Text(|i| &mut i.error_document_404)),
    (c"vhosts[].alpn", Text(|i| &mut i.alpn)),
    (c"vhosts[].ssl-client-option-set", Value(|i, v| i.ssl_client_options_set |= value::number(v))),
    (c"vhosts[].ssl-client-option-clear", Value(|i, v| i.ssl_client_options_clear |= value::number(v))),
    (c"vhosts[].tls13-ciphers", Text(|i| &mut i.tls1_3_plus_cipher_list)),
    (c"vhosts[].client-tls13-ciphers", Text(|i| &mut i.client_tls_1_3_plus_cipher_list)),
    (c"vhosts[].strict-host-check", Bits(LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK)),
    (c"vhosts[].listen-accept-role", Text(|i| &mut i.listen_accept_role)),
    (c"vhosts[].listen-accept-protocol", Text(|i| &mut i.listen_accept_protocol)),
    (c"vhosts[].apply-listen-accept", Bits(LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG)),
    (c"vhosts[].fallback-listen-accept", Bits(LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG)),
    (c"vhosts[].allow-non-tls", Bits(LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT)),
    (c"vhosts[].redirect-http", Bits(LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS)),
    (c"vhosts[].allow-http-on-https", Bits(LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER)),
    (c"vhosts[].disable-no-protocol-ws-upgrades", NameProtocols),
    (c"vhosts[].h2-half-closed-long-poll", Bits(LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL)),
];

fn cache_bit(mount: &mut MountInfo, bit: u8, text: &[u8]) {
    mount.cache_bits &= !bit;
    if value::switch(text) {
        mount.cache_bits |= bit;
    }
}

fn ipv6_only(info: &mut Info, text: &[u8]) {
    info.options |= LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY;
    info.options &= !LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE;
    if value::switch(text) {
        info.options |= LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE;
    }
}

/// Once asked for, certificates are.
fn client_certificates(info: &mut Info, text: &[u8]) {
    if value::switch(text) {
        info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    }
}
