//! That the verifier is wider than webpki in the two places where it says so, and nowhere else: whole handshakes in memory,
//! with certificates made for the purpose.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{Rustls, library};
use crate::net::tls::{Allow, Backend, ClientSettings, Ruling, Session, Source, Verdict, VerifyHook, Wanted};

const SELFSIGNED: Allow = Allow { selfsigned: true, other_host: false, expired: false, insecure: false };
const OTHER_HOST: Allow = Allow { selfsigned: false, other_host: true, expired: false, insecure: false };
const EXPIRED: Allow = Allow { selfsigned: false, other_host: false, expired: true, insecure: false };
/// Everything but `insecure`.
const ALL: Allow = Allow { selfsigned: true, other_host: true, expired: true, insecure: false };
const INSECURE: Allow = Allow { selfsigned: false, other_host: false, expired: false, insecure: true };

/// A key with its certificate, and what it was made from.
struct Made {
    der: Vec<u8>,
    key: KeyPair,
    params: CertificateParams,
}

fn params(common_name: &str, names: &[&str], ca: Option<bool>) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = match ca {
        None => IsCa::NoCa,
        Some(false) => IsCa::ExplicitNoCa,
        Some(true) => IsCa::Ca(BasicConstraints::Unconstrained),
    };
    params
}

fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    Made { der: params.self_signed(&key).unwrap().der().to_vec(), key, params }
}

fn signed(params: CertificateParams, by: &Made) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, &Issuer::from_params(&by.params, &by.key)).unwrap().der().to_vec();
    Made { der, key, params }
}

fn authority() -> Made {
    self_signed(params("authority", &[], Some(true)))
}

fn ended(mut params: CertificateParams) -> CertificateParams {
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    params
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

struct Silent;

impl VerifyHook for Silent {
    fn rule(&self, _: &Verdict<'_>) -> Ruling {
        Ruling::Stand
    }
}

/// What a client that trusts `trust` makes of a server for `host` that shows `chain` and signs with `key`.
fn judged(trust: &[&Made], chain: &[&[u8]], key: &KeyPair, allow: Allow, host: &str) -> Result<(), String> {
    let verdicts = [&rustls::version::TLS12, &rustls::version::TLS13].map(|version| {
        let provider = Arc::new(library::default_provider());
        let signer = provider.key_provider.load_private_key(PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap();
        let chain = chain.iter().map(|der| CertificateDer::from(der.to_vec())).collect();
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shows(Arc::new(CertifiedKey::new(chain, signer)))));
        let ca = trust.iter().map(|made| Source::Memory("trust", made.der.clone())).collect();
        let client = Rustls.client(ClientSettings { ca, ..ClientSettings::default() }).unwrap();
        let wanted = Wanted { host: host.into(), alpn: Vec::new(), allow };
        shake(rustls::ServerConnection::new(Arc::new(config)).unwrap(), &mut *client.session(&wanted).unwrap())
    });
    let [one, two] = verdicts;
    assert_eq!(one, two, "TLS 1.2 and 1.3 say the same");
    one
}

/// Hands what each side says to the other until the client is done.
fn shake(mut server: rustls::ServerConnection, client: &mut dyn Session) -> Result<(), String> {
    let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
    client.begin(&mut to_server).unwrap();
    while client.is_handshaking() {
        assert!(!to_server.is_empty(), "each side waits for the other");
        server.read_tls(&mut to_server.as_slice()).unwrap();
        to_server.clear();
        server.process_new_packets().map_err(|e| format!("the server says {e}"))?;
        while server.wants_write() {
            server.write_tls(&mut to_client).unwrap();
        }
        let received = client.receive(&mut to_client, &Silent, &mut |_| (), &mut to_server).map_err(|e| e.text)?;
        to_client.drain(..received.used);
    }
    Ok(())
}

/// The same for a server that shows what it has, with its own key.
fn shown(trust: &[&Made], server: &Made, allow: Allow, host: &str) -> Result<(), String> {
    judged(trust, &[&server.der], &server.key, allow, host)
}

fn refused(result: Result<(), String>, why: &str) {
    let said = result.expect_err("it is refused");
    assert!(said.contains(why), "'{said}' says '{why}'");
}

#[test]
fn a_signed_certificate_is_good_for_its_names_and_times() {
    let ca = authority();
    let server = signed(params("x", &["host.example"], None), &ca);
    assert_eq!(shown(&[&ca], &server, Allow::default(), "host.example"), Ok(()));
    refused(shown(&[&ca], &server, Allow::default(), "other.example"), "is not for other.example, but for");
    assert_eq!(shown(&[&ca], &server, OTHER_HOST, "other.example"), Ok(()));
    let old = signed(ended(params("x", &["host.example"], None)), &ca);
    refused(shown(&[&ca], &old, Allow::default(), "host.example"), "has expired");
    refused(shown(&[&ca], &old, OTHER_HOST, "host.example"), "has expired");
    assert_eq!(shown(&[&ca], &old, EXPIRED, "host.example"), Ok(()));
    refused(shown(&[&ca], &old, EXPIRED, "other.example"), "is not for other.example");
}

