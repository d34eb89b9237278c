//! The engine on a TLS library that is none: what it needs of one is in the traits, and what one with objects of its own
//! could give reaches the program.
//!
//! On the wire: 1 is the client's hello, 2 the server's; 3 says goodbye; 16, a length and that many bytes, each changed by
//! [`MASK`], are data.

use std::any::Any;

use super::*;
use crate::net::tls::{
    Backend, ClientContext, ClientSettings, NameChoice, Raw, Received, Ruling, ServerContext, ServerSettings, Session,
    TlsError, Verdict, VerifyHook,
};

const MASK: u8 = 0x55;
const SESSION: Raw = 0x1110 as Raw;
const CONTEXT: Raw = 0x2220 as Raw;
const STORE: Raw = 0x3330 as Raw;

struct FakeSession {
    handshaking: bool,
    closed: bool,
}

impl Session for FakeSession {
    fn receive(
        &mut self,
        wire: &mut [u8],
        hook: &dyn VerifyHook,
        plain: &mut dyn FnMut(&[u8]),
        out: &mut Vec<u8>,
    ) -> Result<Received, TlsError> {
        let mut received = Received { used: 0, ended: false };
        loop {
            match &wire[received.used..] {
                [1, ..] if self.handshaking => {
                    let objection = TlsError::new("a stranger");
                    let verdict =
                        Verdict { chain: &[b"der"], objection: Some(&objection), session: SESSION, store: STORE };
                    if hook.rule(&verdict) == Ruling::Refuse {
                        return Err(TlsError::new("the program does not want this peer"));
                    }
                    out.push(2);
                    self.handshaking = false;
                    received.used += 1;
                }
                [16, len, rest @ ..] if !self.handshaking && rest.len() >= usize::from(*len) => {
                    let clear: Vec<u8> = rest[..usize::from(*len)].iter().map(|b| b ^ MASK).collect();
                    plain(&clear);
                    received.used += 2 + clear.len();
                }
                [3, ..] => {
                    received.used += 1;
                    received.ended = true;
                }
                [] | [16, ..] => return Ok(received),
                _ => return Err(TlsError::new("what came is nothing that the fake knows")),
            }
        }
    }

    fn send(&mut self, plain: &[u8], _: &mut [u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
        for piece in plain.chunks(100) {
            out.extend([16, piece.len() as u8]);
            out.extend(piece.iter().map(|b| b ^ MASK));
        }
        Ok(())
    }

    fn begin(&mut self, _: &mut Vec<u8>) -> Result<(), TlsError> {
        Ok(())
    }

    fn close(&mut self, _: &mut [u8], out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.closed, true) && !self.handshaking {
            out.push(3);
        }
    }

    fn is_handshaking(&self) -> bool {
        self.handshaking
    }

    fn peer_chain(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn peer_verified(&self) -> bool {
        false
    }

    fn alpn(&self) -> Option<Vec<u8>> {
        None
    }

    fn server_name(&self) -> Option<String> {
        None
    }

    fn describe(&self) -> String {
        "fake".into()
    }

    fn raw(&self) -> Raw {
        SESSION
    }
}

#[derive(Default)]
struct FakeContext(ServerSettings);

impl ServerContext for FakeContext {
    fn session(&self, _: Box<dyn NameChoice>) -> Result<Box<dyn Session>, TlsError> {
        Ok(Box::new(FakeSession { handshaking: true, closed: false }))
    }

    fn settings(&self) -> &ServerSettings {
        &self.0
    }

    fn reload(&self, _: Option<(&[u8], &[u8])>) -> Result<(), TlsError> {
        Ok(())
    }

    fn changed_on_disk(&self) -> bool {
        false
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        None
    }

