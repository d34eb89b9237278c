//! One connection: rustls without buffers of its own. Records are decrypted where they were read.

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{Acceptor, ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{AlertDescription, CommonState, Error};

use super::in_words;
use crate::net::tls::{Alert, NameChoice, Raw, Received, Session, TlsError, VerifyHook};

/// Payload of a full record.
const RECORD: usize = 16 * 1024;

/// More than any record has around its payload (RFC 5246 section 6.2.3, RFC 8446 section 5.2).
const AROUND: usize = 64;

/// Type and length in front of a record.
const RECORD_HEAD: usize = 5;

/// What rustls calls a connection, of either side.
trait Connection {
    type Data;

    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Connection for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(wire)
    }
}

impl Connection for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(wire)
    }
}

enum Side {
    /// A server that has not seen the client's first message yet.
    Hello(Box<dyn NameChoice>),
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
    Ended,
}

/// One connection.
pub struct RustlsSession {
    side: Side,
    /// The name that the client asked for.
    name: Option<Box<str>>,
    /// The peer's certificate is checked.
    checks_peer: bool,
    closed: bool,
}

impl RustlsSession {
    /// A server that waits for the client's first message.
    pub fn server(choice: Box<dyn NameChoice>) -> RustlsSession {
        RustlsSession { side: Side::Hello(choice), name: None, checks_peer: true, closed: false }
    }

    /// A client.
    pub fn client(connection: UnbufferedClientConnection, checks_peer: bool) -> RustlsSession {
        RustlsSession { side: Side::Client(Box::new(connection)), name: None, checks_peer, closed: false }
    }

    fn state(&self) -> Option<&CommonState> {
        match &self.side {
            Side::Server(c) => Some(c),
            Side::Client(c) => Some(c),
            Side::Hello(_) | Side::Ended => None,
        }
    }

    /// Reads the client's first message, if it is there whole, and becomes a server with the configuration for it.
    fn hello(&mut self, wire: &[u8], out: &mut Vec<u8>) -> Result<bool, TlsError> {
        let Side::Hello(choice) = &self.side else { return Ok(true) };
        // A record that is not whole cannot hold a whole message; do not parse at each byte that a slow client sends.
        let whole = wire.len() >= RECORD_HEAD
            && wire.len() >= RECORD_HEAD + usize::from(u16::from_be_bytes([wire[3], wire[4]]));
        let looks_like_tls = wire.first().is_none_or(|t| *t == 22) && wire.get(1).is_none_or(|v| *v == 3);
        if looks_like_tls && !whole {
            return Ok(false);
        }
        let mut acceptor = Acceptor::default();
        let mut left = wire;
        let accepted = loop {
            let n = acceptor.read_tls(&mut left).map_err(|e| TlsError::new(format!("what came is no TLS: {e}")))?;
            match acceptor.accept() {
                Ok(Some(accepted)) => break accepted,
                Ok(None) if n > 0 && !left.is_empty() => {}
                Ok(None) => return Ok(false),
                Err((e, mut alert)) => {
                    let from = out.len();
                    // Writing to a Vec does not fail.
                    let _ = alert.write_all(out);
                    return Err(in_words(&e).with_alert(alert_sent(&e, &out[from..])));
                }
            }
        };
        let hello = accepted.client_hello();
        let context = choice.choose(hello.server_name());
        let server = context
            .as_any()
            .downcast_ref::<super::server::Server>()
            .ok_or_else(|| TlsError::new("a vhost's TLS is of another library"))?;
        let offered: Option<Vec<&[u8]>> = hello.alpn().map(|list| list.collect());
        let config = server.config_for(offered.as_deref());
        self.name = hello.server_name().map(Into::into);
        self.side = Side::Server(Box::new(UnbufferedServerConnection::new(config).map_err(|e| in_words(&e))?));
        Ok(true)
    }
}

