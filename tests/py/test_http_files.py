"""Files over HTTP: mounts, ranges, preconditions, what is outside stays outside, large files and files that change."""
import base64
import os
import re
import time

import pytest
from http_peer import Http, exchange

HOST = "Host: localhost\r\n"


@pytest.fixture
def site(tmp_path):
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text("<p>index</p>")
    (root / "sub" / "index.html").write_text("<p>sub</p>")
    (root / "a.txt").write_text("0123456789")
    (root / "empty.txt").write_text("")
    (root / "page.shtml").write_text("<title>$title</title>" + "x" * 9000 + "$titles $unknown $")
    os.utime(root / "a.txt", (1_600_000_000, 1_600_000_000))
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "passwords").write_text("user:pw\nother:thing\n")
    return root


@pytest.fixture
def http(server, site, tmp_path):
    return server("http", "--dir", str(site), "--passwords", str(tmp_path / "passwords"))


@pytest.fixture
def c(http):
    with Http(http.port) as connection:
        yield connection


def test_files_directories_and_types(c):
    for path, kind, body in [("/files/a.txt", "text/plain", b"0123456789"), ("/files/", "text/html", b"<p>index</p>"),
                             ("/files/sub/", "text/html", b"<p>sub</p>"), ("/files/sub", "text/html", b"<p>sub</p>"),
                             ("/files/empty.txt", "text/plain", b""), ("/files/a.txt?q=1", "text/plain", b"0123456789")]:
        a = c.get(path)
        assert (a.status, a["content-type"], a.body) == (200, kind, body), path
    assert c.get("/files").headers[0] == ("location", "http://localhost/files/")
    assert c.get("/files/none.txt").status == 404
    assert c.get("/files/a.txt")["cache-control"] == "no-store"
    assert c.get("/cached/a.txt")["cache-control"] == "public, max-age=60"
    assert c.get("/cb/dyn").body == b"hello"


def test_a_redirect_mount(http):
    with Http(http.port) as c:
        a = c.get("/away/x")
        assert (a.status, a["location"]) == (301, "https://example.org/there")


@pytest.mark.ours_only("no ranges, no If-Modified-Since")
def test_preconditions(c):
    etag = c.get("/files/a.txt")["etag"]
    for header, status in [(f"If-None-Match: {etag}", 304), (f'If-None-Match: "x", W/"{etag}"', 304),
                           ("If-None-Match: *", 304), ('If-None-Match: "x"', 200),
                           ("If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT", 304),
                           ("If-Modified-Since: Sun, 13 Sep 2020 12:26:39 GMT", 200), ("If-Modified-Since: soon", 200),
                           ('If-Match: "x"', 412), (f'If-Match: "{etag}"', 200),
                           ("If-Unmodified-Since: Sun, 13 Sep 2020 12:26:39 GMT", 412)]:
        a = c.get("/files/a.txt", header)
        assert a.status == status, header
        assert a.body == (b"0123456789" if status == 200 else b"")


@pytest.mark.ours_only("Range is ignored")
def test_ranges(c):
    etag = c.get("/files/a.txt")["etag"]
    for spec, place, body in [("2-5", "2-5", b"2345"), ("-3", "7-9", b"789"), ("4-", "4-9", b"456789"),
                              ("0-99", "0-9", b"0123456789")]:
        a = c.get("/files/a.txt", f"Range: bytes={spec}")
        assert (a.status, a["content-range"], a.body) == (206, f"bytes {place}/10", body)
    for spec in ["50-60", "10-", "-0"]:
        a = c.get("/files/a.txt", f"Range: bytes={spec}")
        assert (a.status, a["content-range"], a.body) == (416, "bytes */10", b"")
    for spec in ["bytes=5-2", "bytes=x", "lines=1-2", "bytes=" + "0-0," * 40]:
        assert c.get("/files/a.txt", f"Range: {spec}").body == b"0123456789"
    for condition, status in [(f'"{etag}"', 206), ('"old"', 200), ("Sun, 13 Sep 2020 12:26:40 GMT", 206)]:
        assert c.get("/files/a.txt", "Range: bytes=0-0", f"If-Range: {condition}").status == status
    a = c.get("/files/a.txt", "Range: bytes=0-1,8-")
    assert a.status == 206
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", a["content-type"]).group(1)
    part = "--{}\r\ncontent-type: text/plain\r\ncontent-range: bytes {}/10\r\n\r\n{}\r\n"
    want = part.format(boundary, "0-1", "01") + part.format(boundary, "8-9", "89") + f"--{boundary}--\r\n"
    assert a.body.decode() == want
    assert c.get("/files/a.txt", "Range: bytes=0-1", method="HEAD")["content-length"] == "10"


def test_a_program_serves_a_file_with_headers_of_its_own(c, site):
    a = c.get(f"/file?name={site / 'a.txt'}")
    assert (a.status, a.body, a["x-other"]) == (200, b"0123456789", "1")
    assert c.get("/file?name=/nonexistent").status == 404
    assert c.get("/file?name=/dev/zero").status == 404


def test_a_protocol_changes_what_passes(c):
    a = c.get("/files/page.shtml")
    assert (a.status, a["transfer-encoding"]) == (200, "chunked")
    assert a.body.decode() == ("<title>A title that is longer than its name</title>" + "x" * 9000 + "Titles $unknown $")


WAYS_OUT = ["../secret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt", "..%2fsecret.txt", "sub/../../secret.txt",
            "sub/%2e%2e/%2e%2e/secret.txt", "....//secret.txt", ".%2e/secret.txt", "%252e%252e/secret.txt",
            "..%5csecret.txt", "..\\secret.txt", "//../secret.txt", "./../secret.txt", "..;/secret.txt",
            "%c0%ae%c0%ae/secret.txt", "sub/..%2f..%2fsecret.txt", "out.txt", "up/secret.txt", "absolute.txt", "secret.txt"]


