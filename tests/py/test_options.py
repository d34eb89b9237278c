"""Every member of the creation info and every LWS_SERVER_OPTION_* bit: what creation says, and what those that work do.

tests/c/options.c creates the context; the rows of src/capi/options.rs say what is expected of each item.
"""

import contextlib
import grp
import importlib.machinery
import importlib.util
import os
import pathlib
import pwd
import re
import select
import socket
import stat
import struct
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_rows():
    loader = importlib.machinery.SourceFileLoader("options_table", str(ROOT / "tests/options-table"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("options_table", loader))
    loader.exec_module(module)
    return module.rows_of_code()


ROWS = load_rows()
SOME_TEXT = {"http_proxy_address": "127.0.0.1:3128", "vhost_name": "example", "iface": "lo", "username": "root", "groupname": "root",
             "unix_socket_perms": "root:root", "listen_accept_role": "raw-skt", "listen_accept_protocol": "options"}


def rows(state):
    found = [r for r in ROWS if r.state == state]
    assert found, f"no row with state {state}: has the table changed its shape?"
    return pytest.mark.parametrize("row", found, ids=[r.name for r in found])


def arguments(row):
    """What tells the program to set the row's item."""
    if row.is_bit:
        return [row.name.removeprefix("LWS_SERVER_OPTION_")]
    if row.name == "foreign_loops" and row.state == "missing":
        return ["foreign_loops", "GLIB"]
    if row.name in ("listen_accept_role", "listen_accept_protocol"):
        text = f"{row.name}={SOME_TEXT[row.name]}"
        return [text] if row.state == "no effect" else ["FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG", text]
    name = {"caps": "caps[0]", "http2_settings": "http2_settings[0]", "_unused": "_unused[0]"}.get(row.name, row.name)
    if row.name == "ssl_cert_filepath":
        # With nothing to serve it with, it is told (test_tls.py); given to a vhost that is not made, it is not read.
        return ["EXPLICIT_VHOSTS", "ssl_cert_filepath"]
    if row.name == "ka_time":
        return ["ka_time", "ka_probes", "ka_interval"]
    if row.name in ("port", "options", "count_caps"):
        return [f"{name}=0"]
    if row.name in ("uid", "gid"):
        return [f"{name}=-1"]
    if row.name == "count_threads":
        return ["count_threads=2"]
    if row.name in ("max_http_header_data", "max_http_header_data2", "pt_serv_buf_size", "rlimit_nofile",
                    "fd_limit_per_thread"):
        return [f"{name}=1024"]
    return [f"{name}={SOME_TEXT[row.name]}" if row.name in SOME_TEXT else name]


class Options:
    """tests/c/options.c, and the library that it runs on."""

    def __init__(self, stage):
        self.path, self.environment = str(stage.test_program("options", ["-std=c99"])), stage.environment


@pytest.fixture(scope="session")
def program(stage):
    return Options(stage)


class Outcome:
    def __init__(self, text):
        self.lines = text.splitlines()
        self.logs = [(int(m[1]), m[2]) for m in (re.match(r"log (\d+) (.*)", line) for line in self.lines) if m]

    def said(self, level):
        return [text for at, text in self.logs if at == level]

    def __contains__(self, line):
        return line in self.lines

    def __repr__(self):
        return "\n".join(self.lines)


ERR, WARN, INFO = 1, 2, 8


def about(row, texts):
    """Those of the log lines that name the row's item."""
    return [text for text in texts if re.search(rf"[ (]{re.escape(row.name)}[:)]|[ (]{re.escape(row.name)} \(", text)]


def create(program, *args):
    done = subprocess.run([program.path, *args], env=program.environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 0, f"{args}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return Outcome(done.stdout)


class Server:
    def __init__(self, process):
        self.process, self.seen, self.port = process, [], None

    def wait_for(self, start, seconds=10):
        """The first line, seen already or still to come, that begins so."""
        end = time.monotonic() + seconds
        for line in self.seen:
            if line.startswith(start):
                return line
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            line = self.process.stdout.readline().decode() if ready else ""
            assert line, f"no line '{start}...' within {seconds} s; seen:\n" + "\n".join(self.seen)
            self.seen.append(line.rstrip("\n"))
            if line.startswith(start):
                return self.seen[-1]

    def connect(self, host="127.0.0.1"):
        return socket.create_connection((host, self.port), timeout=5)

    def ask(self, path="/", host="localhost", extra="", address="127.0.0.1"):
        with self.connect(address) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n".encode())
            return head(s)

    def upgrade(self, s, host="localhost"):
        s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Protocol: options\r\n\r\n".encode())
        return head(s)

    def stop(self):
        self.process.stdin.close()
        rest = self.process.stdout.read().decode()
        self.process.wait(10)
        return "\n".join(self.seen) + "\n" + rest


@contextlib.contextmanager
def serving(program, *args, port=0):
    process = subprocess.Popen([program.path, "--serve", f"port={port}", *args], env=program.environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    server = Server(process)
    try:
        server.port = int(server.wait_for("port ").split()[1])
        yield server
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def head(s):
    """The response head, "" where the peer closed or reset first."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in data:
            piece = s.recv(4096)
            if not piece:
                break
            data += piece
    return data.decode("latin-1").partition("\r\n\r\n")[0]


def frame(opcode, payload):
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


def closed_within(s, seconds):
    """Seconds until the peer closes."""
    start = time.monotonic()
    s.settimeout(seconds)
    with contextlib.suppress(ConnectionError):
        while s.recv(4096):
            pass
    return time.monotonic() - start


@pytest.fixture
def www(tmp_path):
    (tmp_path / "index.html").write_text("the index\n")
    (tmp_path / "a.txt").write_text("a\n")
    tmp_path.chmod(0o755)
    return f"mounts={tmp_path}"


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root's privileges")
needs_ipv6 = pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="this machine has no IPv6")


# What creation says.

@pytest.mark.ours_only(reason="what it has is not missing there")
@rows("missing")
def test_missing(program, row):
    outcome = create(program, *arguments(row))
    assert "context NULL" in outcome, outcome
    assert any("does not have yet" in text for text in about(row, outcome.said(ERR))), outcome
    if row.scope != "Context":
        outcome = create(program, "--vhost", *arguments(row))
        assert "context made" in outcome and "vhost NULL" in outcome, outcome


@pytest.mark.ours_only(reason="it has it, or says nothing")
@rows("left out")
def test_left_out(program, row):
    outcome = create(program, *arguments(row))
    assert "context made" in outcome, outcome
    assert len(about(row, outcome.said(WARN))) == 1, outcome
    assert len(outcome.said(WARN)) == 1 and not outcome.said(ERR), outcome


@pytest.mark.ours_only(reason="it says nothing")
@rows("no effect")
def test_no_effect(program, row):
    outcome = create(program, *arguments(row))
    assert "context made" in outcome, outcome
    assert len(about(row, outcome.said(INFO))) == 1, outcome
    assert not outcome.said(WARN) and not outcome.said(ERR), outcome


@rows("works")
def test_works_says_nothing(program, row):
    outcome = create(program, *arguments(row))
    assert "context made" in outcome, outcome
    assert not outcome.said(WARN) and not outcome.said(ERR), outcome


@pytest.mark.ours_only(reason="it says nothing")
def test_unknown_bit(program):
    outcome = create(program, "options=0x1000000000")
    assert "context made" in outcome and "unknown bit 0x1000000000" in outcome.said(WARN)[0], outcome


# What those that work do: where and how a vhost listens.

def test_port(program):
    with serving(program) as one:
        assert one.port > 0 and one.ask()


@pytest.mark.ours_only(reason="it serves on without a listener")
def test_a_port_that_cannot_be_had_fails_creation(program):
    with serving(program) as one:
        outcome = create(program, f"port={one.port}")
        assert "context NULL" in outcome and any(str(one.port) in t for t in outcome.said(ERR)), outcome
    outcome = create(program, "port=70000")
    assert "context NULL" in outcome and any("70000" in t for t in outcome.said(ERR)), outcome


def test_fail_upon_unable_to_bind(program):
    with serving(program) as one:
        assert "vhost NULL" in create(program, "--vhost", "FAIL_UPON_UNABLE_TO_BIND", f"port={one.port}")


@pytest.mark.ours_only(reason="built for one service thread, it ignores the option")
def test_allow_listen_share(program):
    with serving(program, "ALLOW_LISTEN_SHARE") as one, serving(program, "ALLOW_LISTEN_SHARE", port=one.port) as two:
        assert one.port == two.port


def test_iface(program):
    with serving(program, "iface=lo") as server:
        assert server.ask()
        with pytest.raises(ConnectionRefusedError):
            server.connect("127.0.0.2")


@pytest.mark.ours_only(reason="it listens on all addresses then, where IPv6 is on")
def test_iface_as_address(program):
    with serving(program, "iface=127.0.0.1") as server:
        assert server.ask()
        with pytest.raises(ConnectionRefusedError):
            server.connect("127.0.0.2")


@pytest.mark.ours_only(reason="it serves on without a listener")
def test_an_unknown_iface_fails_creation(program):
    outcome = create(program, "port=0", "iface=no-such-iface")
    assert "context NULL" in outcome and any("no-such-iface" in t for t in outcome.said(ERR)), outcome


@needs_root
def test_bind_iface(program):
    with serving(program, "iface=lo", "bind_iface") as server, server.connect() as s:
        server.upgrade(s)
        assert server.wait_for("established").endswith("device 'lo'")


@needs_ipv6
def test_disable_ipv6(program):
    with serving(program) as server:
        assert server.ask(address="::1") and server.ask()
    with serving(program, "DISABLE_IPV6") as server:
        assert server.ask()
        with pytest.raises(ConnectionRefusedError):
            server.connect("::1")


@needs_ipv6
def test_ipv6_v6only(program):
    with serving(program, "IPV6_V6ONLY_MODIFY", "IPV6_V6ONLY_VALUE") as server:
        assert server.ask(address="::1")
        with pytest.raises(ConnectionRefusedError):
            server.connect("127.0.0.1")
    for without in ("IPV6_V6ONLY_MODIFY", "IPV6_V6ONLY_VALUE"):
        with serving(program, without) as server:
            assert server.ask(address="::1") and server.ask()


def test_unix_sock(program, www, tmp_path):
    path = tmp_path / "sock"
    with serving(program, "UNIX_SOCK", f"iface={path}", www), socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(str(path))
        s.sendall(b"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert head(s).startswith("HTTP/1.1 200"), "no answer through the unix socket"


@needs_root
def test_unix_socket_perms(program, tmp_path):
    path, nobody = tmp_path / "sock", pwd.getpwnam("nobody").pw_uid
    group = grp.getgrnam("daemon").gr_gid
    with serving(program, "UNIX_SOCK", f"iface={path}", "unix_socket_perms=nobody:daemon"):
        made = path.stat()
        assert (made.st_uid, made.st_gid, stat.S_IMODE(made.st_mode)) == (nobody, group, 0o660)


@pytest.mark.ours_only(reason="it serves on without a listener")
def test_an_unknown_owner_fails_creation(program, tmp_path):
    path = tmp_path / "sock"
    outcome = create(program, "port=0", "UNIX_SOCK", f"iface={path}", "unix_socket_perms=no-such-user:daemon")
    assert "context NULL" in outcome and any("no-such-user" in t for t in outcome.said(ERR)), outcome


# Vhosts, protocols, and what belongs to the program.

def test_explicit_vhosts(program):
    outcome = create(program, "EXPLICIT_VHOSTS", "port=70000")
    assert "context made" in outcome and not any(line.startswith("port") for line in outcome.lines), outcome
    assert "vhost made" in create(program, "--vhost")


def test_vhost_name(program):
    # The program finds its vhost by name, and tells the port of what it found.
    with serving(program, "vhost_name=example") as server:
        assert server.port > 0


def test_protocols(program):
    for args in ([], ["protocols=0", "pprotocols"]):
        with serving(program, *args) as server, server.connect() as s:
            assert "Sec-WebSocket-Protocol: options" in server.upgrade(s)
            server.wait_for("established")
            assert "init" in server.seen, server.seen


def test_skip_protocol_init(program):
    with serving(program, "SKIP_PROTOCOL_INIT") as server, server.connect() as s:
        server.upgrade(s)
        server.wait_for("established")
        assert not any(line.startswith("init") for line in server.seen), server.seen


def test_pvo(program):
    with serving(program, "pvo") as server:
        server.ask()
        assert server.wait_for("init") == "init setting=1"


def test_user(program):
    outcome = create(program, "user=mine")
    assert "user mine" in outcome and "vhost user mine" in outcome, outcome


def test_ends(program):
    outcome = create(program, "pcontext", "finalize", "finalize_arg=argument", "external_baggage_free_on_destroy")
    assert {"pcontext NULL", "finalize argument", "baggage freed"} <= set(outcome.lines), outcome


# HTTP.

def test_mounts(program, www):
    with serving(program, www) as server:
        assert server.ask("/").startswith("HTTP/1.1 200")
        assert "content-type: text/plain" in server.ask("/a.txt")
        assert server.ask("/no-such-file").startswith("HTTP/1.1 404")


def test_headers_and_server_string(program, www):
    with serving(program, www, "headers", "server_string=mine") as server:
        for path in ("/a.txt", "/no-such-file"):
            lines = server.ask(path).split("\r\n")
            assert "x-given: 1" in lines and "server: mine" in lines, lines


def test_error_document_404(program, www):
    with serving(program, www, "error_document_404=/a.txt") as server:
        lines = server.ask("/no-such-file").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 302") and "location: /a.txt" in lines, lines


def test_security_headers(program, www):
    names = ["content-security-policy", "x-content-type-options", "x-xss-protection", "x-frame-options",
             "referrer-policy"]
    with serving(program, www, "HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE") as server:
        for path in ("/a.txt", "/no-such-file"):
            assert [line.split(":")[0] for line in server.ask(path).split("\r\n")[1:6]] == names
        with server.connect() as s:
            assert "policy" not in server.upgrade(s)
    with serving(program, www) as server:
        assert "policy" not in server.ask("/a.txt")


def test_max_http_header_data(program, www):
    long = f"User-Agent: {'a' * 600}\r\n"
    with serving(program, www) as server:
        assert server.ask("/a.txt", extra=long).startswith("HTTP/1.1 200")
    for member in ("max_http_header_data=512", "max_http_header_data2=512"):
        with serving(program, www, member) as server:
            assert not server.ask("/a.txt", extra=long).startswith("HTTP/1.1 200"), member


def test_max_http_header_pool(program, www):
    for member in ("max_http_header_pool=1", "max_http_header_pool2=1"):
        with serving(program, www, member) as server, server.connect() as first, server.connect() as second:
            first.sendall(b"GET /a.txt HTTP/1.1\r\n")
            time.sleep(0.3)
            for _ in range(300):
                with server.connect() as gone:           # waits for a place, and goes
                    gone.sendall(b"GET /a.txt HTTP/1.1\r\n")
            second.sendall(b"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            second.settimeout(0.7)
            with pytest.raises(TimeoutError):
                second.recv(1)
            first.close()
            second.settimeout(5)
            assert head(second).startswith("HTTP/1.1 200"), f"{member}: the freed place was not used"


def test_keepalive_timeout(program, www):
    with serving(program, www, "keepalive_timeout=1") as server, server.connect() as s:
        s.sendall(b"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert head(s).startswith("HTTP/1.1 200")
        assert 0.5 < closed_within(s, 8) < 4


@pytest.mark.ours_only(reason="a request head is bounded by timeout_secs_ah_idle there")
def test_timeout_secs(program):
    with serving(program, "timeout_secs=1") as server, server.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\n")
        assert 0.5 < closed_within(s, 8) < 4


# WebSocket.

def test_vhost_upg_strict_host_check(program):
    with serving(program, "VHOST_UPG_STRICT_HOST_CHECK", "vhost_name=example") as server:
        for host, ok in ((f"example:{server.port}", True), ("other", False), (f"other:{server.port}", False)):
            with server.connect() as s:
                assert server.upgrade(s, host=host).startswith("HTTP/1.1 101") == ok, host


def test_validate_utf8(program):
    with serving(program) as server, server.connect() as s:
        server.upgrade(s)
        s.sendall(frame(1, b"\xff\xfe"))
        assert server.wait_for("receive") == "receive 2"
    with serving(program, "VALIDATE_UTF8") as server, server.connect() as s:
        server.upgrade(s)
        s.sendall(frame(1, b"\xff\xfe"))
        close = s.recv(4)
        assert close[:1] == b"\x88" and close[2:] == (1007).to_bytes(2, "big"), f"no close frame with 1007, but {close}"


def test_pt_serv_buf_size(program):
    with serving(program, "pt_serv_buf_size=1000") as server, server.connect() as s:
        server.upgrade(s)
        s.sendall(frame(2, bytes(4500)))
        sizes = []
        while sum(sizes) < 4500:
            server.seen.clear()
            sizes.append(int(server.wait_for("receive").split()[1]))
        assert max(sizes) <= 1000 and len(sizes) >= 5, sizes


def test_retry_and_idle_policy(program):
    with serving(program, "retry_and_idle_policy") as server, server.connect() as s:
        server.upgrade(s)
        s.settimeout(6)
        assert s.recv(1) == b"\x89", "no PING after a second without traffic"
        assert 1 < closed_within(s, 8) < 6


def test_ka(program):
    with serving(program, "ka_time=61", "ka_probes=7", "ka_interval=13") as server, server.connect() as s:
        server.upgrade(s)
        assert server.wait_for("established").startswith("established keepalive 1 61 7 13 ")


# Limits and privileges.

def test_fd_limit_per_thread(program):
    with serving(program, "fd_limit_per_thread=20") as server, contextlib.ExitStack() as all_:
        sockets = [all_.enter_context(server.connect()) for _ in range(40)]
        done = 0
        for s in sockets:
            s.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                done += server.upgrade(s).startswith("HTTP/1.1 101")
        assert 5 <= done < 20, f"{done} of 40 connections served within a limit of 20 descriptors"


def test_rlimit_nofile(program):
    assert "nofile 100 100" in create(program, "rlimit_nofile=100")


@needs_root
def test_user_and_group(program):
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("daemon").gr_gid
    ids = f"uid {nobody} {nobody} gid {group} {group} groups {group}"
    for args in ((f"uid={nobody}", f"gid={group}"), ("username=nobody", "groupname=daemon"),
                 ("username=nobody", "uid=1", "groupname=daemon", "gid=1")):
        outcome = create(program, "port=0", *args)
        assert "context made" in outcome and ids in outcome, outcome
        assert {"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "keepcaps 0"} <= set(outcome.lines), outcome
    for nothing in (("uid=0", "gid=0"), ("uid=-1", "gid=-1")):
        assert any(line.startswith("uid 0 0 gid 0 0") for line in create(program, *nothing).lines), nothing
    for unknown in ("username=no-such-user", "groupname=no-such-group", "uid=54321", "gid=54321"):
        outcome = create(program, unknown)
        assert "context NULL" in outcome, outcome
        assert any(unknown.split("=")[1] in t for t in outcome.said(ERR)), outcome


@pytest.mark.ours_only(reason="it leaves all capabilities permitted, and reads past the array")
@needs_root
def test_caps(program):
    outcome = create(program, "username=nobody", "caps[0]=10", "caps[1]=13", "count_caps=2")
    assert {"context made", "CapPrm:\t0000000000002400", "CapEff:\t0000000000002400"} <= set(outcome.lines), outcome
    outcome = create(program, "username=nobody", "caps[0]=10", "count_caps=9")
    assert "context NULL" in outcome and any("count_caps" in t for t in outcome.said(ERR)), outcome


@pytest.mark.ours_only(reason="it does not say which step failed")
@needs_root
def test_privileges_that_cannot_be_dropped_fail_creation(program):
    outcome = create(program, "--as-nobody", "uid=1", "gid=1")
    assert "context NULL" in outcome and any("(1)" in t for t in outcome.said(ERR)), outcome


@needs_root
def test_low_ports_bind_before_the_drop(program):
    outcome = create(program, "port=97", "iface=lo", "username=nobody", "groupname=daemon")
    assert "context made" in outcome and "port 97" in outcome, outcome
