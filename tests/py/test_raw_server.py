"""Accepted connections that become raw ones (LWS_SERVER_OPTION_FALLBACK_TO_ and ..._ADOPT_APPLY_LISTEN_ACCEPT_CONFIG): which
do, what the program hears of each, and that its bytes pass unchanged, with and without TLS."""
import socket
import struct
import time

import pytest

from certs import Maker, openssl
from peer import wait_until
from tls_peer import VERSIONS, tls_socket, trusting

INIT, NON_SSL, REDIRECT, FALLBACK, ADOPT, HTTP_ALLOWED = 1 << 12, 1 << 3, 1 << 11, 1 << 20, 1 << 22, 1 << 29
REQUIRE = 1 << 1
RAW = ["role=raw-skt", "protocol=rawp"]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"

BORN = ["http WSI_CREATE user=0", "http INSTANTIATED user=1"]
ADOPTED = ["http WSI_CREATE user=0", "rawp RAW_BIND user=1", "rawp RAW_ADOPT user=1", "ssl=0"]
FELL = [*BORN, "rawp HTTP_BIND user=1", "rawp RAW_ADOPT user=1", "ssl=0"]
END = ["rawp RAW_DROP user=1", "rawp RAW_CLOSE user=1", "rawp WSI_DESTROY user=1"]
WAYS = {"fallback": (FALLBACK, FELL), "adopt": (ADOPT, ADOPTED)}


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("raw-certs")).self_signed("own")


@pytest.fixture
def raw(server):
    """raw(OPTIONS, WORDS…): tests/c/raw_server."""

    def start(options, *words):
        return server("raw_server", f"options={options}", *words)

    return start


def dialogue(port, *pieces, secure=None, reads=1, end=b""):
    """What comes back on a connection that sends the pieces, one after the other: so much, or up to `end`; EOF at its end when the
    server closed."""
    with (tls_socket(port, secure) if secure else socket.create_connection(("127.0.0.1", port), timeout=20)) as s:
        got = b""
        s.settimeout(20)
        for piece in pieces:
            s.sendall(piece)
            time.sleep(0.05)
        while len(got) < reads or not got.endswith(end):
            part = s.recv(65536)
            if not part:
                return got + b"EOF"
            got += part
        return got


def told(running, count):
    """The lines about the first connection, once its end was told `count` times."""
    wait_until(lambda: sum("WSI_DESTROY" in line for line in running.lines) >= count)
    return running.lines[running.lines.index(f"port {running.port}") + 1:]


@pytest.mark.parametrize("way", WAYS)
def test_bytes_go_both_ways(raw, way):
    option, life = WAYS[way]
    running = raw(option, *RAW)
    assert dialogue(running.port, b"hello", reads=5) == b"hello"
    assert told(running, 1) == [*life, "rawp RAW_RX user=1 hello", *END]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("letter,answer", [("c", b"EOF"), ("d", b"byeEOF"), ("k", b"EOF"), ("t", b"EOF")])
def test_the_program_may_end_it(raw, way, letter, answer):
    option, life = WAYS[way]
    running = raw(option, *RAW)
    text = letter.encode() + b"x"
    assert dialogue(running.port, text, reads=9) == answer
    assert told(running, 1) == [*life, f"rawp RAW_RX user=1 {text.decode()}", *END]


def test_http_is_served_beside_it(raw):
    running = raw(FALLBACK, *RAW)
    assert dialogue(running.port, GET, reads=100).startswith(b"HTTP/1.1 404 ")
    assert "http HTTP user=1" in told(running, 1) and not any("RAW" in line for line in running.lines)


def test_every_connection_is_adopted_also_http(raw):
    running = raw(ADOPT, *RAW)
    assert dialogue(running.port, GET, reads=len(GET)) == GET
    assert told(running, 1)[:4] == ADOPTED


