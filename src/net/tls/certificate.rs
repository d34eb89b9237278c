//! What can be told of a certificate: names, times, usage, key. It is read for answers; nothing is trusted by it.

use x509_parser::prelude::*;

use super::TlsError;

/// A certificate's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Valid from and to, in seconds since 1970.
    pub validity: (i64, i64),
    /// The last common name of its subject.
    pub common_name: Option<String>,
    /// Its subject in one line, as OpenSSL writes it: `/C=…/CN=…`.
    pub subject: String,
    /// Its issuer, likewise.
    pub issuer: String,
    /// Key usage bits in OpenSSL's order (`X509_get_key_usage`); `None`: no such extension.
    pub usage: Option<u32>,
    /// The public key with its algorithm (SubjectPublicKeyInfo), DER.
    pub public_key: Vec<u8>,
    /// It has names in subjectAltName that a host name is compared with.
    pub has_dns_names: bool,
    /// Issuer and subject are the same.
    pub self_issued: bool,
    /// It may issue certificates: an authority's, or of version 1 and self-signed (OpenSSL's `X509_check_ca`).
    pub may_issue: bool,
    /// It may sign certificates, as far as its key usage tells.
    signs_certificates: bool,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
    extended_usage: Option<Vec<String>>,
}

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To prove what a server is.
    Server,
    /// To prove who a client is.
    Client,
}

impl Facts {
    /// Reads a certificate, X.509 version 1 included.
    pub fn of(der: &[u8]) -> Result<Facts, TlsError> {
        let (_, cert) =
            X509Certificate::from_der(der).map_err(|e| TlsError::new(format!("it is no X.509 certificate: {e}")))?;
        let usage = cert.key_usage().ok().flatten().map(|u| openssl_order(u.value.flags));
        let names = cert.subject_alternative_name().ok().flatten();
        let extended = cert.extended_key_usage().ok().flatten();
        let mut key_id = None;
        let mut authority_key_id = None;
        for extension in cert.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => key_id = Some(id.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    authority_key_id = id.key_identifier.as_ref().map(|k| k.0.to_vec());
                }
                _ => {}
            }
        }
        let self_issued = cert.subject().as_raw() == cert.issuer().as_raw();
        let signs_certificates = cert.key_usage().ok().flatten().is_none_or(|u| u.value.key_cert_sign());
        let may_issue = match cert.basic_constraints() {
            Ok(Some(constraints)) => constraints.value.ca,
            Ok(None) => usage.is_some() || cert.version() == X509Version::V1 && self_issued,
            Err(_) => false,
        };
        Ok(Facts {
            validity: (cert.validity().not_before.timestamp(), cert.validity().not_after.timestamp()),
            common_name: cert.subject().iter_common_name().last().map(|a| text(a.attr_value())),
            subject: one_line(cert.subject()),
            issuer: one_line(cert.issuer()),
            may_issue: may_issue && signs_certificates,
            signs_certificates,
            usage,
            public_key: cert.public_key().raw.to_vec(),
            has_dns_names: names
                .is_some_and(|n| n.value.general_names.iter().any(|g| matches!(g, GeneralName::DNSName(_)))),
            self_issued,
            subject_der: cert.subject().as_raw().to_vec(),
            issuer_der: cert.issuer().as_raw().to_vec(),
            key_id,
            authority_key_id,
            extended_usage: extended.map(|e| purposes(e.value)),
        })
    }

    /// This certificate was issued by `issuer`, as far as names, key identifiers and key usage tell. No signature is
    /// checked.
    pub fn names_as_issuer(&self, issuer: &Facts) -> bool {
        self.issuer_der == issuer.subject_der
            && issuer.signs_certificates
            && match (&self.authority_key_id, &issuer.key_id) {
                (Some(wanted), Some(has)) => wanted == has,
                _ => true,
            }
    }

    /// Its extended key usage, where it has one, allows the purpose.
    pub fn serves(&self, purpose: Purpose) -> bool {
        let wanted = match purpose {
            Purpose::Server => "1.3.6.1.5.5.7.3.1",
            Purpose::Client => "1.3.6.1.5.5.7.3.2",
        };
        self.extended_usage.as_ref().is_none_or(|list| list.iter().any(|p| p == wanted))
    }
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let mut list: Vec<String> = usage.other.iter().map(|oid| oid.to_id_string()).collect();
    if usage.server_auth {
        list.push("1.3.6.1.5.5.7.3.1".into());
    }
    if usage.client_auth {
        list.push("1.3.6.1.5.5.7.3.2".into());
    }
    list
}

/// OpenSSL's KU_ bits: the first eight of the bit string from the top of the low byte down, the ninth above them.
fn openssl_order(flags: u16) -> u32 {
    let low = (flags as u8).reverse_bits();
    u32::from(low) | u32::from(flags >> 8 & 1) << 15
}

fn text(value: &x509_parser::der_parser::asn1_rs::Any<'_>) -> String {
    match value.as_str() {
        Ok(s) => s.to_owned(),
        Err(_) => String::from_utf8_lossy(value.data).into_owned(),
    }
}

/// A name as `X509_NAME_oneline` writes it.
fn one_line(name: &X509Name<'_>) -> String {
    let mut line = String::new();
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type().to_id_string();
        line.push('/');
        line.push_str(short_name(&oid));
        if short_name(&oid).is_empty() {
            line.push_str(&oid);
        }
        line.push('=');
        for byte in attribute.attr_value().data {
            match byte {
                0x20..=0x7e => line.push(char::from(*byte)),
                _ => line.push_str(&format!("\\x{byte:02X}")),
            }
        }
    }
    line
}

/// OpenSSL's short names of what certificates usually have; empty for others.
fn short_name(oid: &str) -> &'static str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.42" => "GN",
        "2.5.4.43" => "initials",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.97" => "organizationIdentifier",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionC",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_bits_are_in_openssls_order() {
        // digitalSignature is the first bit of the bit string, KU_DIGITAL_SIGNATURE is 0x80.
        assert_eq!(openssl_order(1), 0x80);
        assert_eq!(openssl_order(1 << 5), 0x04, "keyCertSign");
        assert_eq!(openssl_order(1 << 8), 0x8000, "decipherOnly");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(Facts::of(b"").is_err());
        assert!(Facts::of(&[0x30, 3, 2, 1, 1]).is_err());
    }
}
