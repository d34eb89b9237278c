"""Client connections over TLS 1.2 and 1.3: the scenarios of test_client.py again.

A sample, and all of it with both versions where LWS_TLS_ALL is set (`make test-tls`)."""
import contextlib
import functools
import os
import ssl

import pytest

import test_client
from certs import Maker
from test_client import (  # noqa: F401
    client as plain_client,
    script,
    test_a_broken_frame_ends_an_established_connection,
    test_a_broken_handshake_is_told_once,
    test_a_multipart_body_has_its_boundaries,
    test_a_server_that_does_not_answer_is_given_up,
    test_an_end_at_any_byte_of_a_session_is_told_once,
    test_bodies_are_read_in_buffers_of_any_size,
    test_frames_in_the_segment_of_the_handshake_are_received,
    test_interim_answers_are_passed_over,
)
from tls_peer import VERSIONS

INIT = 1 << 12
# LCCSCF_USE_SSL, ALLOW_SELFSIGNED, SKIP_SERVER_CERT_HOSTNAME_CHECK
FLAGS = 1 | 1 << 1 | 1 << 2
ALL = bool(os.environ.get("LWS_TLS_ALL"))


Plain = test_client.Script


class SecureScript(Plain):
    """The same server behind TLS: an end that is not a reset is said by close_notify."""

    context = None

    def serve(self, peer, answer):
        with contextlib.suppress(OSError):
            peer.settimeout(20)
            secure = self.context.wrap_socket(peer, server_side=True, suppress_ragged_eofs=False)
            Plain.serve(self, Ended(secure) if self.after == "close" else secure, answer)


class Ended:
    """A connection that says close_notify when it is closed."""

    def __init__(self, secure):
        self.secure = secure

    def __getattr__(self, name):
        return getattr(self.secure, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, ValueError):
            self.secure.unwrap()
        self.secure.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("again-certs")).self_signed("own", ca=False)


@pytest.fixture(autouse=True, params=VERSIONS)
def secure(own, monkeypatch, request):
    # Half of the scenarios, each with the version that its name gives it, whatever order they run in.
    choice = sum(request.node.name.rsplit(request.param, 1)[-1].encode()) % 4
    slow = ("broken_frame" in request.node.name and "masked" not in request.node.name) or "multipart" in request.node.name
    if not ALL and (slow or [*VERSIONS, None, None][choice] != request.param):
        pytest.skip("the rest by `make test-tls`")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, own))
    context.minimum_version = context.maximum_version = VERSIONS[request.param]
    monkeypatch.setattr(test_client, "Script", SecureScript)
    monkeypatch.setattr(SecureScript, "context", context)


def value(words, name):
    return int(words[words.index(name) + 1]) if name in words else 0


@pytest.fixture
def client(plain_client):  # noqa: F811
    def run(*words, **options):
        more = ["--flags", FLAGS | value(words, "--flags"), "--options", INIT | value(words, "--options")]
        return plain_client(*more, *words, **options)

    return functools.partial(run, timeout=120)
