"""HTTP transactions that share connections (LCCSCF_PIPELINE): who gets which socket, in which order, and what becomes of
those that wait when it goes away."""
import re
import ssl
import subprocess
import threading
import socket
import time

import pytest

from certs import Maker, openssl
from peer import end_listening

NO_PIPELINE, PIPELINE = 0, 1 << 16


class Server:
    """An HTTP/1.1 server that keeps connections and notes, for each request, the connection that it came on and whether it
    came ahead of the answer before it. The path says what it does."""

    def __init__(self, tls=None):
        self.listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        self.port = self.listener.getsockname()[1]
        self.tls = tls
        self.seen, self.early, self.connections, self.hosts, self.peers = [], 0, 0, [], []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, where = self.listener.accept()
            except OSError:
                return
            self.peers.append(where[0])
            number = self.connections
            self.connections += 1
            threading.Thread(target=self.guard, args=(peer, number), daemon=True).start()

    def guard(self, peer, number):
        try:
            if self.tls:
                peer = self.tls.wrap_socket(peer, server_side=True)
            with peer:
                peer.settimeout(20)
                self.serve(peer, number)
        except OSError:
            pass

    def serve(self, peer, number):
        have = b""
        while True:
            while b"\r\n\r\n" not in have:
                more = peer.recv(65536)
                if not more:
                    return
                have += more
            head, have = have.split(b"\r\n\r\n", 1)
            length = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
            while len(have) < length:
                have += peer.recv(65536)
            body, have = have[:length], have[length:]
            method, path, _ = head.decode().split("\r\n")[0].split()
            self.seen.append((number, f"{method} {path}{' ' + body.decode() if body else ''}"))
            self.hosts.append(re.search(rb"Host: (\S+)", head)[1].decode())
            self.early += bool(have)
            if "slow" in path:
                time.sleep(0.3)
            if "silent" in path:
                return peer.recv(1)
            if "first-only" in path and number == 0 or "never" in path:
                return
            if "cut" in path:
                return peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
            if "redirect" in path:
                peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")
                continue
            version = "1.0" if "old" in path else "1.1"
            extra = "Connection: close\r\n" if "close" in path else ""
            if "trickle" in path:
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n")
                for _ in range(12):
                    peer.sendall(b"ok")
                    time.sleep(0.2)
            elif "chunked" in path or "both" in path:
                length = b"Content-Length: 17\r\n" if "both" in path else b""
                peer.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            elif "until-end" in path:
                return peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nok")
            else:
                peer.sendall(f"HTTP/{version} 200 OK\r\n{extra}Content-Length: 2\r\n\r\nok".encode())
            if "more" in path:
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            if extra or version == "1.0" or b"connection: close" in head.lower():
                return
            if "leaves" in path:
                # the next request finds the socket closed
                time.sleep(0.15)
                return


@pytest.fixture
def server():
    made = []

    def start(**how):
        made.append(Server(**how))
        return made[-1]

    yield start
    for one in made:
        end_listening(one.listener)


@pytest.fixture
def pipeline(stage):
    """pipeline(SERVER, STEP…): what tests/c/pipeline prints, by transaction."""

    def run(server, *steps, prefix=(), words=(), port=None, timeout=60):
        program = stage.test_program("pipeline")
        done = subprocess.run([*prefix, program, "--port", str(port or server.port), *map(str, words), *steps],
                              capture_output=True, text=True, env=stage.environment, timeout=timeout)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[-1] == "end: 0" and "deadline" not in lines, done.stdout + done.stderr
        told = {}
        for line in lines:
            number, _, event = line.partition(" ")
            if number.isdigit():
                told.setdefault(int(number), []).append(event)
        run.lines = lines
        run.errors = done.stderr
        return told

    return run


def complete(events):
    """Told of the whole answer, once, and of one end."""
    assert events.count("COMPLETED_HTTP") == 1 and events.count("WSI_DESTROY") == 1, events
    assert events.count("APPEND") == 1 and events.count("ESTABLISHED_HTTP 200") == 1, events
    assert "BODY ok" in events and not any(e.startswith("CONNECTION_ERROR") for e in events), events


def failed(events, text):
    assert [e for e in events if e.startswith("CONNECTION_ERROR")] == [f"CONNECTION_ERROR {text}"], events
    assert events.count("WSI_DESTROY") == 1 and "COMPLETED_HTTP" not in events and "CLOSED_HTTP" not in events, events


def steps(*paths, when="now", warm=1, **more):
    extra = "".join(f",{k}={v}" for k, v in more.items())
    return [f"{when}/path={path},warm={warm}{extra}" for path in paths]


