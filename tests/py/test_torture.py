"""Every function from every callback (torture.c), and from a foreign thread under every policy (policy.c)."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from certs import Maker
from conftest import ROOT, WARNINGS

FOLDER = ROOT / "tests" / "c" / "torture"
EXPORTS = Path(os.environ.get("LWS_ABI") or ROOT / "tests" / "abi") / "exports-4.1.6.tsv"
# Reasons that the library does not send yet, or not by these means.
# Every which function is tried: all, but under a sanitizer in the suite.
SAMPLE = os.environ.get("LWS_TORTURE_SAMPLE", "1")
ABSENT = os.environ.get("LWS_TORTURE_ABSENT", "")


@pytest.fixture(scope="session")
def driver(stage):
    """driver(NAME): torture or policy, with the functions that this library exports."""
    folder = stage.out / "torture"
    folder.mkdir(exist_ok=True)
    made = subprocess.run([sys.executable, str(FOLDER / "gen"), stage.library, str(EXPORTS)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    (folder / "calls.h").write_text(made.stdout)
    quiet = ["-Wno-deprecated-declarations", "-Wno-unused-result"]

    def build(name):
        return stage.compile(f"torture-{name}", [FOLDER / f"{name}.c"], [f"-I{folder}", *quiet])

    return build


def drive(stage, program, *args, environment=None):
    # A forked child stays under what its parent runs under.
    under = os.environ.get("LWS_TORTURE_UNDER", "").split()
    done = subprocess.run([*under, str(program), *args], env={**stage.environment, **(environment or {})}, capture_output=True,
                          text=True, errors="replace", timeout=900)
    print(done.stdout[-6000:], done.stderr[-2000:])
    return done


def files(folder):
    """What the program's file mount serves, and the certificate of its TLS vhost."""
    Maker(folder).self_signed("tls")
    (folder / "test.txt").write_text("hello\n")
    (folder / "test.html").write_text("<p>hello</p>\n")


def floor(name, number):
    """Compares with what tests/floors records."""
    done = subprocess.run([str(ROOT / "tests" / "floor"), name, number], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout)


# Reasons that are sent by no role, or not by these means.
NOT_FROM_A_ROLE = {
    "USER": "the program's own numbers begin there",
    "OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION": "a backend that has OpenSSL's objects to show sends it; rustls has none",
    "OPENSSL_PERFORM_SERVER_CERT_VERIFICATION": "a backend that has OpenSSL's objects to show sends it; rustls has none",
    "OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS": "a backend that has OpenSSL's objects to show sends it; rustls has none",
    "OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS": "a backend that has OpenSSL's objects to show sends it; rustls has none",
    "VHOST_CERT_AGING": "comes in a context's first pass to a vhost with a certificate, before there are connections",
    "GET_THREAD_ID": "comes in a context's first pass, before there are connections",
}


def test_every_reason_that_the_engine_sends_is_tortured():
    """A reason that is sent and not called from is an error, so that a new role brings its reasons along."""
    source = "".join(p.read_text() for p in (ROOT / "src" / "engine").rglob("*.rs"))
    sent = set(re.findall(r"\bLWS_CALLBACK_([A-Z0-9_]+)", source))
    called_from = set(re.findall(r"\bR\((\w+),", (FOLDER / "torture.c").read_text()))
    missing = sorted(sent - called_from - NOT_FROM_A_ROLE.keys())
    assert not missing, f"torture.c does not call from {missing}"


def test_every_export_has_a_line_and_a_new_one_is_an_error(stage, driver, tmp_path):
    driver("torture")
    source = tmp_path / "more.c"
    source.write_text("void lws_brand_new(void) {}\n")
    library = tmp_path / "more.so"
    subprocess.run(["cc", *WARNINGS, "-shared", "-o", str(library), str(source)], check=True)
    made = subprocess.run([sys.executable, str(FOLDER / "gen"), str(library), str(EXPORTS)], capture_output=True, text=True)
    assert made.returncode == 1 and "lws_brand_new" in made.stderr


def test_every_reason_comes(stage, driver, tmp_path):
    files(tmp_path)
    done = drive(stage, driver("torture"), "--only", "lws_now_usecs", "--absent", ABSENT,
                 environment={"TORTURE_FILES": str(tmp_path)})
    assert done.returncode == 0


@pytest.mark.timeout(900)
@pytest.mark.ours_only(reason="dies of most of it")
def test_every_function_from_every_callback(stage, driver, tmp_path):
    files(tmp_path)
    done = drive(stage, driver("torture"), "--absent", ABSENT, "--sample", SAMPLE,
                 environment={"TORTURE_FILES": str(tmp_path)})
    assert done.returncode == 0
    if SAMPLE != "1":
        return
    floor("torture_cases", re.search(r"torture: (\d+) cases", done.stdout)[1])


@pytest.mark.ours_only(reason="has no policies")
def test_every_function_from_a_foreign_thread_under_every_policy(stage, driver):
    done = drive(stage, driver("policy"))
    assert done.returncode == 0
    cases, guarded = re.search(r"policy: (\d+) cases: \d+ functions, (\d+) of them guarded", done.stdout).groups()
    floor("policy_cases", cases)
    floor("policy_guarded_functions", guarded)