@pytest.mark.ours_only("links out of a mount are followed")
@pytest.mark.parametrize("way", WAYS_OUT)
def test_nothing_outside_a_mount_is_served(http, site, tmp_path, way):
    (site / "out.txt").symlink_to("../secret.txt")
    (site / "up").symlink_to("..")
    (site / "absolute.txt").symlink_to(tmp_path / "secret.txt")
    (site / "in.txt").symlink_to(site / "a.txt")
    got = exchange(http.port, f"GET /files/{way} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
    assert b"secret" not in got and got.split()[1] in (b"404", b"415"), got
    got = exchange(http.port, f"GET /files/in.txt HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
    assert got.endswith(b"0123456789")


def test_odd_names(http, site):
    os.mkfifo(site / "fifo.txt")
    for path, statuses in [("/files/a%00.txt", (b"403",)), ("/files/" + "n" * 3000 + ".txt", (b"404",)),
                           ("/files/fifo.txt", (b"404",)), ("/files/a.txt/below.txt", (b"404",)),
                           ("/files/%ff%fe.txt", (b"404",)), ("/files//a.txt", (b"200",)), ("/files/./a.txt", (b"200",))]:
        got = exchange(http.port, f"GET {path} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
        assert got.split()[1] in statuses, path


def test_passwords(c):
    def basic(text):
        return "Authorization: Basic " + base64.b64encode(text.encode()).decode()

    for path, good in [("/auth/a.txt", "user:pw"), ("/auth/a.txt", "other:thing"), ("/authcb/a.txt", "user:good")]:
        assert c.get(path, basic(good)).body == b"0123456789"
    for header in [None, basic("user:p"), basic("user:"), basic("user"), basic(""), basic("user:pw\nother"), basic("x:pw"),
                   "Authorization: Basic !!!", "Authorization: Bearer x"]:
        for path in ["/auth/a.txt", "/authcb/a.txt"]:
            a = c.get(path, *([header] if header else []))
            assert (a.status, a["www-authenticate"]) == (401, 'Basic realm="lwsws"'), header


def test_a_large_file_costs_no_memory(http, site, scale):
    size = 8 << 30
    with open(site / "large.txt", "wb") as f:
        f.truncate(size)
    resident = http.resident()
    with Http(http.port) as c:
        c.send(f"GET /files/large.txt HTTP/1.1\r\n{HOST}\r\n")
        assert b"content-length: 8589934592" in c._until(b"\r\n\r\n")
        got, want = len(c.left), int(min(size, (256 << 20) * scale))
        buffer = bytearray(1 << 20)
        while got < want:
            got += c.socket.recv_into(buffer)
    assert http.resident() - resident < 32 << 20
    if http.stage.name == "ours":
        with Http(http.port) as c:
            a = c.get("/files/large.txt", f"Range: bytes={size - 5}-")
            assert a.body == b"\0" * 5 and a["content-range"] == f"bytes {size - 5}-{size - 1}/{size}"


@pytest.mark.ours_only("the connection stays, and the client waits")
def test_a_file_that_shrinks_ends_its_connection(http, site):
    with open(site / "shrinks.txt", "wb") as f:
        f.truncate(64 << 20)
    with Http(http.port) as c:
        c.send(f"GET /files/shrinks.txt HTTP/1.1\r\n{HOST}\r\n")
        c._until(b"\r\n\r\n")
        os.truncate(site / "shrinks.txt", 1000)
        got = len(c.left)
        while data := c.socket.recv(1 << 20):
            got += len(data)
        assert got < 64 << 20
    with Http(http.port) as c:
        assert c.get("/files/a.txt").status == 200


def test_a_file_that_changes_and_grows_is_sent_as_long_as_was_promised(http, site):
    (site / "grows.txt").write_bytes(b"a" * (16 << 20))
    with Http(http.port) as c:
        c.send(f"GET /files/grows.txt HTTP/1.1\r\n{HOST}\r\n")
        assert b"content-length: 16777216\r\n" in c._until(b"\r\n\r\n") + b"\r\n"
        with open(site / "grows.txt", "r+b") as f:
            f.write(b"b" * (20 << 20))
        assert set(c._take(16 << 20)) <= set(b"ab")
        # What comes next is the answer to the next request.
        assert c.get("/files/a.txt").body == b"0123456789"


@pytest.mark.ours_only("no timeout_secs for what is being sent")
def test_a_reader_that_stalls_is_ended_and_a_slow_one_is_not(server, site):
    with open(site / "big.txt", "wb") as f:
        f.truncate(24 << 20)
    http = server("http", "--dir", str(site), "--timeout", "2", "--keepalive", "1")
    stalled, slow = Http(http.port), Http(http.port)
    for c in (stalled, slow):
        c.send(f"GET /files/big.txt HTTP/1.1\r\n{HOST}\r\n")
    got, deadline = 0, time.monotonic() + 6
    while time.monotonic() < deadline:
        got += len(slow.socket.recv(1 << 20))
        time.sleep(0.1)
    assert got > 4 << 20
    files = http.open_files()
    with Http(http.port) as c:
        assert c.get("/dyn").status == 200
    while data := slow.socket.recv(1 << 22):
        got += len(data)
        if got >= 24 << 20:
            break
    assert got >= 24 << 20
    slow.socket.close()
    time.sleep(0.5)
    assert http.open_files() < files + 1
    stalled.socket.close()
