"""permessage-deflate (RFC 7692) against the `websockets` package, zlib, and peers that break its rules."""
import base64
import hashlib
import random
import re
import socket
import threading
import time
import zlib

import pytest
from peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Peer, client, wait_until
from websockets.extensions.permessage_deflate import (ClientPerMessageDeflateFactory,
                                                   ServerPerMessageDeflateFactory)
from websockets.sync.server import serve

OFFER = "Sec-WebSocket-Extensions: permessage-deflate"
TAIL = b"\x00\x00\xff\xff"


@pytest.fixture
def server(stage, run):
    def start(*args, **options):
        extra = ["-DOURS"] if stage.name == "ours" else []
        return run([stage.test_program("deflate", extra), *args], **options).listening()

    return start


def deflated(data, level=9):
    z = zlib.compressobj(level, zlib.DEFLATED, -15)
    return (z.compress(data) + z.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def inflated(data):
    return zlib.decompressobj(-15).decompress(data + TAIL)


def text_of(peer):
    """The payload of the next data frame, inflated where it is marked; our server compresses each message by itself."""
    opcode, payload, fin = peer.frame()
    assert fin and opcode in (TEXT, BINARY), (opcode, payload)
    return inflated(payload) if peer.rsv & 4 else payload


def offering(port, *parameters):
    return Peer(port, headers=[";".join([OFFER, *parameters])])


def agreed(peer):
    for line in peer.answer.decode().split("\r\n"):
        if line.lower().startswith("sec-websocket-extensions:"):
            return line.split(":", 1)[1].strip()
    return None


def message(n, size):
    """Text that compresses somewhat, different for each n."""
    words = random.Random(n)
    return " ".join(str(words.randrange(10**9)) for _ in range(size // 10 + 1))[:size]


def close_code(peer):
    while True:
        opcode, payload, _ = peer.frame()
        if opcode == CLOSE:
            return int.from_bytes(payload[:2], "big")


@pytest.mark.parametrize("offer, answer", [
    ("", "permessage-deflate"),
    ("; client_max_window_bits", "permessage-deflate"),
    ("; server_no_context_takeover; client_max_window_bits=10", "permessage-deflate; server_no_context_takeover"),
    ("; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"),
    ("; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"),
    ("; server_max_window_bits=\"12\"", "permessage-deflate; server_max_window_bits=12"),
    ("; server_max_window_bits=8, permessage-deflate", "permessage-deflate"),
    ("; server_max_window_bits=8", None),
    ("; nonsense=1", None),
    ("; nonsense=1, permessage-deflate; client_max_window_bits=8", "permessage-deflate"),
    ("; server_no_context_takeover; server_no_context_takeover", None),
    ("; server_max_window_bits=16", None),
    ("; =", None),
])
@pytest.mark.ours_only(reason="takes parameters that it does not know, and forgets those that it does")
def test_what_is_agreed(server, offer, answer):
    with Peer(server().port, headers=[OFFER + offer]) as peer:
        assert agreed(peer) == answer
        if answer:
            peer.send(TEXT, deflated(b"Hello"), rsv=4)
        else:
            peer.send(TEXT, b"Hello")
        assert peer.frame() == (TEXT, b"Hello", True)


def test_the_program_can_refuse_it(server):
    with offering(server("--refuse").port) as peer:
        assert agreed(peer) is None
        peer.send(TEXT, b"plain")
        assert peer.frame() == (TEXT, b"plain", True)


@pytest.mark.parametrize("options", [
    {}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
    {"server_max_window_bits": 9}, {"client_max_window_bits": 9}, {"client_max_window_bits": 12},
], ids=str)
@pytest.mark.parametrize("args", [(), ("--stop",), ("--wrapped",), ("--rx", "100"), ("--plain",)], ids=str)
@pytest.mark.ours_only(reason="forgets window bits, and corrupts messages of several connections")
def test_messages_of_all_sizes_come_back(server, options, args):
    url = server(*args).url
    with client(url, extensions=[ClientPerMessageDeflateFactory(**options)]) as ws:
        assert [e.name for e in ws.protocol.extensions] == ["permessage-deflate"]
        for n, size in enumerate([0, 1, 5, 125, 126, 1000, 4096, 4097, 70_000, 3, 300]):
            size = min(size, 5000) if "--stop" in args else size
            ws.send(message(n, size))
            assert ws.recv(timeout=30) == message(n, size)
            data = random.Random(n).randbytes(size)
            ws.send(data)
            assert ws.recv(timeout=30) == data


def mixed_size(n):
    """Sizes from 0 to 64 KiB, most of them small; of 5,000 bytes on average."""
    return int(65536 * random.Random(n).random() ** 12)


@pytest.mark.big
@pytest.mark.ours_only(reason="corrupts messages of several connections")
def test_websockets_exchanges_messages_of_mixed_size(example, scale):
    """2,000 messages, 100,000 at LWS_TEST_SCALE=50, on four connections, some in flight on each."""
    url = example("echo", "--deflate").url
    data = random.Random(5).randbytes(30_000).hex() + message(7, 70_000)
    each, wrong = min(25_000, int(500 * scale)), []

    def content(who, n):
        size = mixed_size(who * 1_000_000 + n)
        at = (n * 7919 + who) % (len(data) - size)
        return data[at:at + size] if n % 3 else data[at:at + size].encode()

    def talk(who):
        with client(url, compression="deflate") as ws:
            assert [e.name for e in ws.protocol.extensions] == ["permessage-deflate"]
            for n in range(each + 8):
                if n < each:
                    ws.send(content(who, n))
                if n >= 8 and ws.recv(timeout=120) != content(who, n - 8):
                    wrong.append((who, n - 8))
        done.append(who)

    done = []
    threads = [threading.Thread(target=talk, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1, 2, 3] and not wrong, (done, wrong)


EXCHANGE = """
(() => {
    const count = COUNT, socket = new WebSocket("URL"), waiting = [];
    let seed = 1, sent = 0, got = 0;
    window.result = window.extensions = "";
    const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
    let text = "";
    while (text.length < 140000) text += Math.floor(random() * 1e6).toString(random() < 0.5 ? 10 : 36) + " ";
    const message = () => {
        const size = Math.floor(65536 * random() ** 12), at = Math.floor(random() * (text.length - size));
        const part = text.slice(at, at + size);
        return random() < 0.3 ? new TextEncoder().encode(part) : part;
    };
    const send = () => {
        const next = message();
        waiting.push(next);
        socket.send(next);
        sent++;
    };
    const plain = data => typeof data === "string" ? data : "binary " + new TextDecoder().decode(data);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
        window.extensions = socket.extensions;
        for (let n = 0; n < 16 && n < count; n++) send();
    };
    socket.onmessage = event => {
        const wanted = waiting.shift();
        if (wanted === undefined || plain(event.data) !== plain(wanted)) window.result = "wrong reply " + got;
        if (++got === count) window.result ||= "all";
        else if (sent < count && !window.result) send();
        window.got = got;
    };
    socket.onclose = event => window.result ||= "closed " + event.code + " after " + got;
})()
"""


@pytest.mark.big
@pytest.mark.ours_only(reason="closes, or sends what the browser cannot inflate")
def test_chromium_exchanges_messages_of_mixed_size(example, chromium, scale):
    """2,000 messages, 100,000 at LWS_TEST_SCALE=50."""
    count = min(100_000, int(2000 * scale))
    echo = example("echo", "--deflate")
    page = chromium.page(f"http://127.0.0.1:{echo.port}/")
    page.value(EXCHANGE.replace("COUNT", str(count)).replace("URL", echo.url))
    page.until("window.result", timeout=60 + count / 50)
    assert page.value("window.result") == "all"
    assert page.value("window.extensions").startswith("permessage-deflate")


@pytest.mark.ours_only(reason="corrupts messages of several connections: its left-over input is in a buffer that they share")
def test_fifty_connections_at_once_keep_their_messages_apart(server, scale):
    url = server().url
    rounds = max(4, int(20 * scale))
    wrong = []

    def talk(who):
        with client(url, compression="deflate") as ws:
            for n in range(rounds):
                text = message(who * 1_000_000 + n, random.Random(who + n).randrange(3000, 60_000))
                ws.send(text)
                if ws.recv(timeout=120) != text:
                    wrong.append((who, n))

    threads = [threading.Thread(target=talk, args=(who,)) for who in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_every_fragmentation_gives_the_message(server):
    program = server()
    data = deflated(b"fragments of a message, fragments of a message, fragments of one")
    with offering(program.port, "client_no_context_takeover") as peer:
        for cut in range(len(data) + 1):
            peer.send(TEXT, data[:cut], fin=False, rsv=4)
            peer.send(PING, b"between")
            peer.send(CONTINUATION, data[cut:])
            assert peer.frame() == (PONG, b"between", True)
            assert text_of(peer) == b"fragments of a message, fragments of a message, fragments of one"


@pytest.mark.parametrize("args, marked", [((), 4), (("--wrapped",), 4), (("--plain",), 0)], ids=["compressed", "wrapped", "plain"])
@pytest.mark.ours_only(reason="compresses what its caller's buffer holds later")
def test_a_message_in_fragments_is_compressed_as_one(server, args, marked):
    program = server("--fragments", *args)
    # Two connections in turn: what is between fragments belongs to each.
    with offering(program.port) as one, offering(program.port, "server_no_context_takeover") as two:
        for n, size in enumerate([0, 2, 300, 50_000, 7]):
            for peer, text in ((one, message(n, size).encode()), (two, message(-n, size).encode())):
                peer.send(TEXT, deflated(text), rsv=4)
            for peer, text in ((one, message(n, size).encode()), (two, message(-n, size).encode())):
                frames = []
                while not frames or frames[-1][0] == PING or not frames[-1][2]:
                    frames.append((*peer.frame(), peer.rsv))
                assert [payload for opcode, payload, *_ in frames if opcode == PING] == [b"between"]
                kinds = [(opcode, rsv) for opcode, _, _, rsv in frames]
                # A program's extension may make nothing of a fragment, which then is not sent.
                data = [kind for kind in kinds if kind != (PING, 0)]
                assert data in ([(TEXT, marked), (CONTINUATION, 0), (CONTINUATION, 0)], [(TEXT, marked), (CONTINUATION, 0)])
                assert len(data) == 3 or "--wrapped" in args
                whole = b"".join(payload for opcode, payload, *_ in frames if opcode != PING)
                assert (inflated(whole) if marked else whole) == text


@pytest.mark.parametrize("name, frames, code", [
    ("rsv1 on a continuation", [(TEXT, deflated(b"ab"), dict(fin=False, rsv=4)), (CONTINUATION, b"", dict(rsv=4))], 1002),
    ("rsv1 on a ping", [(PING, b"", dict(rsv=4))], 1002),
    ("rsv1 on a close", [(CLOSE, b"\x03\xe8", dict(rsv=4))], 1002),
    ("rsv1 on a continuation only", [(TEXT, b"ab", dict(fin=False)), (CONTINUATION, deflated(b"cd"), dict(rsv=4))], 1002),
    ("rsv2", [(TEXT, deflated(b"ab"), dict(rsv=6))], 1002),
    ("no data at all", [(TEXT, b"", dict(rsv=4))], 1007),
    ("cut data", [(TEXT, deflated(message(1, 500).encode())[:-9], dict(rsv=4))], 1007),
    ("data behind a final block", [(TEXT, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00\x00\x00", dict(rsv=4))], 1007),
    ("a reserved block type", [(BINARY, b"\x06\x00", dict(rsv=4))], 1007),
    ("a distance beyond the start", [(BINARY, b"\xf2\x00\x11\x00\x00", dict(rsv=4))], 1007),
    ("bad utf-8 inside", [(TEXT, deflated(b"\xc3\x28"), dict(rsv=4))], 1007),
])
@pytest.mark.ours_only(reason="lets it pass, or ends the connection without a close frame")
def test_what_is_against_the_rules_is_refused(server, name, frames, code):
    with offering(server().port) as peer:
        for opcode, payload, options in frames:
            peer.send(opcode, payload, **options)
        assert close_code(peer) == code


def test_rsv1_without_an_agreement_is_refused(server):
    with Peer(server().port) as peer:
        peer.send(TEXT, deflated(b"Hello"), rsv=4)
        assert close_code(peer) == 1002


def test_the_pieces_of_a_compressed_message(server):
    program = server("--rx", "100", "--pieces")
    with offering(program.port) as peer:
        peer.send(BINARY, deflated(b"a" * 250), rsv=4)
        assert text_of(peer) == b"a" * 250
        peer.send(BINARY, deflated(b"b" * 100), rsv=4)
        assert text_of(peer) == b"b" * 100
    lines = [line for line in program.lines if line.startswith("piece")]
    assert lines == [
        "piece 100 first=1 final=0 left=0 rsv=64",
        "piece 100 first=0 final=0 left=0 rsv=64",
        "piece 50 first=0 final=1 left=0 rsv=64",
        "piece 100 first=1 final=1 left=0 rsv=64",
    ]


@pytest.mark.ours_only(reason="three of these bring it to wrong data and a thread that spins for good")
def test_bombs_cost_no_memory_and_no_one_elses_time(server):
    program = server("--quiet")
    bomb = deflated(bytes(64 << 20))
    before = program.resident()
    bombers = [offering(program.port) for _ in range(3)]
    for peer in bombers:
        peer.send(BINARY, bomb, rsv=4)
    with Peer(program.port) as other:
        for _ in range(20):
            other.send(TEXT, b"?")
            assert text_of(other) == b"0"
    for peer in bombers:
        peer.send(TEXT, b"?")
        assert text_of(peer) == str(64 << 20).encode()
        peer.close()
    assert program.resident() - before < 8 << 20
    # The original's thread spins after they have gone.
    busy = program.cpu_seconds()
    time.sleep(1)
    assert program.cpu_seconds() - busy < 0.5


@pytest.mark.ours_only(reason="has no such bound")
def test_messages_that_are_too_long_end_with_1009(server):
    program = server("--max", "10000")
    for payload, rsv in [(b"x" * 10_001, 0), (deflated(bytes(10_001)), 4), (deflated(bytes(1 << 22)), 4)]:
        with offering(program.port) as peer:
            peer.send(BINARY, payload, rsv=rsv)
            assert close_code(peer) == 1009
    with offering(program.port) as peer:
        peer.send(BINARY, b"x" * 5000, fin=False)
        peer.send(CONTINUATION, b"x" * 5001)
        assert close_code(peer) == 1009
    with offering(program.port) as peer:
        for _ in range(3):
            peer.send(BINARY, b"x" * 10_000)
            assert len(text_of(peer)) == 10_000
            peer.send(BINARY, deflated(bytes(10_000)), rsv=4)
            assert text_of(peer) == bytes(10_000)


@pytest.mark.parametrize("setting, answer", [
    ("compression_level=9", 0), ("rx_buf_size=10", 0), ("mem_level=8", 0), ("compression_level=10", -1), ("nonsense=1", -1),
])
@pytest.mark.ours_only(reason="takes any value")
def test_options_are_taken_or_refused(server, setting, answer):
    program = server("--set", setting)
    with offering(program.port) as peer:
        text = message(1, 20_000).encode()
        peer.send(TEXT, deflated(text), rsv=4)
        assert text_of(peer) == text
    program.wait_for(f"option -> {answer}")


@pytest.fixture
def asking(stage, run):
    """asking(HANDLER, ARGS…, extensions=…): the C client against a `websockets` server; what HANDLER returns."""
    def start(handler, *args, extensions=None, **options):
        got, done = [], threading.Event()

        def handle(connection):
            try:
                got.append(handler(connection))
            except Exception as error:
                got.append(error)
            done.set()

        extensions = [ServerPerMessageDeflateFactory()] if extensions is None else extensions
        with serve(handle, "127.0.0.1", 0, compression=None, extensions=extensions, subprotocols=["echo"],
                   max_size=None, **options) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.socket.getsockname()[1]
            program = run([stage.test_program("deflate", ["-DOURS"] if stage.name == "ours" else []),
                           "--connect", str(port), *args])
            assert done.wait(60), program.output
            server.shutdown()
        if isinstance(got[0], Exception):
            raise got[0]
        return program, got[0]

    return start


@pytest.mark.parametrize("offer, factory", [
    ("permessage-deflate", {}),
    ("permessage-deflate; client_max_window_bits", {"client_max_window_bits": 10}),
    ("permessage-deflate; client_max_window_bits", {"client_max_window_bits": 8}),
    ("permessage-deflate; server_max_window_bits=9", {"server_max_window_bits": 9}),
    ("permessage-deflate; server_no_context_takeover; client_no_context_takeover",
     {"server_no_context_takeover": True, "client_no_context_takeover": True}),
    ("permessage-deflate; server_max_window_bits=8, permessage-deflate", {}),
], ids=str)
@pytest.mark.parametrize("args", [(), ("--wrapped",)], ids=str)
@pytest.mark.ours_only(reason="exchanges the client's and the server's parameter")
def test_a_client_agrees_and_echoes(asking, offer, factory, args):
    def handle(connection):
        names = [e.name for e in connection.protocol.extensions]
        for n, size in enumerate([0, 5, 300, 5000, 70_000, 3]):
            for data in (message(n, size), random.Random(n).randbytes(size)):
                connection.send(data)
                assert connection.recv(timeout=30) == data
        return names

    _, names = asking(handle, "--offer", offer, *args, extensions=[ServerPerMessageDeflateFactory(**factory)])
    assert names == ["permessage-deflate"]


def test_a_client_goes_on_without_an_agreement(asking):
    def handle(connection):
        connection.send("plain")
        return connection.recv(timeout=30)

    assert asking(handle, extensions=[])[1] == "plain"


def test_a_client_sets_options_in_the_defaults_callback(asking):
    def handle(connection):
        text = message(1, 20_000)
        connection.send(text)
        return connection.recv(timeout=30) == text

    program, same = asking(handle, "--set", "compression_level=9")
    assert same
    program.wait_for("defaults of permessage-deflate")


@pytest.mark.parametrize("answer, text", [
    ("x-unknown", "HS: EXT: unknown ext"),
    ("permessage-deflate; client_max_window_bits=16", "HS: EXT: failed parse options"),
    ("permessage-deflate; nonsense", "HS: EXT: failed parse options"),
    ("permessage-deflate, permessage-deflate", "HS: EXT: unknown ext"),
])
@pytest.mark.ours_only(reason="takes an answer that was not offered")
def test_a_client_refuses_what_it_did_not_offer(stage, run, answer, text):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = run([stage.test_program("deflate", ["-DOURS"]), "--connect", str(listener.getsockname()[1])])
        connection, _ = listener.accept()
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096)
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)[1]
            accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept + b"\r\nSec-WebSocket-Protocol: echo\r\n"
                               b"Sec-WebSocket-Extensions: " + answer.encode() + b"\r\n\r\n")
            program.wait_for(f"failed: {text}")
            assert program.wait() == 3


@pytest.mark.parametrize("parameters, most", [((), 36 * 1024), (("client_no_context_takeover",), 1024)],
                         ids=["with context takeover", "without"])
@pytest.mark.ours_only(reason="keeps about 310 KB for each connection")
def test_an_idle_connection_keeps_its_window_and_no_more(server, parameters, most):
    program = server("--quiet")
    count, data = 300, deflated(random.Random(1).randbytes(100_000))

    def grown(make):
        """What `count` connections take that have sent a message each and got an answer."""
        peers = []
        for n in range(count + 20):
            if n == 20:
                # The first ones pay for what is kept for everybody.
                before = program.resident()
            peer, compressed = make()
            peer.send(BINARY, data if compressed else b"plain", rsv=4 if compressed else 0)
            peer.send(TEXT, b"?")
            text_of(peer)
            peers.append(peer)
        grown = program.resident() - before
        for peer in peers:
            peer.close()
        return grown / count

    plain = grown(lambda: (Peer(program.port), False))
    packed = grown(lambda: (offering(program.port, *parameters), True))
    assert packed - plain < most, f"{packed:.0f} bytes, {plain:.0f} without compression"
