"""The examples echo and chat over TLS 1.2 and 1.3: the scenarios of test_echo.py and test_chat.py again."""
import functools

import pytest

import peer
import test_chat
import test_echo
from certs import Maker
from test_chat import (  # noqa: F401
    test_a_message_too_long_is_refused_and_others_go_on,
    test_a_new_name_and_leaving_are_told,
    test_late_joiners_see_the_last_lines,
    test_what_one_says_all_hear,
)
from test_echo import (  # noqa: F401
    test_a_close_frame_too_long_is_answered_and_the_connection_ended,
    test_a_close_is_answered_with_its_code,
    test_a_frame_in_single_bytes_is_understood,
    test_a_peer_that_does_not_read_is_not_read_from,
    test_fragments_come_back_as_one_message,
    test_invalid_utf8_is_refused_with_1007,
    test_it_ends_well_on_a_signal_with_connections_open,
    test_many_small_messages_in_one_segment_come_back_in_order,
    test_plain_http_gets_a_404,
    test_text_stays_text_and_binary_binary,
    test_the_subprotocol_is_taken_or_none,
)
from tls_peer import VERSIONS, SecurePeer, trusting


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("echo-certs")).self_signed("own")


@pytest.fixture(params=VERSIONS)
def secure(own, monkeypatch, request):
    """What the examples are told; the peers of both files speak TLS."""
    context = trusting(own, request.param)

    def client(url, **options):
        return peer.client(url.replace("ws://127.0.0.1", "wss://localhost"), ssl=context, **options)

    monkeypatch.setattr(test_echo, "Peer", functools.partial(SecurePeer, context=context))
    monkeypatch.setattr(test_echo, "client", client)
    monkeypatch.setattr(test_chat, "client", client)
    return ["--cert", own[0], "--key", own[1]]


@pytest.fixture
def echo(example, secure):
    return example("echo", *secure)


@pytest.fixture
def chat(example, secure):
    return example("chat", "--dir", test_chat.FOLDER, *secure)
