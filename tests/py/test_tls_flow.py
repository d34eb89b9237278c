"""The scenarios of test_flow.py again, over TLS 1.2 and 1.3: what waits, what is pushed back, what ends."""
import functools

import pytest

import peer
import test_flow
from certs import Maker
from tls_peer import VERSIONS, SecurePeer, trusting

# Not here: what looks at TCP segments from outside, at the cost of a turn, and at handshakes without TLS.
from test_flow import (  # noqa: F401
    test_a_backlog_is_given_back_when_the_peer_goes,
    test_a_backlog_past_the_bound_ends_the_connection,
    test_an_oversized_write_is_kept_and_writeable_withheld_until_it_has_drained,
    test_data_in_the_socket_waits_and_pushes_back,
    test_every_ping_is_answered_in_order,
    test_frames_that_came_with_the_request_wait,
    test_messages_of_the_same_segment_wait_in_the_library,
    test_no_piece_is_longer_than_the_rx_buffer,
    test_pings_between_fragments_are_answered_at_once,
    test_switching_twice_within_one_callback_round_loses_nothing,
    test_the_peer_going_while_reading_is_off_is_not_forgotten,
    test_the_rest_of_a_frame_waits,
    test_writeable_stops_while_the_peer_does_not_read_and_asking_costs_nothing,
    test_writes_on_top_of_a_backlog_arrive_in_order,
    test_writing_goes_on_while_reading_is_off,
)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("flow-certs")).self_signed("own")


@pytest.fixture(params=VERSIONS)
def flow(server, own, monkeypatch, request):
    """As in test_flow.py, with TLS under the peers."""
    context = trusting(own, request.param)
    monkeypatch.setattr(test_flow, "Peer", functools.partial(SecurePeer, context=context))
    monkeypatch.setattr(test_flow, "client", lambda url: peer.client(url, ssl=context))

    def start(*args, **options):
        program = server("flow", *args, "--cert", str(own[0]), "--key", str(own[1]), **options)
        program.control = test_flow.Control(SecureAddress(program))
        return program

    return start


class SecureAddress:
    def __init__(self, program):
        self.url = f"wss://localhost:{program.port}/"
