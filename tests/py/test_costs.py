"""System calls that are saved, and what idle connections must not cost: cases of tests/c/costs.c."""
import pytest
from cases import listed, parameters, run_case

CASES = {
    "pipelined_echoes_take_one_recv_and_one_send": "sends one frame in each pass",
    "asking_costs_no_system_call": "polls to answer lws_send_pipe_choked",
    "idle_connections_cost_nothing": "looks at every connection in every pass",
    "an_idle_connection_is_small": "takes 5,249 bytes",
}


@pytest.mark.parametrize("name", parameters(CASES))
def test_case(stage, name):
    run_case(stage, "costs", name)


def test_no_case_is_left_out(stage):
    assert listed(stage, "costs") == list(CASES)
