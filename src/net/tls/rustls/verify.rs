//! Checking certificates: webpki does it, with two additions in which OpenSSL is wider and programs rely on it.
//!
//! 1. A self-signed certificate that is itself in the trust store is accepted as what the peer is, CA or not (webpki
//!    finds a CA used as an end entity, or takes no version 1 certificate).
//! 2. Where a certificate has no DNS names, its common name counts.
//!
//! Beyond these, only what the program lets pass by its flags passes, and only that: times, signatures, purpose and names
//! are checked as ever. That the peer has the certificate's key is proven by the handshake's signature in every case.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::algorithms;
use super::trust::{Trust, add_anchor, is_within};
use crate::net::tls::certificate::{Facts, Purpose};
use crate::net::tls::{Allow, names};

/// Why a certificate was not good, in words.
pub fn in_words(why: &CertificateError) -> String {
    use CertificateError::*;
    match why {
        UnknownIssuer => "the certificate's issuer is not trusted".into(),
        Expired | ExpiredContext { .. } => "the certificate has expired".into(),
        NotValidYet | NotValidYetContext { .. } => "the certificate is not valid yet".into(),
        NotValidForName => "the certificate is for another host name".into(),
        NotValidForNameContext { expected, presented } => format!(
            "the certificate is not for {}, but for {}",
            expected.to_str(),
            if presented.is_empty() { "no host at all".to_owned() } else { presented.join(", ") }
        ),
        BadEncoding => "the certificate cannot be read".into(),
        BadSignature => "the certificate's signature is wrong".into(),
        Revoked => "the certificate was revoked".into(),
        InvalidPurpose | InvalidPurposeContext { .. } => "the certificate is for another purpose".into(),
        Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => {
            "the certificate is an authority's own and is not trusted itself".into()
        }
        Other(other) => format!("the certificate is not accepted: {}", other.0),
        other => format!("the certificate is not accepted: {other}"),
    }
}

/// Time limits of one certificate, where the peer's is trusted as it is.
fn in_time(facts: &Facts, now: UnixTime, expired_allowed: bool) -> Result<(), CertificateError> {
    let now = seconds(now);
    match () {
        () if expired_allowed => Ok(()),
        () if now > facts.validity.1 => Err(CertificateError::Expired),
        () if now < facts.validity.0 => Err(CertificateError::NotValidYet),
        () => Ok(()),
    }
}

/// The certificate is trusted as it is. `None`: it is not in the store, or not self-signed.
fn trusted_itself(
    trust: &Trust,
    end_entity: &CertificateDer<'_>,
    now: UnixTime,
    purpose: Purpose,
    expired_allowed: bool,
) -> Option<Result<(), CertificateError>> {
    if !trust.whole.iter().any(|t| t.as_slice() == end_entity.as_ref()) {
        return None;
    }
    let facts = Facts::of(end_entity).ok().filter(|f| f.self_issued)?;
    if !facts.serves(purpose) {
        return Some(Err(CertificateError::InvalidPurpose));
    }
    Some(in_time(&facts, now, expired_allowed))
}

/// Checks servers.
#[derive(Debug)]
pub struct ServerVerifier {
    trust: Trust,
    allow: Allow,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerVerifier {
    /// Trusts what is given, and lets pass what is allowed.
    pub fn new(trust: Trust, allow: Allow) -> ServerVerifier {
        ServerVerifier { trust, allow, algorithms: algorithms() }
    }

    fn chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let expired_allowed = self.allow.expired;
        if let Some(known) = trusted_itself(&self.trust, end_entity, now, Purpose::Server, expired_allowed) {
            return known.map_err(Error::from);
        }
        if self.allow.selfsigned
            && let Ok(facts) = Facts::of(end_entity)
            && facts.self_issued
        {
            // Its own signature proves nothing that the handshake's does not.
            if !facts.serves(Purpose::Server) {
                return Err(CertificateError::InvalidPurpose.into());
            }
            return in_time(&facts, now, expired_allowed).map_err(Error::from);
        }
        let verify = |roots: &RootCertStore, at: UnixTime| {
            let cert = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(&cert, roots, intermediates, at, self.algorithms.all)
        };
        let whatever_the_time = self.with_sent(&self.trust.anchors, intermediates, |_| true);
        if expired_allowed {
            return match verify(&whatever_the_time, now) {
                Err(Error::InvalidCertificate(why)) if is_of_time(&why) => {
                    // All else has to be right at a time when it was valid.
                    verify(&whatever_the_time, time_when_valid(end_entity, intermediates, now))
                }
                result => result,
            };
        }
        let at = seconds(now);
        let roots = self.with_sent(&self.trust.anchors_at(at), intermediates, |f| is_within(at, f.validity));
        match verify(&roots, now) {
            // An issuer's own time is over, or has not come.
            Err(_) if roots.len() < whatever_the_time.len() && verify(&whatever_the_time, now).is_ok() => {
                Err(CertificateError::Expired.into())
            }
            result => result,
        }
    }

