"""What Debian's users of the library rely on: programs in tests/c/debian do as kamailio, driftnet, swupdate, seafile and
ardour do, with the same functions, threads and order (tests/dropin/README.md); and rtpengine itself stops at its first
call from a wrong thread, with a message from which its author can mend it. janus, csound and rtpengine as a whole are
driven by tests/run-dropin."""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
from conftest import ROOT
from peer import client
from websockets.sync.server import serve

README = (ROOT / "tests" / "dropin" / "README.md").read_text()
# What a test's program calls beside what the program of Debian does: it has to tell its port.
TO_TELL_THE_PORT = {"lws_get_vhost_listen_port", "lws_get_vhost_by_name"}
# ardour's poll path is never fed by Debian's build; tests/c/service_fd.c is about it.
IN_NO_PATH = {"ardour": {"lws_service_fd"}}


def imports(name):
    """The functions that README says a program of Debian imports."""
    line = re.search(rf"^\* \*\*{re.escape(name)}\*\* \((\d+)\): (.*)$", README, re.M)
    functions = set(line[2].split())
    assert len(functions) == int(line[1])
    return functions


def undefined(program):
    done = subprocess.run(["nm", "-D", "--undefined-only", str(program)], capture_output=True, text=True, check=True)
    return {word for word in re.findall(r"\bU (\w+)", done.stdout) if word.startswith("lws")}


def program(stage, name):
    return stage.compile(f"debian-{name}", [ROOT / "tests" / "c" / "debian" / f"{name}.c"])


@pytest.fixture
def websocket_server():
    """websocket_server(HANDLER, …): a WebSocket server of the `websockets` package; its port."""
    servers = []

    def start(handler, **options):
        server = serve(handler, "127.0.0.1", 0, compression=None, max_size=None, **options)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.socket.getsockname()[1]

    yield start
    for server in servers:
        server.shutdown()


def test_every_function_that_debian_s_programs_import_is_exported(stage):
    done = subprocess.run(["nm", "-D", "--defined-only", stage.library], capture_output=True, text=True, check=True)
    exported = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}
    programs = re.findall(r"^\* \*\*([^*]+)\*\* \(\d+\): lws", README, re.M)
    assert len(programs) == 9
    missing = {name: imports(name) - exported for name in programs if imports(name) - exported}
    assert not missing


@pytest.mark.parametrize("name, of_debian", [("kamailio", "kamailio lwsc"), ("driftnet", "driftnet"),
                                             ("swupdate", "swupdate"), ("seafile", "seaf-daemon"), ("ardour", "ardour")])
def test_the_test_s_program_calls_what_debian_s_does(stage, name, of_debian):
    wanted = imports(of_debian) - IN_NO_PATH.get(name, set())
    assert undefined(program(stage, name)) - TO_TELL_THE_PORT == wanted


def test_kamailio(stage, run, websocket_server):
    """One context per worker with fd_limit_per_thread 3, connected before its service thread is started; workers ask for
    WRITEABLE and cancel from outside; answers of many pieces; contexts that are never destroyed."""
    def echo(socket):
        for message in socket:
            socket.send([message[:50], message[50:]] if len(message) > 100 else message)

    port = websocket_server(echo)
    workers = run([program(stage, "kamailio"), "--url", f"ws://localhost:{port}/sip", "--requests", "100", "--workers", "2"],
                  environment={"LWS_THREAD_CHECK": "marshal"})
    assert workers.wait(60) == 0, workers.output
    found = re.findall(r"worker (\d): (\d+) of 100 answered, in (\d+) pieces", workers.output)
    assert sorted(f[:2] for f in found) == [("0", "100"), ("1", "100")], workers.output
    assert all(int(pieces) > 200 for _, _, pieces in found), "answers of 65000 bytes come in pieces of rx_buffer_size"


@pytest.mark.ours_only(reason="does not look at the caller's thread")
def test_kamailio_under_the_default_policy_is_told_what_to_do(stage, run, websocket_server):
    def echo(socket):
        for message in socket:
            socket.send(message)

    port = websocket_server(echo)
    workers = run([program(stage, "kamailio"), "--url", f"ws://127.0.0.1:{port}/", "--workers", "1"])
    assert workers.wait(60) == -signal.SIGABRT
    assert re.search(r"lws_callback_on_writable: called on wsi 0x[0-9a-f]+ by thread \d+ 'SIP worker', but it belongs to the "
                     r"service thread, thread \d+ 'lwsc service'\. Instead: .*lws_cancel_service\(\)", workers.output)