    fn raw(&self) -> Raw {
        CONTEXT
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Fake;

impl Backend for Fake {
    fn server(&self, settings: ServerSettings) -> Result<Rc<dyn ServerContext>, TlsError> {
        Ok(Rc::new(FakeContext(settings)))
    }

    fn client(&self, _: ClientSettings) -> Result<Rc<dyn ClientContext>, TlsError> {
        Err(TlsError::new("the fake has no clients"))
    }

    fn adopt_client(&self, _: Raw) -> Result<Rc<dyn ClientContext>, TlsError> {
        Err(TlsError::new("the fake has no clients"))
    }

    fn name(&self) -> &'static str {
        "fake"
    }
}

/// Serves one peer on the fake until it has gone, and gives what the peer read. A vhost that cannot be made: `None`.
fn serve(program: Program, request: &[u8]) -> Option<Vec<u8>> {
    let mut cx = context(program);
    cx.tls_backend = Rc::new(Fake);
    let entered = guard::enter_new(cx.domain);
    let made = cx.create_vhost(VhostConfig { tls: Some(ServerSettings::default()), ..vhost() });
    let answer = made.map(|vhost| {
        let mut peer = TcpStream::connect(("127.0.0.1", vhost.listen_port.get())).unwrap();
        peer.set_nonblocking(true).unwrap();
        let mut wire = vec![1];
        FakeSession { handshaking: false, closed: false }.send(request, &mut [], &mut wire).unwrap();
        wire.push(3);
        peer.write_all(&wire).unwrap();
        let mut answer = Vec::new();
        for _ in 0..2000 {
            assert!(cx.turn(Wait::Millis(5)), "the context goes on");
            let mut piece = [0; 1000];
            match peer.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => answer.extend(&piece[..n]),
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
        answer
    });
    cx.destroy();
    guard::retire(cx.slot);
    drop(entered);
    answer
}

/// What lies in the records that were read.
fn clear(wire: &[u8]) -> String {
    struct Silent;
    impl VerifyHook for Silent {
        fn rule(&self, _: &Verdict<'_>) -> Ruling {
            Ruling::Stand
        }
    }
    let mut text = Vec::new();
    let mut session = FakeSession { handshaking: false, closed: false };
    session.receive(&mut wire.to_vec(), &Silent, &mut |piece| text.extend(piece), &mut Vec::new()).unwrap();
    String::from_utf8(text).unwrap()
}

const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: v\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[test]
fn another_library_serves_and_its_objects_reach_the_program() {
    let program = Program::default();
    let calls = program.calls.clone();
    let wire = serve(program, UPGRADE).expect("a vhost");
    assert_eq!(wire[0], 2, "the handshake is answered first: {wire:?}");
    assert_eq!(wire.last(), Some(&3), "the goodbye comes last: {wire:?}");
    assert!(clear(&wire[1..]).starts_with("HTTP/1.1 101 "), "{}", clear(&wire[1..]));
    let seen = |reason: u32| calls.borrow().iter().find(|c| c.0 == reason).map(|c| (c.1, c.2));
    assert_eq!(seen(LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS).expect("sent").0, CONTEXT);
    assert_eq!(seen(LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION), Some((STORE, SESSION)));
    assert_eq!(seen(LWS_CALLBACK_ESTABLISHED).expect("sent").1, SESSION);
    assert!(seen(LWS_CALLBACK_CLOSED).is_some(), "the peer's goodbye ends the connection");
}

#[test]
fn the_program_may_refuse_a_peer_and_a_context() {
    let refuses = |reason| Program { refuses: Some(reason), ..Program::default() };
    let program = refuses(LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION);
    let reasons = program.reasons.clone();
    assert_eq!(serve(program, UPGRADE).as_deref(), Some(&b""[..]), "no answer to a peer that is not wanted");
    assert!(!reasons.borrow().contains(&LWS_CALLBACK_ESTABLISHED));
    assert!(reasons.borrow().contains(&LWS_CALLBACK_WSI_DESTROY));
    assert_eq!(serve(refuses(LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS), UPGRADE), None);
}
