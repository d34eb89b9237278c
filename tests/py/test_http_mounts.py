"""Mounts that name a protocol, vhosts behind one port, and vhosts that end while they serve: tests/c/site.c."""
import socket
import subprocess
import time

import pytest
from http_peer import Http, exchange


@pytest.fixture
def files(tmp_path):
    root = tmp_path / "site"
    root.mkdir()
    (root / "a.txt").write_text("0123456789")
    (root / "b.odd").write_text("odd")
    (root / "noext").write_text("none")
    (root / "big.txt").write_bytes(b"z" * 3_000_000)
    return root


@pytest.fixture
def site(server, files):
    return server("site", "--dir", str(files), "--log")


def ask(site, request, host="main", more=""):
    """The answer to a request on a connection of its own: its status, and all of it."""
    got = exchange(site.port, f"{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")
    return (int(got.split()[1]) if got else None), got


def callbacks(site, request, more=""):
    """What a request leads to: its status, what is behind its head, and the callbacks up to the connection's end."""
    start = len(site.lines)
    status, got = ask(site, request, more=more)
    site.wait_for(r" CLOSED_HTTP", start=start)
    return status, got.partition(b"\r\n\r\n")[2], [line.strip() for line in site.lines[start:]]


ENTER = ["mounted BIND", "mounted CHECK_ACCESS_RIGHTS {} mask {}", "mounted PMO a=1 b=2"]
AGAIN = ["mounted DROP", "mounted BIND"]
LEAVE = ["mounted DROP", "mounted CLOSED_HTTP"]


def enter(path, mask):
    return [f"http FILTER {path}"] + [line.format(path, mask) for line in ENTER]


def test_a_mount_of_files_with_a_protocol(site):
    sent = ["mounted ADD_HEADERS", "mounted FILE_COMPLETION"]
    assert callbacks(site, "GET /pmo/a.txt") == (200, b"0123456789", enter("/pmo/a.txt", 0) + AGAIN + sent + LEAVE)
    assert callbacks(site, "PUT /pmo/a.txt") == (200, b"0123456789", enter("/pmo/a.txt", 0) + AGAIN + sent + LEAVE)
    status, _, lines = callbacks(site, "GET /pmo/none")
    assert (status, lines) == (404, enter("/pmo/none", 0) + AGAIN + ["mounted HTTP /none"] + LEAVE)
    status, _, lines = callbacks(site, "POST /pmo/a.txt")
    assert (status, lines) == (404, enter("/pmo/a.txt", 0) + ["mounted HTTP /a.txt"] + LEAVE)
    for request in ["GET /pmo/a.txt", "HEAD /pmo/a.txt", "GET /pmo/b.odd"]:
        _, got = ask(site, request)
        assert got.count(b"\r\nx-added: yes\r\n") == 1, got
    assert b"content-type: application/x-odd\r\n" in ask(site, "GET /pmo/b.odd")[1]


def test_a_mount_of_files_without_one(site):
    assert callbacks(site, "GET /any/a.txt") == (200, b"0123456789", ["http FILTER /any/a.txt", "http FILE_COMPLETION", "http CLOSED_HTTP"])
    status, _, lines = callbacks(site, "GET /any/none")
    assert (status, lines) == (404, ["http FILTER /any/none", "http HTTP /any/none", "http CLOSED_HTTP"])
    _, got = ask(site, "GET /any/noext")
    assert b"content-type: application/x-any\r\n" in got and b"cache-control: must-revalidate, private, max-age=120\r\n" in got
    assert b"x-added" not in got
    assert ask(site, "GET /any/")[1].endswith(b"0123456789")


def test_mounts_of_a_protocol(site):
    assert callbacks(site, "GET /call/who") == (200, b"main", enter("/call/who", 1) + AGAIN + ["mounted HTTP /who"] + LEAVE)
    assert callbacks(site, "POST /call/who") == (200, b"main", enter("/call/who", 1) + ["mounted HTTP /who"] + LEAVE)
    # Named by `origin` only, a GET brings the whole path: so it is on the original.
    status, _, lines = callbacks(site, "GET /by-origin/who")
    assert (status, lines) == (404, enter("/by-origin/who", 0) + ["mounted HTTP /by-origin/who"] + LEAVE)
    assert callbacks(site, "POST /by-origin/who") == (200, b"main", enter("/by-origin/who", 0) + ["mounted HTTP /who"] + LEAVE)


def test_who_may_not_come_in(site):
    status, _, lines = callbacks(site, "GET /nobody/who")
    assert status == 401
    assert lines == ["http FILTER /nobody/who", "mounted BIND", "mounted CHECK_ACCESS_RIGHTS /nobody/who mask 2"] + LEAVE


def test_a_mount_of_a_protocol_that_is_not_there(site):
    for request in ["GET /unknown/a.txt", "POST /unknown/a.txt"]:
        start = len(site.lines)
        assert ask(site, request) == (None, b"")
        site.wait_for("E: ", start=start)


