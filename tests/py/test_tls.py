"""TLS on the server: certificates and keys of each kind, what is asked of clients, and what is done with those who do not
speak it. Peers are Python's ssl (OpenSSL), openssl(1) and curl."""
import os
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

from certs import Maker, openssl
from peer import BINARY, client, wait_until
from tls_peer import FAILURES, VERSIONS, SecurePeer, tls_socket, trusting

INIT, REQUIRE, NOT_REQUIRED, STS = 1 << 12, 1 << 1, 1 << 7, 1 << 15
NON_SSL, REDIRECT, HTTP_ALLOWED, IGNORE_MISSING = 1 << 3, 1 << 11, 1 << 29, 1 << 26
NO_TLS_1_2, NO_TLS_1_3, NO_TICKET = 1 << 27, 1 << 29, 1 << 14


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def ca(certs):
    return certs.self_signed("ca", cn="Test CA", san=None)


@pytest.fixture(scope="session")
def own(certs, ca):
    return certs.signed("own", ca)


@pytest.fixture
def tlsd(server):
    def start(identity, *words, **options):
        return server("tlsd", f"cert={identity[0]}", f"key={identity[1]}", *words, **options)

    return start


def get(port, context, name="localhost", host=None):
    """The body of GET / (or the status line where it is not 200)."""
    with tls_socket(port, context, name) as s:
        s.sendall(f"GET / HTTP/1.1\r\nHost: {host or name}\r\nConnection: close\r\n\r\n".encode())
        answer = read_all(s).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return body if " 200 " in head.splitlines()[0] else head.splitlines()[0]


def read_all(s):
    parts = []
    while part := s.recv(65536):
        parts.append(part)
    return b"".join(parts)


