"""What the bits of `ssl_connection` and the members of `struct lws_client_connect_info` ask of a client connection."""
import socket
import ssl
import subprocess
import threading
import time

import pytest

from certs import Maker
from peer import end_listening
from test_client_sharing import Server, complete, failed, pipeline, server, steps  # noqa: F401

USE_SSL, SELFSIGNED, ANY_HOST, EXPIRED, INSECURE = 1, 2, 4, 8, 16
NO_FOLLOW, FORM = 1 << 12, 1 << 11


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="module")
def ca(certs):
    return certs.self_signed("ca", cn="Test CA", san=None)


def tls_server(identity, alpn=()):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, identity))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return Server(tls=context)


# certificate, whether its authority is trusted, flags beside USE_SSL: whether the server is talked to
TLS = {
    "a good certificate": ("good", True, 0, True),
    "an unknown authority": ("good", False, 0, False),
    "an unknown authority, insecure": ("good", False, INSECURE, True),
    "self-signed": ("self", False, 0, False),
    "self-signed, allowed": ("self", False, SELFSIGNED, True),
    "another host": ("other", True, 0, False),
    "another host, not looked at": ("other", True, ANY_HOST, True),
    "expired": ("expired", True, 0, False),
    "expired, allowed": ("expired", True, EXPIRED, True),
    "expired, insecure": ("expired", True, INSECURE, True),
    "plain text to a TLS port": ("good", True, -1, False),
}


@pytest.mark.parametrize("case", TLS)
def test_certificates_are_judged_as_the_flags_say(pipeline, certs, ca, case):  # noqa: F811
    kind, trusted, flags, good = TLS[case]
    if kind == "self":
        identity = certs.self_signed("self")
    else:
        names = "DNS:other.invalid" if kind == "other" else "DNS:localhost,IP:127.0.0.1"
        identity = certs.signed(kind, ca, san=names, cn="other.invalid" if kind == "other" else "localhost",
                                days=-1 if kind == "expired" else 30)
    s = tls_server(identity)
    flags = 0 if flags < 0 else USE_SSL | flags
    told = pipeline(s, *steps("/a", flags=flags, address="localhost"), words=["--ca", ca[0]] if trusted else [])
    if good:
        complete(told[0])
    else:
        assert not s.seen and sum(e.startswith("CONNECTION_ERROR") for e in told[0]) == 1, told
        assert "COMPLETED_HTTP" not in told[0] and told[0].count("WSI_DESTROY") == 1, told


@pytest.mark.ours_only(reason="it goes out in front of the request")
def test_nothing_can_be_written_while_tls_is_being_agreed_on(stage, certs, ca):
    """A program's timer writes while the server takes its time for the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certs.signed("good", ca)))
    listener = socket.create_server(("127.0.0.1", 0))
    got = []

    def serve():
        peer, _ = listener.accept()
        time.sleep(0.8)
        with context.wrap_socket(peer, server_side=True) as tls:
            got.append(tls.recv(65536))
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    done = subprocess.run([stage.test_program("client"), "--port", str(listener.getsockname()[1]), "--method", "GET", "--flags",
                           str(USE_SSL | INSECURE), "--options", str(1 << 12), "--early-write", "300"], capture_output=True,
                          text=True, env=stage.environment, timeout=30)
    end_listening(listener)
    thread.join(20)
    assert "early write -1" in done.stdout and "BODY ok" in done.stdout, done.stdout + done.stderr
    assert got[0].startswith(b"GET / HTTP/1.1\r\n"), got


def test_alpn_is_offered(pipeline, certs, ca):  # noqa: F811
    s = tls_server(certs.signed("good", ca), alpn=["http/1.1"])
    chosen = []
    serve = s.serve
    s.serve = lambda peer, number: (chosen.append(peer.selected_alpn_protocol()), serve(peer, number))
    told = pipeline(s, *steps("/a", flags=USE_SSL, address="localhost", alpn="http/1.1"), words=["--ca", ca[0]])
    assert chosen == ["http/1.1"], chosen
    complete(told[0])


@pytest.mark.parametrize("flag", [0, NO_FOLLOW])
def test_a_redirect_is_left_to_the_program(server, pipeline, flag):  # noqa: F811
    s = server()
    told = pipeline(s, *steps("/redirect", flags=flag))
    assert len(s.seen) == (1 if flag else 2), s.seen
    assert ("ESTABLISHED_HTTP 302" in told[0]) == bool(flag), told
    assert told[0].count("COMPLETED_HTTP") == 1, told


@pytest.mark.ours_only(reason="Content-Length: 0 is added before the body is known")
def test_a_form_is_sent_as_one(server, pipeline):  # noqa: F811
    s = server()
    heads = []
    serve = s.serve

    class Listening:
        def __init__(self, peer):
            self.peer = peer

        def recv(self, n):
            heads.append(self.peer.recv(n))
            return heads[-1]

        def __getattr__(self, name):
            return getattr(self.peer, name)

    s.serve = lambda peer, number: serve(Listening(peer), number)
    told = pipeline(s, *steps("/form", flags=FORM, method="POST", body="a=b&c=d"))
    assert s.seen == [(0, "POST /form a=b&c=d")], s.seen
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in heads[0], heads
    complete(told[0])


def test_flags_without_effect_harm_nothing(server, pipeline):  # noqa: F811
    s = server()
    told = pipeline(s, *steps("/a", flags=1 << 19 | 1 << 20 | 1 << 17 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9))
    complete(told[0])
    assert s.seen == [(0, "GET /a")], s.seen


def test_the_connection_comes_from_the_interface(server, pipeline):  # noqa: F811
    s = server()
    told = pipeline(s, *steps("/a", iface="127.0.0.2"), *steps("/b", iface="127.0.0.3"), *steps("/c", iface="lo"))
    assert [h.split(":")[-1] for h in s.peers] == ["127.0.0.2", "127.0.0.3", "127.0.0.1"], s.peers
    for number in range(3):
        complete(told[number])
    failed(pipeline(s, *steps("/d", iface="no-such-one"))[0], "Unable to connect")


def test_user_data_and_handle_are_there_from_the_first_callback_on(server, pipeline):  # noqa: F811
    told = pipeline(server(), *steps("/slow", own=1, parent=0), *steps("/b", own=1, flags=0, parent=1))
    assert "wrong" not in " ".join(pipeline.lines), pipeline.lines
    complete(told[0])
    complete(told[1])
