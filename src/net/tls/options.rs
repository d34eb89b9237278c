//! What contexts are made from.

use super::material::{Identity, Source};

/// OpenSSL's bits in `ssl_options_set` and `ssl_options_clear` that mean something here.
pub mod bits {
    /// SSL_OP_NO_TICKET
    pub const NO_TICKET: i64 = 1 << 14;
    /// SSL_OP_NO_TLSv1_2
    pub const NO_TLS_1_2: i64 = 1 << 27;
    /// SSL_OP_NO_TLSv1_3
    pub const NO_TLS_1_3: i64 = 1 << 29;
}

/// The versions of TLS that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocols {
    /// TLS 1.2
    pub tls_1_2: bool,
    /// TLS 1.3
    pub tls_1_3: bool,
    /// Sessions can be resumed by ticket.
    pub tickets: bool,
}

impl Protocols {
    /// From OpenSSL's option bits: `set` is applied first, then `clear`, as by 4.1.6.
    pub fn from_bits(set: i64, clear: i64) -> Protocols {
        let bits = set & !clear;
        Protocols {
            tls_1_2: bits & bits::NO_TLS_1_2 == 0,
            tls_1_3: bits & bits::NO_TLS_1_3 == 0,
            tickets: bits & bits::NO_TICKET == 0,
        }
    }
}

impl Default for Protocols {
    fn default() -> Protocols {
        Protocols { tls_1_2: true, tls_1_3: true, tickets: true }
    }
}

/// Whether clients are asked for a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerCheck {
    /// No.
    #[default]
    None,
    /// Yes; they may have none, but not a bad one.
    Optional,
    /// Yes, and a good one.
    Required,
}

/// The server side of a vhost.
#[derive(Clone, Debug, Default)]
pub struct ServerSettings {
    /// Whom it is about, for messages: the vhost's name.
    pub vhost: String,
    /// Certificate chain and key.
    pub identity: Identity,
    /// Certificates of those who sign client certificates.
    pub ca: Vec<Source>,
    /// Whether client certificates are asked for.
    pub peer_check: PeerCheck,
    /// TLS 1.2 ciphers in OpenSSL's syntax.
    pub ciphers: Option<String>,
    /// TLS 1.3 ciphers in OpenSSL's syntax.
    pub ciphers_1_3: Option<String>,
    /// Versions and tickets.
    pub protocols: Protocols,
    /// Protocols for ALPN, best first.
    pub alpn: Vec<Vec<u8>>,
}

/// The client side of a vhost.
#[derive(Clone, Debug, Default)]
pub struct ClientSettings {
    /// Whom it is about, for messages: the vhost's name.
    pub vhost: String,
    /// Certificate chain and key to show to servers that ask.
    pub identity: Option<Identity>,
    /// Certificates to trust beside the system's.
    pub ca: Vec<Source>,
    /// The system's trust store counts.
    pub system_roots: bool,
    /// TLS 1.2 ciphers in OpenSSL's syntax.
    pub ciphers: Option<String>,
    /// TLS 1.3 ciphers in OpenSSL's syntax.
    pub ciphers_1_3: Option<String>,
    /// Versions.
    pub protocols: Protocols,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_openssls_bits() {
        assert_eq!(Protocols::from_bits(0, 0), Protocols::default());
        assert!(!Protocols::from_bits(bits::NO_TLS_1_3, 0).tls_1_3);
        assert!(!Protocols::from_bits(bits::NO_TLS_1_2, 0).tls_1_2);
        assert!(Protocols::from_bits(bits::NO_TLS_1_2, bits::NO_TLS_1_2).tls_1_2);
        assert!(!Protocols::from_bits(bits::NO_TICKET, 0).tickets);
    }
}
