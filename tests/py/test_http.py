"""The HTTP/1 server: keep-alive, bodies, forms, refusals, timeouts, from a socket that does exactly what it is told."""
import itertools
import os
import resource
import socket
import threading
import time

import pytest
from http_peer import Http, exchange

HOST = "Host: localhost\r\n"


@pytest.fixture
def http(server, tmp_path):
    return server("http", "--dir", str(tmp_path))


def test_answers_come_one_after_the_other_on_one_connection(http):
    with Http(http.port) as c:
        for _ in range(50):
            a = c.get("/dyn")
            assert (a.status, a.body, a["content-type"]) == (200, b"hello", "text/plain")
        assert c.get("/long?n=200000").body == b"0123456789" * 20000
        assert c.get("/chunked").body == b"hello"
        assert c.get("/no-content").status == 204
        a = c.get("/redirect")
        assert (a.status, a["location"], a.body) == (302, "/dyn", b"")
        assert c.get("/status?code=403").body.endswith(b"<h1>403</h1>because</body></html>")
        assert c.get("/nothing").status == 404
        assert c.get("/dyn").body == b"hello"


@pytest.mark.ours_only("a body that answers a HEAD goes out")
def test_no_body_answers_a_head(http, tmp_path):
    (tmp_path / "a.txt").write_text("0123456789")
    with Http(http.port) as c:
        for path, length in [("/dyn", "5"), ("/files/a.txt", "10"), ("/long?n=50000", "50000"), ("/status", None),
                             ("/chunked", None)]:
            a = c.get(path, method="HEAD")
            assert length in (None, a["content-length"]), path
        assert c.get("/dyn").body == b"hello"


def test_what_ends_a_connection(http):
    for path, headers, version in [("/dyn", ["Connection: close"], "1.1"), ("/dyn", [], "1.0"),
                                   ("/dyn", ["Connection: keep-alive"], "1.0"), ("/nolen", [], "1.1")]:
        with Http(http.port) as c:
            assert c.get(path, *headers, version=version).body == b"hello"
            assert c.ends(), path


@pytest.mark.ours_only("the connection stays, and the client takes what comes next for the rest")
@pytest.mark.parametrize("path", ["/short", "/broken-chunks"])
def test_a_broken_promise_ends_the_connection(http, path):
    got = exchange(http.port, f"GET {path} HTTP/1.1\r\n{HOST}\r\nGET /dyn HTTP/1.1\r\n{HOST}\r\n")
    assert b"hello" in got and got.count(b"HTTP/1.1") == 1


def test_pipelined_requests_are_answered_in_order(http):
    with Http(http.port) as c:
        c.send("".join(f"GET /long?n={n * 10} HTTP/1.1\r\n{HOST}\r\n" for n in range(1, 200)))
        for n in range(1, 200):
            assert len(c.answer().body) == n * 10