impl Session for RustlsSession {
    fn receive(
        &mut self,
        wire: &mut [u8],
        _hook: &dyn VerifyHook,
        plain: &mut dyn FnMut(&[u8]),
        out: &mut Vec<u8>,
    ) -> Result<Received, TlsError> {
        // The hook is for programs that are handed raw pointers; there are none.
        if !self.hello(wire, out)? {
            return Ok(Received { used: 0, ended: false });
        }
        match &mut self.side {
            Side::Server(c) => pump(&mut **c, wire, plain, out),
            Side::Client(c) => pump(&mut **c, wire, plain, out),
            Side::Hello(_) | Side::Ended => Err(TlsError::new("the session has ended")),
        }
        .inspect_err(|_| {
            self.closed = true;
            self.side = Side::Ended;
        })
    }

    fn send(&mut self, plain: &[u8], rest: &mut [u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
        match &mut self.side {
            Side::Server(c) => write(&mut **c, rest, out, |traffic, out| encrypt(traffic, plain, out)),
            Side::Client(c) => write(&mut **c, rest, out, |traffic, out| encrypt(traffic, plain, out)),
            Side::Hello(_) | Side::Ended => Err(TlsError::new("nothing can be sent before the handshake")),
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), TlsError> {
        match &mut self.side {
            Side::Client(c) => pump(&mut **c, &mut [], &mut |_| (), out).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn close(&mut self, rest: &mut [u8], out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.closed, true) || self.is_handshaking() {
            return;
        }
        // A connection that can send nothing any more says nothing.
        let _ = match &mut self.side {
            Side::Server(c) => write(&mut **c, rest, out, goodbye),
            Side::Client(c) => write(&mut **c, rest, out, goodbye),
            Side::Hello(_) | Side::Ended => Ok(()),
        };
        self.side = Side::Ended;
    }

    fn is_handshaking(&self) -> bool {
        match &self.side {
            Side::Hello(_) => true,
            Side::Ended => false,
            Side::Server(_) | Side::Client(_) => self.state().is_some_and(CommonState::is_handshaking),
        }
    }

    fn peer_chain(&self) -> Vec<Vec<u8>> {
        let chain = self.state().and_then(CommonState::peer_certificates).unwrap_or_default();
        chain.iter().map(|c| c.to_vec()).collect()
    }

    fn peer_verified(&self) -> bool {
        self.checks_peer && !self.is_handshaking() && self.state().is_some_and(|s| s.peer_certificates().is_some())
    }

    fn alpn(&self) -> Option<Vec<u8>> {
        self.state().and_then(CommonState::alpn_protocol).map(<[u8]>::to_vec)
    }

    fn server_name(&self) -> Option<String> {
        self.name.as_deref().map(str::to_owned)
    }

    fn describe(&self) -> String {
        let Some(state) = self.state() else { return "no session".into() };
        format!(
            "{:?}, {:?}",
            state.protocol_version().map_or(rustls::ProtocolVersion::Unknown(0), |v| v),
            state.negotiated_cipher_suite().map(|s| s.suite())
        )
    }

    fn raw(&self) -> Raw {
        std::ptr::null_mut()
    }
}

/// Works through what came, until more is needed.
fn pump<C: Connection>(
    connection: &mut C,
    wire: &mut [u8],
    plain: &mut dyn FnMut(&[u8]),
    out: &mut Vec<u8>,
) -> Result<Received, TlsError> {
    let mut received = Received { used: 0, ended: false };
    loop {
        let UnbufferedStatus { mut discard, state } = connection.process(&mut wire[received.used..]);
        let mut more = true;
        match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                while let Some(record) = traffic.next_record() {
                    let record = record.map_err(|e| in_words(&e))?;
                    discard += record.discard;
                    plain(record.payload);
                }
            }
            Ok(ConnectionState::EncodeTlsData(data)) => encode(data, out)?,
            Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
            Ok(ConnectionState::PeerClosed) => received.ended = true,
            Ok(ConnectionState::Closed) => {
                received.ended = true;
                more = false;
            }
            Ok(ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_)) => more = false,
            // Early data is never allowed here.
            Ok(_) => return Err(TlsError::new("the TLS library is in a state that is not known here")),
            Err(e) => {
                let from = out.len();
                last_words(connection, &mut wire[received.used + discard..], out);
                return Err(in_words(&e).with_alert(alert_sent(&e, &out[from..])));
            }
        }
        received.used += discard;
        if !more {
            return Ok(received);
        }
    }
}

