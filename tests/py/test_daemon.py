"""lws_daemonize: what the child is, the lock file, and how the parent ends."""
import os
import signal
import subprocess
import time

import pytest


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(0.02)


def run(stage, lock, report, cwd=None):
    program = stage.test_program("daemon")
    out = report.with_suffix(".out")
    with open(out, "wb") as output:
        done = subprocess.run([program, str(lock), str(report)], env=stage.environment, stdout=output,
                              stderr=subprocess.PIPE, text=True, timeout=30, cwd=cwd)
    return done.returncode, out.read_text(), done.stderr


@pytest.fixture
def daemon(stage, tmp_path):
    """Starts a daemon with a lock file; ends it when the test is over."""
    pids = []

    def start(lock=tmp_path / "lock", cwd=None, name="report"):
        report = tmp_path / name
        result = run(stage, lock, report, cwd)
        if result[0] == 0:
            until(report.exists, "the daemon's report")
            fields = dict(line.split(" ", 1) for line in report.read_text().splitlines() if not line.startswith("signal"))
            pids.append(int(fields["pid"]))
            return result, fields, [l for l in report.read_text().splitlines() if l.startswith("signal")]
        return result, None, None

    yield start
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_the_child_stands_by_itself(daemon, tmp_path):
    result, fields, signals = daemon()
    assert result == (0, "once", "")
    pid = fields["pid"]
    assert {k: fields[k] for k in ("session", "group", "umask", "cwd")} == \
        {"session": pid, "group": pid, "umask": "0", "cwd": "/tmp"}
    assert [fields[f"fd{n}"] for n in range(3)] == ["/dev/null"] * 3
    ignored = {int(line.split()[1]) for line in signals if line.endswith("ignored")}
    assert {signal.SIGHUP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU} <= ignored
    assert f"signal {signal.SIGTERM:d} handled" in signals
    assert f"signal {signal.SIGCHLD:d} default" in signals
    lock = tmp_path / "lock"
    until(lambda: lock.exists() and lock.read_text() == pid, "the number in the lock file")
    assert lock.stat().st_mode & 0o777 == 0o640


def test_a_second_one_is_refused_while_the_first_lives(daemon, tmp_path):
    _, fields, _ = daemon()
    until(lambda: (tmp_path / "lock").exists() and (tmp_path / "lock").read_text(), "the lock file")
    result, _, _ = daemon(name="second")
    assert result[0] == 1
    assert result[2].strip() == f"Daemon already running pid {fields['pid']}"
    assert (tmp_path / "lock").read_text() == fields["pid"]


def test_the_lock_of_a_dead_one_is_replaced(daemon, tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / "lock").write_text(str(dead.pid))
    result, fields, _ = daemon()
    assert result[0] == 0 and f"from dead pid {dead.pid}" in result[2]
    until(lambda: (tmp_path / "lock").read_text() == fields["pid"], "the new number")


def test_sigterm_removes_the_lock(daemon, tmp_path):
    _, fields, _ = daemon()
    lock = tmp_path / "lock"
    until(lambda: lock.exists() and lock.read_text(), "the lock file")
    os.kill(int(fields["pid"]), signal.SIGTERM)
    until(lambda: not lock.exists(), "removal of the lock file")


def test_without_a_lock_file(daemon, tmp_path):
    result, fields, _ = daemon(lock="-")
    assert result[0] == 0 and int(fields["pid"])


@pytest.mark.ours_only("the parent says so and ends with status 0, and the daemon goes on without a lock")
def test_a_lock_that_cannot_be_made_is_an_error(daemon, tmp_path):
    result, _, _ = daemon(lock=tmp_path / "no" / "such" / "place")
    assert result[0] == 1 and "unable to create the lock file" in result[2]


@pytest.mark.ours_only("a number that is none is taken for a process that lives")
def test_a_lock_file_with_garbage_is_replaced(daemon, tmp_path):
    (tmp_path / "lock").write_text("garbage")
    result, fields, _ = daemon()
    assert result[0] == 0 and (tmp_path / "lock").read_text() == fields["pid"]


@pytest.mark.ours_only("the daemon looks for it in /tmp and leaves it")
def test_a_lock_named_from_the_working_directory_is_removed_there(daemon, tmp_path):
    _, fields, _ = daemon(lock="lock", cwd=tmp_path)
    assert (tmp_path / "lock").read_text() == fields["pid"]
    os.kill(int(fields["pid"]), signal.SIGTERM)
    until(lambda: not (tmp_path / "lock").exists(), "removal of the lock file")
