//! TLS, as the engine sees it: three traits, and nothing of the library behind them.
//!
//! A [`Backend`] makes contexts from settings; a context makes sessions; a [`Session`] turns bytes of the wire into
//! plaintext and back. A session does no I/O and keeps no buffers while it is idle: ciphertext goes in, plaintext goes to
//! a closure, what is to be sent is appended to a buffer of the caller (the transport, which knows the socket).
//!
//! The backend that is built in is rustls. The traits have a place for what OpenSSL could do more: the raw session
//! (`lws_get_ssl`, `in` of ESTABLISHED), the raw contexts (the LOAD_EXTRA callbacks), a hook that sees each verdict on a
//! peer's certificate and may overrule it, and a client context that the program brings. With rustls the pointers are
//! null, and nothing is called that would hand one out.

pub mod certificate;
pub mod ciphers;
pub mod material;
pub mod names;
pub mod options;
pub mod pem_file;
mod rustls;

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::rc::Rc;

pub use self::rustls::Rustls;
pub use material::{Identity, Source};
pub use options::{ClientSettings, PeerCheck, Protocols, ServerSettings};

/// Why something about TLS did not work, in words for the log and for CLIENT_CONNECTION_ERROR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// What went wrong, with the file, option or certificate that it is about.
    pub text: String,
    /// The fatal alert that told of it, where one did and its number is known.
    pub alert: Option<Alert>,
}

/// A fatal alert, by its number in IANA's registry of TLS alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The peer sent it.
    Received(u8),
    /// It was sent to the peer.
    Sent(u8),
}

impl TlsError {
    /// An error with that text.
    pub fn new(text: impl Into<String>) -> TlsError {
        TlsError { text: text.into(), alert: None }
    }

    /// The same with the alert that told of it.
    #[must_use]
    pub fn with_alert(self, alert: Option<Alert>) -> TlsError {
        TlsError { alert: alert.or(self.alert), ..self }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TlsError {}

/// A pointer to an object of the backend's library, null where the backend has none to give.
pub type Raw = *mut c_void;

/// How far a session has come by the bytes that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes at the front of the input that were used. The rest is the beginning of a record and is to be given again,
    /// with more behind it.
    pub used: usize,
    /// The peer has said that it sends nothing more (close_notify).
    pub ended: bool,
}

/// What the verdict on a peer's certificate is, as the backend found it.
pub struct Verdict<'a> {
    /// The certificates that the peer sent, its own first, DER.
    pub chain: &'a [&'a [u8]],
    /// `None`: good. Else why not.
    pub objection: Option<&'a TlsError>,
    /// The raw session.
    pub session: Raw,
    /// The raw verification context (`X509_STORE_CTX *`).
    pub store: Raw,
}

/// What the hook makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// As the backend found.
    Stand,
    /// Good all the same.
    Accept,
    /// Not good.
    Refuse,
}

/// Sees each verdict on a peer's certificate: LWS_CALLBACK_OPENSSL_PERFORM_{CLIENT,SERVER}_CERT_VERIFICATION.
///
/// A backend calls it only while it has raw pointers to give, since programs use them.
pub trait VerifyHook {
    /// The backend has found what `verdict` says.
    fn rule(&self, verdict: &Verdict<'_>) -> Ruling;
}

/// One TLS connection, without its socket.
pub trait Session {
    /// Takes bytes from the wire. Plaintext goes to `plain`, piece by piece; what is to be sent in return (handshake, key
    /// updates, alerts, also with an error) is appended to `out`. The bytes are decrypted where they are.
    fn receive(
        &mut self,
        wire: &mut [u8],
        hook: &dyn VerifyHook,
        plain: &mut dyn FnMut(&[u8]),
        out: &mut Vec<u8>,
    ) -> Result<Received, TlsError>;

    /// Appends the records that carry `plain` to `out`, each as full as it can be. Only after the handshake. `rest` is what
    /// the last `receive` has left unused.
    fn send(&mut self, plain: &[u8], rest: &mut [u8], out: &mut Vec<u8>) -> Result<(), TlsError>;

