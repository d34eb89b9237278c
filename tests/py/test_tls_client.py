"""TLS on client connections: which servers are trusted, what each flag lets pass and what it does not, what the client
shows of itself, and how a refusal is told. Servers are Python's ssl and openssl(1)."""
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest
from websockets.sync.server import serve

from certs import Maker, openssl
from tls_peer import VERSIONS, TlsServer
from peer import end_listening, wait_until

SELFSIGNED, SKIP_NAME, EXPIRED, INSECURE = 1 << 1, 1 << 2, 1 << 3, 1 << 4
NO_OS_CA, NO_TLS_1_2, NO_TLS_1_3 = 1 << 6, 1 << 27, 1 << 29


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("client-certs"))


@pytest.fixture(scope="session")
def ca(certs):
    return certs.self_signed("ca", cn="Test CA", san=None)


@pytest.fixture(scope="session")
def stranger(certs):
    return certs.self_signed("stranger", cn="Another CA", san=None)


@pytest.fixture(scope="session")
def served(certs, ca, stranger):
    """Servers by what is particular about their certificate, made when they are asked for."""
    makers = {
        "good": lambda: certs.signed("good", ca),
        "unknown": lambda: certs.signed("unknown", stranger),
        "self": lambda: certs.self_signed("self", ca=False),
        "self-ca": lambda: certs.self_signed("self-ca"),
        "self-expired": lambda: certs.self_signed("self-expired", days=-1),
        "self-other": lambda: certs.self_signed("self-other", cn="other", san="DNS:other.example"),
        "expired": lambda: certs.signed("expired", ca, days=-1),
        "expired-unknown": lambda: certs.signed("expired-unknown", stranger, days=-1),
        "expired-other": lambda: certs.signed("expired-other", ca, cn="other", san="DNS:other.example", days=-1),
        "early": lambda: certs.signed("early", ca, start="20900101000000Z"),
        "other": lambda: certs.signed("other", ca, cn="localhost", san="DNS:other.example"),
        "cn": lambda: certs.signed("cn", ca, cn="localhost", san=None),
        "cn-other": lambda: certs.signed("cn-other", ca, cn="other.example", san=None),
        "for-clients": lambda: certs.signed("for-clients", ca, eku="clientAuth"),
    }
    running = {}

    def get(kind):
        if kind not in running:
            running[kind] = TlsServer(makers[kind]())
        return running[kind]

    yield get
    for server in running.values():
        end_listening(server.listener)


@pytest.fixture
def ask(stage):
    """ask(PORT, KEY=VALUE…): what tests/c/tls_client.c prints."""
    program = stage.test_program("tls_client")

    def start(port, *words, environment=None, status=0, **options):
        words = [*words, *(f"{key}={value}" for key, value in options.items())]
        done = subprocess.run([program, f"port={port}", *map(str, words)], capture_output=True, text=True, timeout=30,
                              env={**stage.environment, "SSL_CERT_FILE": "/dev/null", **(environment or {})})
        assert done.returncode == status, f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    return start


def refused(text, why=""):
    assert " verified=" not in text and "completed" not in text, text
    assert re.search(rf"(?m)^error .*{why}", text), text


def accepted(text):
    assert re.search(r"(?m)^up ssl=1 cn=\S+", text) and "\ncompleted\n" in text and "error" not in text, text


# The server's kind, what is trusted, the flags that are needed to accept it, and why it is refused without one of them.
CASES = [
    ("good", "ca", 0, ""),
    ("unknown", "ca", None, "issuer is not trusted"),
    ("self", "ca", SELFSIGNED, "issuer is not trusted"),
    ("self-ca", "ca", SELFSIGNED, "is not trusted"),
    ("self-expired", "ca", SELFSIGNED | EXPIRED, "not trusted|expired"),
    ("self-other", "ca", SELFSIGNED | SKIP_NAME, "not trusted|other.example"),
    ("expired", "ca", EXPIRED, "expired"),
    ("expired-unknown", "ca", None, "not trusted|expired"),
    ("expired-other", "ca", EXPIRED | SKIP_NAME, "expired|other.example"),
    ("other", "ca", SKIP_NAME, "other.example"),
    ("cn", "ca", 0, ""),
    ("cn-other", "ca", SKIP_NAME, "host"),
    ("for-clients", "ca", None, "purpose"),
]


