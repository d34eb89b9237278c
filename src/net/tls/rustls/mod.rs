//! rustls behind the traits of [`crate::net::tls`].

mod client;
mod server;
mod session;
mod trust;
mod verify;
#[cfg(test)]
mod verify_tests;

use std::rc::Rc;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};

use super::certificate::Facts;
use super::pem_file::Key;
use super::{
    Alert, Backend, ClientContext, ClientSettings, Identity, Protocols, Raw, ServerContext, ServerSettings, TlsError,
};
use super::{ciphers, ciphers::Chosen};
use crate::util::log;

#[cfg(not(feature = "tls-ring"))]
use rustls::crypto::aws_lc_rs as library;
#[cfg(feature = "tls-ring")]
use rustls::crypto::ring as library;

/// The backend.
pub struct Rustls;

impl Backend for Rustls {
    fn server(&self, settings: ServerSettings) -> Result<Rc<dyn ServerContext>, TlsError> {
        Ok(Rc::new(server::Server::new(settings)?))
    }

    fn client(&self, settings: ClientSettings) -> Result<Rc<dyn ClientContext>, TlsError> {
        Ok(Rc::new(client::Client::new(settings)?))
    }

    fn adopt_client(&self, _: Raw) -> Result<Rc<dyn ClientContext>, TlsError> {
        Err(TlsError::new(
            "provided_client_ssl_ctx is an SSL_CTX of OpenSSL, and this library's TLS is rustls: give the certificates \
             by client_ssl_ca_filepath and kin instead",
        ))
    }

    fn name(&self) -> &'static str {
        "rustls"
    }
}

/// Signature algorithms that certificates may carry.
fn algorithms() -> WebPkiSupportedAlgorithms {
    library::default_provider().signature_verification_algorithms
}

/// The provider, narrowed to the ciphers that the lists leave, and the versions that the options leave.
fn crypto(
    vhost: &str,
    ciphers: Option<&str>,
    ciphers_1_3: Option<&str>,
    protocols: Protocols,
) -> Result<(Arc<CryptoProvider>, Vec<&'static SupportedProtocolVersion>), TlsError> {
    let list = |member: &str, text: Option<&str>, apply: fn(&str) -> Chosen, all: fn() -> Vec<ciphers::Suite>| {
        let Some(text) = text else { return Ok(all()) };
        let chosen = apply(text);
        for name in &chosen.ignored {
            log::notice!("vhost '{vhost}': {member}: '{name}' is not a cipher that is there");
        }
        if chosen.suites.is_empty() {
            return Err(TlsError::new(format!("{member} '{text}' leaves no cipher")));
        }
        Ok(chosen.suites)
    };
    let mut wanted = Vec::new();
    let mut versions = Vec::new();
    if protocols.tls_1_3 {
        versions.push(&rustls::version::TLS13);
        wanted.extend(list("the TLS 1.3 cipher list", ciphers_1_3, ciphers::tls_1_3, ciphers::all_1_3)?);
    }
    if protocols.tls_1_2 {
        versions.push(&rustls::version::TLS12);
        wanted.extend(list("the cipher list", ciphers, ciphers::tls_1_2, ciphers::all_1_2)?);
    }
    if versions.is_empty() {
        return Err(TlsError::new("the SSL options leave no version of TLS (1.2 and 1.3 are there)"));
    }
    let mut provider = library::default_provider();
    let there: Vec<SupportedCipherSuite> = provider.cipher_suites;
    provider.cipher_suites =
        wanted.iter().filter_map(|w| there.iter().find(|s| u16::from(s.suite()) == *w).copied()).collect();
    Ok((Arc::new(provider), versions))
}

/// Reads a chain and its key, and checks that they belong together.
fn certified(
    vhost: &str,
    provider: &CryptoProvider,
    identity: &Identity,
    fresh: Option<(&[u8], &[u8])>,
) -> Result<CertifiedKey, TlsError> {
    use super::Source;
    let given = fresh.map(|(certificate, key)| {
        (Source::Memory("the new certificate", certificate.to_vec()), Source::Memory("the new key", key.to_vec()))
    });
    let (certificate, key) = match &given {
        Some((c, k)) => (c, k),
        None => (
            identity
                .certificate
                .as_ref()
                .ok_or_else(|| TlsError::new("a private key was given without a certificate"))?,
            identity.key.as_ref().ok_or_else(|| {
                TlsError::new(format!(
                    "{}: a certificate was given without its private key",
                    identity.certificate.as_ref().map_or_else(String::new, Source::describe)
                ))
            })?,
        ),
    };
    let chain = certificate.certificates()?;
    let facts = Facts::of(&chain[0]).map_err(|e| TlsError::new(format!("{}: {e}", certificate.describe())))?;
    let der = match key.key(identity.password.as_deref())? {
        Key::Pkcs8(der) => PrivateKeyDer::Pkcs8(der.into()),
        Key::Pkcs1(der) => PrivateKeyDer::Pkcs1(der.into()),
        Key::Sec1(der) => PrivateKeyDer::Sec1(der.into()),
    };
    let signer = provider
        .key_provider
        .load_private_key(der)
        .map_err(|e| TlsError::new(format!("{}: the key cannot be used: {e}", key.describe())))?;
    // Not rustls' own check, which takes no X.509 version 1 certificates.
    if signer.public_key().is_some_and(|spki| spki.as_ref() != facts.public_key) {
        return Err(TlsError::new(format!(
            "{}: the key does not match the certificate in {} ({})",
            key.describe(),
            certificate.describe(),
            facts.subject
        )));
    }
    warn_of_time(vhost, &certificate.describe(), &facts);
    Ok(CertifiedKey::new(chain.into_iter().map(CertificateDer::from).collect(), signer))
}

fn warn_of_time(vhost: &str, file: &str, facts: &Facts) {
    let now = crate::util::time::now_secs();
    if facts.validity.1 < now {
        log::warn!("vhost '{vhost}': {file}: the certificate expired {} days ago", (now - facts.validity.1) / 86_400);
    } else if facts.validity.0 > now {
        log::warn!("vhost '{vhost}': {file}: the certificate is not valid yet");
    }
}

/// An error of rustls in words.
fn in_words(error: &rustls::Error) -> TlsError {
    use rustls::Error::*;
    let received = match error {
        AlertReceived(alert) => Some(Alert::Received(u8::from(*alert))),
        _ => None,
    };
    TlsError::new(match error {
        InvalidCertificate(why) => verify::in_words(why),
        AlertReceived(alert) => format!("the peer ended the handshake: alert {alert:?}"),
        InvalidMessage(_) => format!("what came is no TLS: {error}"),
        other => other.to_string(),
    })
    .with_alert(received)
}