#[test]
fn an_issuer_whose_time_is_over_or_has_not_come_is_not_trusted() {
    let names = &["host.example"];
    let old = self_signed(ended(params("authority", &[], Some(true))));
    let mut future = params("authority", &[], Some(true));
    future.not_before = rcgen::date_time_ymd(2090, 1, 1);
    for ca in [old, self_signed(future)] {
        let server = signed(params("x", names, None), &ca);
        refused(shown(&[&ca], &server, Allow::default(), "host.example"), "has expired");
        refused(shown(&[&ca], &server, OTHER_HOST, "host.example"), "has expired");
        assert_eq!(shown(&[&ca], &server, EXPIRED, "host.example"), Ok(()));
        // Another issuer of the same name does not make it good, and is not spoilt by it.
        let fresh = authority();
        refused(shown(&[&ca, &fresh], &server, Allow::default(), "host.example"), "has expired");
        let by_fresh = signed(params("x", names, None), &fresh);
        assert_eq!(shown(&[&ca, &fresh], &by_fresh, Allow::default(), "host.example"), Ok(()));
        // One that is renewed has its key.
        let renewed =
            Made { der: params("authority", &[], Some(true)).self_signed(&ca.key).unwrap().der().to_vec(), ..ca };
        let server = signed(params("x", names, None), &renewed);
        assert_eq!(shown(&[&renewed], &server, Allow::default(), "host.example"), Ok(()));
        // As the end of the chain that the peer sends, where self-signed ones are allowed.
        assert!(judged(&[], &[&server.der, &renewed.der], &server.key, SELFSIGNED, "host.example").is_ok());
    }
    let old = self_signed(ended(params("authority", &[], Some(true))));
    let server = signed(params("x", names, None), &old);
    let chain: [&[u8]; 2] = [&server.der, &old.der];
    refused(judged(&[], &chain, &server.key, SELFSIGNED, "host.example"), "has expired");
}

#[test]
fn an_issuer_that_is_not_trusted_passes_insecure_only() {
    let (ca, stranger) = (authority(), authority());
    // The same names as the authority's, and another key: the signature is wrong.
    let forged = signed(params("x", &["host.example"], None), &stranger);
    for allow in [Allow::default(), SELFSIGNED, ALL] {
        assert!(shown(&[&ca], &forged, allow, "host.example").is_err(), "{allow:?}");
        assert!(shown(&[], &forged, allow, "host.example").is_err(), "{allow:?}");
    }
    assert_eq!(shown(&[&ca], &forged, INSECURE, "host.example"), Ok(()));
}

#[test]
fn a_changed_certificate_is_refused() {
    let ca = authority();
    let mut server = signed(params("x", &["host.example"], None), &ca);
    *server.der.last_mut().unwrap() ^= 1;
    assert!(shown(&[&ca], &server, ALL, "host.example").is_err());
    let mut own = self_signed(params("x", &["host.example"], Some(false)));
    let trusted = Made { der: own.der.clone(), key: KeyPair::generate().unwrap(), params: own.params.clone() };
    *own.der.last_mut().unwrap() ^= 1;
    assert!(shown(&[&trusted], &own, Allow::default(), "host.example").is_err(), "only what is trusted bit for bit");
}

#[test]
fn the_key_has_to_be_the_certificates_whatever_is_allowed() {
    let ca = authority();
    let server = signed(params("x", &["host.example"], None), &ca);
    let own = self_signed(params("x", &["host.example"], Some(true)));
    let thief = KeyPair::generate().unwrap();
    for allow in [Allow::default(), ALL, INSECURE] {
        assert!(judged(&[&ca], &[&server.der], &thief, allow, "host.example").is_err(), "{allow:?}");
        assert!(judged(&[&own], &[&own.der], &thief, allow, "host.example").is_err(), "{allow:?}");
    }
}

#[test]
fn what_is_trusted_itself_is_accepted_as_a_server() {
    for ca in [None, Some(false), Some(true)] {
        let own = self_signed(params("x", &["host.example"], ca));
        assert_eq!(shown(&[&own], &own, Allow::default(), "host.example"), Ok(()), "CA: {ca:?}");
        refused(shown(&[&own], &own, Allow::default(), "other.example"), "is not for other.example");
        // The same names with another key.
        let twin = self_signed(params("x", &["host.example"], ca));
        assert!(shown(&[&own], &twin, Allow::default(), "host.example").is_err(), "CA: {ca:?}");
        let old = self_signed(ended(params("x", &["host.example"], ca)));
        refused(shown(&[&old], &old, Allow::default(), "host.example"), "has expired");
        assert_eq!(shown(&[&old], &old, EXPIRED, "host.example"), Ok(()));
    }
    let mut for_clients = params("x", &["host.example"], None);
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let own = self_signed(for_clients);
    refused(shown(&[&own], &own, ALL, "host.example"), "another purpose");
}