def plain(port, text=b"GET /a?b=c HTTP/1.1\r\nHost: here:1\r\n\r\n"):
    """What a peer that does not speak TLS gets."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
        s.sendall(text)
        s.settimeout(3)
        got = b""
        try:
            while part := s.recv(65536):
                got += part
        except (TimeoutError, ConnectionResetError):
            pass
        return got


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", Maker.KINDS)
def test_key_kinds(tlsd, certs, ca, kind, version):
    identity = certs.signed(f"kind-{kind}-{version}", ca, kind=kind)
    running = tlsd(identity)
    assert get(running.port, trusting(ca, version)).startswith("vhost=first ssl=1 ")


@pytest.mark.parametrize("form", ["pkcs8", "pkcs8-des3", "pkcs1", "legacy-aes", "legacy-des3", "sec1", "sec1-aes"])
def test_encrypted_keys(tlsd, certs, ca, form):
    kind = "p256" if form.startswith("sec1") else "rsa"
    cert, key = certs.signed(f"form-{form}", ca, kind=kind)
    other = certs.path(f"form-{form}.other")
    words = {"pkcs8": ["pkcs8", "-topk8", "-passout", "pass:secret", "-v2", "aes-256-cbc"],
             "pkcs8-des3": ["pkcs8", "-topk8", "-passout", "pass:secret", "-v2", "des3"],
             "pkcs1": ["rsa", "-traditional"],
             "legacy-aes": ["rsa", "-traditional", "-aes128", "-passout", "pass:secret"],
             "legacy-des3": ["rsa", "-traditional", "-des3", "-passout", "pass:secret"],
             "sec1": ["ec"], "sec1-aes": ["ec", "-aes256", "-passout", "pass:secret"]}[form]
    openssl(*words, "-in", key, "-out", other)
    running = tlsd((cert, other), "password=secret")
    assert get(running.port, trusting(ca)).startswith("vhost=first ssl=1 ")


def test_certificate_in_memory(tlsd, own, ca):
    running = tlsd(own, "mem=1")
    assert get(running.port, trusting(ca)).startswith("vhost=first ssl=1 ")


def test_chain_of_two(tlsd, certs, ca):
    middle = certs.signed("middle", ca, cn="Middle CA", san=None, ca=True)
    leaf = certs.signed("leaf", middle)
    chain = certs.path("chain.pem")
    chain.write_text(leaf[0].read_text() + middle[0].read_text())
    assert get(tlsd((chain, leaf[1])).port, trusting(ca)).startswith("vhost=first")


def test_x509_version_1(tlsd, certs):
    one = certs.version_1("v1")
    running = tlsd(one)
    told = openssl("s_client", "-connect", f"127.0.0.1:{running.port}", "-CAfile", one[0], input=b"")
    assert b"Verify return code: 0 (ok)" in told, told.decode()


@pytest.mark.ours_only(reason="its messages are OpenSSL's error stack")
@pytest.mark.parametrize("problem", ["missing", "no-pem", "no-key", "mismatch", "v1-mismatch", "wrong-password",
                                     "no-password", "unreadable-directory", "no-ciphers", "no-versions", "no-ca"])
def test_what_is_wrong_is_named(stage, run, certs, own, ca, problem):
    program = stage.test_program("tlsd")
    junk, other = certs.path("junk.pem"), certs.self_signed("other")
    junk.write_text("hello\n")
    locked = certs.path("locked.key")
    openssl("pkcs8", "-topk8", "-passout", "pass:secret", "-in", own[1], "-out", locked)
    cert, key, words, wanted = {
        "missing": (certs.path("nowhere.pem"), own[1], [], r"nowhere\.pem: there is no such file"),
        "no-pem": (junk, own[1], [], r"junk\.pem: it is no PEM"),
        "no-key": (own[0], own[0], [], r"own\.pem: there is no private key in it"),
        "mismatch": (own[0], other[1], [], r"other\.key: the key does not match the certificate in .*own\.pem"),
        "v1-mismatch": (certs.version_1("v1-other")[0], other[1], [], r"other\.key: the key does not match"),
        "wrong-password": (own[0], locked, ["password=guess"], r"locked\.key: the password does not open the key"),
        "no-password": (own[0], locked, [], r"locked\.key: the key is encrypted, and no password was given"),
        "unreadable-directory": (certs.directory, own[1], [], r"cannot be read"),
        "no-ciphers": (*own, ["ciphers=RC4"], r"cipher list 'RC4' leaves no cipher"),
        "no-versions": (*own, [f"set={NO_TLS_1_2 | NO_TLS_1_3}"], r"leave no version of TLS"),
        "no-ca": (*own, [f"options={REQUIRE}"], r"no CA certificate is given"),
    }[problem]
    running = run([program, "--port", "0", f"cert={cert}", f"key={key}", *words])
    assert running.wait() == 1, running.output
    assert re.search(rf"vhost 'first': TLS cannot be set up: .*{wanted}", running.output), running.output


@pytest.mark.ours_only(reason="it says nothing")
def test_an_expired_certificate_is_told(tlsd, certs, ca):
    running = tlsd(certs.signed("old", ca, days=-1))
    assert re.search(r"old\.pem: the certificate expired \d+ days ago", running.output), running.output


@pytest.mark.ours_only(reason="it says nothing")
def test_a_certificate_without_tls_is_told(tlsd, own):
    running = tlsd(own, "no_tls=1")
    assert "without LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT" in running.output and "NO TLS" in running.output, running.output
    assert b"ssl=0 " in plain(running.port)


@pytest.mark.ours_only(reason="what the program's callback returns decides, whatever OpenSSL found")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mem", [0, 1])
def test_client_certificates(tlsd, certs, own, ca, version, mem):
    good, bad = certs.signed("client", ca, cn="someone", san=None), certs.self_signed("stranger", cn="stranger")
    running = tlsd(own, f"ca={ca[0]}", f"options={REQUIRE}", f"mem={mem}")
    assert "cn=someone verified=1" in get(running.port, trusting(ca, version, good))
    for identity in (None, bad):
        with pytest.raises(FAILURES):
            get(running.port, trusting(ca, version, identity))
    running = tlsd(own, f"ca={ca[0]}", f"options={REQUIRE | NOT_REQUIRED}", f"mem={mem}")
    assert "cn=someone verified=1" in get(running.port, trusting(ca, version, good))
    assert "cn=- " in get(running.port, trusting(ca, version))
    with pytest.raises(FAILURES):
        get(running.port, trusting(ca, version, bad))


@pytest.mark.ours_only(reason="what the program's callback returns decides, whatever OpenSSL found")
def test_an_authority_of_clients_whose_time_is_over_is_not_trusted(tlsd, certs, own, ca):
    old = certs.signed("old-ca", None, cn="Old CA", san=None, ca=True, days=-1)
    running = tlsd(own, f"ca={old[0]}", f"options={REQUIRE}")
    with pytest.raises(FAILURES):
        get(running.port, trusting(ca, None, certs.signed("by-old", old, cn="someone", san=None)))


@pytest.mark.ours_only(reason="what the program's callback returns decides, whatever OpenSSL found")
@pytest.mark.parametrize("is_ca", [True, False])
def test_a_client_certificate_that_is_trusted_itself(tlsd, certs, own, ca, is_ca):
    own_signed = certs.self_signed(f"itself-{is_ca}", cn="itself", ca=is_ca)
    running = tlsd(own, f"ca={own_signed[0]}", f"options={REQUIRE}")
    assert "cn=itself verified=1" in get(running.port, trusting(ca, None, own_signed))
    # The same names, another key.
    forged = certs.self_signed(f"forged-{is_ca}", cn="itself", ca=is_ca)
    with pytest.raises(FAILURES):
        get(running.port, trusting(ca, None, forged))


def test_versions(tlsd, own, ca):
    for bits, works, fails in ((NO_TLS_1_3, "1.2", "1.3"), (NO_TLS_1_2, "1.3", "1.2")):
        port = tlsd(own, f"set={bits}").port
        get(port, trusting(ca, works))
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            get(port, trusting(ca, fails))
        get(tlsd(own, f"set={bits}", f"clear={bits}").port, trusting(ca, fails))


def test_cipher_lists(tlsd, own, ca):
    port = tlsd(own, "ciphers=ECDHE-ECDSA-AES128-GCM-SHA256", "ciphers13=TLS_CHACHA20_POLY1305_SHA256").port
    for version, name in (("1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("1.3", "TLS_CHACHA20_POLY1305_SHA256")):
        with tls_socket(port, trusting(ca, version)) as s:
            assert s.cipher()[0] == name


def test_alpn(tlsd, own, ca):
    port = tlsd(own, "alpn=http/1.1").port
    for offered, agreed in ((["http/1.1"], "http/1.1"), (["x", "http/1.1"], "http/1.1"), (["x"], None), (None, None)):
        with tls_socket(port, trusting(ca, alpn=offered)) as s:
            assert s.selected_alpn_protocol() == agreed, offered


def test_server_names(tlsd, certs, own, ca):
    other = certs.signed("other-host", ca, cn="other.example", san="DNS:other.example,DNS:www.other.example")
    port = tlsd(own, f"sni=other.example,{other[0]},{other[1]}").port
    assert get(port, trusting(ca), "localhost").startswith("vhost=first")
    assert get(port, trusting(ca), "other.example").startswith("vhost=other.example")
    assert get(port, trusting(ca), "www.other.example").startswith("vhost=other.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        get(port, trusting(ca), "unknown.example")


@pytest.mark.ours_only(reason="it serves the vhost without having asked for the certificate that it requires")
def test_host_cannot_go_round_client_certificates(tlsd, certs, own, ca):
    other = certs.signed("guarded", ca, cn="guarded.example", san="DNS:guarded.example")
    someone = certs.signed("guest", ca, cn="guest", san=None)
    port = tlsd(own, f"sni=guarded.example,{other[0]},{other[1]}", f"sni_options={REQUIRE}", f"sni_ca={ca[0]}").port
    assert get(port, trusting(ca, None, someone), "guarded.example").startswith("vhost=guarded.example")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        get(port, trusting(ca), "guarded.example")
    assert " 421" in get(port, trusting(ca), "localhost", host="guarded.example")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tickets", [True, False])
def test_resumption(tlsd, own, ca, version, tickets):
    port = tlsd(own, f"set={0 if tickets else NO_TICKET}").port
    context = trusting(ca, version)
    with tls_socket(port, context) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        s.recv(4096)
        session = s.session
    again = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost",
                                session=session)
    with again:
        assert again.session_reused == tickets


def test_plain_text_on_a_tls_port(tlsd, own, ca):
    assert plain(tlsd(own).port) == b""
    assert plain(tlsd(own, f"options={NON_SSL}").port) == b""
    assert b"ssl=0 " in plain(tlsd(own, f"options={NON_SSL | HTTP_ALLOWED}").port)
    port = tlsd(own, f"options={NON_SSL | REDIRECT}").port
    answer = plain(port)
    assert answer.startswith(b"HTTP/1.1 301 ") and b"location: https://here:1/\r\n" in answer, answer
    assert get(port, trusting(ca)).startswith("vhost=first ssl=1")


def test_strict_transport_security(tlsd, own, ca):
    with tls_socket(tlsd(own, f"options={STS}").port, trusting(ca)) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"\r\nStrict-Transport-Security: max-age=15768000 ; includeSubDomains\r\n" in s.recv(4096)


@pytest.mark.ours_only(reason="it fails, or never looks again")
def test_a_missing_certificate_is_waited_for(tlsd, certs, own, ca):
    late = certs.path("late.pem"), certs.path("late.key")
    running = tlsd(late, f"options={IGNORE_MISSING}")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        get(running.port, trusting(ca))
    assert plain(running.port) == b""
    late[1].write_bytes(own[1].read_bytes())
    late[0].write_bytes(own[0].read_bytes())
    assert get(running.port, trusting(ca)).startswith("vhost=first ssl=1")


@pytest.mark.parametrize("from_memory", [False, True])
def test_a_new_certificate_without_a_restart(tlsd, certs, ca, from_memory):
    one, two = certs.signed("one", ca), certs.signed("two", ca)
    live = certs.path("live.pem"), certs.path("live.key")
    for path, source in zip(live, one):
        path.write_bytes(source.read_bytes())
    running = tlsd(live, *([f"update={two[0]},{two[1]}"] if from_memory else []))

    def shown():
        with tls_socket(running.port, trusting(ca)) as s:
            return s.getpeercert(True)

    der = {n: ssl.PEM_cert_to_DER_cert(c[0].read_text()) for n, c in (("one", one), ("two", two))}
    assert shown() == der["one"]
    if not from_memory:
        for path, source in zip(live, two):
            path.write_bytes(source.read_bytes())
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("updated 0")
    assert shown() == der["two"]


@pytest.mark.ours_only(reason="a key that does not match ends its TLS")
def test_a_bad_new_certificate_leaves_the_former(tlsd, certs, own, ca):
    live = certs.path("live2.pem"), certs.path("live2.key")
    for path, source in zip(live, own):
        path.write_bytes(source.read_bytes())
    running = tlsd(live)
    live[1].write_bytes(certs.key("unrelated").read_bytes())
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("updated 0")
    running.wait_for("the key does not match")
    assert get(running.port, trusting(ca)).startswith("vhost=first ssl=1")


def test_session_limit(tlsd, own, ca):
    port = tlsd(own, "restrict=2").port
    held = [tls_socket(port, trusting(ca)) for _ in range(2)]
    third = socket.create_connection(("127.0.0.1", port))
    third.settimeout(1)
    with pytest.raises((TimeoutError, ssl.SSLError)):
        trusting(ca).wrap_socket(third, server_hostname="localhost")
    for s in held:
        s.close()
    assert get(port, trusting(ca)).startswith("vhost=first")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [0, 1, 125, 126, 16383, 16384, 16385, 60000])
def test_echo(tlsd, own, ca, version, size):
    running = tlsd(own)
    with client(f"wss://localhost:{running.port}/", ssl=trusting(ca, version)) as peer:
        payload = os.urandom(size) if size else b""
        for _ in range(3):
            if size:
                peer.send(payload)
                assert peer.recv(timeout=20) == payload
        peer.send("text" * 10)
        assert peer.recv(timeout=20) == "text" * 10
    running.wait_for("closed")


@pytest.mark.parametrize("version", VERSIONS)
def test_pipelined_messages_keep_their_order(tlsd, own, ca, version):
    with client(f"wss://localhost:{tlsd(own).port}/", ssl=trusting(ca, version)) as peer:
        for n in range(300):
            peer.send(f"message {n} " + "x" * (n * 37 % 3000))
        for n in range(300):
            assert peer.recv(timeout=20).startswith(f"message {n} ")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_peer_that_stops_reading(tlsd, own, ca, version):
    """What it was sent waits, and comes whole when it reads again."""
    with SecurePeer(tlsd(own).port, context=trusting(ca, version), receive_buffer=8192) as peer:
        payloads = [os.urandom(60000) for _ in range(40)]
        for payload in payloads:
            peer.send(BINARY, payload)
        time.sleep(0.5)
        for payload in payloads:
            assert peer.message() == (BINARY, payload)


def test_close_notify_is_sent(tlsd, own, ca):
    with tls_socket(tlsd(own).port, trusting(ca)) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        # Without close_notify, OpenSSL 3 raises an error for the unexpected end.
        s.suppress_ragged_eofs = False
        assert b"vhost=first" in read_all(s)


@pytest.mark.ours_only(reason="it logs other words")
def test_a_cut_stream_is_told(tlsd, own, ca):
    running = tlsd(own, "level=15")
    s = tls_socket(running.port, trusting(ca))
    s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    s.recv(4096)
    os.close(s.detach())
    running.wait_for("cut off: the peer hung up without close_notify")


@pytest.mark.parametrize("what", ["garbage", "half-hello", "huge-record", "alert", "byte-by-byte"])
def test_bad_handshakes_harm_no_one(tlsd, own, ca, what):
    running = tlsd(own, "timeout=3")
    hello = client_hello()
    bytes_ = {"garbage": b"\x16\x03\x01\x00\x20" + os.urandom(32), "half-hello": hello[:40],
              "huge-record": b"\x16\x03\x01\xff\xff" + os.urandom(70000), "alert": b"\x15\x03\x01\x00\x02\x02\x28",
              "byte-by-byte": hello}[what]
    peers = []
    for _ in range(50):
        s = socket.create_connection(("127.0.0.1", running.port), timeout=20)
        if what == "byte-by-byte":
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for n in range(30):
                s.send(bytes_[n:n + 1])
        else:
            try:
                s.sendall(bytes_)
            except (ConnectionResetError, BrokenPipeError):
                pass
        peers.append(s)
    assert get(running.port, trusting(ca)).startswith("vhost=first")

    def ended(s):
        s.settimeout(10)
        try:
            while s.recv(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
        return True

    assert all(ended(s) for s in peers)
    wait_until(lambda: running.open_files() < 20)


def client_hello():
    context = ssl._create_unverified_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


def test_curl_and_openssl(tlsd, own, ca):
    port = tlsd(own).port
    for words in (["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]):
        done = subprocess.run(["curl", "-sS", "--cacert", str(ca[0]), *words, f"https://localhost:{port}/"],
                              capture_output=True, text=True)
        assert done.stdout.startswith("vhost=first ssl=1"), done.stderr
    for version in ("-tls1_2", "-tls1_3"):
        told = openssl("s_client", "-connect", f"localhost:{port}", "-CAfile", ca[0], version,
                       input=b"")
        assert b"Verification: OK" in told, told.decode()


@pytest.mark.ours_only(reason="its memory per idle TLS connection is 42 KB")
def test_an_idle_connection_is_small(tlsd, own, ca):
    running = tlsd(own)
    context = trusting(ca)

    def settled(n):
        peers = [SecurePeer(running.port, context=context) for _ in range(n)]
        return peers, running.resident()

    first, before = settled(50)
    more, after = settled(200)
    each = (after - before) / 200
    assert each < 21 * 1024, f"{each:.0f} bytes each"
    for peer in first + more:
        peer.close()
