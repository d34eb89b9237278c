"""The guard from C: who may call from where (guard.c), calls of other threads under load (marshal.c), callbacks that are left
as none may be (unwound.cpp)."""
import os
import re
import signal
import subprocess

import pytest
from conftest import ROOT, WARNINGS

SCENARIOS = re.findall(r'\{ "([a-z-]+)", [a-z_]+ \}', (ROOT / "tests" / "c" / "guard.c").read_text())


def finished(stage, *command, timeout=120):
    done = subprocess.run([str(word) for word in command], env=stage.environment, capture_output=True, text=True,
                          errors="replace", timeout=timeout)
    print(done.stdout[-3000:], done.stderr[-3000:])
    return done


@pytest.mark.ours_only(reason="has no guard")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_who_may_call_from_where(stage, scenario):
    assert len(SCENARIOS) >= 12
    done = finished(stage, stage.test_program("guard"), scenario)
    assert done.returncode == 0 and f"{scenario}: good" in done.stdout, done.stdout + done.stderr


@pytest.mark.ours_only(reason="crashes")
def test_eight_threads_write_on_connections_that_come_and_go(stage):
    seconds = os.environ.get("LWS_MARSHAL_SECONDS", "10")
    done = finished(stage, stage.test_program("marshal"), "--seconds", seconds, timeout=int(seconds) + 120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.ours_only(reason="goes on, or dies without a word")
@pytest.mark.parametrize("how", ["throw", "exit", "cancel", "timer"])
def test_a_callback_that_is_left_by_unwinding_ends_the_process_by_name(stage, how):
    if os.environ.get("LWS_TEST_CFLAGS", "").find("sanitize") >= 0:
        pytest.skip("the sanitizer has an unwinder's interceptors of its own")
    program = stage.out / "unwound"
    subprocess.run(["c++", "-g", "-O1", "-std=c++17", *WARNINGS, *stage.flags("--cflags"), "-o", str(program),
                    str(ROOT / "tests" / "c" / "unwound.cpp"), *stage.flags("--libs"), "-pthread"], check=True,
                   env=stage.environment)
    done = finished(stage, program, how)
    assert done.returncode == -signal.SIGABRT
    named = "a timer's callback" if how == "timer" else \
        "the callback of protocol 'leaver' for LWS_CALLBACK_EVENT_WAIT_CANCELLED"
    assert named in done.stderr and "was left by" in done.stderr, done.stderr
