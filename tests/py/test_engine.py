"""Contexts, vhosts, the service loop and calls that reach many connections: cases of tests/c/engine.c."""
import subprocess

import pytest

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
}


def cases_of(table):
    return [pytest.param(name, marks=[pytest.mark.ours_only(reason=why)] if why else []) for name, why in table.items()]


def run_case(stage, program, name):
    done = subprocess.run([stage.test_program(program), name], capture_output=True, text=True, timeout=120,
                          env=stage.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}: ok" in done.stdout


def listed(stage, program):
    return subprocess.run([stage.test_program(program), "--list"], capture_output=True, text=True, check=True,
                          env=stage.environment).stdout.split()


@pytest.mark.parametrize("name", cases_of(CASES))
def test_case(stage, name):
    run_case(stage, "engine", name)


def test_no_case_is_left_out(stage):
    assert listed(stage, "engine") == list(CASES)
