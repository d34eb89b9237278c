//! PEM and DER: certificates, and private keys in each form that OpenSSL writes: PKCS#8 (also encrypted), PKCS#1, SEC1,
//! and the older encrypted PEM (`Proc-Type: 4,ENCRYPTED`).

use aes::cipher::{BlockDecryptMut, KeyIvInit, block_padding::Pkcs7};
use md5::{Digest, Md5};
use pem::Pem;

/// A private key, unencrypted DER.
#[derive(Clone, PartialEq, Eq)]
pub enum Key {
    /// PKCS#8 (RFC 5958).
    Pkcs8(Vec<u8>),
    /// PKCS#1 (RFC 8017): RSA.
    Pkcs1(Vec<u8>),
    /// SEC1 (RFC 5915): elliptic curve.
    Sec1(Vec<u8>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Key::Pkcs8(_) => "Pkcs8(…)",
            Key::Pkcs1(_) => "Pkcs1(…)",
            Key::Sec1(_) => "Sec1(…)",
        })
    }
}

/// The certificates in a PEM text, or the one that the bytes are as DER.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    if is_der(bytes) {
        return Ok(vec![bytes.to_vec()]);
    }
    let blocks = blocks(bytes)?;
    let found: Vec<Vec<u8>> = blocks
        .into_iter()
        .filter(|b| matches!(b.tag(), "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"))
        .map(|b| match b.tag() {
            // Behind the certificate OpenSSL puts what it is trusted for.
            "TRUSTED CERTIFICATE" => first_element(b.contents()).to_vec(),
            _ => b.into_contents(),
        })
        .collect();
    if found.is_empty() { Err("there is no certificate in it".into()) } else { Ok(found) }
}

/// The first private key in a PEM text, or the one that the bytes are as DER.
pub fn key(bytes: &[u8], password: Option<&str>) -> Result<Key, String> {
    if is_der(bytes) {
        return der_key(bytes);
    }
    for block in blocks(bytes)? {
        return match block.tag() {
            "PRIVATE KEY" => Ok(Key::Pkcs8(block.into_contents())),
            "ENCRYPTED PRIVATE KEY" => encrypted_pkcs8(block.contents(), password),
            "RSA PRIVATE KEY" => Ok(Key::Pkcs1(legacy(block, password)?)),
            "EC PRIVATE KEY" => Ok(Key::Sec1(legacy(block, password)?)),
            "DSA PRIVATE KEY" => Err("it is a DSA key, which TLS no longer uses".into()),
            _ => continue,
        };
    }
    Err("there is no private key in it".into())
}

fn is_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && !bytes.windows(11).any(|w| w == b"-----BEGIN ")
}

fn blocks(bytes: &[u8]) -> Result<Vec<Pem>, String> {
    // What C gives in memory may carry its NUL.
    let text = &bytes[..bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len())];
    let blocks = pem::parse_many(text).map_err(|e| format!("it is no proper PEM: {e}"))?;
    if blocks.is_empty() { Err("it is no PEM (no -----BEGIN line)".into()) } else { Ok(blocks) }
}

/// The first ASN.1 element of a concatenation.
fn first_element(der: &[u8]) -> &[u8] {
    let len = match der {
        [_, n, ..] if *n < 0x80 => 2 + usize::from(*n),
        [_, 0x81, a, ..] => 3 + usize::from(*a),
        [_, 0x82, a, b, ..] => 4 + usize::from(u16::from_be_bytes([*a, *b])),
        [_, 0x83, a, b, c, ..] => 5 + u32::from_be_bytes([0, *a, *b, *c]) as usize,
        _ => der.len(),
    };
    &der[..len.min(der.len())]
}

/// Tells the forms apart: PKCS#8 has an algorithm behind its version, PKCS#1 a number, SEC1 an octet string.
fn der_key(der: &[u8]) -> Result<Key, String> {
    use x509_parser::der_parser::ber::BerObjectContent;
    let (_, sequence) = x509_parser::der_parser::parse_der(der).map_err(|_| "it is no DER".to_string())?;
    let second = sequence.as_sequence().ok().and_then(|s| s.get(1)).map(|o| &o.content);
    match second {
        Some(BerObjectContent::Sequence(_)) => Ok(Key::Pkcs8(der.to_vec())),
        Some(BerObjectContent::Integer(_)) => Ok(Key::Pkcs1(der.to_vec())),
        Some(BerObjectContent::OctetString(_)) => Ok(Key::Sec1(der.to_vec())),
        _ => Err("it is no private key".into()),
    }
}