@pytest.mark.ours_only(reason="its flags are looser in one place, and its reasons are numbers of OpenSSL's")
@pytest.mark.parametrize("kind, trusted, needed, why", CASES, ids=[c[0] for c in CASES])
def test_each_flag_lets_pass_what_it_names_and_no_more(ask, served, ca, kind, trusted, needed, why):
    port = served(kind).port
    every = SELFSIGNED | SKIP_NAME | EXPIRED
    for flags in range(0, every + 1, 2):
        text = ask(port, ca=ca[0], flags=flags, options=NO_OS_CA)
        if needed is not None and flags & needed == needed:
            accepted(text)
        else:
            refused(text, f"TLS: .*({why})")
    accepted(ask(port, ca=ca[0], flags=INSECURE, options=NO_OS_CA))


def test_the_flags_beside_the_original(ask, served, ca):
    """Those of the cases above in which 4.1.6 and this library agree."""
    for kind, needed in (("good", 0), ("unknown", INSECURE), ("self", SELFSIGNED), ("expired", EXPIRED), ("other", SKIP_NAME),
                         ("cn", 0)):
        accepted(ask(served(kind).port, ca=ca[0], flags=needed, options=NO_OS_CA))
        if needed:
            refused(ask(served(kind).port, ca=ca[0], options=NO_OS_CA))


def test_a_certificate_of_the_future_counts_as_expired(ask, served, ca):
    refused(ask(served("early").port, ca=ca[0]))
    accepted(ask(served("early").port, ca=ca[0], flags=EXPIRED))


def test_an_authority_whose_time_is_over_is_not_trusted(ask, certs, ca):
    old = certs.signed("old-ca", None, cn="Old CA", san=None, ca=True, days=-1)
    with TlsServer(certs.signed("by-old", old)) as server:
        refused(ask(server.port, ca=old[0], options=NO_OS_CA))
        accepted(ask(server.port, ca=old[0], flags=EXPIRED, options=NO_OS_CA))


def test_without_tls_in_the_context(ask, served, ca):
    text = ask(served("good").port, ca=ca[0], no_tls=1)
    assert "completed" not in text, text


@pytest.mark.parametrize("mem", [0, 1])
def test_the_trusted_file_or_memory(ask, served, ca, stranger, mem):
    accepted(ask(served("good").port, ca=ca[0], mem=mem, options=NO_OS_CA))
    refused(ask(served("good").port, ca=stranger[0], mem=mem, options=NO_OS_CA))
    if not mem:
        accepted(ask(served("good").port, old_ca=ca[0], options=NO_OS_CA))


@pytest.mark.parametrize("kind", ["self", "self-ca"])
def test_a_certificate_in_the_trust_store_is_trusted_itself(ask, served, certs, ca, kind):
    text = ask(served(kind).port, ca=certs.path(f"{kind}.pem") if served(kind) else None, options=NO_OS_CA)
    accepted(text)
    assert "verified=1" in text, text
    # Its name still has to be right.
    refused(ask(served(kind).port, ca=certs.path(f"{kind}.pem"), host="example.org", options=NO_OS_CA))


def test_the_systems_trust_store(ask, served, ca):
    """It counts unless the program says that it does not. SSL_CERT_FILE says where it is, as to OpenSSL."""
    system = {"SSL_CERT_FILE": str(ca[0])}
    accepted(ask(served("good").port, environment=system))
    refused(ask(served("good").port))
    refused(ask(served("good").port, environment=system, options=NO_OS_CA))


def test_the_name_is_that_of_the_host_header(ask, served, ca):
    server = served("other")
    accepted(ask(server.port, ca=ca[0], host="other.example"))
    accepted(ask(server.port, ca=ca[0], host=f"other.example:{server.port}"))
    assert set(server.names[-2:]) == {"other.example"}
    accepted(ask(served("good").port, ca=ca[0], host="127.0.0.1"))
    refused(ask(served("good").port, ca=ca[0], host="127.0.0.2"))


@pytest.mark.ours_only(reason="its second call changes nothing, and the certificate given later is not used")
def test_trust_that_is_given_later(ask, served, certs, ca, stranger):
    accepted(ask(served("good").port, init=ca[0], options=NO_OS_CA))
    refused(ask(served("good").port, ca=ca[0], init=stranger[0], options=NO_OS_CA))
    der = certs.path("ca.der")
    openssl("x509", "-in", ca[0], "-outform", "DER", "-out", der)
    text = ask(served("good").port, extra=der, options=NO_OS_CA)
    assert "extra 0" in text
    accepted(text)
    junk = certs.path("junk.der")
    junk.write_bytes(b"junk")
    text = ask(served("good").port, extra=junk, options=NO_OS_CA)
    assert "extra 1" in text
    refused(text)