/// The number of the fatal alert among the last words: read where it is not encrypted, else known where it follows from what
/// is wrong with a certificate.
fn alert_sent(error: &Error, words: &[u8]) -> Option<Alert> {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    match (words, error) {
        ([ALERT, _, _, 0, 2, FATAL, number], _) => Some(Alert::Sent(*number)),
        ([], _) => None,
        (_, Error::InvalidCertificate(why)) => Some(Alert::Sent(AlertDescription::from(why.clone()).into())),
        _ => None,
    }
}

/// The alert that tells the peer of an error. rustls may still hold places in what came, so that has to be there.
fn last_words<C: Connection>(connection: &mut C, rest: &mut [u8], out: &mut Vec<u8>) {
    loop {
        match connection.process(rest).state {
            Ok(ConnectionState::EncodeTlsData(data)) => {
                if encode(data, out).is_err() {
                    return;
                }
            }
            Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
            _ => return,
        }
    }
}

/// Brings the connection to where data can be sent, and sends.
fn write<C: Connection>(
    connection: &mut C,
    rest: &mut [u8],
    out: &mut Vec<u8>,
    send: impl FnOnce(WriteTraffic<'_, C::Data>, &mut Vec<u8>) -> Result<(), TlsError>,
) -> Result<(), TlsError> {
    loop {
        match connection.process(rest).state {
            Ok(ConnectionState::WriteTraffic(traffic)) => return send(traffic, out),
            Ok(ConnectionState::EncodeTlsData(data)) => encode(data, out)?,
            Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
            Ok(ConnectionState::PeerClosed) => {}
            Ok(ConnectionState::BlockedHandshake) => {
                return Err(TlsError::new("nothing can be sent before the handshake is over"));
            }
            Ok(_) => return Err(TlsError::new("the session is closed")),
            Err(e) => return Err(in_words(&e)),
        }
    }
}

fn encrypt<D>(mut traffic: WriteTraffic<'_, D>, plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
    let records = plain.len().div_ceil(RECORD).max(1);
    appending(out, plain.len() + records * AROUND, |room| match traffic.encrypt(plain, room) {
        Ok(n) => Ok(Ok(n)),
        Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) => Ok(Err(required_size)),
        Err(e) => Err(TlsError::new(e.to_string())),
    })
}

fn goodbye<D>(mut traffic: WriteTraffic<'_, D>, out: &mut Vec<u8>) -> Result<(), TlsError> {
    appending(out, 2 + AROUND, |room| match traffic.queue_close_notify(room) {
        Ok(n) => Ok(Ok(n)),
        Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) => Ok(Err(required_size)),
        Err(e) => Err(TlsError::new(e.to_string())),
    })
}

fn encode<D>(mut data: EncodeTlsData<'_, D>, out: &mut Vec<u8>) -> Result<(), TlsError> {
    appending(out, 0, |room| match data.encode(room) {
        Ok(n) => Ok(Ok(n)),
        Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => Ok(Err(required_size)),
        Err(e) => Err(TlsError::new(e.to_string())),
    })
}

/// Makes room behind what is in `out` until `fill` has enough; it says how much it wrote, or needs.
fn appending(
    out: &mut Vec<u8>,
    guess: usize,
    mut fill: impl FnMut(&mut [u8]) -> Result<Result<usize, usize>, TlsError>,
) -> Result<(), TlsError> {
    let at = out.len();
    let mut room = guess;
    loop {
        if out.try_reserve(room).is_err() {
            return Err(TlsError::new("there is no memory for a record"));
        }
        out.resize(at + room, 0);
        match fill(&mut out[at..]) {
            Ok(Ok(n)) => {
                out.truncate(at + n);
                return Ok(());
            }
            Ok(Err(needed)) if needed > room => room = needed,
            Ok(Err(_)) => {
                out.truncate(at);
                return Err(TlsError::new("a record does not fit where it should"));
            }
            Err(e) => {
                out.truncate(at);
                return Err(e);
            }
        }
    }
}
