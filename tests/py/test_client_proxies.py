"""Client connections through HTTP proxies: where the proxy is taken from, the tunnel, logging in, and proxies that refuse."""
import base64
import hashlib
import re
import socket
import ssl
import threading

import pytest
from websockets.sync.server import serve

from certs import Maker
from peer import end_listening
from test_client import ACCEPT, GUID, UPGRADE, Script, client, once, refused  # noqa: F401

OK = b"HTTP/1.1 200 OK\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSE = UPGRADE + b"\x88\x00"


class Proxy(Script):
    """Gives each request of a connection the next of its answers."""

    def __init__(self, *answers, after="close"):
        self.in_turn = answers
        super().__init__(b"", after=after)

    def serve(self, peer, _):
        with peer:
            peer.settimeout(20)
            try:
                for answer in self.in_turn:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        more = peer.recv(65536)
                        if not more:
                            return
                        request += more
                    self.requests.append(request.decode())
                    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
                    digest = hashlib.sha1((key[1] if key else b"") + GUID).digest()
                    peer.sendall(answer.replace(ACCEPT, base64.b64encode(digest)))
                if self.after == "wait":
                    while peer.recv(65536):
                        pass
            except OSError:
                pass

    def asked(self):
        return [request.partition("\r\n")[0] for request in self.requests]