fn needs(password: Option<&str>) -> Result<&str, String> {
    password.ok_or_else(|| "the key is encrypted, and no password was given".into())
}

fn encrypted_pkcs8(der: &[u8], password: Option<&str>) -> Result<Key, String> {
    let password = needs(password)?;
    let info =
        pkcs8::EncryptedPrivateKeyInfo::try_from(der).map_err(|e| format!("its encryption is not known: {e}"))?;
    let clear = info.decrypt(password).map_err(|_| "the password does not open the key".to_string())?;
    Ok(Key::Pkcs8(clear.as_bytes().to_vec()))
}

/// The bytes of a block, decrypted where its headers say that it is encrypted (RFC 1421, with OpenSSL's key derivation).
fn legacy(block: Pem, password: Option<&str>) -> Result<Vec<u8>, String> {
    if block.headers().get("Proc-Type").is_none_or(|v| !v.contains("ENCRYPTED")) {
        return Ok(block.into_contents());
    }
    let password = needs(password)?;
    let info = block.headers().get("DEK-Info").ok_or("its DEK-Info line is missing")?;
    let (cipher, iv) = info.split_once(',').ok_or("its DEK-Info line has no initial vector")?;
    let iv = unhex(iv.trim()).ok_or("the initial vector in its DEK-Info line is not hexadecimal")?;
    let wrong = || "the password does not open the key".to_string();
    let data = block.contents();
    macro_rules! decrypt {
        ($cipher:ty, $key:expr) => {{
            let key = derive(password.as_bytes(), &iv, $key)?;
            cbc::Decryptor::<$cipher>::new_from_slices(&key, &iv)
                .map_err(|_| "the initial vector in its DEK-Info line has a wrong length".to_string())?
                .decrypt_padded_vec_mut::<Pkcs7>(data)
                .map_err(|_| wrong())?
        }};
    }
    let clear = match cipher.trim() {
        "AES-128-CBC" => decrypt!(aes::Aes128, 16),
        "AES-192-CBC" => decrypt!(aes::Aes192, 24),
        "AES-256-CBC" => decrypt!(aes::Aes256, 32),
        "DES-EDE3-CBC" => decrypt!(des::TdesEde3, 24),
        "DES-CBC" => decrypt!(des::Des, 8),
        other => return Err(format!("it is encrypted with {other}, which is not known here")),
    };
    // Padding can come out right by chance; the DER then does not.
    if x509_parser::der_parser::parse_der(&clear).is_ok_and(|(rest, _)| rest.is_empty()) {
        Ok(clear)
    } else {
        Err(wrong())
    }
}

/// OpenSSL's EVP_BytesToKey with MD5 and one round; the salt is the front of the initial vector.
fn derive(password: &[u8], iv: &[u8], len: usize) -> Result<Vec<u8>, String> {
    let salt = iv.get(..8).ok_or("the initial vector in its DEK-Info line is too short")?;
    let mut key = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while key.len() < len {
        let mut hash = Md5::new();
        hash.update(&last);
        hash.update(password);
        hash.update(salt);
        last = hash.finalize().to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(len);
    Ok(key)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pem_is_named() {
        assert!(certificates(b"hello").unwrap_err().contains("no PEM"));
        assert!(key(b"hello", None).unwrap_err().contains("no PEM"));
        assert!(certificates(b"").is_err());
    }

    #[test]
    fn a_file_without_what_is_asked_for_is_named() {
        let text = b"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
        assert!(certificates(text).unwrap_err().contains("no certificate"));
        assert!(key(text, None).unwrap_err().contains("no private key"));
    }

    #[test]
    fn an_encrypted_key_needs_its_password() {
        let text = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(key(text, None).unwrap_err().contains("no password"));
    }

    #[test]
    fn the_first_element_of_a_concatenation_ends_where_it_says() {
        assert_eq!(first_element(&[0x30, 1, 9, 0x30, 0]), &[0x30, 1, 9]);
        assert_eq!(first_element(&[0x30, 0x81, 1, 9, 7]), &[0x30, 0x81, 1, 9]);
        assert_eq!(first_element(&[0x30, 0x82, 0xff, 0xff, 7]), &[0x30, 0x82, 0xff, 0xff, 7]);
    }
}