@pytest.mark.ours_only("the body of a request that is answered before it is read is taken for a request")
def test_a_body_that_nobody_reads_is_no_request(http, tmp_path):
    (tmp_path / "a.txt").write_text("0123456789")
    smuggled = f"GET /status?code=418 HTTP/1.1\r\n{HOST}\r\n".encode()
    with Http(http.port) as c:
        for method, path in [("GET", "/dyn"), ("GET", "/files/a.txt"), ("POST", "/files/a.txt"), ("POST", "/status"),
                             ("PUT", "/redirect"), ("GET", "/nothing")]:
            assert c.get(path, method=method, body=smuggled).status != 418
            assert c.get("/dyn").body == b"hello", (method, path)
        c.send(f"GET /dyn HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
        assert c.answer().body == b"hello"
        assert c.get("/dyn").body == b"hello"


@pytest.mark.ours_only("all of it would be taken for requests")
def test_of_a_long_body_that_nobody_reads_only_so_much_is_thrown_away(http):
    with Http(http.port) as c:
        c.send(f"POST /status HTTP/1.1\r\n{HOST}Content-Length: 100000000\r\n\r\n")
        assert c.answer().status == 403
        assert c.ends()


def test_bodies(http):
    with Http(http.port) as c:
        for size in [1, 10, 4095, 4096, 4097, 100000]:
            a = c.get("/echo", method="POST", body=b"x" * size)
            assert a.body == b"x" * size + f"[{size}]".encode()
        assert c.get("/echo", "Content-Length: 0", method="POST").body == b"[0]"
        assert c.get("/echo", method="PUT", body=b"abc").body == b"abc[3]"
        c.send(f"POST /echo HTTP/1.1\r\n{HOST}Content-Length: 6\r\n\r\n")
        for byte in b"abcdef":
            time.sleep(0.02)
            c.send(bytes([byte]))
        assert c.answer().body == b"abcdef[6]"


@pytest.mark.ours_only("chunks are handed to the program as they are")
def test_chunked_bodies(http):
    with Http(http.port) as c:
        head = f"POST /echo HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n"
        c.send(head + "5\r\nhello\r\n1;ext=1\r\n \r\n0\r\nTrailer: x\r\n\r\n")
        assert c.answer().body == b"hello [6]"
        for byte in (head + "a\r\n0123456789\r\n0\r\n\r\n").encode():
            c.send(bytes([byte]))
        assert c.answer().body == b"0123456789[10]"
        c.send(head + "5\r\nhello\r\nzz\r\n")
        assert c.answer().status == 400
        assert c.ends()


@pytest.mark.ours_only("no 100 is sent")
def test_a_client_that_waits_for_100_gets_one(http):
    with Http(http.port) as c:
        c.send(f"POST /echo HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert c.answer().status == 100
        c.send("abc")
        assert c.answer().body == b"abc[3]"
        # An answer that does not wait for the body: nobody knows whether it comes, so the connection ends.
        c.send(f"POST /status HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert c.answer().status == 403
        assert c.ends()


MULTIPART = ("--XX\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello there\r\n"
             "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
             "Content-Type: text/plain\r\n\r\nfile\r\n--X body\r\n--XX--\r\n").encode()


@pytest.mark.parametrize("path", ["/form", "/kept-form"])
def test_forms(http, path):
    """Read by lws_spa_create(), and by lws_spa_create_via_info() with values that outlive the reader in an lwsac."""
    with Http(http.port) as c:
        a = c.get(path, "Content-Type: application/x-www-form-urlencoded", method="POST",
                  body=b"text=a%20b+c%26&other=1&file=f")
        assert b"text=a b c&\nfile=f\n" in a.body
        a = c.get(path, "Content-Type: multipart/form-data; boundary=XX", method="POST", body=MULTIPART)
        assert a.body.startswith(b"file a.txt 2 \nfile a.txt 1 file\r\n--X body\n")
        assert b"text=hello there\n" in a.body
        a = c.get(path, "Content-Type: multipart/form-data; boundary=XX", method="POST",
                  body=MULTIPART.replace(b"file\r\n--X", b"y" * 5000))
        assert a.body.count(b"file a.txt 0 ") == 4 and a.body.count(b"y") == 5000 + 1
    for kind, data in [("application/x-www-form-urlencoded", b"text=" + b"x" * 2000),
                       ("application/x-www-form-urlencoded", b"text=%zz"),
                       ("multipart/form-data; boundary=XX", b"--XXX\r\n\r\n")]:
        with Http(http.port) as c:
            assert c.get(path, f"Content-Type: {kind}", method="POST", body=data) is None, data


SMUGGLING = {
    "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n",
    "lengths in a list": "Content-Length: 5, 6\r\n",
    "signed length": "Content-Length: +5\r\n",
    "negative length": "Content-Length: -5\r\n",
    "hex length": "Content-Length: 0x5\r\n",
    "length with letters": "Content-Length: 5abc\r\n",
    "empty length": "Content-Length:\r\n",
    "huge length": "Content-Length: 99999999999999999999\r\n",
    "space before the colon": "Content-Length : 5\r\n",
    "tab before the colon": "X-A\t: 5\r\n",
    "folded line": "X-A: 1\r\n Content-Length: 5\r\n",
    "bare line feed": "X-A: 1\nContent-Length: 5\r\n",
    "bare carriage return": "X-A: 1\rContent-Length: 5\r\n",
    "NUL in a value": "X-A: 1\0\r\n",
    "empty name": ": 5\r\n",
    "no colon": "Content-Length\r\n",
    "two hosts": "Host: other\r\n",
    "coding twice": "Transfer-Encoding: chunked, chunked\r\n",
    "coding in disguise": "Transfer-Encoding: xchunked\r\n",
    "coding, not last": "Transfer-Encoding: chunked, identity\r\n",
    "coding with a vertical tab": "Transfer-Encoding: \x0bchunked\r\n",
}


@pytest.mark.ours_only("most of these are answered 200")
@pytest.mark.parametrize("what", SMUGGLING)
def test_what_two_servers_could_read_in_two_ways_is_refused(http, what):
    got = exchange(http.port, f"POST /echo HTTP/1.1\r\n{HOST}{SMUGGLING[what]}\r\n0\r\n\r\nGET /dyn HTTP/1.1\r\n{HOST}\r\n")
    status = int(got.split()[1])
    assert status in (400, 501) and got.count(b"HTTP/1.") == 1, got


@pytest.mark.ours_only("answered 200")
@pytest.mark.parametrize("head", [
    "GET /dyn HTTP/1.1\r\n\r\n", "GET /dyn HTTP/1.1\r\nHost: a b\r\n\r\n", "GET /dyn HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET /dyn HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "GET /dyn HTTP/1.1\n" + HOST + "\r\n",
])
def test_heads_that_are_refused(http, head):
    assert exchange(http.port, head).startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))


@pytest.mark.ours_only("oversized heads are cut off without an answer")
def test_heads_are_bounded(http):
    for head, status in [("GET /" + "a" * 20000 + " HTTP/1.1\r\n", b"414"),
                         (f"GET /dyn HTTP/1.1\r\n{HOST}" + "X-A: " + "b" * 20000 + "\r\n\r\n", b"431"),
                         (f"GET /dyn HTTP/1.1\r\n{HOST}" + "X: y\r\n" * 400 + "\r\n", b"431")]:
        assert exchange(http.port, head).split()[1] == status


@pytest.mark.ours_only("most of such answers lose their body")
def test_a_peer_that_ends_its_side_at_once_gets_its_answer_whole(http, tmp_path):
    (tmp_path / "big.txt").write_bytes(b"z" * 3_000_000)
    for _ in range(10):
        got = exchange(http.port, f"POST /echo HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\nhello", half_close=True)
        assert got.endswith(b"hello[5]")
        got = exchange(http.port, f"GET /files/big.txt HTTP/1.1\r\n{HOST}\r\n", half_close=True)
        assert got.count(b"z") == 3_000_000
    got = exchange(http.port, f"GET /dyn HTTP/1.1\r\n{HOST}\r\n" * 3, half_close=True)
    assert got.count(b"hello") == 3


def test_a_stream_of_events_is_live_and_ends_with_either_side(http):
    with Http(http.port) as c:
        c.send(f"GET /events HTTP/1.1\r\n{HOST}\r\n")
        a = c.answer()
        assert a["content-type"] == "text/event-stream"
        assert a.body == b"data: 0\r\n\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n"
    for _ in range(20):
        with Http(http.port) as c:
            c.send(f"GET /events HTTP/1.1\r\n{HOST}\r\n")
            c._until(b"data: 0")
    with Http(http.port) as c:
        assert c.get("/dyn").body == b"hello"


def test_no_wait_ends_a_stream_of_events(server, tmp_path):
    http = server("http", "--dir", str(tmp_path), "--timeout", "1", "--keepalive", "1")
    with Http(http.port) as c:
        c.send(f"GET /events?ms=1200 HTTP/1.1\r\n{HOST}\r\n")
        assert c.answer().body.count(b"data: ") == 3


@pytest.mark.ours_only("it spins until the keep-alive timeout")
def test_a_peer_that_floods_and_goes_away_costs_nothing_afterwards(http):
    request = f"GET /dyn HTTP/1.1\r\n{HOST}\r\n".encode() * 2000
    for _ in range(5):
        c = socket.create_connection(("127.0.0.1", http.port))
        c.setblocking(False)
        try:
            for _ in range(50):
                c.send(request)
        except BlockingIOError:
            pass
        c.close()
    time.sleep(0.5)
    before = http.cpu_seconds()
    time.sleep(1)
    assert http.cpu_seconds() - before < 0.2
    with Http(http.port) as c:
        assert c.get("/dyn").body == b"hello"


def slow_peers(port, count):
    """Heads that stop or come at a byte a time, bodies that stop, connections kept idle, and such as say nothing."""
    kinds = [b"GET /dyn HT", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", b"GET /dyn HTTP/1.1\r\nHost: a\r\n\r\n", b""]
    for i in range(count):
        c = socket.create_connection(("127.0.0.1", port))
        c.sendall(kinds[i % 4])
        yield c


@pytest.mark.ours_only("the handshake timeout does not follow timeout_secs alone")
def test_slow_peers_are_ended_and_hold_nobody_up(server, tmp_path, scale):
    """LWS_SLOW_PEERS says how many (300 × LWS_TEST_SCALE); `make test-slow-peers` runs ten thousand."""
    count = int(os.environ.get("LWS_SLOW_PEERS", 300 * scale))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
    http = server("http", "--dir", str(tmp_path), "--timeout", "2", "--keepalive", "1")
    before, files, most = http.resident(), http.open_files(), 0
    slow = []
    stop = threading.Event()

    def dribble():
        # Heads at a byte each second, or faster when they are few: their time is for all of the head.
        while not stop.wait(0.1 if count < 1000 else 1):
            for c in slow[::4]:
                try:
                    c.send(b"X")
                except OSError:
                    pass

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        deadline = time.monotonic() + 12 + count / 200
        peers, left = slow_peers(http.port, count), True
        while left or http.open_files() > files + 3:
            assert time.monotonic() < deadline, "slow peers are still there"
            for c in itertools.islice(peers, 500):
                slow.append(c)
            left = len(slow) < count
            started = time.monotonic()
            with Http(http.port) as c:
                assert c.get("/dyn").body == b"hello"
            assert time.monotonic() - started < 2
            most = max(most, http.open_files())
            assert http.resident() - before < (8 << 20) + 6000 * count
            time.sleep(0.02)
        print(f"{count} slow peers, at most {most} files open, {http.resident() - before} bytes more resident than before")
    finally:
        stop.set()
        thread.join()
        for c in slow:
            c.close()


def test_headers_reach_the_program(http):
    with Http(http.port) as c:
        body = c.get("/headers?a=1&b=two%20words&c", "X-Custom: Val", "Cookie: id=42; x=y", "Accept: */*").body.decode()
    for line in ["method 0 uri /headers", "3 localhost", "17 */*", "76 a=1,b=two words,c", "arg 1 b=two words", "custom Val",
                 "cookie 42"]:
        assert line in body.splitlines(), body


def test_an_upgrade_that_nobody_speaks(http):
    got = exchange(http.port, f"GET /dyn HTTP/1.1\r\n{HOST}Connection: upgrade\r\nUpgrade: other\r\n\r\n")
    assert got.startswith(b"HTTP/1.0 403")


@pytest.mark.parametrize("behind", [b"", b"POST /form", b"garbage"], ids=["nothing", "a request", "garbage"])
@pytest.mark.parametrize("how", ["reset", "end"])
def test_a_peer_that_goes_while_the_program_is_busy_is_let_go(server, tmp_path, how, behind):
    """/form without a length: the program waits for a body that has no place, and answers nothing."""
    http = server("http", "--dir", str(tmp_path), "--timeout", "1", "--keepalive", "1")
    exchange(http.port, f"GET /dyn HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
    time.sleep(0.5)
    files = http.open_files()
    c = Http(http.port)
    c.send(f"POST /form HTTP/1.1\r\n{HOST}\r\n".encode() + behind)
    deadline = time.monotonic() + 15
    while http.open_files() == files and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    assert http.open_files() == files + 1
    if how == "reset":
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    c.socket.close()
    deadline = time.monotonic() + 15
    while http.open_files() > files and time.monotonic() < deadline:
        time.sleep(0.05)
    assert http.open_files() == files