class Relay:
    """A proxy that really makes tunnels, to this machine whatever the name."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        request = b""
        while b"\r\n\r\n" not in request:
            request += peer.recv(1)
        self.asked.append(request.decode().partition("\r\n")[0])
        there = socket.create_connection(("127.0.0.1", int(re.match(r"CONNECT \S+:(\d+) HTTP/1.1", self.asked[-1])[1])))
        peer.sendall(b"HTTP/1.0 200 Connection established\r\nVia: test\r\n\r\n")

        def pump(one, other):
            try:
                while more := one.recv(65536):
                    other.sendall(more)
                other.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        threading.Thread(target=pump, args=(there, peer), daemon=True).start()
        pump(peer, there)

    def close(self):
        end_listening(self.listener)


@pytest.fixture
def proxy():
    made = []

    def start(*answers, **how):
        made.append(Proxy(*answers, **how))
        return made[-1]

    yield start
    for one in made:
        one.close()


GET = ["--address", "there.invalid", "--port", 81, "--method", "GET"]
THERE = ["CONNECT there.invalid:81 HTTP/1.1", "GET / HTTP/1.1"]


@pytest.mark.parametrize("login", ["", "u:p@"])
def test_a_proxy_makes_a_tunnel(client, proxy, login):  # noqa: F811
    p = proxy(OK, PAGE)
    lines = client(*GET, "--proxy", f"{login}127.0.0.1:{p.port}")
    assert "BODY ok" in lines and p.asked() == THERE, (lines, p.requests)
    assert "\r\nHost: there.invalid:81\r\n" in p.requests[0], p.requests
    assert ("\r\nProxy-authorization: basic dTpw\r\n" in p.requests[0]) == bool(login), p.requests
    assert "roxy-" not in p.requests[1], "the server is no proxy"


# program's words (P is the proxy's port), environment: whether the proxy is asked
SOURCES = {
    "the info": (["--proxy", "127.0.0.1:P"], {}, True),
    "the info, with a scheme": (["--proxy", "http://127.0.0.1:P"], {}, True),
    "the info, with the port beside": (["--proxy", "127.0.0.1", "--proxy-port", "P"], {}, True),
    "the info, with two ports": (["--proxy", "127.0.0.1:P", "--proxy-port", "1"], {}, True),
    "the environment": ([], {"http_proxy": "127.0.0.1:P"}, True),
    "the environment, as a URL": ([], {"http_proxy": "http://u:p@127.0.0.1:P/"}, True),
    "the info before the environment": (["--proxy", "127.0.0.1:P"], {"http_proxy": "127.0.0.1:1"}, True),
    "an empty text in the info": (["--proxy", ""], {"http_proxy": "127.0.0.1:P"}, False),
    "other variables": ([], {"HTTP_PROXY": "127.0.0.1:P", "https_proxy": "127.0.0.1:P", "ALL_PROXY": "127.0.0.1:P"}, False),
    "no_proxy is not looked at": ([], {"http_proxy": "127.0.0.1:P", "no_proxy": "127.0.0.1"}, True),
    "nonsense in the environment": ([], {"http_proxy": "nonsense"}, False),
    "lws_set_proxy": (["--set-proxy", "127.0.0.1:P"], {}, True),
    "lws_set_proxy over the info": (["--proxy", "127.0.0.1:1", "--set-proxy", "127.0.0.1:P"], {}, True),
    "lws_set_proxy without a port": (["--proxy", "nowhere.invalid:P", "--set-proxy", "127.0.0.1"], {}, True),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_proxy_comes_from(client, proxy, script_page, source):  # noqa: F811
    words, environment, through = SOURCES[source]
    p = proxy(OK, PAGE)

    def named(text):
        return text.replace("P", str(p.port))

    lines = client("--port", script_page.port, "--method", "GET", *map(named, words),
                   environment={name: named(value) for name, value in environment.items()})
    assert "BODY ok" in lines, lines
    wanted = [f"CONNECT 127.0.0.1:{script_page.port} HTTP/1.1", THERE[1]] if through else []
    assert p.asked() == wanted and len(script_page.requests) == (not through), (p.requests, lines)


@pytest.fixture
def script_page():
    server = Script(PAGE)
    yield server
    server.close()


@pytest.mark.ours_only(reason="the empty text is taken, and connections are lost from then on")
def test_an_empty_text_takes_the_proxy_away(client, script_page):  # noqa: F811
    lines = client("--port", script_page.port, "--method", "GET", "--proxy", "127.0.0.1:1", "--set-proxy", ",")
    assert lines[:2] == ["set_proxy : 0", "set_proxy : -1"] and "BODY ok" in lines, lines


def test_texts_that_are_no_proxy_change_nothing(client, proxy):  # noqa: F811
    p = proxy(OK, PAGE)
    long = "u" * 96 + "@127.0.0.1:1"
    lines = client(*GET, "--set-proxy", f"127.0.0.1,{long},127.0.0.1:{p.port}")
    assert [line.rsplit(" ", 1)[1] for line in lines[:3]] == ["-1", "-1", "0"], lines
    assert "BODY ok" in lines and p.asked() == THERE, (lines, p.requests)


@pytest.mark.ours_only(reason="a connection under way speaks to its server as if that were the proxy")
@pytest.mark.parametrize("before", [False, True])
def test_a_connection_under_way_keeps_its_proxy(client, proxy, script_page, before):  # noqa: F811
    """lws_set_proxy behind the call that makes the first of two connections counts for the second only."""
    p, other = proxy(OK, PAGE), proxy(OK, PAGE)
    words = ["--proxy", f"127.0.0.1:{p.port}"] if before else []
    lines = client("--port", script_page.port, "--method", "GET", "--count", 2, "--at-once", 1, *words,
                   "--then-proxy", f"127.0.0.1:{other.port}")
    assert lines.count("BODY ok") == 2, lines
    assert [len(p.requests), len(other.requests), len(script_page.requests)] == [2 * before, 2, not before], lines


REFUSALS = {
    "407": (b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", "close"),
    "502": (b"HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nbad", "wait"),
    "302": (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\n\r\n", "wait"),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "wait"),
    "garbage": (b"SSH-2.0-OpenSSH\r\n", "wait"),
    "half a line": (b"HTTP/1.1 200", "close"),
    "nothing": (b"", "close"),
    "endless": (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20000, "wait"),
    "reset": (b"HTTP/1.1 ", "reset"),
}


@pytest.mark.parametrize("method", [[], ["--method", "GET"]], ids=["ws", "http"])
@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.ours_only(reason="some of these are told as something else")
def test_a_proxy_that_makes_no_tunnel_is_told(client, script, case, method):  # noqa: F811
    answer, after = REFUSALS[case]
    server = script(answer, after=after)
    lines = client("--address", "there.invalid", "--port", 81, *method, "--proxy", f"127.0.0.1:{server.port}")
    refused(lines, "proxy not h1")
    assert not once(lines, "REDIRECT") and len(server.requests) == 1, (lines, server.requests)


@pytest.fixture
def script():
    made = []

    def start(*answers, **how):
        made.append(Script(*answers, **how))
        return made[-1]

    yield start
    for server in made:
        server.close()


@pytest.mark.ours_only(reason="it is told after more than twenty seconds, whatever the timeouts are")
def test_a_proxy_that_says_nothing_is_given_up(client, script):  # noqa: F811
    refused(client(*GET, "--proxy", f"127.0.0.1:{script(b'', after='wait').port}", "--timeout", 1),
            "Timed out waiting for the answer")


def test_a_proxy_that_cannot_be_joined_is_told(client):  # noqa: F811
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        refused(client(*GET, "--proxy", f"127.0.0.1:{taken.getsockname()[1]}"), "Unable to connect")


@pytest.mark.ours_only(reason="100 Continue is taken for a refusal")
def test_interim_answers_of_a_proxy_are_passed_over(client, proxy):  # noqa: F811
    p = proxy(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, PAGE)
    assert "BODY ok" in client(*GET, "--proxy", f"127.0.0.1:{p.port}") and p.asked() == THERE, p.requests


@pytest.mark.ours_only(reason="the port of the redirect is lost")
def test_a_redirect_goes_through_the_proxy_again(client, proxy):  # noqa: F811
    p = proxy(OK, b"HTTP/1.1 302 Found\r\nLocation: http://other.invalid:82/x\r\nContent-Length: 0\r\n\r\n")
    lines = client(*GET, "--proxy", f"127.0.0.1:{p.port}")
    assert p.asked()[:3] == [*THERE, "CONNECT other.invalid:82 HTTP/1.1"] and once(lines, "WSI_DESTROY") == 1, p.requests


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
def test_a_websocket_goes_through_a_tunnel(client, tmp_path, tls):  # noqa: F811
    """Python's websockets behind a proxy that relays."""
    context, words = None, []
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, Maker(tmp_path).self_signed("own")))
        words = ["--flags", 1 | 2 | 4, "--options", 1 << 12]
    relay = Relay()
    with serve(lambda s: [s.send(m) for m in s], "127.0.0.1", 0, ssl=context, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        lines = client("--address", "localhost", "--port", port, "--send", "through", "--proxy", f"127.0.0.1:{relay.port}",
                       *words)
        server.shutdown()
    relay.close()
    assert "RECEIVE 7 through" in lines and once(lines, "CLOSED") == 1, lines
    assert relay.asked == [f"CONNECT localhost:{port} HTTP/1.1"], relay.asked