@pytest.fixture(scope="session")
def asking(certs, ca):
    with TlsServer(certs.signed("asking", ca), client_ca=ca) as server:
        yield server


@pytest.mark.ours_only(reason="with TLS 1.2 switched off its client connects to no one")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("how", ["file", "mem", "old", "password"])
def test_the_clients_own_certificate(ask, certs, ca, asking, how, version):
    cert, key = certs.signed("someone", ca, cn="someone", san=None)
    words = {"old": [f"old_cert={cert}", f"old_key={key}"], "mem": [f"cert={cert}", f"key={key}", "mem=1"]}.get(
        how, [f"cert={cert}", f"key={key}"])
    if how == "password":
        locked = certs.path("someone-locked.key")
        openssl("pkcs8", "-topk8", "-passout", "pass:secret", "-in", key, "-out", locked)
        words = [f"cert={cert}", f"key={locked}", "password=secret"]
    text = ask(asking.port, f"ca={ca[0]}", *words, set=NO_TLS_1_2 if version == "1.3" else NO_TLS_1_3)
    accepted(text)
    assert f"body version=TLSv{version} " in text and "client=someone" in text, text


def test_a_server_that_wants_a_certificate_refuses_who_has_none(ask, ca, asking, certs, stranger):
    assert "completed" not in ask(asking.port, ca=ca[0])
    cert, key = certs.signed("nobody", stranger, cn="nobody", san=None)
    assert "completed" not in ask(asking.port, ca=ca[0], cert=cert, key=key)


@pytest.mark.ours_only(reason="its messages are OpenSSL's error stack")
@pytest.mark.parametrize("problem", ["ca", "cert", "key", "mismatch", "password", "ciphers", "versions", "provided"])
def test_what_is_wrong_with_the_clients_files_is_named(ask, certs, ca, stranger, problem):
    cert, key = certs.path("good.pem"), certs.path("good.key")
    if not cert.exists():
        certs.signed("good", ca)
    locked = certs.path("locked.key")
    openssl("pkcs8", "-topk8", "-passout", "pass:secret", "-in", key, "-out", locked)
    words, wanted = {
        "ca": (["ca=/nowhere/ca.pem"], r"/nowhere/ca\.pem: there is no such file"),
        "cert": (["cert=/nowhere/c.pem", f"key={key}"], r"/nowhere/c\.pem: there is no such file"),
        "key": ([f"cert={cert}", f"key={cert}"], r"good\.pem: there is no private key in it"),
        "mismatch": ([f"cert={cert}", f"key={stranger[1]}"], r"stranger\.key: the key does not match the certificate in"),
        "password": ([f"cert={cert}", f"key={locked}", "password=guess"], r"locked\.key: the password does not open the key"),
        "ciphers": ([f"ca={ca[0]}", "ciphers=RC4"], r"cipher list 'RC4' leaves no cipher"),
        "versions": ([f"ca={ca[0]}", f"set={NO_TLS_1_2 | NO_TLS_1_3}"], r"leave no version of TLS"),
        "provided": (["provided=1"], r"provided_client_ssl_ctx"),
    }[problem]
    text = ask(1, *words, status=1)
    assert "no context" in text and re.search(wanted, text), text


@pytest.mark.ours_only(reason="with TLS 1.2 switched off its client connects to no one")
def test_ciphers_and_versions(ask, served, ca):
    for bits, version, other in ((NO_TLS_1_3, "1.2", "1.3"), (NO_TLS_1_2, "1.3", "1.2")):
        assert f"body version=TLSv{version} " in ask(served("good").port, ca=ca[0], set=bits)
        assert "body version=TLSv1.3 " in ask(served("good").port, ca=ca[0], set=bits, clear=bits)
    text = ask(served("good").port, ca=ca[0], set=NO_TLS_1_3, ciphers="ECDHE-ECDSA-CHACHA20-POLY1305")
    assert "cipher=ECDHE-ECDSA-CHACHA20-POLY1305 " in text, text
    text = ask(served("good").port, ca=ca[0], ciphers13="TLS_CHACHA20_POLY1305_SHA256")
    assert "cipher=TLS_CHACHA20_POLY1305_SHA256 " in text, text


