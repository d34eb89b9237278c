"""c-examples/echo with an independent client, and with bare sockets."""
import os
import random
import signal
import subprocess
import time

import pytest
from conftest import ROOT, WARNINGS
from peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Peer, client, frame
from websockets.exceptions import ConnectionClosed

EXAMPLES = sorted(p.name for p in (ROOT / "c-examples").iterdir() if (p / "Makefile").exists())


@pytest.mark.parametrize("compiler", [["cc", "-std=c99"], ["c++", "-x", "c++"]], ids=["C99", "C++"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_compile_without_a_warning(stage, name, compiler):
    source = ROOT / "c-examples" / name / f"{name}.c"
    done = subprocess.run([*compiler, *WARNINGS, *stage.flags("--cflags"), "-c", "-o", os.devnull, str(source)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def echo(example):
    return example("echo")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 4096, 65535, 65536, 65537, 1_000_000])
def test_text_stays_text_and_binary_binary(echo, size):
    binary = random.Random(size).randbytes(size)
    text = ("äöü€𝄞" * (size // 13 + 1)).encode()[:size].decode(errors="ignore")
    with client(echo.url) as socket:
        socket.send(text)
        socket.send(binary)
        assert socket.recv(timeout=20) == text
        assert socket.recv(timeout=20) == binary


def test_the_subprotocol_is_taken_or_none(echo):
    with client(echo.url, subprotocols=["other", "lws-echo"]) as socket:
        assert socket.subprotocol == "lws-echo"
        socket.send("a")
        assert socket.recv(timeout=10) == "a"
    with client(echo.url) as socket:
        assert socket.subprotocol is None


def test_fragments_come_back_as_one_message(echo):
    with client(echo.url) as socket:
        socket.send(iter(["one ", "", "two ", "three"]))
        assert socket.recv(timeout=10) == "one two three"
    with Peer(echo.port) as peer:
        peer.send(TEXT, b"a", fin=False)
        peer.send(PING, b"between")
        peer.send(CONTINUATION, b"b")
        got = {peer.frame(), peer.frame()}
        assert got == {(PONG, b"between", True), (TEXT, b"ab", True)}


def test_a_frame_in_single_bytes_is_understood(echo):
    with Peer(echo.port) as peer:
        for byte in frame(TEXT, b"slowly"):
            peer.socket.sendall(bytes([byte]))
            time.sleep(0.002)
        assert peer.message() == (TEXT, b"slowly")


def test_many_small_messages_in_one_segment_come_back_in_order(echo):
    messages = [b"%d" % n for n in range(3000)]
    with Peer(echo.port) as peer:
        peer.socket.sendall(b"".join(frame(BINARY, m) for m in messages))
        assert [peer.message()[1] for _ in messages] == messages


def test_invalid_utf8_is_refused_with_1007(echo):
    for pieces in ([b"\xc3\x28"], [b"\xf4\x90\x80\x80"], [b"ab\xe2", b"\x28"]):
        with Peer(echo.port) as peer:
            for i, piece in enumerate(pieces):
                peer.send(TEXT if i == 0 else CONTINUATION, piece, fin=i == len(pieces) - 1)
            opcode, payload, _ = peer.frame()
            assert opcode == CLOSE and payload[:2] == (1007).to_bytes(2, "big"), (pieces, opcode, payload)


@pytest.mark.ours_only(reason="ends the connection without a close frame")
def test_a_close_frame_too_long_is_answered_and_the_connection_ended(echo):
    with Peer(echo.port) as peer:
        peer.send(CLOSE, (1000).to_bytes(2, "big") + b"*" * 124)
        opcode, payload, _ = peer.frame()
        assert opcode == CLOSE and payload[:2] == (1002).to_bytes(2, "big")
        peer.socket.settimeout(3)               # it would wait five seconds for another close frame
        assert peer.socket.recv(1) == b""


@pytest.mark.ours_only(reason="takes unmasked frames of a client")
def test_an_unmasked_frame_is_refused_with_1002(echo):
    with Peer(echo.port) as peer:
        peer.send(TEXT, b"plain", key=None)
        opcode, payload, _ = peer.frame()
        assert opcode == CLOSE and payload[:2] == (1002).to_bytes(2, "big")
        assert peer.at_end()


def test_a_close_is_answered_with_its_code(echo):
    with Peer(echo.port) as peer:
        peer.send(CLOSE, (1001).to_bytes(2, "big") + b"going")
        opcode, payload, _ = peer.frame()
        assert opcode == CLOSE and payload[:2] == (1001).to_bytes(2, "big")
        assert peer.at_end()


def test_a_message_past_the_limit_is_refused_with_1009(echo):
    piece = bytes(1 << 20)
    with Peer(echo.port) as peer:
        try:
            for n in range(66):
                peer.send(BINARY if n == 0 else CONTINUATION, piece, fin=False)
        except (ConnectionResetError, BrokenPipeError):
            return                              # closed with our data unread: TCP says RST
        opcode, payload, _ = peer.frame()
        assert opcode == CLOSE and payload[:2] == (1009).to_bytes(2, "big")


def test_a_peer_that_does_not_read_is_not_read_from(echo):
    """64 MiB are offered; what the server keeps is its bound and what TCP holds."""
    with Peer(echo.port, receive_buffer=65536) as peer, client(echo.url) as other:
        before = echo.resident()
        peer.socket.settimeout(1)
        piece, sent = frame(BINARY, bytes(16384)), 0
        with pytest.raises(TimeoutError):
            while sent < 64 << 20:
                sent += peer.socket.send(piece)
        assert echo.resident() - before < 4 << 20
        other.send("still quick")
        assert other.recv(timeout=5) == "still quick"


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_on_a_signal_with_connections_open(echo, sig):
    with client(echo.url) as socket, Peer(echo.port):
        socket.send("x")
        assert socket.recv(timeout=10) == "x"
        echo.stop(sig)
        assert "echo: bye" in echo.output
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)


def test_plain_http_gets_a_404(echo):
    with Peer(echo.port, handshake=False) as peer:
        peer.socket.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.head().startswith(b"HTTP/1.1 404")


def test_a_small_rx_buffer_changes_nothing_for_the_peer(example):
    echo = example("echo", "--rx-buffer-size", "128")
    with client(echo.url) as socket:
        text = "0123456789" * 5000
        socket.send(text)
        assert socket.recv(timeout=20) == text
