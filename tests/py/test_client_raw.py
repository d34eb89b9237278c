"""Raw client connections (method "RAW"): the program's bytes, nothing in front of them, and flow control both ways."""
import socket
import ssl
import struct
import subprocess
import threading

import pytest

from certs import Maker
from peer import end_listening


class Peer:
    """Accepts one connection at a time and lets `talk` have it."""

    def __init__(self, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = b""
        self.talk = talk
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            peer, _ = self.listener.accept()
            peer.settimeout(20)
            with peer:
                self.talk(self, peer)
        except OSError:
            pass

    def read(self, peer, count):
        while len(self.got) < count and (more := peer.recv(65536)):
            self.got += more

    def end(self):
        end_listening(self.listener)
        self.thread.join(20)


@pytest.fixture
def raw(stage):
    """raw(TALK, ARGS…): what tests/c/raw prints and what the peer got."""

    def run(talk, *words):
        peer = Peer(talk)
        program = stage.test_program("raw")
        try:
            done = subprocess.run([program, "--port", str(peer.port), *map(str, words)], capture_output=True, text=True,
                                  env=stage.environment, timeout=60)
        finally:
            peer.end()
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines(), peer.got

    return run


LIFE = ["BIND", "wsi", "WSI_CREATE", "CONNECTED"]
END = ["DROP", "CLOSE", "WSI_DESTROY"]


def test_bytes_go_both_ways(raw):
    def talk(self, peer):
        self.read(peer, 5)
        peer.sendall(b"world")

    lines, got = raw(talk, "--send", "hello")
    assert got == b"hello"
    assert lines[:-1] == LIFE + ["RX world"] + END, lines


def test_the_program_may_close_in_rx(raw):
    def talk(self, peer):
        peer.sendall(b"first")
        self.read(peer, 1)

    lines, got = raw(talk, "--end", "rx")
    assert lines[:-1] == LIFE + ["RX first"] + END and got == b"", lines


def test_a_reset_is_a_close(raw):
    def talk(self, peer):
        self.read(peer, 5)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    lines, _ = raw(talk, "--send", "hello")
    assert lines[:-1] == LIFE + END, lines


def pattern(count):
    return bytes(ord("a") + n % 23 for n in range(count))


def test_a_slow_reader_gets_all_of_it(raw):
    """Far more than the kernel takes: WRITEABLE waits, nothing is lost, and the end comes behind the last byte."""
    def talk(self, peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
        threading.Event().wait(0.3)
        self.read(peer, 1 << 30)

    lines, got = raw(talk, "--bytes", 8_000_000, "--end", "sent")
    assert got == pattern(8_000_000), len(got)
    assert lines[:-1] == LIFE + END, lines


def test_reading_can_be_stopped_and_resumed(raw):
    def talk(self, peer):
        peer.sendall(bytes(3_000_000))
        peer.shutdown(socket.SHUT_WR)
        self.read(peer, 1)

    lines, _ = raw(talk, "--pause", 300)
    resumed = next(line for line in lines if line.startswith("resume"))
    assert int(resumed.split()[1]) <= 4096, lines
    counts = dict(zip(lines[-1].split()[1::2], map(int, lines[-1].split()[2::2])))
    assert counts["received"] == 3_000_000 and counts["largest"] <= 4096 and counts["live"] == 0, lines


@pytest.mark.ours_only(reason="a write before there is a socket is taken, and lost")
def test_nothing_can_be_written_before_there_is_a_socket(raw):
    def talk(self, peer):
        self.read(peer, 5)

    lines, got = raw(talk, "--send", "hello", "--early")
    assert "early write -1, asked 1" in lines and got == b"hello", lines


def test_a_refused_connection_is_told(stage):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = subprocess.run([stage.test_program("raw"), "--port", str(taken.getsockname()[1])], capture_output=True,
                              text=True, env=stage.environment, timeout=60)
    assert done.stdout.splitlines()[:-1] == ["BIND", "wsi", "CONNECTION_ERROR Unable to connect", "DROP", "WSI_DESTROY"]


@pytest.mark.ours_only(reason="it fails within the call and says nothing")
def test_tls_is_spoken_under_it(raw, tmp_path):
    own = Maker(tmp_path).self_signed("own")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*map(str, own))

    def talk(self, peer):
        with tls.wrap_socket(peer, server_side=True) as secure:
            self.read(secure, 5)
            secure.sendall(b"world")

    lines, got = raw(talk, "--send", "hello", "--flags", 1 | 2 | 4)
    assert got == b"hello" and lines[:-1] == LIFE + ["RX world"] + END, lines
