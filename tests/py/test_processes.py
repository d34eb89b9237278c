"""A context made before fork() and served after it (tests/c/fork.c)."""
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from peer import client, wait_until


def gone(pid):
    """Gone, or a zombie that somebody else has to wait for."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def forked(stage, run):
    children = []

    def start(*args):
        program = run([stage.test_program("fork"), "--port", "0", *args])
        match = program.wait_for(r"child (\d+), port (\d+)")
        program.child, program.port = int(match[1]), int(match[2])
        children.append(program.child)
        stage.assert_mapped(program.child)
        return program

    yield start
    for pid in children:
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


def answer(program):
    with client(program.url) as socket:
        socket.send("who?")
        return socket.recv(timeout=10)


def cpu(pid):
    with open(f"/proc/{pid}/schedstat") as f:
        return int(f.read().split()[0]) / 1e9


SERVED = pytest.mark.parametrize("served", [[], ["--served"]], ids=["before any pass", "after some passes"])


@SERVED
@pytest.mark.parametrize("parent", ["exit", "destroy"])
def test_the_child_serves_alone(forked, parent, served):
    program = forked("--parent", parent, *served)
    if parent == "exit":
        assert program.wait() == 0
    else:
        program.wait_for("parent has destroyed its context")
    for _ in range(20):
        assert answer(program) == "child"
    os.kill(program.child, signal.SIGUSR1)
    program.wait_for(rf"^{program.child} cancelled", timeout=5)

    before = cpu(program.child)
    time.sleep(1)
    assert cpu(program.child) - before < 0.1, "an idle child takes CPU time"

    os.kill(program.child, signal.SIGTERM)
    program.wait_for("child bye")
    if parent == "destroy":
        assert program.wait() == 0
    else:
        wait_until(lambda: gone(program.child))


@pytest.mark.ours_only(reason="parent and child share the descriptor that wakes the loop")
@SERVED
def test_parent_and_child_both_serve(forked, served):
    program = forked("--parent", "serve", *served)
    answers = {answer(program) for _ in range(100)}
    assert answers <= {"child", "parent"} and answers
    for pid in (program.pid, program.child) * 3:
        start = len(program.lines)
        os.kill(pid, signal.SIGUSR1)
        program.wait_for(rf"^{pid} cancelled", timeout=5, start=start)

    # whoever is left takes all connections
    os.kill(program.child, signal.SIGTERM)
    program.wait_for("child bye")
    for _ in range(20):
        assert answer(program) == "parent"


@pytest.mark.ours_only(reason="lets it pass through its own frames")
@pytest.mark.parametrize("how", ["throw", "exit"])
def test_a_callback_that_is_left_without_returning_ends_the_process_with_its_name(stage, how):
    program = stage.out / "leaves"
    built = subprocess.run(["c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", *stage.flags("--cflags"), "-o", program,
                            Path(__file__).parents[1] / "c/leaves.cpp", *stage.flags("--libs"), "-pthread"],
                           env=stage.environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([program, how], env=stage.environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == -signal.SIGABRT, done.stdout + done.stderr
    assert "the callback of protocol 'leaves' for LWS_CALLBACK_PROTOCOL_INIT (27) was left by" in done.stderr
    assert not done.stdout
