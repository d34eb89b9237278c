"""Broken peers against a live HTTP server: requests cut at every offset, changed at random, pipelined with garbage, ended by
half-close, reset or silence. The server answers others all the while, gives everything back, and ends well.

LWS_HTTP_FUZZ_SECONDS says for how long (4); `make fuzz-http` runs ten minutes under AddressSanitizer. LWS_HTTP_FUZZ_SEED
repeats a run.
"""
import importlib.machinery
import importlib.util
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

from conftest import ROOT
from http_peer import Http, exchange

RESET = struct.pack("ii", 1, 0)
SECONDS = float(os.environ.get("LWS_HTTP_FUZZ_SECONDS", "4"))
GARBAGE = [b"\0", b"\r\n", b"\n", b"\r", b"\xff" * 40, b" ", b":", b"%", b"..", b"chunked", b"-1", b"99999999999999999999", b"\r\n\r\n",
           b"0\r\n\r\n", b"--XX--", b"HTTP/1.1", b"GET / HTTP/1.1\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
           b"Range: bytes=0-1,3-4\r\n", b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"A" * 5000]


def corpus():
    """The requests of the differential test, and some that take longer to answer."""
    path = str(ROOT / "tests" / "run-differential-http")
    loader = importlib.machinery.SourceFileLoader("run_differential_http", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_differential_http", loader))
    loader.exec_module(module)
    found = {r.encode("latin-1") for kind in module.requests().values() for r in kind}
    found |= {f"GET {path} HTTP/1.1\r\nHost: a\r\n{h}\r\n".encode() for path in ["/files/big.txt", "/long?n=200000", "/events", "/files/x.shtml"]
              for h in ["", "Range: bytes=1-5,100-200,-1\r\n", "Connection: close\r\n"]}
    return module, sorted(found)


def mutate(rng, requests):
    data = bytearray(rng.choice(requests))
    for _ in range(rng.choice([0, 1, 1, 2, 4, 8])):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at] = rng.choice(GARBAGE)
        elif kind == 2:
            del data[at:at + rng.randrange(1, 20)]
        elif kind == 3:
            data[at:at] = data[at:at + rng.randrange(1, 60)]
        elif kind == 4:
            other = rng.choice(requests)
            data[at:] = other[rng.randrange(len(other)):]
        else:
            data += rng.choice(requests)
    return bytes(data)


def pieces(rng, data):
    """The data cut into one to four writes."""
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 1, 3])))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]


def misbehave(port, parts, end, reads):
    """One peer: it sends, perhaps reads a little, and goes in its way."""
    s = socket.create_connection(("127.0.0.1", port), 10)
    try:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            if part:
                s.send(part)
        if end == "half":
            s.shutdown(socket.SHUT_WR)
        for _ in range(reads):
            if not select.select([s], [], [], 0.01)[0] or not s.recv(4096):
                break
        if end == "reset":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    except OSError:
        pass
    finally:
        s.close()


class Fuzz:
    def __init__(self, port, requests, seed, seconds):
        self.port, self.requests, self.seed = port, requests, seed
        self.until = time.monotonic() + seconds
        self.peers, self.problem = 0, None
        self.cuts = self.every_cut()
        self.lock = threading.Lock()

    def every_cut(self):
        """Each request, cut at each offset, and reset or half-closed there; in an order that mixes them."""
        every = [(i, at, end) for i, r in enumerate(self.requests) if len(r) < 600 for at in range(len(r) + 1) for end in ("reset", "half")]
        random.Random(self.seed).shuffle(every)
        yield from every

    def work(self, number):
        rng = random.Random(self.seed * 1000 + number)
        try:
            while time.monotonic() < self.until and not self.problem:
                with self.lock:
                    cut = next(self.cuts, None) if self.peers % 2 else None
                    self.peers += 1
                if cut:
                    i, at, end = cut
                    misbehave(self.port, [self.requests[i][:at]], end, rng.choice([0, 0, 1]))
                else:
                    misbehave(self.port, pieces(rng, mutate(rng, self.requests)), rng.choice(["half", "reset", "close"]), rng.choice([0, 1, 3]))
        except Exception as problem:
            self.problem = problem


def test_broken_peers(server, tmp_path):
    module, requests = corpus()
    files = module.site(tmp_path)
    http = server("http", "--dir", str(files), "--passwords", str(tmp_path / "passwords"), "--timeout", "2", "--keepalive", "1")
    seed = int(os.environ.get("LWS_HTTP_FUZZ_SEED", "0")) or random.randrange(1, 1 << 30)
    print(f"LWS_HTTP_FUZZ_SEED={seed}")
    exchange(http.port, "GET /dyn HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    time.sleep(0.5)
    files_before = http.open_files()
    fuzz = Fuzz(http.port, requests, seed, SECONDS)
    threads = [threading.Thread(target=fuzz.work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    settled = None
    while any(t.is_alive() for t in threads):
        # Others are served meanwhile, and right. Each has a connection of its own: one that is kept waits a second only.
        for path, body in [("/dyn", b"hello"), ("/files/a.txt", b"0123456789")]:
            with Http(http.port) as c:
                assert c.get(path).body == body
        if settled is None and time.monotonic() > fuzz.until - SECONDS / 2:
            settled = http.resident()
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    assert not fuzz.problem, fuzz.problem
    settled = settled or http.resident()
    print(f"{fuzz.peers} broken peers in {SECONDS:g} s, resident {settled} at half time, {http.resident()} now")
    assert fuzz.peers > 50 * SECONDS
    # Half of the time is enough to see all that is kept once; from then on nothing grows with the peers.
    assert http.resident() < settled * 1.5 + (64 << 20)
    deadline = time.monotonic() + 30
    while http.open_files() > files_before and time.monotonic() < deadline:
        time.sleep(0.1)
    if http.open_files() > files_before:
        sockets = subprocess.run(["ss", "-tnpo"], capture_output=True, text=True).stdout
        print("\n".join(line for line in sockets.splitlines() if f"pid={http.pid}," in line))
    assert http.open_files() <= files_before, "connections of peers that are gone are still open"
    idle = http.cpu_seconds()
    time.sleep(1)
    assert http.cpu_seconds() - idle < 0.3, "it works on although nobody is there"
    http.stop()
