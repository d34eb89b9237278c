"""The client examples, against servers that others wrote: Python's websockets and aiohttp, nginx."""
import asyncio
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from websockets.sync.server import serve

from certs import Maker
from peer import end_listening
from test_client_sharing import Server


@pytest.fixture
def echo_server():
    with serve(lambda s: [s.send(m) for m in s], "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


@pytest.fixture
def pages():
    """An aiohttp server: pages that are long, moved, posted to, locked."""
    web = pytest.importorskip("aiohttp.web")

    async def stream(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        for n in range(200):
            await answer.write(b"%04d" % n * 100)
        await answer.write_eof()
        return answer

    async def post(request):
        return web.Response(text=f"{request.method} {await request.text()}")

    async def moved(request):
        raise web.HTTPSeeOther("/post") if request.method == "POST" else web.HTTPFound("/stream")

    async def locked(request):
        right = request.headers.get("Authorization") == "Basic dXNlcjpwYXNz"
        return web.Response(text="in", status=200 if right else 401)

    loop, ports = asyncio.new_event_loop(), []
    ready = threading.Event()

    async def start():
        application = web.Application()
        for path, handler in (("/stream", stream), ("/post", post), ("/moved", moved), ("/locked", locked)):
            application.router.add_route("*", path, handler)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(site._server.sockets[0].getsockname()[1])
        ready.set()

    def run():
        loop.run_until_complete(start())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(20)
    yield ports[0]
    loop.call_soon_threadsafe(loop.stop)


@pytest.fixture
def get(stage):
    def run(*args):
        done = subprocess.run([stage.example("http-get"), *args], capture_output=True, text=True, timeout=60,
                              env=stage.environment)
        return done.returncode, done.stdout, done.stderr

    return run


def test_client_echo_prints_what_comes_back(stage, echo_server):
    lines = "".join(f"line {n}\n" for n in range(200))
    done = subprocess.run([stage.example("client-echo"), "--host", "127.0.0.1", "--port", str(echo_server)], input=lines,
                          capture_output=True, text=True, timeout=60, env=stage.environment)
    assert done.returncode == 0 and done.stdout == lines, done
    assert "connected" in done.stderr and "closed" in done.stderr, done.stderr


def test_client_echo_says_why_there_is_no_connection(stage):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = subprocess.run([stage.example("client-echo"), "--port", str(port)], input="", capture_output=True, text=True,
                          timeout=60, env=stage.environment)
    assert done.returncode == 1 and "Unable to connect" in done.stderr, done


def test_client_reconnect_comes_back_with_its_server(stage, run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = run([stage.example("client-reconnect"), "--host", "127.0.0.1", "--port", port])
    program.wait_for("failed: Unable to connect")
    for _ in range(2):
        start = len(program.lines)
        with serve(lambda s: s.recv(), "127.0.0.1", port) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            program.wait_for(r"connected after \d+ failed tries", start=start)
            server.shutdown()
        program.wait_for("client-reconnect: lost", start=start)
    program.stop()
    assert "client-reconnect: bye" in program.output


def test_client_reconnect_notices_a_peer_that_is_dead(stage, run):
    """The server's process stands still: its kernel takes what is sent, and nobody answers the ping."""
    import sys
    code = ("import websockets.sync.server as s\n"
            "with s.serve(lambda w: [w.send(m) for m in w], '127.0.0.1', 0) as v:\n"
            "    print(v.socket.getsockname()[1], flush=True)\n    v.serve_forever()\n")
    peer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        port = int(peer.stdout.readline())
        program = run([stage.example("client-reconnect"), "--host", "127.0.0.1", "--port", port])
        program.wait_for("connected")
        import signal
        peer.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        program.wait_for("client-reconnect: lost", timeout=30)
        assert time.monotonic() - began > 2
        program.stop()
    finally:
        peer.kill()
        peer.wait()


def test_client_reconnect_gives_up(stage, run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = run([stage.example("client-reconnect"), "--host", "127.0.0.1", "--port", port, "--tries", 3])
    assert program.wait() == 0 and "giving up" in program.output, program.output


def test_http_get_reads_chunks(get, pages):
    code, out, err = get(f"http://127.0.0.1:{pages}/stream")
    assert code == 0 and out == "".join("%04d" % n * 100 for n in range(200)), err


def test_http_get_follows_redirects(get, pages):
    code, out, err = get(f"http://127.0.0.1:{pages}/moved")
    assert code == 0 and len(out) == 80_000 and "302, to /stream" in err, err
    code, out, err = get(f"http://127.0.0.1:{pages}/moved", "--data", "x")
    assert (code, out) == (0, "GET "), err
    code, out, err = get(f"http://127.0.0.1:{pages}/moved", "--no-follow")
    assert "http-get: 302" in err and "to /stream" not in err, err


def test_http_get_sends_a_body(get, pages):
    code, out, err = get(f"http://127.0.0.1:{pages}/post", "--data", "some text" * 1000)
    assert (code, out) == (0, "POST " + "some text" * 1000), err


def test_http_get_logs_in(get, pages):
    assert get(f"http://127.0.0.1:{pages}/locked")[0] == 1
    assert get(f"http://127.0.0.1:{pages}/locked", "--user", "user:pass")[:2] == (0, "in")


def test_http_get_over_tls(get, tmp_path):
    certs = Maker(tmp_path)
    ca = certs.self_signed("ca", cn="Test CA", san=None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certs.signed("good", ca)))
    server = Server(tls=context)
    code, out, err = get(f"https://localhost:{server.port}/page", "--cacert", str(ca[0]))
    assert (code, out) == (0, "ok") and server.hosts == [f"localhost:{server.port}"], (err, server.hosts)
    code, out, err = get(f"https://localhost:{server.port}/page")
    assert (code, out) == (1, "") and "issuer" in err, err
    end_listening(server.listener)


@pytest.mark.skipif(not (shutil.which("nginx") or shutil.which("/usr/sbin/nginx")), reason="no nginx (Debian package nginx)")
def test_http_get_from_nginx(get, tmp_path):
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    page = "nginx says hello\n" * 50_000
    (tmp_path / "page.txt").write_text(page)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/index.html").write_text("index")
    tmp_path.chmod(0o755)
    (tmp_path / "conf").write_text(f"""
        daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/log;
        events {{ }}
        http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;
          fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
          server {{ listen 127.0.0.1:{port}; root {tmp_path}; }} }}""")
    server = subprocess.Popen([nginx, "-c", f"{tmp_path}/conf", "-e", f"{tmp_path}/log"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        code, out, err = get(f"http://127.0.0.1:{port}/page.txt")
        assert code == 0 and out == page, err
        code, out, err = get(f"http://127.0.0.1:{port}/folder")
        assert (code, out) == (0, "index") and "301" in err, err
        assert get(f"http://127.0.0.1:{port}/nothing")[0] == 1
    finally:
        server.terminate()
        server.wait()


def test_load_opens_many_connections_from_one_thread(stage, example):
    echo = example("echo")
    clients = 2000
    done = subprocess.run([stage.example("load"), "--port", str(echo.port), "--clients", str(clients)],
                          capture_output=True, text=True, timeout=120, env=stage.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) connections, (\d+) answers, (\d+) failed", done.stdout)
    assert [int(n) for n in found.groups()] == [clients, clients, 0], done.stdout
