//! The client side of a vhost.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rustls::client::{ResolvesClientCert, Resumption, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};

use super::session::RustlsSession;
use super::trust::Trust;
use super::verify::ServerVerifier;
use super::{certified, crypto, in_words};
use crate::net::tls::certificate::Facts;
use crate::net::tls::{Allow, ClientContext, ClientSettings, Raw, Session, TlsError, Wanted};
use crate::util::log;
use crate::util::shared::Shared;

/// Sessions that are kept for resumption, over all servers.
const SESSIONS: usize = 256;

/// The one certificate that a vhost shows to servers.
#[derive(Debug)]
struct Only(Arc<CertifiedKey>);

impl ResolvesClientCert for Only {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.key.choose_scheme(schemes).is_some().then(|| self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What configurations differ in: what may be wrong with the server, and the protocols offered.
type ConfigKey = (Allow, Vec<Vec<u8>>);

/// The client side of a vhost. Configurations are made when the first connection wants one, and kept.
pub struct Client {
    settings: ClientSettings,
    trust: RefCell<Trust>,
    key: Option<Arc<CertifiedKey>>,
    configs: RefCell<HashMap<ConfigKey, Arc<ClientConfig>>>,
}

impl Client {
    /// Reads what the settings name.
    pub fn new(settings: ClientSettings) -> Result<Client, TlsError> {
        let (provider, _) =
            crypto(&settings.vhost, settings.ciphers.as_deref(), settings.ciphers_1_3.as_deref(), settings.protocols)?;
        let key = match &settings.identity {
            Some(identity) => Some(Arc::new(certified(&settings.vhost, &provider, identity, None)?)),
            None => None,
        };
        let mut certificates = Vec::new();
        for source in &settings.ca {
            certificates.extend(source.certificates()?);
        }
        if settings.system_roots {
            certificates.extend(system_roots().iter().cloned());
        }
        Ok(Client { settings, trust: RefCell::new(Trust::new(certificates)), key, configs: RefCell::default() })
    }

    fn config(&self, wanted: &Wanted) -> Result<Arc<ClientConfig>, TlsError> {
        let key = (wanted.allow, wanted.alpn.clone());
        if let Some(config) = self.configs.borrow().get(&key) {
            return Ok(config.clone());
        }
        let s = &self.settings;
        let (provider, versions) = crypto(&s.vhost, s.ciphers.as_deref(), s.ciphers_1_3.as_deref(), s.protocols)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|e| TlsError::new(format!("ciphers and versions of TLS do not go together: {e}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(ServerVerifier::new(self.trust.borrow().clone(), wanted.allow)));
        let mut config = match &self.key {
            Some(key) => builder.with_client_cert_resolver(Arc::new(Only(key.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&wanted.alpn);
        config.resumption = match s.protocols.tickets {
            true => Resumption::in_memory_sessions(SESSIONS),
            false => Resumption::disabled(),
        };
        let config = Arc::new(config);
        self.configs.borrow_mut().insert(key, config.clone());
        Ok(config)
    }
}

/// The system's trust store, read once in a process.
fn system_roots() -> &'static [Vec<u8>] {
    static ROOTS: Shared<Option<&[Vec<u8>]>> = Shared::new(None);
    if let Some(roots) = *ROOTS.lock() {
        return roots;
    }
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::warn!("the system's trust store: {error}");
    }
    let own: Vec<Vec<u8>> = found.certs.iter().map(|c| c.to_vec()).collect();
    ROOTS.lock().get_or_insert_with(|| own.leak())
}

impl ClientContext for Client {
    fn session(&self, wanted: &Wanted) -> Result<Box<dyn Session>, TlsError> {
        let name = ServerName::try_from(wanted.host.clone())
            .map_err(|_| TlsError::new(format!("'{}' is no host name that a certificate could be for", wanted.host)))?;
        let connection = UnbufferedClientConnection::new(self.config(wanted)?, name).map_err(|e| in_words(&e))?;
        Ok(Box::new(RustlsSession::client(connection, !wanted.allow.insecure)))
    }

    fn trust(&self, der: &[u8]) -> Result<(), TlsError> {
        Facts::of(der)?;
        let more = self.trust.borrow().and(der);
        *self.trust.borrow_mut() = more;
        self.configs.borrow_mut().clear();
        Ok(())
    }

    fn raw(&self) -> Raw {
        std::ptr::null_mut()
    }
}
