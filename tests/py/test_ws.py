"""The WebSocket server from inside: cases of tests/c/ws.c."""
import pytest
from cases import listed, parameters, run_case

CASES = {
    "write_modes": None,
    "write_control_frames": None,
    "write_refuses": "sends control frames of more than 125 bytes, and dies of NULL",
    "write_http_modes": None,
    "write_leaves_the_buffer_alone": "writes the header before every payload",
    "write_outside_a_turn_leaves_at_once": None,
    "frames_of_a_turn": None,
    "pieces_and_fragments": None,
    "pieces_of_a_long_frame": "cuts pieces where its own reads end",
    "broken_frames": "takes unmasked frames and a close of one byte",
    "closing_with_a_reason": None,
    "closing_without_a_reason": None,
    "what_was_written_before_a_close_arrives": None,
    "the_peer_closes": None,
    "signs_of_life_by_the_vhost": None,
    "signs_of_life_by_the_context": None,
    "validity_confirmed_by_the_program": None,
}


@pytest.mark.parametrize("name", parameters(CASES))
def test_case(stage, name):
    run_case(stage, "ws", name)


def test_no_case_is_left_out(stage):
    assert listed(stage, "ws") == list(CASES)
