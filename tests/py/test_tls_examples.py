"""The examples wss-echo, https-files and mutual-tls do what their READMEs say, for Python's ssl, curl and a browser."""
import base64
import contextlib
import hashlib
import subprocess

import pytest

from browser import Browser
from certs import openssl
from conftest import ROOT, WARNINGS
from peer import client
from tls_peer import trusting

EXAMPLES = ["wss-echo", "https-files", "mutual-tls"]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("compiler", [["cc", "-std=c99"], ["c++", "-x", "c++"]], ids=["C99", "C++"])
def test_they_compile_without_warnings(stage, tmp_path, name, compiler):
    source = ROOT / "c-examples" / name / f"{name}.c"
    command = [*compiler, *WARNINGS, *stage.flags("--cflags"), "-c", "-o", str(tmp_path / "o"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def made(tmp_path):
    """made(EXAMPLE, SCRIPT): the folder that the example's script has filled."""

    def make(name, script="make-cert"):
        subprocess.run([ROOT / "c-examples" / name / script, tmp_path], check=True, capture_output=True)
        return tmp_path

    return make


def curl(*words):
    return subprocess.run(["curl", "-sS", "-m", "20", *map(str, words)], capture_output=True, text=True)


def test_wss_echo(example, made):
    certs = made("wss-echo")
    running = example("wss-echo", "--cert", certs / "cert.pem", "--key", certs / "key.pem")
    with client(f"wss://localhost:{running.port}/", ssl=trusting((certs / "cert.pem",))) as peer:
        for message in ("text", b"binary" * 10000, ""):
            peer.send(message)
            assert peer.recv(timeout=20) == message
    running.wait_for("a peer, TLS: yes")
    running.stop()
    assert "wss-echo: bye" in running.output


def test_https_files(example, made):
    certs = made("https-files")
    running = example("https-files", "--cert", certs / "cert.pem", "--key", certs / "key.pem", "--dir",
                      ROOT / "c-examples" / "https-files" / "site")
    got = curl("-i", "--cacert", certs / "cert.pem", f"https://localhost:{running.port}/").stdout
    assert "Served over TLS" in got and "strict-transport-security: max-age=" in got.lower(), got
    got = curl("-i", f"http://localhost:{running.port}/").stdout
    assert got.startswith("HTTP/1.1 301") and f"location: https://localhost:{running.port}/" in got, got
    assert "certificate" in curl(f"https://localhost:{running.port}/").stderr


def test_mutual_tls(example, made):
    certs = made("mutual-tls", "make-certs")
    running = example("mutual-tls", "--certs", certs)

    def ask(name):
        own = ["--cert", certs / f"{name}.pem", "--key", certs / f"{name}.key"] if name else []
        return curl("-i", "--cacert", certs / "ca.pem", *own, f"https://localhost:{running.port}/")

    assert ask("alice").stdout.startswith("HTTP/1.1 200") and "welcome, alice" in ask("alice").stdout
    assert ask("bob").stdout.startswith("HTTP/1.1 403") and "not for you, bob" in ask("bob").stdout
    for name in ("mallory", None):
        done = ask(name)
        assert done.returncode != 0 and done.stdout == "", done.stdout


def test_a_browser_over_tls(example, made, chromium_program, tmp_path):
    """Chromium knows the key of an authority of ours, loads a page over TLS and echoes over wss; one that does not, does not."""
    certs = made("mutual-tls", "make-certs")
    chain = certs / "chain.pem"
    chain.write_text((certs / "server.pem").read_text() + (certs / "ca.pem").read_text())
    identity = ["--cert", chain, "--key", certs / "server.key"]
    files = example("https-files", *identity, "--dir", ROOT / "c-examples" / "https-files" / "site")
    echo = example("wss-echo", *identity)
    key = openssl("pkey", "-in", certs / "ca.key", "-pubout", "-outform", "DER")
    known = base64.b64encode(hashlib.sha256(key).digest()).decode()
    with contextlib.closing(Browser(chromium_program, tmp_path / "knows",
                                    [f"--ignore-certificate-errors-spki-list={known}"])) as browser:
        page = browser.page(f"https://localhost:{files.port}/")
        assert "Served over TLS" in page.text(), page.text()
        page.value(f"window.ws = new WebSocket('wss://localhost:{echo.port}/'); ws.onmessage = e => window.got = e.data; "
                   "ws.onopen = () => ws.send('from a browser'); 1")
        page.until("window.got === 'from a browser'")
    with contextlib.closing(Browser(chromium_program, tmp_path / "stranger")) as browser:
        assert "Served over TLS" not in browser.page(f"https://localhost:{files.port}/").text()