@pytest.mark.ours_only("such mounts are taken, and requests for them fail")
@pytest.mark.parametrize("kind, name", [(0, "reverse proxy"), (1, "reverse proxy"), (3, "CGI"), (99, "origin_protocol")])
def test_mounts_of_what_is_not_built_are_refused(stage, kind, name):
    done = subprocess.run([stage.test_program("site"), "--kind", str(kind)], env=stage.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "port " not in done.stdout
    errors = [line for line in done.stderr.splitlines() if " E: " in line]
    assert len(errors) == 1 and "vhost 'main': the mount '/pmo' wants" in errors[0] and name in errors[0], done.stderr


def test_redirect_mounts(site):
    for request, location in [("GET /to-http", "http://example.org/x"), ("GET /to-http/z?q", "http://example.org/x"),
                              ("GET /to-https/z", "https://example.org/y"), ("GET /any", "http://main/any/")]:
        status, got = ask(site, request)
        assert status == 301 and f"location: {location}\r\n".encode() in got, got


def test_a_file_sent_by_fragments(site, files):
    status, got = ask(site, "GET /fragment")
    assert status == 200 and got.partition(b"\r\n\r\n")[2] == b"z" * 3_000_000
    (files / "big.txt").write_text("short")
    for _ in range(3):
        status, got = ask(site, "GET /fragment")
        assert status == 200 and got.endswith(b"\r\n\r\nshort")
    (files / "big.txt").unlink()
    assert ask(site, "GET /fragment")[0] == 404


def test_headers_are_let_go_when_the_program_says_so(site):
    assert ask(site, "GET /detach")[1].endswith(b"gone")


def test_an_upgrade_to_something_else_is_refused_before_the_program_hears_of_it(site):
    got = exchange(site.port, "GET /who HTTP/1.1\r\nHost: main\r\nConnection: upgrade\r\nUpgrade: own\r\n\r\n")
    assert got.startswith(b"HTTP/1.0 403")
    assert not any("CONFIRM" in line for line in site.lines)


HOSTS = [("main", "main"), ("MAIN", "main"), ("other.example", "other.example"), ("sub.other.example", "other.example"), ("goes", "goes"),
         ("unknown", "main"), ("127.0.0.1", "main"), ("[::2]", "main")]
HOSTS_OURS = [("OTHER.Example", "other.example"), ("OTHER.Example:80", "other.example"), ("other.example:7681", "other.example"),
              ("[::1]", "::1"), ("[::1]:7681", "::1")]


def test_a_vhost_is_chosen_by_the_host_header(stage, site):
    for host, vhost in HOSTS + (HOSTS_OURS if stage.name == "ours" else []):
        status, got = ask(site, "GET /who", host)
        assert (status, got.partition(b"\r\n\r\n")[2]) == (200, vhost.encode()), host


def test_each_vhost_has_its_own_page_for_what_is_not_there(site):
    assert ask(site, "GET /nothing")[0] == 404
    status, got = ask(site, "GET /nothing", "other.example")
    assert status == 302 and b"location: /lost.html\r\n" in got


def connection(site, data, until):
    c = Http(site.port)
    c.send(data)
    c._until(until)
    return c


@pytest.mark.ours_only("dies, or never ends the vhost")
def test_a_vhost_ends_while_it_serves(site):
    head = "Host: goes\r\n"
    idle = Http(site.port)
    idle.send(f"GET /who HTTP/1.1\r\n{head}\r\n")
    assert idle.answer().body == b"goes"
    half = connection(site, f"POST /post HTTP/1.1\r\n{head}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n", b"100 Continue\r\n\r\n")
    half.send("01234")
    slow = connection(site, f"GET /slow?n=3000 HTTP/1.1\r\n{head}\r\n", b"\r\n\r\n")
    file = connection(site, f"GET /any/big.txt HTTP/1.1\r\n{head}\r\n", b"\r\n\r\n")
    start = len(site.lines)
    assert ask(site, "GET /destroy")[1].endswith(b"destroyed")
    # Nothing new gets there,
    assert ask(site, "GET /who", "goes")[1].endswith(b"main")
    # what is under way goes on and comes whole,
    half.send("56789")
    assert half.answer().body == b"body"
    assert slow._take(3000) == b"s" * 3000
    assert file._take(3_000_000) == b"z" * 3_000_000
    # and with the last of them the vhost ends.
    assert not any("PROTOCOL_DESTROY" in line for line in site.lines[start:])
    for c in (idle, half, slow, file):
        c.socket.close()
    site.wait_for("PROTOCOL_DESTROY", start=start)
    assert ask(site, "GET /who")[1].endswith(b"main")


@pytest.mark.ours_only("dies, or never ends the vhost")
def test_peers_that_vanish_end_a_vhost_as_well(site):
    start = len(site.lines)
    gone = [connection(site, f"GET /slow?n=90000 HTTP/1.1\r\nHost: goes\r\n\r\n", b"\r\n\r\n"),
            connection(site, f"GET /any/big.txt HTTP/1.1\r\nHost: goes\r\n\r\n", b"\r\n\r\n")]
    assert ask(site, "GET /destroy")[0] == 200
    time.sleep(0.1)
    for c in gone:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        c.socket.close()
    site.wait_for("PROTOCOL_DESTROY", start=start)