def test_transactions_to_one_server_share_a_connection_in_order(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/a", "/slow", "/chunked", "/d"))
    assert s.seen == [(0, "GET /a"), (0, "GET /slow"), (0, "GET /chunked"), (0, "GET /d")] and not s.early, s.seen
    for number in range(4):
        complete(told[number])
        # one socket: the first hears of it, the last of its end
        assert told[number].count("WSI_CREATE") == (number == 0), told
        assert told[number].count("CLOSED_HTTP") == (number == 3), told
    lines = pipeline.lines
    for number in range(3):
        assert lines.index(f"{number} WSI_DESTROY") < lines.index(f"{number + 1} APPEND"), lines


def test_bodies_go_with_their_own_request(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/slow-a", body="first", method="POST"), *steps("/b", body="second", method="PUT"),
                    *steps("/c"))
    assert s.seen == [(0, "POST /slow-a first"), (0, "PUT /b second"), (0, "GET /c")], s.seen
    for number in range(3):
        complete(told[number])


def test_an_idle_connection_is_taken_over_within_the_call(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/a", warm=3), *steps("/b", when="idle"), *steps("/c", when="then"))
    assert [c for c, _ in s.seen] == [0, 0, 0], s.seen
    for number in range(3):
        complete(told[number])
    lines = pipeline.lines
    assert lines.index("1 start") < lines.index("1 APPEND") < lines.index("1 INSTANTIATED") < lines.index("0 DROP"), lines


def test_a_connection_stays_warm_as_long_as_it_is_asked_to(server, pipeline):
    s = server()
    begun = time.monotonic()
    told = pipeline(s, *steps("/a", warm=2))
    assert time.monotonic() - begun >= 1.9
    complete(told[0])
    assert told[0][-3:] == ["DROP", "CLOSED_HTTP", "WSI_DESTROY"], told
    s = server()
    told = pipeline(s, *steps("/a", warm=1), *steps("/b", when="gone"))
    assert [c for c, _ in s.seen] == [0, 1], s.seen


OTHERS = {"address": "address=localhost", "vhost": "vhost=1", "no flag": "flags=0", "host": "host=other",
          "method": "method=DELETE"}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.ours_only(reason="some of these are shared, and lost when the server closes")
def test_nothing_is_shared_with(server, pipeline, what):
    s = server()
    told = pipeline(s, *steps("/slow"), f"now/path=/b,warm=1,{OTHERS[what]}")
    assert sorted(c for c, _ in s.seen) == [0, 1], s.seen
    complete(told[0])
    complete(told[1])


def test_two_ports_are_two_servers(server, pipeline):
    one, two = server(), server()
    told = pipeline(one, *steps("/slow"), *steps("/b", port=two.port))
    assert one.seen == [(0, "GET /slow")] and two.seen == [(0, "GET /b")]
    complete(told[0])
    complete(told[1])


@pytest.mark.parametrize("first", ["/slow-close", "/slow-old", "/slow-until-end", "/slow-more", "/slow-both"])
@pytest.mark.ours_only(reason="those that wait are closed or never served")
def test_who_waits_goes_on_with_a_connection_of_its_own(server, pipeline, first):
    """The answer before says, or shows, that the connection is not for another."""
    s = server()
    told = pipeline(s, *steps(first, "/b", "/c"))
    assert s.seen == [(0, f"GET {first}"), (1, "GET /b"), (1, "GET /c")], s.seen
    for number in range(3):
        complete(told[number])
    assert told[1].count("WSI_CREATE") == 1 and told[2].count("WSI_CREATE") == 0, told


@pytest.mark.parametrize("first", ["/slow-never", "/slow-cut"])
@pytest.mark.ours_only(reason="those that wait are closed with it")
def test_a_lost_connection_costs_one_transaction(server, pipeline, first):
    s = server()
    told = pipeline(s, *steps(first, "/b", "/c"))
    assert s.seen == [(0, f"GET {first}"), (1, "GET /b"), (1, "GET /c")], s.seen
    if "never" in first:
        failed(told[0], "read failed")
    else:
        assert told[0].count("CLOSED_HTTP") == 1 and "COMPLETED_HTTP" not in told[0], told
    complete(told[1])
    complete(told[2])


@pytest.mark.ours_only(reason="the request fails")
def test_a_request_on_a_socket_that_the_server_had_closed_goes_again(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/a"), *steps("/slow-first-only"), *steps("/c"))
    assert s.seen == [(0, "GET /a"), (0, "GET /slow-first-only"), (1, "GET /slow-first-only"), (1, "GET /c")], s.seen
    for number in range(3):
        complete(told[number])


@pytest.mark.ours_only(reason="those that wait are closed with it")
def test_a_request_with_a_body_does_not_go_twice(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/a"), *steps("/slow-first-only", method="POST", body="once"), *steps("/c"))
    assert s.seen == [(0, "GET /a"), (0, "POST /slow-first-only once"), (1, "GET /c")], s.seen
    failed(told[1], "read failed")
    complete(told[0])
    complete(told[2])


def test_a_server_that_closes_an_idle_connection_is_joined_anew(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/leaves", warm=4), *steps("/b", when="idle"))
    assert [c for c, _ in s.seen] == [0, 1], s.seen
    complete(told[0])
    complete(told[1])


@pytest.mark.ours_only(reason="those that wait are closed without an error")
def test_a_server_that_cannot_be_joined_fails_all_that_wait(pipeline, server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        told = pipeline(None, *steps("/a", "/b", "/c"), port=taken.getsockname()[1])
    for number in range(3):
        failed(told[number], "Unable to connect")


@pytest.mark.ours_only(reason="those that wait are closed with it")
def test_a_redirect_lets_the_others_go_on(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/slow-redirect", "/b"))
    assert s.seen[0] == (0, "GET /slow-redirect") and sorted(p for _, p in s.seen[1:]) == ["GET /b", "GET /there"], s.seen
    assert "REDIRECT /there" in told[0] and told[0].count("COMPLETED_HTTP") == 1, told
    complete(told[1])


@pytest.mark.parametrize("where", [1, 2])
@pytest.mark.ours_only(reason="those that wait are closed with it")
def test_a_program_that_closes_one_does_not_close_the_others(server, pipeline, where):
    s = server()
    told = pipeline(s, *steps("/a", close=where), *steps("/b", "/c"))
    assert [p for _, p in s.seen] == ["GET /a", "GET /b", "GET /c"], s.seen
    complete(told[1])
    complete(told[2])
    assert told[0].count("WSI_DESTROY") == 1, told


def test_those_that_wait_when_the_context_ends_are_told(server, pipeline, stage):
    s = server()
    program = stage.test_program("pipeline")
    done = subprocess.run([program, "--port", str(s.port), "--for", "1", "now/path=/slow-slow", *["now/path=/b"] * 20,
                           "now/path=/never,port=9,address=192.0.2.1", "now/path=/never2,port=9,address=192.0.2.1"],
                          capture_output=True, text=True, env=stage.environment, timeout=60)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "end: 0", done.stdout + done.stderr


def test_many_transactions_go_through_one_connection(server, pipeline):
    s = server()
    told = pipeline(s, *steps(*[f"/{n}" for n in range(60)]))
    assert s.seen == [(0, f"GET /{n}") for n in range(60)], s.seen
    for number in range(60):
        complete(told[number])


@pytest.mark.ours_only(reason="who waits behind an answer without an end waits for ever")
def test_nobody_waits_for_long_behind_a_slow_answer(server, pipeline):
    """Who has waited for connect_timeout_secs takes a connection of its own; who comes later shares that one."""
    s = server()
    begun = time.monotonic()
    told = pipeline(s, *steps("/trickle"), *steps("/b", "/c"), words=["--connect-timeout", 1])
    assert s.seen[0] == (0, "GET /trickle") and sorted(p for _, p in s.seen[1:]) == ["GET /b", "GET /c"], s.seen
    assert all(c > 0 for c, _ in s.seen[1:]), s.seen
    lines = pipeline.lines
    assert lines.index("1 COMPLETED_HTTP") < lines.index("0 COMPLETED_HTTP"), (lines, time.monotonic() - begun)
    for number in (1, 2):
        complete(told[number])


@pytest.mark.ours_only(reason="those that wait are closed with it")
def test_a_silent_server_ends_each_transaction_with_an_error(server, pipeline):
    """One after the other would take as long as all their timeouts together."""
    s = server()
    begun = time.monotonic()
    told = pipeline(s, *steps(*["/silent"] * 5), words=["--connect-timeout", 1, "--timeout", 2, "--for", 30])
    for number in range(5):
        failed(told[number], "Timed out waiting for the answer")
    assert time.monotonic() - begun < 9, time.monotonic() - begun


@pytest.mark.ours_only(reason="a WebSocket that waits is closed with the first")
def test_a_websocket_waits_its_turn_and_leaves_the_others_alone(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/slow-a"), *steps("/ws", method="ws"), *steps("/c"))
    # The last has a socket of its own as soon as the one before it takes this one for good.
    assert s.seen[0] == (0, "GET /slow-a") and sorted(s.seen[1:]) == [(0, "GET /ws"), (1, "GET /c")], s.seen
    failed(told[1], "HS: ws upgrade response not 101")
    complete(told[0])
    complete(told[2])


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("certs"))


def test_tls_connections_are_shared_too(server, pipeline, certs):
    own = certs.self_signed("own")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*map(str, own))
    s = server(tls=tls)
    flags = PIPELINE | 1 | 2 | 4
    told = pipeline(s, *steps("/a", "/slow", flags=flags, address="localhost"),
                    *steps("/c", when="idle", flags=flags, address="localhost"))
    assert [c for c, _ in s.seen] == [0, 0, 0], s.seen
    for number in range(3):
        complete(told[number])


def test_the_systems_certificate_is_shown_where_it_is_asked_for(server, pipeline, certs):
    own = certs.self_signed("own")
    authority = certs.self_signed("clients", cn="Clients", san=None)
    mine = certs.signed("mine", authority, cn="me", eku="clientAuth")
    der, key = certs.path("mine.der"), certs.path("mine.key.der")
    openssl("x509", "-in", mine[0], "-outform", "DER", "-out", der)
    openssl("pkey", "-in", mine[1], "-outform", "DER", "-out", key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*map(str, own))
    tls.load_verify_locations(str(authority[0]))
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    s = server(tls=tls)
    flags = 1 | 2 | 4
    told = pipeline(s, *steps("/a", flags=flags, cert=1, address="localhost"),
                    *steps("/b", flags=flags, address="localhost"), words=["--cert", der, "--key", key])
    complete(told[0])
    assert any(e.startswith("CONNECTION_ERROR") for e in told[1]) and "COMPLETED_HTTP" not in told[1], told
    if pipeline.lines:
        told = pipeline(s, *steps("/a", flags=flags, cert=1, address="localhost"), words=[])
        assert "COMPLETED_HTTP" not in told[0], told


@pytest.mark.ours_only(reason="it says nothing")
def test_uri_replace_has_no_effect_and_says_so(server, pipeline):
    s = server()
    told = pipeline(s, *steps("/a", **{"from": "ok", "to": "no"}), words=["--log", 7])
    complete(told[0])
    assert pipeline.errors.count("uri_replace_from") == 1, pipeline.errors


@pytest.mark.parametrize("at", ["APPEND", "FILTER_PRE_ESTABLISH", "ESTABLISHED_HTTP", "COMPLETED_HTTP"])
@pytest.mark.ours_only(reason="in no header of 4.1.6; what it stands on is freed under the callback")
def test_a_connection_can_be_turned_to_another_path_three_times(server, pipeline, at):
    s = server()
    told = pipeline(s, *steps("/a", turn="/b", turnat=at))
    assert [e for e in told[0] if e.startswith("turned")] == ["turned yes"] * 3 + ["turned no"], told
    assert told[0].count("WSI_DESTROY") == 1 and told[0].count("DROP") == 4, told
    assert s.seen[-1][1] == "GET /b" and s.hosts[-1] == "there", (s.seen, s.hosts)
    assert not any(e.startswith("CONNECTION_ERROR") for e in told[0]), told
    assert told[0].count("ESTABLISHED_HTTP 200") >= 1 and told[0].count("COMPLETED_HTTP") >= 1, told


@pytest.mark.ours_only(reason="in no header of 4.1.6")
def test_a_connection_can_be_turned_to_another_server(server, pipeline):
    one, two = server(), server()
    told = pipeline(one, *steps("/a", turn="b", turnport=two.port, turnat="REDIRECT"), *steps("/c"))
    assert two.seen == [] and [p for _, p in one.seen] == ["GET /a", "GET /c"], (one.seen, two.seen)
    told = pipeline(one, *steps("/slow-redirect", turn="b", turnport=two.port, turnat="REDIRECT"), *steps("/d"))
    assert two.seen == [(0, "GET /b")] and [p for _, p in one.seen[2:]] == ["GET /slow-redirect", "GET /d"], one.seen
    assert told[0].count("COMPLETED_HTTP") == 1, told
    complete(told[1])


def test_nothing_leaks(server, pipeline):
    """Under valgrind: shared, handed on, lost, repeated, refused and redirected transactions."""
    s = server()
    valgrind = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite"]
    program = steps("/a", "/slow-close", "/b", "/slow-first-only", "/slow-redirect", "/c", "/cut", "/d", "/more", "/e",
                    warm=1) + steps("/f", when="idle") + steps("/x", "/y", port=1) + steps("/t", turn="/u", turnat="ESTABLISHED_HTTP")
    pipeline(s, *program, prefix=valgrind, words=["--for", 60], timeout=240)
