"""The WebSocket server from inside over TLS 1.2 and 1.3: cases of tests/c/ws.c, whose peers reach it through a bridge.

A sample, and all of it with both versions where LWS_TLS_ALL is set (`make test-tls`)."""
import contextlib
import os
import select
import socket
import ssl
import struct
import threading

import pytest

import test_ws
from cases import parameters, run_case
from certs import Maker
from peer import end_listening
from tls_peer import VERSIONS, trusting

# Looks at what the kernel has when a call returns.
NOT_BY_A_BRIDGE = {"frames_of_a_turn"}
ALL = bool(os.environ.get("LWS_TLS_ALL"))
SAMPLE = ("write_modes", "broken_frames", "the_peer_closes", "what_was_written_before_a_close_arrives")


class Bridge:
    """Takes plain connections; the first two bytes of each name the port that it speaks TLS to for the rest."""

    def __init__(self, context):
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, near):
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), near:
            port = struct.unpack("!H", near.recv(2, socket.MSG_WAITALL))[0]
            far = socket.create_connection(("127.0.0.1", port), timeout=60)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(far, server_hostname="localhost") as far:
                self.relay(near, far)

    @staticmethod
    def relay(near, far):
        """One thread, since Python's ssl does not bear two on one connection; it ends with either side."""

        def pass_on(source, sink):
            source.setblocking(False)
            try:
                part = source.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return True
            sink.setblocking(True)
            sink.sendall(part)
            return bool(part)

        while True:
            if not far.pending():
                select.select([near, far], [], [], 60)
            if not pass_on(far, near) or not pass_on(near, far):
                return


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("ws-certs")).self_signed("own")


@pytest.fixture(params=VERSIONS)
def secure(own, request):
    bridge = Bridge(trusting(own, request.param))
    yield {"TEST_BRIDGE": str(bridge.port), "TEST_CERT": str(own[0]), "TEST_KEY": str(own[1])}
    end_listening(bridge.listener)


@pytest.mark.parametrize("name", parameters({n: why for n, why in test_ws.CASES.items() if n not in NOT_BY_A_BRIDGE}))
def test_case(stage, secure, name):
    if not ALL and name not in SAMPLE:
        pytest.skip("all of them by `make test-tls`")
    run_case(stage, "ws", name, secure)