    /// The anchors, and where self-signed certificates are allowed the self-signed ends of what the peer sent that are `good`,
    /// for this once.
    fn with_sent(
        &self,
        roots: &Arc<RootCertStore>,
        sent: &[CertificateDer<'_>],
        good: impl Fn(&Facts) -> bool,
    ) -> Arc<RootCertStore> {
        if !self.allow.selfsigned {
            return roots.clone();
        }
        let mut with = (**roots).clone();
        for der in sent.iter().filter(|c| Facts::of(c).is_ok_and(|f| f.self_issued && good(&f))) {
            add_anchor(&mut with, der);
        }
        Arc::new(with)
    }

    fn name(&self, end_entity: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), Error> {
        let by_name = ParsedCertificate::try_from(end_entity).and_then(|cert| verify_server_name(&cert, host));
        let Err(error) = by_name else { return Ok(()) };
        let facts = Facts::of(end_entity).map_err(|_| Error::from(CertificateError::BadEncoding))?;
        let wanted = host.to_str();
        match &facts.common_name {
            Some(common) if !facts.has_dns_names && names::common_name_covers(common, &wanted) => Ok(()),
            // What webpki could not read (version 1) is no error of the name.
            _ if matches!(error, Error::InvalidCertificate(CertificateError::Other(_))) => {
                Err(CertificateError::NotValidForName.into())
            }
            _ => Err(error),
        }
    }
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn is_of_time(why: &CertificateError) -> bool {
    use CertificateError::*;
    matches!(why, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
}

/// A time at which all certificates that the peer sent were valid, as near to now as there is one.
fn time_when_valid(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>], now: UnixTime) -> UnixTime {
    let now = seconds(now);
    let facts: Vec<Facts> =
        std::iter::once(end_entity).chain(intermediates).filter_map(|c| Facts::of(c).ok()).collect();
    let latest = facts.iter().map(|f| f.validity.1).min().unwrap_or(now);
    let earliest = facts.iter().map(|f| f.validity.0).max().unwrap_or(now);
    let at = now.min(latest).max(earliest.min(latest));
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(at).unwrap_or(0)))
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.allow.insecure {
            self.chain(end_entity, intermediates, now)?;
            if !self.allow.other_host {
                self.name(end_entity, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(cert).is_err()
            && let Ok(facts) = Facts::of(cert)
        {
            // webpki reads no version 1 certificates; their key proves itself as any other does.
            let key = SubjectPublicKeyInfoDer::from(facts.public_key);
            return verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms);
        }
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Checks clients.
#[derive(Debug)]
pub struct ClientVerifier {
    trust: Trust,
    inner: Option<Arc<dyn ClientCertVerifier>>,
    hints: Vec<DistinguishedName>,
    required: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientVerifier {
    /// Trusts what is given.
    pub fn new(trust: Trust, required: bool) -> ClientVerifier {
        // Without a proper anchor only certificates that are trusted as they are can be good.
        let inner = inner(&trust.anchors);
        let hints = inner.as_ref().map_or_else(Vec::new, |i| i.root_hint_subjects().to_vec());
        ClientVerifier { trust, inner, hints, required, algorithms: algorithms() }
    }
}

fn inner(anchors: &Arc<RootCertStore>) -> Option<Arc<dyn ClientCertVerifier>> {
    let provider = Arc::new(super::library::default_provider());
    WebPkiClientVerifier::builder_with_provider(anchors.clone(), provider).build().ok()
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(known) = trusted_itself(&self.trust, end_entity, now, Purpose::Client, false) {
            return known.map(|()| ClientCertVerified::assertion()).map_err(Error::from);
        }
        let Some(all) = &self.inner else { return Err(CertificateError::UnknownIssuer.into()) };
        let good = all.verify_client_cert(end_entity, intermediates, now)?;
        let valid = self.trust.anchors_at(seconds(now));
        if valid.len() == self.trust.anchors.len() {
            return Ok(good);
        }
        // The issuer's own time counts as well.
        inner(&valid)
            .ok_or(CertificateError::Expired)?
            .verify_client_cert(end_entity, intermediates, now)
            .map_err(|_| CertificateError::Expired.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
