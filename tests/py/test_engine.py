"""Contexts, vhosts, the service loop and calls that reach many connections: cases of tests/c/engine.c."""
import pytest
from cases import listed, parameters, run_case

CASES = {
    "init_refused_in_the_first_pass": "dies",
    "init_refused_while_serving": "dies",
    "vhost_private_data": "does not know the program's own entry",
    "vhost_destroyed_while_connections_live": "never ends the vhost",
    "a_shared_port_outlives_its_first_vhost": "dies of an assertion",
    "service_waits_as_it_is_told": "ignores a positive timeout",
    "cancel_reaches_every_protocol": None,
    "calls_that_reach_all": "calls the protocol for its listener too",
    "the_programs_own_entry_is_known": "does not know it in all calls",
    "timeouts": None,
    "timers_of_a_connection": None,
    "data_of_a_connection": None,
    "a_return_closes": None,
    "lws_close_free_wsi_closes": None,
    "children_end_with_their_parent": None,
}


@pytest.mark.parametrize("name", parameters(CASES))
def test_case(stage, name):
    run_case(stage, "engine", name)


def test_no_case_is_left_out(stage):
    assert listed(stage, "engine") == list(CASES)