#[test]
fn a_server_in_the_trust_store_is_no_authority() {
    for ca in [None, Some(false)] {
        let own = self_signed(params("x", &["own.example"], ca));
        let child = signed(params("y", &["host.example"], None), &own);
        for allow in [Allow::default(), ALL] {
            assert!(shown(&[&own], &child, allow, "host.example").is_err(), "CA: {ca:?}, {allow:?}");
            let with_issuer = judged(&[&own], &[&child.der, &own.der], &child.key, allow, "host.example");
            assert!(with_issuer.is_err(), "CA: {ca:?}, {allow:?}");
        }
    }
    // A signed certificate in the trust store does not stand without its issuer.
    let server = signed(params("x", &["host.example"], None), &authority());
    assert!(shown(&[&server], &server, ALL, "host.example").is_err());
}

#[test]
fn self_signed_is_allowed_for_what_is_self_signed() {
    let own = self_signed(params("x", &["host.example"], Some(false)));
    refused(shown(&[], &own, Allow::default(), "host.example"), "not trusted");
    assert_eq!(shown(&[], &own, SELFSIGNED, "host.example"), Ok(()));
    refused(shown(&[], &own, SELFSIGNED, "other.example"), "is not for other.example");
    let old = self_signed(ended(params("x", &["host.example"], None)));
    refused(shown(&[], &old, SELFSIGNED, "host.example"), "has expired");
    // The root that the server sends along.
    let root = authority();
    let server = signed(params("x", &["host.example"], None), &root);
    let whole = |allow| judged(&[], &[&server.der, &root.der], &server.key, allow, "host.example");
    refused(whole(Allow::default()), "not trusted");
    assert_eq!(whole(SELFSIGNED), Ok(()));
    let forged = authority();
    assert!(judged(&[], &[&server.der, &forged.der], &server.key, SELFSIGNED, "host.example").is_err());
}

#[test]
fn the_common_name_counts_where_there_is_no_dns_name() {
    let ca = authority();
    let named = |common: &str, names: &[&str], host| {
        shown(&[&ca], &signed(params(common, names, None), &ca), Allow::default(), host)
    };
    assert_eq!(named("host.example", &[], "host.example"), Ok(()));
    assert_eq!(named("*.host.example", &[], "a.host.example"), Ok(()));
    assert!(named("host.example", &[], "other.example").is_err());
    assert!(named("*.host.example", &[], "a.b.host.example").is_err());
    assert!(named("host.example", &["other.example"], "host.example").is_err(), "there is a DNS name");
    assert_eq!(named("host.example", &["192.0.2.1"], "host.example"), Ok(()), "an address is no DNS name");
    assert!(named("host.example", &["192.0.2.1"], "192.0.2.2").is_err());
    assert_eq!(named("host.example", &["192.0.2.1"], "192.0.2.1"), Ok(()));
}

#[test]
fn broken_certificates_and_keys_are_refused_and_break_nothing() {
    use crate::net::tls::{certificate::Facts, pem_file};
    let made = signed(params("x", &["host.example", "192.0.2.1"], Some(true)), &authority());
    let text = pem::encode(&pem::Pem::new("CERTIFICATE", made.der.clone())).into_bytes();
    let key = pem::encode(&pem::Pem::new("PRIVATE KEY", made.key.serialize_der())).into_bytes();
    for len in 0..made.der.len() {
        assert!(Facts::of(&made.der[..len]).is_err(), "cut at {len}");
    }
    for (at, bit) in (0..made.der.len()).flat_map(|at| [(at, 1), (at, 0x80)]) {
        let mut changed = made.der.clone();
        changed[at] ^= bit;
        // Some are certificates still.
        let _ = Facts::of(&changed);
        let _ = pem_file::certificates(&changed);
        let _ = pem_file::key(&changed, Some("secret"));
    }
    for bytes in [&text, &key] {
        for len in 0..bytes.len() - 1 {
            let mut changed = bytes.clone();
            changed[len] ^= 4;
            for part in [&bytes[..len], &changed] {
                for certificate in pem_file::certificates(part).unwrap_or_default() {
                    let _ = Facts::of(&certificate);
                }
                let _ = pem_file::key(part, Some("secret"));
            }
        }
    }
    assert_eq!(pem_file::certificates(&text).unwrap(), [made.der]);
    assert!(pem_file::key(&key, None).is_ok());
}