@pytest.mark.ours_only(reason="it takes them in silence")
def test_ciphers_that_are_not_there_are_named(ask, served, ca):
    text = ask(served("good").port, ca=ca[0], set=NO_TLS_1_3, ciphers="AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256")
    assert "'AES128-SHA' is not a cipher that is there" in text and "cipher=ECDHE-ECDSA-AES128-GCM-SHA256" in text, text


def test_alpn_is_offered(ask, certs, ca):
    with TlsServer(certs.signed("alpn", ca), alpn=["http/1.1"]) as server:
        assert "alpn=http/1.1 " in ask(server.port, ca=ca[0], alpn="http/1.1")
    with TlsServer(certs.signed("no-alpn", ca)) as server:
        assert "alpn=None " in ask(server.port, ca=ca[0], alpn="http/1.1")


@pytest.mark.ours_only(reason="it does not keep sessions")
def test_a_session_is_resumed(ask, served, ca):
    text = ask(served("good").port, ca=ca[0], again=1)
    assert re.findall(r"reused=(\w+)", text) == ["False", "True"], text


@pytest.mark.ours_only(reason="it sends none")
@pytest.mark.parametrize("version", VERSIONS)
def test_close_notify_is_sent(ask, certs, ca, version):
    with TlsServer(certs.signed("polite", ca), version=version) as server:
        accepted(ask(server.port, ca=ca[0]))
        wait_until(lambda: server.endings)
        assert server.endings == ["notify"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_that_is_cut_off_is_not_complete(ask, certs, ca, version):
    with TlsServer(certs.signed("cutting", ca), version=version, ending="cut") as server:
        text = ask(server.port, ca=ca[0])
    assert "\nbody " in text and "completed" not in text and "\nclosed\n" in text, text


@pytest.mark.parametrize("what", ["plain", "garbage", "hangs-up", "alert", "half"])
def test_servers_that_do_not_speak_tls_are_told(ask, ca, what):
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        s, _ = listener.accept()
        s.recv(4096)
        s.sendall({"plain": b"HTTP/1.1 200 OK\r\n\r\n", "garbage": b"\x16\x03\x03\x00\x08" + os.urandom(8),
                   "hangs-up": b"", "alert": b"\x15\x03\x03\x00\x02\x02\x28", "half": b"\x16\x03\x03\x10\x00\x02"}[what])
        s.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        s.close()

    threading.Thread(target=answer, daemon=True).start()
    refused(ask(listener.getsockname()[1], ca=ca[0]))
    listener.close()


@pytest.mark.ours_only(reason="its reasons are numbers of OpenSSL's")
def test_reasons_are_words(ask, served, ca):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
    refused(ask(listener.getsockname()[1], ca=ca[0]), "hung up during the TLS handshake|connection is gone|reset")
    refused(ask(served("other").port, ca=ca[0]), "the certificate is not for localhost, but for .*other.example")
    refused(ask(served("expired").port, ca=ca[0]), "the certificate has expired")
    refused(ask(served("unknown").port, ca=ca[0]), "the certificate's issuer is not trusted")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [1, 16384, 300000])
def test_ws_echo_from_an_independent_server(ask, certs, ca, version, size):
    cert, key = certs.signed("ws", ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(cert), str(key))
    context.minimum_version = context.maximum_version = VERSIONS[version]

    def echo(ws):
        for message in ws:
            ws.send(message)

    with serve(echo, "127.0.0.1", 0, ssl=context, max_size=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = ask(server.socket.getsockname()[1], ca=ca[0], ws=1, size=size)
        server.shutdown()
    assert f"\necho {size}\n" in text, text


def test_openssl_s_server(ask, certs, ca):
    cert, key = certs.signed("s-server", ca)
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    for version in ("-tls1_2", "-tls1_3"):
        process = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", cert, "-key", key,
                                    "-www", version, "-naccept", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            process.stdout.readline()
            wait_until(lambda: f"{port:04X} 00000000:0000 0A" in open("/proc/net/tcp").read(), 10)
            text = ask(port, ca=ca[0])
            assert text.startswith("up ssl=1 ") and "\ncompleted\n" in text, text
        finally:
            process.kill()
            process.wait()
