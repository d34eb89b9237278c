"""Several addresses for one name: each is tried, one that does not answer holds nobody up, and few descriptors are enough
(RFC 8305). Names are looked up by a getaddrinfo() of the tests' own (tests/c/names.c)."""
import socket
import subprocess
import threading
import time

import pytest

from test_client import UPGRADE, Script, once


@pytest.fixture(scope="module")
def names(stage):
    library = stage.out / "names.so"
    source = stage.test_program("client").parents[3] / "tests" / "c" / "names.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source], check=True)
    return library


@pytest.fixture
def client(stage, names):
    """client(ADDRESSES, ARGS…): the lines that tests/c/client prints, and how long it took."""

    def run(addresses, *args, delay=0):
        begun = time.monotonic()
        done = subprocess.run([stage.test_program("client"), "--address", "some.name", *map(str, args)], timeout=60,
                              capture_output=True, text=True, errors="replace",
                              env={**stage.environment, "LD_PRELOAD": str(names), "TEST_DELAY_MS": str(delay),
                                   "TEST_ADDRESSES": ",".join(addresses)})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines(), time.monotonic() - begun

    return run


@pytest.fixture
def server():
    made = Script(UPGRADE + b"\x88\x00")
    yield made
    made.close()


@pytest.fixture
def hole(server):
    """An address at the server's port where no SYN is answered: a listener whose queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", server.port))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", server.port))
        yield "127.0.0.2"
        for one in waiting:
            one.close()


def up(lines):
    assert once(lines, "ESTABLISHED") == 1 and once(lines, "CLOSED") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert not once(lines, "CONNECTION_ERROR"), lines


@pytest.mark.parametrize("fds", [0, 3])
@pytest.mark.ours_only(reason="the next address has its turn when the first has timed out")
def test_an_address_that_does_not_answer_is_passed_by(client, server, hole, fds):
    lines, took = client([hole, "127.0.0.1"], "--port", server.port, "--timeout", 20, "--fds", fds)
    up(lines)
    assert took < 10, "the connect timeout of 20 s was waited for"


@pytest.mark.ours_only(reason="the next address has its turn when the first has timed out")
def test_two_that_do_not_answer_and_one_that_refuses_are_passed_by(client, server, hole):
    lines, took = client([hole, hole, "127.0.0.3", "127.0.0.1"], "--port", server.port, "--timeout", 20)
    up(lines)
    assert took < 10, "the connect timeout of 20 s was waited for"


@pytest.mark.parametrize("fds", [0, 3])
def test_addresses_that_refuse_are_tried_one_after_the_other(client, server, fds):
    lines, _ = client(["127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.1"], "--port", server.port, "--fds", fds)
    up(lines)


@pytest.mark.ours_only(reason="it gives up within the call, or says nothing")
def test_failure_is_told_when_the_last_address_has_failed(client, server):
    lines, _ = client(["127.0.0.3", "::1", "127.0.0.4"], "--port", server.port)
    assert once(lines, "CONNECTION_ERROR") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert not server.requests


@pytest.mark.ours_only(reason="a socket that hangs in its connect is not given up within the test's time")
def test_the_connect_timeout_counts_for_all_addresses_together(client, server, hole):
    lines, took = client([hole] * 6, "--port", server.port, "--timeout", 1)
    assert "CONNECTION_ERROR Timed out waiting for connect" in lines and once(lines, "WSI_DESTROY") == 1, lines
    assert took < 15, took


@pytest.mark.ours_only(reason="it waits for the resolver within the call")
def test_a_lookup_that_takes_too_long_is_given_up(client, server):
    lines, took = client(["127.0.0.1"], "--port", server.port, "--timeout", 1, delay=30_000)
    assert "CONNECTION_ERROR Timed out waiting for connect" in lines and took < 15, (lines, took)


def test_one_connection_of_many_addresses_asks_once(client, server):
    lines, _ = client(["127.0.0.1"] * 8, "--port", server.port)
    up(lines)
    assert len(server.requests) == 1, server.requests


def test_an_unmasked_frame_for_tests_of_servers(stage):
    """LWS_WRITE_CLIENT_IGNORE_XOR_MASK: the frame bears a key, and the payload goes as it is."""
    got = []

    class Taker(Script):
        def serve(self, peer, answer):
            recv = peer.recv

            class Listening:
                def recv(_, n):
                    got.append(recv(n))
                    return got[-1]

                def __getattr__(_, name):
                    return getattr(peer, name)

                def __enter__(_):
                    return peer

                def __exit__(_, *why):
                    peer.close()

            super().serve(Listening(), answer)

    taker = Taker(UPGRADE, after="wait")
    program = subprocess.Popen([stage.test_program("client"), "--port", str(taker.port), "--send", "as it is", "--no-mask"],
                               stdout=subprocess.DEVNULL, env=stage.environment)
    try:
        deadline = time.monotonic() + 20
        while b"\x81\x88" not in b"".join(got) and time.monotonic() < deadline:
            time.sleep(0.02)
        frame = b"".join(got).partition(b"\r\n\r\n")[2]
        assert frame[:2] == b"\x81\x88" and frame[6:14] == b"as it is", frame
    finally:
        program.terminate()
        program.wait(20)
        taker.close()
