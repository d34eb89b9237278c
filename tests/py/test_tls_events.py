"""LWS_CALLBACK_SSL_INFO: what a program hears of handshakes and alerts, by the vhost's ssl_info_event_mask."""
import subprocess

import pytest

from certs import Maker
from peer import wait_until
from tls_peer import FAILURES, VERSIONS, TlsServer, tls_socket, trusting

START, DONE, READ, WRITE = "event 0x10 0x1", "event 0x20 0x1", "event 0x4004 ", "event 0x4008 "
ALL = 0x10 | 0x20 | 0x4004 | 0x4008
NO_TLS_1_2, EXPIRED_ALLOWED = 1 << 27, 1 << 3
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("event-certs"))


@pytest.fixture(scope="session")
def ca(certs):
    return certs.self_signed("ca", cn="Test CA", san=None)


@pytest.fixture(scope="session")
def own(certs, ca):
    return certs.signed("own", ca)


@pytest.fixture
def tlsd(server, own):
    def start(*words):
        return server("tlsd", f"cert={own[0]}", f"key={own[1]}", "level=1", *words)

    return start


def heard(running, until):
    """The events and closings that were printed, once the one that is waited for is there."""
    wait_until(lambda: any(line.startswith(until) for line in running.lines))
    return [line for line in running.lines if line.startswith(("event", "closed"))]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("answer", [0, -1])
def test_the_life_of_a_servers_connection(tlsd, ca, version, answer):
    """The program's answer has no effect."""
    running = tlsd(f"events={ALL}", f"answer={answer}")
    s = tls_socket(running.port, trusting(ca, version))
    assert heard(running, DONE) == [START, DONE]
    s.sendall(GET)
    while s.recv(4096):
        pass
    assert heard(running, "closed http") == [START, DONE, WRITE + "0x100", "closed http"]
    s.close()


def test_the_peers_close_notify(tlsd, ca):
    running = tlsd(f"events={ALL}")
    s = tls_socket(running.port, trusting(ca))
    heard(running, DONE)
    s.unwrap().close()
    assert heard(running, "closed http") == [START, DONE, READ + "0x100", WRITE + "0x100", "closed http"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_that_does_not_trust_the_server(tlsd, certs, version):
    running = tlsd(f"events={ALL}")
    with pytest.raises(FAILURES):
        tls_socket(running.port, trusting(certs.self_signed(f"stranger-{version}", cn="stranger"), version))
    # unknown_ca
    assert heard(running, READ)[:2] == [START, READ + "0x230"]


def test_a_client_whose_version_is_not_spoken(tlsd, ca):
    running = tlsd(f"events={ALL}", f"set={NO_TLS_1_2}")
    with pytest.raises(FAILURES):
        tls_socket(running.port, trusting(ca, "1.2"))
    # protocol_version, or as 4.1.6 has it handshake_failure
    assert heard(running, WRITE)[:2] in ([START, WRITE + "0x246"], [START, WRITE + "0x228"])


@pytest.mark.parametrize("mask, wanted", [(0, []), (0x10, [START]), (0x20, [DONE]), (0x4, []), (0x8, [WRITE + "0x100"]),
                                          (0x4000, [WRITE + "0x100"])])
def test_the_mask_chooses(tlsd, ca, mask, wanted):
    running = tlsd(f"events={mask}")
    with tls_socket(running.port, trusting(ca)) as s:
        s.sendall(GET)
        while s.recv(4096):
            pass
        assert heard(running, "closed http") == [*wanted, "closed http"]


@pytest.mark.ours_only(reason="it crashes")
@pytest.mark.parametrize("trusted, ending", [(True, WRITE + "0x100"), (False, WRITE + "0x230")])
def test_the_life_of_a_clients_connection(stage, own, ca, certs, trusted, ending):
    anchor = ca if trusted else certs.self_signed("other", cn="other")
    with TlsServer(own) as server:
        done = subprocess.run([stage.test_program("tls_client"), f"port={server.port}", f"ca={anchor[0]}", f"events={ALL}",
                               f"options={1 << 6}"], capture_output=True, text=True, timeout=30, env=stage.environment)
    lines = [line for line in done.stdout.splitlines() if line.startswith("event")]
    assert lines[0] == START and lines[-1] == ending, done.stdout
    assert (DONE in lines) == trusted, done.stdout
