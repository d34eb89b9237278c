"""Signs of life of a client's WebSocket: who does not answer pings is given up, who does stays (lws_retry_bo_t's
secs_since_valid_ping and secs_since_valid_hangup). And first connections that are made before the first pass."""
import base64
import hashlib
import re
import socket
import threading
import time

import pytest

from peer import end_listening
from test_client import ACCEPT, GUID, UPGRADE, Script, client, once  # noqa: F401
from test_client_addresses import names  # noqa: F401


class Alive:
    """A WebSocket server that answers the first `pongs` pings and notes what comes."""

    def __init__(self, pongs=0):
        self.pongs, self.pings, self.frames = pongs, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            peer, _ = self.listener.accept()
            with peer, peer.makefile("rb") as stream:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += stream.readline()
                key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)[1]
                peer.sendall(UPGRADE.replace(ACCEPT, base64.b64encode(hashlib.sha1(key + GUID).digest())))
                while head := stream.read(2):
                    body = stream.read((head[1] & 127) + 4)
                    self.frames.append(head[0] & 15)
                    if head[0] & 15 == 9:
                        self.pings += 1
                        if self.pings <= self.pongs:
                            plain = bytes(b ^ body[n % 4] for n, b in enumerate(body[4:]))
                            peer.sendall(bytes([0x8A, len(plain)]) + plain)
                    elif head[0] & 15 == 8:
                        return
        except OSError:
            pass

    def close(self):
        end_listening(self.listener)


@pytest.fixture
def alive():
    made = []

    def start(**how):
        made.append(Alive(**how))
        return made[-1]

    yield start
    for one in made:
        one.close()


# which option carries it
@pytest.mark.parametrize("where", ["--policy", "--vhost-policy"])
@pytest.mark.ours_only(reason="takes half a minute for the end")
def test_a_peer_that_does_not_answer_pings_is_given_up(client, alive, where):  # noqa: F811
    server = alive(pongs=2)
    begun = time.monotonic()
    lines = client("--port", server.port, where, "1,2")
    assert once(lines, "ESTABLISHED") == 1 and once(lines, "CLOSED") == 1 and once(lines, "WSI_DESTROY") == 1, lines
    assert server.pings == 3 and once(lines, "RECEIVE_PONG") == 2, (server.frames, lines)
    assert 3.5 < time.monotonic() - begun < 15, "1 s to each of three pings, 1 s more to the end"


@pytest.mark.parametrize("policy", ["0,2", "3,2"])
@pytest.mark.ours_only(reason="pings at once where the ping's time is 0, and takes half a minute for the end")
def test_without_a_time_for_pings_the_hangup_comes_alone(client, alive, policy):  # noqa: F811
    """And the connection's policy comes before the vhost's."""
    server = alive()
    begun = time.monotonic()
    lines = client("--port", server.port, "--vhost-policy", "1,300", "--policy", policy)
    assert once(lines, "CLOSED") == 1 and server.pings == 0, (lines, server.frames)
    assert 1.5 < time.monotonic() - begun < 12


@pytest.mark.parametrize("method", [[], ["--method", "GET"]], ids=["ws", "http"])
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "some.name"])
@pytest.mark.parametrize("thread", ["creator", "service"])
def test_the_first_connection_is_made_before_the_first_pass(client, names, thread, address, method):  # noqa: F811
    """By the thread that made the context, while another will serve it, or by that one."""
    server = Script(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" if method else UPGRADE + b"\x88\x00")
    try:
        lines = client("--address", address, "--port", server.port,
                       "--thread", thread, "--count", 2, *method,
                       environment={"LD_PRELOAD": str(names), "TEST_ADDRESSES": "127.0.0.1"})
    finally:
        server.close()
    assert once(lines, "COMPLETED_HTTP" if method else "CLOSED") == 2, lines
    assert once(lines, "WSI_DESTROY") == 2 and not once(lines, "CONNECTION_ERROR"), lines