@pytest.mark.parametrize("text", [
    b"hello", b"\x01abc", b"\x16\x03\x01", b"GEX", b"POST\n", b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET/ HTTP/1.1\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", b" GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n"])
def test_what_begins_as_no_request_falls_back(raw, text):
    running = raw(FALLBACK, *RAW)
    assert dialogue(running.port, text, reads=len(text)) == text


@pytest.mark.parametrize("text", [b"GET hello\r\n\r\n", b"GET hello world foo\r\n\r\n"])
def test_a_request_that_is_wrong_is_refused_all_the_same(raw, text):
    running = raw(FALLBACK, *RAW)
    assert dialogue(running.port, text, reads=15).split()[1] in (b"403", b"505")


@pytest.mark.ours_only(reason="what came before the byte that decided is lost")
@pytest.mark.parametrize("pieces", [(b"G", b"EX yes"), (b"h", b"ello"), (b"CONN", b"ECT a:80 HTTP/1.1\r\n")])
def test_nothing_of_a_line_in_pieces_is_lost(raw, pieces):
    running = raw(FALLBACK, *RAW)
    whole = b"".join(pieces)
    assert dialogue(running.port, *pieces, reads=len(whole)) == whole


@pytest.mark.ours_only(reason="other memory is handed over in its place")
def test_behind_a_request_in_one_piece(raw):
    running = raw(FALLBACK, *RAW)
    assert dialogue(running.port, GET + b"hello", end=b"hello")
    assert "rawp RAW_RX user=1 hello" in told(running, 1)


def test_behind_a_request(raw):
    running = raw(FALLBACK, *RAW)
    assert dialogue(running.port, GET, b"hello", end=b"hello")
    lines = told(running, 1)
    assert lines[lines.index("http HTTP user=1") + 1:] == ["http HTTP_DROP user=1", "http HTTP_BIND user=1", "http HTTP_DROP user=1",
                                                          *FELL[2:], "rawp RAW_RX user=1 hello", *END]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("refuse", ["RAW_ADOPT", "RAW_RX", "WSI_CREATE", "RAW_BIND", "HTTP_BIND", "INSTANTIATED"])
def test_refusals(raw, way, refuse):
    option, life = WAYS[way]
    running = raw(option, *RAW, f"refuse={refuse}")
    ends = refuse in ("RAW_ADOPT", "RAW_RX") or refuse == "INSTANTIATED" and way == "fallback"
    try:
        assert dialogue(running.port, b"hello", reads=5) == (b"EOF" if ends else b"hello")
    except ConnectionResetError:
        assert ends
    lines = told(running, 1)
    if refuse == "INSTANTIATED" and way == "fallback":
        assert lines == [*BORN, "http CLOSED_HTTP user=1", "http WSI_DESTROY user=1"]
        return
    # Who refuses the bind is told no drop.
    end = END[1:] if refuse == {"fallback": "HTTP_BIND", "adopt": "RAW_BIND"}[way] else END
    heard = [] if refuse == "RAW_ADOPT" else ["ssl=0", "rawp RAW_RX user=1 hello"]
    assert lines == [*life[:-1], *heard, *end]


@pytest.mark.parametrize("way", WAYS)
def test_without_a_protocol_the_first_or_the_marked_one_has_it(raw, way):
    option, _ = WAYS[way]
    for mark, name in [("none", "http"), ("default", "http"), ("raw", "rawp")]:
        running = raw(option, "role=raw-skt", f"mark={mark}")
        assert dialogue(running.port, b"hello", reads=5) == b"hello"
        assert f"{name} RAW_RX user=1 hello" in told(running, 1)


@pytest.mark.parametrize("way", WAYS)
def test_a_protocol_without_an_area(raw, way):
    running = raw(WAYS[way][0], *RAW, "user=0")
    assert dialogue(running.port, b"hello", reads=5) == b"hello"
    assert told(running, 1)[-2:] == ["rawp RAW_CLOSE user=0", "rawp WSI_DESTROY user=0"]


@pytest.mark.ours_only(reason="every connection is cut, and WSI_DESTROY is not told")
def test_a_protocol_that_does_not_exist_is_refused(stage, run):
    running = run([stage.test_program("raw_server"), "--port", "0", f"options={FALLBACK}", "protocol=nope"])
    assert running.wait() == 3
    assert "listen_accept_protocol 'nope' is none of its protocols" in running.output and "no vhost" in running.output


@pytest.mark.ours_only(reason="an unknown role is told at each connection, others are half adopted")
@pytest.mark.parametrize("role", ["ws", "nope"])
def test_another_role_is_warned_of(raw, role):
    running = raw(FALLBACK, f"role={role}", "protocol=rawp")
    assert f"listen_accept_role '{role}': an accepted connection becomes raw-skt instead" in running.output
    assert dialogue(running.port, b"hello", reads=5) == b"hello"
    assert told(running, 1) == [*FELL, "rawp RAW_RX user=1 hello", *END]


def test_without_an_option_the_members_change_nothing(raw):
    running = raw(0, *RAW)
    assert dialogue(running.port, b"hello\r\n\r\n", reads=9).split()[1] == b"403"


def test_another_vhost_of_the_port_has_its_own_rule(raw):
    running = raw(FALLBACK, *RAW, "vhost=second")
    answer = dialogue(running.port, GET.replace(b"Host: a", b"Host: second"), b"hello\r\n\r\n", end=b"EOF")
    assert answer.count(b"HTTP/1.") == 2 and not any("RAW" in line for line in running.lines)


def pattern(count):
    return bytes(ord("a") + n % 23 for n in range(count))


@pytest.mark.ours_only(reason="what was written and not sent yet is lost when the program closes")
@pytest.mark.parametrize("way", WAYS)
def test_a_slow_reader_gets_all_of_it(raw, way):
    running = raw(WAYS[way][0], *RAW)
    with socket.create_connection(("127.0.0.1", running.port)) as s:
        s.sendall(b"bx")
        time.sleep(0.3)
        got = bytearray()
        s.settimeout(20)
        while part := s.recv(65536):
            got += part
    assert bytes(got) == pattern(8_000_000), len(got)
    assert told(running, 1)[-3:] == END


@pytest.mark.parametrize("way", WAYS)
def test_reading_can_be_stopped_and_resumed(raw, way):
    running = raw(WAYS[way][0], *RAW)
    with socket.create_connection(("127.0.0.1", running.port)) as s:
        s.sendall(b"p" + bytes(3_000_000))
        s.shutdown(socket.SHUT_WR)
        s.settimeout(20)
        assert s.recv(1) == b""
    assert int(running.wait_for(r"resume (\d+)").group(1)) <= 4096
    running.stop()
    assert int(running.wait_for(r"end: received (\d+)").group(1)) == 3_000_001
    assert int(running.wait_for(r"largest (\d+)").group(1)) <= 4096


@pytest.mark.ours_only(reason="a protocol with a small rx_buffer_size stalls")
@pytest.mark.parametrize("words,most", [(["buffer=1000"], 4096), (["serv_buf=9000"], 9000)])
def test_pieces_are_no_longer_than_the_contexts_buffer(raw, words, most):
    running = raw(FALLBACK, *RAW, *words)
    text = b"x" * 20000
    assert dialogue(running.port, text, reads=20000) == text
    running.stop()
    assert int(running.wait_for(r"largest (\d+)").group(1)) <= most


@pytest.mark.parametrize("way", WAYS)
def test_an_idle_one_has_no_timeout(raw, way):
    running = raw(WAYS[way][0], *RAW, "timeout=1")
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as s:
        s.sendall(b"hello")
        assert s.recv(9) == b"hello"
        time.sleep(2.5)
        s.sendall(b"again")
        assert s.recv(9) == b"again"


@pytest.mark.parametrize("way", WAYS)
def test_a_reset_is_a_close(raw, way):
    running = raw(WAYS[way][0], *RAW)
    s = socket.create_connection(("127.0.0.1", running.port))
    s.sendall(b"hello")
    assert s.recv(9) == b"hello"
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    assert told(running, 1)[-3:] == END


def identity(own):
    return [f"cert={own[0]}", f"key={own[1]}"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_over_tls(raw, own, way, version):
    option, life = WAYS[way]
    running = raw(option | INIT, *RAW, *identity(own))
    assert dialogue(running.port, b"hello", reads=5, secure=trusting(own, version)) == b"hello"
    assert told(running, 1) == [*life[:-1], "ssl=1", "rawp RAW_RX user=1 hello", *END]


def test_openssls_client(raw, own):
    running = raw(ADOPT | INIT, *RAW, *identity(own))
    assert openssl("s_client", "-quiet", "-connect", f"127.0.0.1:{running.port}", input=b"dear you\n") == b"bye"


@pytest.mark.ours_only(reason="what was written and not sent yet is lost when the program closes")
@pytest.mark.parametrize("way", WAYS)
def test_much_over_tls(raw, own, way):
    running = raw(WAYS[way][0] | INIT, *RAW, *identity(own), "bytes=3000000")
    assert dialogue(running.port, b"bx", reads=4_000_000, secure=trusting(own)) == pattern(3_000_000) + b"EOF"
    assert told(running, 1)[-3:] == END


def test_a_tls_handshake_that_does_not_come_has_its_time(raw, own):
    running = raw(ADOPT | INIT, *RAW, *identity(own), "timeout=1")
    assert dialogue(running.port, reads=1) == b"EOF"
    assert told(running, 1) == [*ADOPTED[:-1], "ssl=1", *END]


@pytest.mark.parametrize("text", [b"hello", b"abc\r\n"])
def test_plain_text_on_a_tls_port(raw, own, text):
    """An option has to let it be looked at. HTTP is then answered as the other options say, the rest falls back."""
    running = raw(FALLBACK | INIT, *RAW, *identity(own))
    try:
        assert dialogue(running.port, text, reads=9) == b"EOF"
    except ConnectionResetError:
        pass
    for more, answer in [(HTTP_ALLOWED, b"HTTP/1.1 404 "), (REDIRECT, b"HTTP/1.1 301 ")]:
        running = raw(FALLBACK | INIT | NON_SSL | more, *RAW, *identity(own))
        assert dialogue(running.port, text, reads=len(text)) == text
        assert told(running, 1)[-3:] == END
        assert dialogue(running.port, GET, reads=13).startswith(answer)


@pytest.mark.ours_only(reason="an empty RAW_RX comes first, with NULL")
@pytest.mark.parametrize("text", [b"hello", GET])
def test_all_plain_text_on_a_tls_port(raw, own, text):
    running = raw(FALLBACK | INIT | NON_SSL, *RAW, *identity(own))
    assert dialogue(running.port, text, reads=len(text)) == text
    assert told(running, 1)[:5] == FELL


@pytest.mark.ours_only(reason="it is ended by the wait for a handshake")
def test_plain_text_is_adopted_on_a_tls_port_where_that_is_allowed(raw, own):
    running = raw(ADOPT | INIT | NON_SSL | HTTP_ALLOWED, *RAW, *identity(own), "timeout=1")
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as s:
        s.sendall(GET)
        assert s.recv(999) == GET
        # The wait for the handshake is over.
        time.sleep(2)
        s.sendall(b"more")
        assert s.recv(9) == b"more"
