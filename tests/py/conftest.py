"""Builds C programs against one library and runs them on it.

LWS_STAGE says which: an install prefix (include/, lib/), target/stage of the
repository when unset, or "system" for the libwebsockets that the system has.
Whatever is started is asserted to have exactly that library mapped.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
WARNINGS = ["-Wall", "-Wextra", "-Werror"]

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config):
    config.addinivalue_line("markers", "ours_only(reason): libwebsockets 4.1.6 is known to do this wrong")
    config.addinivalue_line("markers", "timeout(seconds): where pytest-timeout is installed")
    config.addinivalue_line("markers", "big: moves gigabytes when LWS_TEST_SCALE asks for it")


def pytest_collection_modifyitems(items):
    if os.environ.get("LWS_STAGE") != "system":
        return
    for item in items:
        mark = item.get_closest_marker("ours_only")
        if mark:
            item.add_marker(pytest.mark.skip(reason=f"4.1.6: {mark.kwargs.get('reason') or mark.args[0]}"))


class Stage:
    """The library under test: how to compile against it, how to run on it."""

    def __init__(self):
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("LWS_THREAD_CHECK")}
        self.environment["LC_ALL"] = "C.UTF-8"
        if os.environ.get("LWS_STAGE") == "system":
            self.name, self.prefix = "system", None
            cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
            found = [line.split("=> ")[1] for line in cache.splitlines() if "libwebsockets.so.17 " in line]
            if not found:
                pytest.exit("LWS_STAGE=system, but no libwebsockets.so.17 is installed", 2)
            self.library = os.path.realpath(found[0])
            self.environment.pop("LD_LIBRARY_PATH", None)
        else:
            self.name = "ours"
            self.prefix = Path(os.environ.get("LWS_STAGE") or TARGET / "stage").resolve()
            library = self.prefix / "lib" / "libwebsockets.so.17"
            if not library.exists():
                pytest.exit(f"no {library}: `make install PREFIX=…` makes it; LWS_STAGE says where it is", 2)
            self.library = str(library.resolve())
            self.environment["LD_LIBRARY_PATH"] = str(self.prefix / "lib")
            self.environment["PKG_CONFIG_PATH"] = str(self.prefix / "lib" / "pkgconfig")
        self.out = TARGET / "tests" / os.environ.get("LWS_TEST_OUT", self.name)
        self.out.mkdir(parents=True, exist_ok=True)
        self.built = {}

    def flags(self, what):
        words = subprocess.run(["pkg-config", what, "libwebsockets"], capture_output=True, text=True,
                               env=self.environment, check=True)
        return words.stdout.split()

    def compile(self, name, sources, extra=()):
        """Compiles C sources into a program, once in a session."""
        if name not in self.built:
            program = self.out / name
            command = ["cc", "-g", "-O1", *WARNINGS, *os.environ.get("LWS_TEST_CFLAGS", "").split(), *extra,
                       *self.flags("--cflags"), "-o", str(program), *map(str, sources), *self.flags("--libs"), "-pthread"]
            done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
            self.built[name] = program
        return self.built[name]

    def test_program(self, name, extra=()):
        return self.compile(name, [ROOT / "tests" / "c" / f"{name}.c"], extra)

    def example(self, name):
        """Builds c-examples/NAME by its own Makefile."""
        if name not in self.built:
            done = subprocess.run(["make", "-s", "-B", f"OUT={self.out}"], cwd=ROOT / "c-examples" / name,
                                  env=self.environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            self.built[name] = self.out / name
        return self.built[name]

    def assert_mapped(self, pid):
        with open(f"/proc/{pid}/maps") as maps:
            names = {line.split(None, 5)[5].strip() for line in maps if "libwebsockets.so" in line}
        assert names == {self.library}, f"{self.library} was wanted, mapped is {names or 'none'}"


class Program:
    """A running program: its output line by line, its memory and CPU time."""

    def __init__(self, stage, command, environment=None, check_map=True, **popen):
        self.stage = stage
        self.command = [str(word) for word in command]
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="replace", env={**stage.environment, **(environment or {})}, **popen)
        self.ended = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.check_map = check_map

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        return "\n".join(self.lines)

    def wait_for(self, pattern, timeout=20, start=0):
        """The match of the first output line, from line `start` on, that fits."""
        deadline = time.monotonic() + timeout
        with self.changed:
            at = start
            while True:
                while at < len(self.lines):
                    match = re.search(pattern, self.lines[at])
                    at += 1
                    if match:
                        return match
                left = deadline - time.monotonic()
                assert not self.ended and left > 0, f"no line like {pattern!r} from {self.command}:\n{self.output}"
                self.changed.wait(left)

    def listening(self):
        """Waits for the port that the program prints, and checks the library."""
        match = self.wait_for(r"(?:port |http://localhost:)(\d+)")
        if self.check_map:
            self.stage.assert_mapped(self.pid)
        self.port = int(match.group(1))
        return self

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/"

    def status(self, key):
        with open(f"/proc/{self.pid}/status") as f:
            return next(line.split()[1] for line in f if line.startswith(key + ":"))

    def resident(self):
        """Bytes of memory that are in RAM."""
        return int(self.status("VmRSS")) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def wait(self, timeout=30):
        """The exit status. What was printed is read, unless a child still holds the pipe."""
        code = self.process.wait(timeout)
        self.reader.join(1)
        return code

    def stop(self, sig=signal.SIGTERM, expect=0):
        """Ends the program; it must end by itself, and well."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            code = self.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.command} did not end on signal {sig}:\n{self.output}") from None
        if expect is not None:
            assert code == expect, f"{self.command} ended with {code}:\n{self.output}"
        return code


@pytest.fixture(scope="session")
def stage():
    return Stage()


@pytest.fixture
def run(stage):
    """run(COMMAND, …): starts a program that is ended, and judged, after the test."""
    started = []

    def start(command, **options):
        program = Program(stage, command, **options)
        started.append(program)
        return program

    yield start
    problems = []
    for program in started:
        if program.process.poll() is None:
            try:
                program.stop()
            except AssertionError as problem:
                problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture
def server(stage, run):
    """server(NAME, ARGS…): tests/c/NAME.c, listening on a free port."""

    def start(name, *args, **options):
        return run([stage.test_program(name), "--port", "0", *args], **options).listening()

    return start


@pytest.fixture
def example(stage, run):
    """example(NAME, ARGS…): c-examples/NAME, listening on a free port."""

    def start(name, *args, **options):
        return run([stage.example(name), "--port", "0", *args], **options).listening()

    return start


@pytest.fixture(scope="session")
def scale():
    """Multiplies the amounts of the tests that move much data (LWS_TEST_SCALE, 1)."""
    return float(os.environ.get("LWS_TEST_SCALE", "1"))


@pytest.fixture(scope="session")
def chromium_program():
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found and not os.environ.get("CI"):
        pytest.skip("no chromium (Debian package chromium; CHROMIUM=PATH names another)")
    assert found, "no chromium (Debian package chromium; CHROMIUM=PATH names another)"
    return found


@pytest.fixture
def chromium(chromium_program, tmp_path):
    from browser import Browser

    browser = Browser(chromium_program, tmp_path / "profile")
    yield browser
    browser.close()