@pytest.mark.ours_only(reason="wakes only when GET_THREAD_ID is answered, which driftnet does not")
def test_driftnet(stage, run):
    """A capture thread fills a ring and asks for WRITEABLE without a cancel; the context is made by its service thread;
    SIGTERM ends the process group, with the service thread inside."""
    display = run([program(stage, "driftnet"), "--port", "0"], environment={"LWS_THREAD_CHECK": "marshal"},
                  start_new_session=True).listening()
    listeners = [client(display.url, subprotocols=["driftnet"]) for _ in range(3)]
    for listener in listeners:
        numbers = [int(re.fullmatch(r"picture (\d+)", listener.recv(timeout=20))[1]) for _ in range(25)]
        assert numbers == sorted(set(numbers)), "pictures come once, and in order"
    for listener in listeners[1:]:
        listener.close()
    assert listeners[0].recv(timeout=20)
    connection = http.client.HTTPConnection("127.0.0.1", display.port, timeout=20)
    connection.request("GET", "/nothing")
    assert connection.getresponse().status == 404, "HTTP goes to lws_callback_http_dummy"
    os.kill(display.pid, signal.SIGTERM)
    assert display.wait(20) == 0 and "driftnet: ends its group" in display.output
    listeners[0].close()


def test_swupdate(stage, run, websocket_server):
    """One thread makes, connects, serves and destroys, over and over; a refused connection is told by the callback; what
    the callback does not know goes to lws_callback_http_dummy."""
    def progress(socket):
        for step in range(5):
            socket.send(f"step {step}")

    port = websocket_server(progress)
    refused = socket.socket()
    refused.bind(("127.0.0.1", 0))
    nobody = str(refused.getsockname()[1])
    follower = run([program(stage, "swupdate"), str(port), nobody, str(port), nobody])
    assert follower.wait(60) == 0
    messages = re.findall(r"message: (step \d)", follower.output)
    assert messages == [f"step {n}" for n in range(5)] * 2
    ends = re.findall(r"device (\d+): (\d) messages", follower.output)
    assert ends == [(str(port), "5"), (nobody, "0")] * 2
    assert len(re.findall("^connection error: .+", follower.output, re.M)) == 2
    assert len(re.findall("^closed$", follower.output, re.M)) == 2


def test_seafile(stage, run, websocket_server):
    """fd_limit_per_thread 3 with one connection after another; the idle policy of the connect info pings each second;
    writes from callbacks without asking for WRITEABLE; lws_snprintf from another thread all the while."""
    asked = []

    def notify(socket):
        asked.append(socket.recv(timeout=20))
        socket.send("hello")
        for _ in socket:
            pass

    port = websocket_server(notify, subprotocols=["notification.seafile.com"])
    start = time.monotonic()
    daemon = run([program(stage, "seafile"), "--port", str(port), "--pongs", "2", "--rounds", "2"])
    assert daemon.wait(60) == 0, daemon.output
    assert asked == ['{"type": "subscribe", "round": 2}', '{"type": "subscribe", "round": 1}']
    assert daemon.output.count("round: 2 pongs, 1 notifications\n") == 2, daemon.output
    assert time.monotonic() - start > 3, "a PING comes after a second of silence, not before"
    assert "formatted all the while" in daemon.output


def surface_is_good(surface):
    connection = http.client.HTTPConnection("127.0.0.1", surface.port, timeout=20)
    for path, status, body in ("/surfaces.json", 200, b'{"surfaces": []}'), ("/nothing", 404, None):
        connection.request("GET", path)
        answer = connection.getresponse()
        got = answer.read()
        assert answer.status == status and (body is None or got == body)
        if status == 200:
            assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")
    listeners = [client(surface.url, subprotocols=["ardour"]) for _ in range(3)]
    for listener in listeners:
        strips = [int(re.fullmatch(r'\{"strip": (\d+)\}', listener.recv(timeout=20))[1]) for _ in range(10)]
        assert strips == sorted(strips)
    return listeners


