"""Client connections against servers that nobody would want: each attempt ends in the right callback, once."""
import base64
import hashlib
import re
import socket
import struct
import subprocess
import threading
import time

import pytest
from websockets.sync.server import serve

from peer import end_listening

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACCEPT = b"@ACCEPT@"
UPGRADE = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Accept: @ACCEPT@\r\n\r\n")


class Script:
    """A TCP server that sends the same bytes to everyone who has sent a request head, then goes on as `after` says."""

    def __init__(self, *answers, after="close", read=True):
        self.answers, self.after, self.read = answers, after, read
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.requests = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        number = 0
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            answer = self.answers[min(number, len(self.answers) - 1)]
            number += 1
            threading.Thread(target=self.serve, args=(peer, answer), daemon=True).start()

    def serve(self, peer, answer):
        with peer:
            peer.settimeout(20)
            try:
                request = b""
                while self.read and b"\r\n\r\n" not in request:
                    more = peer.recv(65536)
                    if not more:
                        return
                    request += more
                self.requests.append(request)
                key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
                if key:
                    digest = hashlib.sha1(key[1] + GUID).digest()
                    answer = answer.replace(ACCEPT, base64.b64encode(digest))
                peer.sendall(answer)
                if self.after == "reset":
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif self.after == "wait":
                    while peer.recv(65536):
                        pass
            except OSError:
                pass

    def close(self):
        end_listening(self.listener)


@pytest.fixture
def script():
    made = []

    def start(*answers, **how):
        made.append(Script(*answers, **how))
        return made[-1]

    yield start
    for server in made:
        server.close()


@pytest.fixture
def client(stage):
    """client(ARGS…): the lines that tests/c/client prints; it has to end by itself, and well."""

    def run(*args, prefix=(), timeout=60, environment=None):
        program = stage.test_program("client")
        done = subprocess.run([*prefix, program, *map(str, args)], capture_output=True, text=True, errors="replace",
                              env={**stage.environment, **(environment or {})}, timeout=timeout)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


def once(lines, name):
    return sum(line.split(" ")[0] == name for line in lines)


def refused(lines, text):
    """The attempt failed, told once, with that text; nothing else was told of its end."""
    assert f"CONNECTION_ERROR {text}" in lines, lines
    assert once(lines, "CONNECTION_ERROR") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert not once(lines, "CLOSED") and not once(lines, "CLOSED_HTTP") and not once(lines, "ESTABLISHED"), lines


