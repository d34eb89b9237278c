"""Peers that break TLS handshakes, many at one time: each ends by the timeout, memory stays bounded, others are served.

LWS_TLS_PEERS says how many (50; `make test-tls-fuzz`: 10,000)."""
import os
import random
import resource
import select
import socket
import ssl
import time

import pytest

from certs import Maker
from peer import wait_until
from tls_peer import tls_socket, trusting

PEERS = int(os.environ.get("LWS_TLS_PEERS", "50"))
TIMEOUT = 3 if PEERS < 1000 else 30


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl._create_unverified_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without a peer")


def attack(n, hello, dice):
    """What the n-th peer sends, and whether it goes on sending what is left, byte by byte."""
    if n % 4 == 0:
        return hello[:n // 4 % len(hello)], False
    if n % 4 == 1:
        changed = bytearray(hello)
        for _ in range(dice.randint(1, 8)):
            changed[dice.randrange(5, len(hello))] = dice.randrange(256)
        return bytes(changed), False
    if n % 4 == 2:
        size = dice.randrange(1, 3000)
        return bytes([22, 3, dice.randrange(5), size >> 8, size & 255]) + dice.randbytes(size), False
    return hello[:1], True


@pytest.mark.timeout(900)
def test_broken_handshakes_end_and_others_are_served(server, tmp_path):
    certs = Maker(tmp_path)
    own = certs.self_signed("own")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < PEERS + 200:
        pytest.skip(f"{PEERS} peers need more open files than {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, PEERS + 200), hard))
    running = server("tlsd", f"cert={own[0]}", f"key={own[1]}", f"timeout={TIMEOUT}", "level=1")

    def get():
        with tls_socket(running.port, trusting(own)) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert s.recv(4096).startswith(b"HTTP/1.1 200"), "others are served"

    get()
    before = running.resident()
    hello, dice = client_hello(), random.Random(7)
    waiting, slow, poll = {}, {}, select.poll()
    for n in range(PEERS):
        s = socket.create_connection(("127.0.0.1", running.port), timeout=20)
        first, goes_on = attack(n, hello, dice)
        s.setblocking(False)
        s.send(first)
        waiting[s.fileno()] = s
        if goes_on:
            slow[s.fileno()] = 1
        poll.register(s, select.POLLIN)
        if n % (PEERS // 5) == 0:
            get()
    get()
    held = (running.resident() - before) / PEERS
    if PEERS >= 1000:
        assert held < 16 * 1024, f"{held:.0f} bytes for each peer in its handshake"
    deadline = time.monotonic() + TIMEOUT * 4 + 60
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} of {PEERS} peers were not ended"
        for fd, _ in poll.poll(500):
            try:
                over = not waiting[fd].recv(65536)
            except ConnectionError:
                over = True
            if over:
                poll.unregister(fd)
                waiting.pop(fd).close()
                slow.pop(fd, None)
        for fd in list(slow):
            try:
                waiting[fd].send(hello[slow[fd]:slow[fd] + 1])
                slow[fd] += slow[fd] < len(hello) - 2
            except ConnectionError:
                del slow[fd]
    get()
    wait_until(lambda: running.open_files() < 20)
    print(f"{PEERS} peers, {held:.0f} bytes each while they were held")