@pytest.mark.ours_only(reason="destroying a context that another thread serves is a use after free")
@pytest.mark.parametrize("time_of_day", range(5))
def test_ardour(stage, run, time_of_day):
    """The glib loop is asked for and refused with NULL, so the surface has a thread of its own; feedback comes from another
    thread; the main thread destroys while the service thread may be inside, which then hears that the context has gone."""
    surface = run([program(stage, "ardour"), "--glib"], environment={"LWS_THREAD_CHECK": "marshal"}).listening()
    assert "ardour: with glib: NULL" in surface.output
    assert "asks for an event loop of the program's own" in surface.output, "the refusal says what is not there"
    listeners = surface_is_good(surface)
    time.sleep(time_of_day * 0.007)
    assert surface.stop() == 0
    assert surface.output.count("ardour: a client has gone") == 3
    assert surface.lines[-2:] == ["ardour: lws_service says that the context has gone", "ardour: ended"]
    for listener in listeners:
        listener.close()


@pytest.mark.ours_only(reason="does not look at the caller's thread")
def test_ardour_under_the_default_policy_is_told_of_its_feedback_thread(stage, run):
    surface = run([program(stage, "ardour")]).listening()
    client(surface.url, subprotocols=["ardour"])
    assert surface.wait(20) == -signal.SIGABRT
    assert re.search(r"lws_callback_on_writable: called on wsi 0x[0-9a-f]+ by thread \d+ 'feedback'", surface.output)


@pytest.fixture
def rtpengine(stage, run, tmp_path):
    """rtpengine(POLICY): Debian's, listening for HTTP on its port; the program and the port."""
    path = shutil.which("rtpengine", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not path and not os.environ.get("CI"):
        pytest.skip("no rtpengine (scripts/prepare dropin installs it)")
    assert path, "no rtpengine (scripts/prepare dropin installs it)"

    def start(policy):
        with socket.socket() as free, socket.socket() as cli:
            free.bind(("127.0.0.1", 0))
            cli.bind(("127.0.0.1", 0))
            port, other = free.getsockname()[1], cli.getsockname()[1]
        engine = run([path, "--config-file=none", "-f", "-E", "-L", "4", "-t", "-1", "-i", "127.0.0.1",
                      f"--listen-http=127.0.0.1:{port}", "--http-threads=2", "--num-threads=1",
                      f"--listen-cli=127.0.0.1:{other}", "-m", "31000", "-M", "32000"],
                     environment={"LWS_THREAD_CHECK": policy} if policy else None, cwd=tmp_path)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=20).close()
                break
            except ConnectionRefusedError:
                assert engine.process.poll() is None and time.monotonic() < deadline, engine.output
                time.sleep(0.05)
        stage.assert_mapped(engine.pid)
        return engine, port

    return start


def ping(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/ping")
    return connection.getresponse().read()


@pytest.mark.ours_only(reason="does not look at the caller's thread")
def test_rtpengine_stops_at_its_first_wrong_call_with_a_message_that_mends_it(rtpengine):
    """The default policy. The message names the function, the connection, the worker and the service thread by id and
    name, and what to do instead; the core dump shows the culprit's stack, since it is the culprit that aborts."""
    engine, port = rtpengine(None)
    with pytest.raises((http.client.HTTPException, OSError)):
        ping(port)
    assert engine.wait(20) == -signal.SIGABRT
    message = next(line for line in engine.lines if line.startswith("libwebsockets: "))
    match = re.fullmatch(r"libwebsockets: lws_add_http_header_status: called on wsi 0x4[0-9a-f]{14}0 by thread (\d+) '([^']+)', "
                         r"but it belongs to the service thread, thread (\d+) 'websocket'\. Instead: (.+)\.", message)
    assert match, message
    assert match[1] != match[3] and match[2] != "websocket"
    assert "lws_cancel_service()" in match[4], "the remedy"
    assert any("LWS_THREAD_CHECK=refuse or =marshal" in line for line in engine.lines), "and how to go on meanwhile"


@pytest.mark.ours_only(reason="does not look at the caller's thread")
def test_rtpengine_answers_under_marshal(rtpengine):
    engine, port = rtpengine("marshal")
    assert [ping(port) for _ in range(20)] == [b"pong\n"] * 20
    assert engine.stop() == 0
