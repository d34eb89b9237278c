"""A TLS server in Python (OpenSSL) that answers each request with what it knows of the connection, and TLS contexts."""
import contextlib
import socket
import ssl
import threading

from peer import Peer, end_listening

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
FAILURES = (ssl.SSLError, ConnectionResetError, BrokenPipeError)


def trusting(ca=None, version=None, identity=None, alpn=None):
    """A client context that trusts `ca` only (anything for None)."""
    context = ssl.create_default_context(cafile=str(ca[0])) if ca else ssl._create_unverified_context()
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if identity:
        context.load_cert_chain(str(identity[0]), str(identity[1]))
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def tls_socket(port, context, name="localhost"):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20), server_hostname=name)


class SecurePeer(Peer):
    """A ws peer over TLS that reads only when asked."""

    def __init__(self, port, path="/", context=None, handshake=True, **options):
        Peer.__init__(self, port, path, handshake=False, **options)
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        if handshake:
            self.socket.sendall(self.request)
            self.answer = self.head()
            assert self.answer.startswith(b"HTTP/1.1 101"), self.answer


class TlsServer:
    """Serves until it is closed, and ends each connection after one answer: with close_notify, or ("cut") ten bytes short and
    without. `endings` says how the clients ended theirs."""

    def __init__(self, identity, version=None, client_ca=None, required=True, alpn=None, ciphers=None, ending="notify"):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(str(identity[0]), str(identity[1]))
        if version:
            self.context.minimum_version = self.context.maximum_version = VERSIONS[version]
        if client_ca:
            self.context.load_verify_locations(str(client_ca[0]))
            self.context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
        if alpn:
            self.context.set_alpn_protocols(alpn)
        if ciphers:
            self.context.set_ciphers(ciphers)
        self.ending, self.endings, self.names = ending, [], []
        self.context.sni_callback = lambda _, name, __: self.names.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, plain):
        plain.settimeout(20)
        with contextlib.suppress(OSError, ValueError):
            with self.context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as s:
                self._answer(s)

    def _answer(self, s):
        head = b""
        while b"\r\n\r\n" not in head:
            head += s.recv(4096)
        subject = dict(pair[0] for pair in (s.getpeercert() or {}).get("subject", ()))
        body = (f"version={s.version()} cipher={s.cipher()[0]} alpn={s.selected_alpn_protocol()} "
                f"client={subject.get('commonName', '-')} reused={s.session_reused}").encode()
        length = len(body) + (10 if self.ending == "cut" else 0)
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % length + body)
        if self.ending == "cut":
            socket.socket(fileno=s.detach()).close()
            return
        try:
            # Says close_notify, and waits for the client's.
            s.unwrap().close()
            self.endings.append("notify")
        except OSError:
            self.endings.append("cut")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_listening(self.listener)