    /// Appends what a client sends first, before anything came.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), TlsError>;

    /// Appends close_notify, once. `rest` as for `send`.
    fn close(&mut self, rest: &mut [u8], out: &mut Vec<u8>);

    /// The handshake is not over: no plaintext can pass.
    fn is_handshaking(&self) -> bool;

    /// The certificates that the peer sent, its own first, DER; empty when it sent none.
    fn peer_chain(&self) -> Vec<Vec<u8>>;

    /// The peer's certificate was checked and found good (or the settings let what is wrong with it pass).
    fn peer_verified(&self) -> bool;

    /// The protocol that ALPN agreed on.
    fn alpn(&self) -> Option<Vec<u8>>;

    /// The name that the client asked for (SNI).
    fn server_name(&self) -> Option<String>;

    /// Version and cipher, for the log.
    fn describe(&self) -> String;

    /// The library's own object for this connection (`SSL *`).
    fn raw(&self) -> Raw;
}

/// Chooses among the server contexts of one port by the name that the client asks for.
pub trait NameChoice {
    /// The context for that name; `None` for none asked: the port's first.
    fn choose(&self, name: Option<&str>) -> Rc<dyn ServerContext>;
}

/// The server side of a vhost.
pub trait ServerContext {
    /// A session for an accepted connection. `choice` is asked once the client's first message is there.
    fn session(&self, choice: Box<dyn NameChoice>) -> Result<Box<dyn Session>, TlsError>;

    /// What the context was made from.
    fn settings(&self) -> &ServerSettings;

    /// The certificate and key are read again: from their files, or from what is given (PEM or DER; certificate, key).
    /// On an error the former ones stay.
    fn reload(&self, fresh: Option<(&[u8], &[u8])>) -> Result<(), TlsError>;

    /// The files have changed since they were read.
    fn changed_on_disk(&self) -> bool;

    /// The certificate in use, DER.
    fn certificate(&self) -> Option<Vec<u8>>;

    /// The library's own object (`SSL_CTX *`).
    fn raw(&self) -> Raw;

    /// The backend's own type, for the backend.
    fn as_any(&self) -> &dyn Any;
}

/// How one client connection is to be made.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whom the certificate has to name, and what SNI says: a host name or a numeric address.
    pub host: String,
    /// Protocols to offer, best first; empty: no ALPN.
    pub alpn: Vec<Vec<u8>>,
    /// What may be wrong with the server's certificate.
    pub allow: Allow,
}

/// What may be wrong with a server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Allow {
    /// It, or the root of its chain, is self-signed and not trusted.
    pub selfsigned: bool,
    /// It does not name the host.
    pub other_host: bool,
    /// It is past its time, or its time has not come.
    pub expired: bool,
    /// Anything: only the possession of its key is checked.
    pub insecure: bool,
}

/// The client side of a vhost.
pub trait ClientContext {
    /// A session for a connection that is being made.
    fn session(&self, wanted: &Wanted) -> Result<Box<dyn Session>, TlsError>;

    /// Trusts one more certificate (DER).
    fn trust(&self, der: &[u8]) -> Result<(), TlsError>;

    /// The library's own object (`SSL_CTX *`).
    fn raw(&self) -> Raw;
}

/// A TLS library.
pub trait Backend {
    /// The server side of a vhost.
    fn server(&self, settings: ServerSettings) -> Result<Rc<dyn ServerContext>, TlsError>;

    /// The client side of a vhost.
    fn client(&self, settings: ClientSettings) -> Result<Rc<dyn ClientContext>, TlsError>;

    /// A client side around an object of the library that the program made (`provided_client_ssl_ctx`).
    fn adopt_client(&self, raw: Raw) -> Result<Rc<dyn ClientContext>, TlsError>;

    /// Its name, for the log.
    fn name(&self) -> &'static str;
}
