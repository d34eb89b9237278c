//! The server side of a vhost.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ProducesTickets, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::session::RustlsSession;
use super::trust::Trust;
use super::verify::ClientVerifier;
use super::{certified, crypto, library};
use crate::net::tls::{NameChoice, PeerCheck, Raw, ServerContext, ServerSettings, Session, Source, TlsError};

/// The one certificate of a vhost. rustls' own resolver takes no X.509 version 1 certificates.
#[derive(Debug)]
struct Only(Arc<CertifiedKey>);

impl ResolvesServerCert for Only {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// A configuration, in the two forms that connections need.
struct Made {
    /// For clients that offer a protocol of the vhost's.
    config: Arc<ServerConfig>,
    /// For clients that offer others only: they are served without ALPN, as by 4.1.6.
    without_alpn: Arc<ServerConfig>,
    certificate: Vec<u8>,
}

/// The server side of a vhost.
pub struct Server {
    settings: ServerSettings,
    made: RefCell<Made>,
    changed: Cell<[Option<SystemTime>; 2]>,
    tickets: Option<Arc<dyn ProducesTickets>>,
}

impl Server {
    /// Reads what the settings name.
    pub fn new(settings: ServerSettings) -> Result<Server, TlsError> {
        let tickets = match settings.protocols.tickets {
            true => {
                Some(library::Ticketer::new().map_err(|e| TlsError::new(format!("no key for session tickets: {e}")))?)
            }
            false => None,
        };
        let changed = Cell::new(settings.identity.changed());
        let made = RefCell::new(make(&settings, tickets.clone(), None)?);
        Ok(Server { settings, made, changed, tickets })
    }

    /// The configuration for a client that offers these protocols; `None`: it does not speak ALPN.
    pub fn config_for(&self, offered: Option<&[&[u8]]>) -> Arc<ServerConfig> {
        let made = self.made.borrow();
        match offered {
            Some(list) if !list.iter().any(|p| self.settings.alpn.iter().any(|own| own == p)) => {
                made.without_alpn.clone()
            }
            _ => made.config.clone(),
        }
    }
}

fn make(
    settings: &ServerSettings,
    tickets: Option<Arc<dyn ProducesTickets>>,
    fresh: Option<(&[u8], &[u8])>,
) -> Result<Made, TlsError> {
    let (provider, versions) =
        crypto(&settings.vhost, settings.ciphers.as_deref(), settings.ciphers_1_3.as_deref(), settings.protocols)?;
    let key = certified(&settings.vhost, &provider, &settings.identity, fresh)?;
    let certificate = key.cert[0].to_vec();
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(|e| TlsError::new(format!("ciphers and versions of TLS do not go together: {e}")))?;
    let builder = match client_verifier(settings)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(Arc::new(Only(Arc::new(key))));
    config.ignore_client_order = true;
    match tickets {
        Some(tickets) => config.ticketer = tickets,
        None => {
            config.send_tls13_tickets = 0;
            config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        }
    }
    let without_alpn = Arc::new(config.clone());
    config.alpn_protocols.clone_from(&settings.alpn);
    Ok(Made { config: Arc::new(config), without_alpn, certificate })
}

fn client_verifier(settings: &ServerSettings) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    if settings.peer_check == PeerCheck::None {
        return Ok(None);
    }
    let mut certificates = Vec::new();
    for source in &settings.ca {
        certificates.extend(source.certificates()?);
    }
    if certificates.is_empty() {
        return Err(TlsError::new(
            "client certificates are to be checked, and no CA certificate is given to check them with \
             (ssl_ca_filepath, server_ssl_ca_mem): no client could ever connect",
        ));
    }
    let required = settings.peer_check == PeerCheck::Required;
    Ok(Some(Arc::new(ClientVerifier::new(Trust::new(certificates), required))))
}

impl ServerContext for Server {
    fn session(&self, choice: Box<dyn NameChoice>) -> Result<Box<dyn Session>, TlsError> {
        Ok(Box::new(RustlsSession::server(choice)))
    }

    fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    fn reload(&self, fresh: Option<(&[u8], &[u8])>) -> Result<(), TlsError> {
        let changed = self.settings.identity.changed();
        let made = make(&self.settings, self.tickets.clone(), fresh)?;
        self.changed.set(changed);
        *self.made.borrow_mut() = made;
        Ok(())
    }

    fn changed_on_disk(&self) -> bool {
        let now = self.settings.identity.changed();
        let was = self.changed.get();
        let files = [&self.settings.identity.certificate, &self.settings.identity.key];
        // A file that has gone for the moment is being replaced.
        files
            .iter()
            .zip(now)
            .zip(was)
            .any(|((source, now), was)| matches!(source, Some(Source::File(_))) && now.is_some() && now != was)
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        Some(self.made.borrow().certificate.clone())
    }

    fn raw(&self) -> Raw {
        std::ptr::null_mut()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