HANDSHAKES = {
    "nothing": (b"", "read failed"),
    "a part": (UPGRADE[:40], "read failed"),
    "no end": (UPGRADE[:-2], "read failed"),
    "no http": (b"SSH-2.0-OpenSSH\r\n", "read failed"),
    "endless": (b"HTTP/1.1 101 S\r\n" + b"X: " + b"y" * 60000, "read failed"),
    "endless headers": (b"HTTP/1.1 101 S\r\n" + b"a: b\r\n" * 20000, "read failed"),
    "wrong accept": (UPGRADE.replace(ACCEPT, b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "HS: Accept hash wrong"),
    "two accepts": (UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Accept: @ACCEPT@\r\n\r\n"), "HS: Accept hash wrong"),
    "no accept": (UPGRADE.replace(b"Sec-WebSocket-Accept", b"X"), "HS: ACCEPT missing"),
    "no upgrade": (UPGRADE.replace(b"Upgrade: websocket\r\n", b""), "HS: UPGRADE missing"),
    "other upgrade": (UPGRADE.replace(b": websocket", b": h2c"), "HS: Upgrade to something other than websocket"),
    "no connection": (UPGRADE.replace(b"Connection: Upgrade\r\n", b""), "HS: UPGRADE malformed"),
    "protocol": (UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: x\r\n\r\n"), "HS: PROTOCOL malformed"),
    "extension": (UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: x\r\n\r\n"), "HS: EXT: unknown ext"),
    "200": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HS: ws upgrade response not 101"),
    "401": (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "HS: ws upgrade unauthorized"),
    "302": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "HS: Redirect code but no Location"),
    "ftp": (b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n", "HS: URI did not parse"),
}


@pytest.mark.parametrize("case", HANDSHAKES)
@pytest.mark.ours_only(reason="some of these are taken, or end in silence")
def test_a_broken_handshake_is_told_once(client, script, case):
    answer, text = HANDSHAKES[case]
    refused(client("--port", script(answer).port), text)


@pytest.mark.ours_only(reason="a timeout of the handshake ends in silence")
def test_a_server_that_does_not_answer_is_given_up(client, script):
    refused(client("--port", script(b"", after="wait").port, "--timeout", 1), "Timed out waiting for the answer")


@pytest.mark.ours_only(reason="a socket that hangs in its connect is not given up within the test's time")
def test_a_server_that_cannot_be_joined_is_given_up(client):
    """A listener whose queue is full does not answer a SYN."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(("127.0.0.1", port))
        try:
            refused(client("--port", port, "--timeout", 1), "Timed out waiting for connect")
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize("raw", [False, True])
def test_the_origin_is_sent_as_the_option_says(client, script, raw):
    server = script(UPGRADE + b"\x88\x00")
    client("--port", server.port, "--options", 1 << 19 if raw else 0)
    want = b"Origin: %s127.0.0.1:%d\r\n" % (b"" if raw else b"http://", server.port)
    assert want in server.requests[0], server.requests


def test_endless_redirects_are_given_up(client, script):
    server = script(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    lines = client("--port", server.port)
    assert once(lines, "CONNECTION_ERROR") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert once(lines, "REDIRECT") == 4 and len(server.requests) == 4, lines


@pytest.mark.ours_only(reason="the Host header loses its port")
def test_a_redirect_to_another_port_carries_its_host(client, script):
    there = script(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    here = script(b"HTTP/1.1 307 T\r\nLocation: http://localhost:%d/there?x=1\r\nContent-Length: 5\r\n\r\nmoved"
                  % there.port)
    lines = client("--port", here.port, "--method", "POST", "--body", "abc")
    assert "BODY ok" in lines and once(lines, "COMPLETED_HTTP") == 1, lines
    assert there.requests[0].startswith(b"POST /there?x=1 HTTP/1.1\r\n"), there.requests
    assert b"Host: localhost:%d\r\n" % there.port in there.requests[0], there.requests


FRAMES = {
    "masked": (b"\x81\x81\0\0\0\0x", b"\x03\xea"),
    "rsv": (b"\xc1\x01x", b"\x03\xea"),
    "reserved opcode": (b"\x83\x00", b"\x03\xea"),
    "long ping": (b"\x89\x7e\x00\x82" + b"x" * 130, b"\x03\xea"),
    "fragmented ping": (b"\x09\x00", b"\x03\xea"),
    "stray continuation": (b"\x80\x00", b"\x03\xea"),
}


@pytest.mark.parametrize("case", FRAMES)
@pytest.mark.ours_only(reason="some of these are taken")
def test_a_broken_frame_ends_an_established_connection(client, script, case):
    frame, _ = FRAMES[case]
    lines = client("--port", script(UPGRADE + frame, after="wait").port)
    assert once(lines, "ESTABLISHED") == 1 and once(lines, "CLOSED") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert not once(lines, "CONNECTION_ERROR") and not once(lines, "RECEIVE"), lines


def test_frames_in_the_segment_of_the_handshake_are_received(client, script):
    lines = client("--port", script(UPGRADE + b"\x81\x05hello\x88\x02\x03\xe8").port)
    assert "RECEIVE 5 hello" in lines and once(lines, "PEER_INITIATED_CLOSE") == 1, lines
    assert once(lines, "CLOSED") == 1, lines



# what a session is from the server's side, and the program's words
SESSIONS = {
    "ws": (UPGRADE + b"\x81\x05hello\x89\x02hi\x88\x02\x03\xe8", len(UPGRADE), []),
    "http": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x\r\nyou\r\n0\r\nT: t\r\n\r\n", 47,
             ["--method", "GET"]),
}


def cuts(session):
    """Where it can be cut: anywhere but in the mark that stands for the accept key."""
    at = session.find(ACCEPT)
    return [n for n in range(len(session) + 1) if at < 0 or not at < n < at + len(ACCEPT)]


@pytest.mark.parametrize("kind", SESSIONS)
@pytest.mark.parametrize("after", ["close", "reset"])
def test_an_end_at_any_byte_of_a_session_is_told_once(client, script, after, kind):
    whole, head, words = SESSIONS[kind]
    marks = cuts(whole)
    server = script(*[whole[:n] for n in marks], after=after)
    lines = client("--port", server.port, "--count", len(marks), "--at-once", 1, "--quiet", *words)
    counts = dict(zip(lines[-1].split()[1::2], map(int, lines[-1].split()[2::2])))
    assert counts["live"] == 0 and counts["failed"] + counts["closed"] == len(marks), lines
    if after == "close":
        up = sum(n >= head for n in marks)
        assert counts["closed"] == up and counts["established"] == (up if kind == "ws" else 0), lines
        assert counts["completed"] == (1 if kind == "http" else 0), lines


BODIES = {
    "length": (b"Content-Length: 5\r\n\r\nhello", 1),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: t\r\n\r\n", 1),
    "until close": (b"\r\nhello", 1),
    "cut": (b"Content-Length: 9\r\n\r\nhello", 0),
    "cut chunk": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0),
    "bad chunk": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", 0),
}


@pytest.mark.parametrize("buffer", [1, 2, 7, 4096])
@pytest.mark.parametrize("case", BODIES)
@pytest.mark.ours_only(reason="chunked bodies in small buffers are not always followed")
def test_bodies_are_read_in_buffers_of_any_size(client, script, case, buffer):
    answer, completed = BODIES[case]
    lines = client("--port", script(b"HTTP/1.1 200 OK\r\n" + answer).port, "--method", "GET", "--buffer", buffer)
    assert "".join(line[5:] for line in lines if line.startswith("BODY ")) == "hello", lines
    assert once(lines, "COMPLETED_HTTP") == completed and once(lines, "CLOSED_HTTP") == 1, lines


@pytest.mark.ours_only(reason="the first is taken for the answer")
def test_interim_answers_are_passed_over(client, script):
    server = script(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    lines = client("--port", server.port, "--method", "GET")
    assert "ESTABLISHED_HTTP 200" in lines and "BODY ok" in lines, lines


@pytest.mark.ours_only(reason="it is not closed where the flag is given, and the boundary is longer here")
def test_a_multipart_body_has_its_boundaries(client, script):
    server = script(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", after="wait")
    server.answers = (server.answers[0],)
    lines = client("--port", server.port, "--method", "POST", "--flags", 1 << 10, "--body", "226")
    assert "BODY ok" in lines, lines
    request = server.requests[0]
    boundary = re.search(rb'boundary="([^"]+)"', request)[1]
    assert request.count(b"content-type: multipart/form-data") == 1 and len(boundary) >= 12, request


@pytest.mark.ours_only(reason="longer names than its buffer are not refused with 2")
def test_credentials_are_base64(client):
    assert client("--credentials", "user") == ["1", "0 Basic dXNlcjpwYXNz"]
    assert client("--credentials", "u" * 121)[1].startswith("2")


def test_three_descriptors_are_enough_for_a_name_with_two_addresses(client, script):
    lines = client("--address", "localhost", "--port", script(UPGRADE + b"\x88\x00").port, "--fds", 3)
    assert once(lines, "ESTABLISHED") == 1 and once(lines, "CLOSED") == 1, lines


@pytest.mark.ours_only(reason="it says nothing, and waits for the resolver within the call")
def test_a_name_that_does_not_exist_is_told(client):
    refused(client("--address", "no-such-name.invalid", "--port", 9), "Unable to connect")


@pytest.mark.ours_only(reason="the parent's event set is used")
def test_a_lookup_goes_on_in_a_child_process(client, script):
    lines = client("--address", socket.gethostname(), "--port", 9, "--forked")
    assert once(lines, "CONNECTION_ERROR") == 1 and once(lines, "WSI_DESTROY") == 1, lines


@pytest.mark.ours_only(reason="a unix socket that is not there is no error")
def test_trying_again_in_the_error_callback_does_not_fill_the_stack(client, tmp_path):
    lines = client("--address", f"+{tmp_path}/none", "--port", 1, "--retry", 30_000, "--quiet")
    assert lines[-1].startswith("end: established 0 failed 30001 closed 0") and "live 0" in lines[-1], lines[-3:]


class Slow(Script):
    """Takes a request's body slowly and answers with a pause in the middle."""

    def __init__(self, takes=0, pause=0):
        self.takes, self.pause = takes, pause
        super().__init__(b"")

    def serve(self, peer, _):
        with peer:
            have = b""
            while b"\r\n\r\n" not in have:
                have += peer.recv(1000)
            got = len(have.split(b"\r\n\r\n", 1)[1])
            while got < self.takes:
                more = peer.recv(65536)
                if not more:
                    return
                got += len(more)
                time.sleep(2.5 * len(more) / self.takes)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            time.sleep(self.pause)
            try:
                peer.sendall(b"world")
            except OSError:
                pass


def test_an_answer_may_pause_longer_than_the_timeout(client):
    server = Slow(pause=2.5)
    lines = client("--port", server.port, "--method", "GET", "--timeout", 1)
    server.close()
    assert once(lines, "COMPLETED_HTTP") == 1 and "BODY world" in lines, lines


@pytest.mark.ours_only(reason="the request and its body have to be out within the timeout")
def test_an_upload_that_moves_is_not_timed_out(client):
    server = Slow(takes=20_000_000)
    lines = client("--port", server.port, "--method", "POST", "--timeout", 1, "--upload", 20_000_000)
    server.close()
    assert once(lines, "COMPLETED_HTTP") == 1 and not once(lines, "CONNECTION_ERROR"), lines


def test_a_unix_socket_is_joined(client, tmp_path):
    where = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(where)
        listener.listen()

        def answer():
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        threading.Thread(target=answer, daemon=True).start()
        lines = client("--address", f"+{where}", "--port", 80, "--method", "GET")
    assert "BODY ok" in lines, lines


def test_messages_of_every_size_come_back_from_an_independent_server(client):
    with serve(lambda s: [s.send(m) for m in s], "127.0.0.1", 0, max_size=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        for size in (0, 1, 125, 126, 4095, 65535, 65536, 100_000):
            lines = client("--port", port, "--send", "a" * size, "--quiet")
            assert lines[-1].startswith("end: established 1 failed 0 closed 1"), lines
        server.shutdown()


@pytest.mark.ours_only(reason="waits for ever behind some of them")
def test_hostile_servers_make_nothing_leak(stage, client, script):
    """Under valgrind: refused, cut, redirected, broken and good sessions from one context."""
    answers = [a for a, _ in HANDSHAKES.values()] + [UPGRADE + f for f, _ in FRAMES.values()] + [UPGRADE + b"\x88\x00"]
    valgrind = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite"]
    server = script(*answers)
    client("--port", server.port, "--count", len(answers), "--at-once", 4, "--timeout", 5, "--quiet",
           prefix=valgrind, timeout=240)
    for whole, _, words in SESSIONS.values():
        server = script(*[whole[:n] for n in cuts(whole)], after="reset")
        client("--port", server.port, "--count", len(cuts(whole)), "--at-once", 4, "--quiet", *words, prefix=valgrind,
               timeout=240)
