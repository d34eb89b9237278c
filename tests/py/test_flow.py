"""Reading, writing and flow control, seen from inside (tests/c/flow.c) and from a peer that does what it likes."""
import json
import socket
import statistics
import threading
import time
import zlib

import pytest
from peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Peer, client, frame, wait_until

MIB = 1 << 20


class Control:
    """Commands for the server; see tests/c/flow.c."""

    def __init__(self, server):
        self.server = server
        self.socket = client(server.url + "control")

    def __call__(self, command):
        self.socket.send(command)
        answer = json.loads(self.socket.recv(timeout=20))
        assert "error" not in answer, f"{command}: {answer['error']}"
        return answer

    def stats(self, name):
        return self(f"stats {name}")

    def settled(self, name, key, wait=0.3):
        """The counter `key` once it has not changed for a while."""
        before = None
        while before != (now := self.stats(name)[key]):
            before = now
            time.sleep(wait)
        return now


@pytest.fixture
def flow(server):
    def start(*args, **options):
        program = server("flow", *args, **options)
        program.control = Control(program)
        return program

    return start


BLOCK = bytes((i * 31 + (i >> 8) * 7) & 255 for i in range(65536))


def pattern(size, start=0):
    """What tests/c/flow.c sends: byte i is i * 31 + (i >> 8) * 7 + (i >> 16), the rest cut off."""
    first = start >> 16
    blocks = [BLOCK.translate(bytes((v + n) & 255 for v in range(256))) for n in range(first, (start + size >> 16) + 1)]
    return b"".join(blocks)[start - (first << 16) :][:size]


def fill(flow, peer, name):
    """Streams to a peer that does not read until nothing moves any more."""
    flow.control(f"stream {name} 32768 100000")
    return flow.control.settled(name, "sent")


# --- the peer stops reading -------------------------------------------------------------------------------------


def test_writeable_stops_while_the_peer_does_not_read_and_asking_costs_nothing(flow):
    flow = flow()
    with Peer(flow.port, "/p", receive_buffer=65536) as peer:
        sent = fill(flow, peer, "/p")
        before, memory, cpu = flow.control.stats("/p"), flow.resident(), flow.cpu_seconds()
        assert before["choked_now"] == 1
        for _ in range(100):
            flow.control("nag /p 10000")
        asked = flow.cpu_seconds() - cpu
        after = flow.control.stats("/p")
        assert after["writeables"] - before["writeables"] <= 2, "WRITEABLE came though the socket is full"
        assert flow.resident() - memory < 256 * 1024, "a million requests for WRITEABLE took memory"
        assert asked < 10, f"a million requests took {asked:.1f} s of CPU"

        got = b""
        while len(got) < sent:
            opcode, payload = peer.message()
            assert opcode == BINARY
            got += payload
        assert got[: 3 * 65536] == pattern(3 * 65536)
        wait_until(lambda: flow.control.stats("/p")["writeables"] > after["writeables"])


def test_an_oversized_write_is_kept_and_writeable_withheld_until_it_has_drained(flow):
    flow = flow()
    size = 64 * MIB
    with Peer(flow.port, "/p", receive_buffer=65536) as peer:
        flow.control(f"write /p {size} 1")
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["sent"] and s)
        assert stats["last_write"] == size, "lws_write returns the whole length"
        assert stats["partial"] and stats["choked"] and stats["partial_now"] == 1
        flow.control("nag /p 1000")
        time.sleep(0.3)
        assert flow.control.stats("/p")["writeables"] == stats["writeables"], "WRITEABLE came on top of a backlog"
        opcode, payload = peer.message()
        assert opcode == BINARY and zlib.adler32(payload) == zlib.adler32(pattern(size))
        flow.control("nag /p 1")
        wait_until(lambda: flow.control.stats("/p")["writeables"] > stats["writeables"])
        stats = flow.control.stats("/p")
        assert not stats["partial_now"] and not stats["choked_now"] and not stats["writeable_while_partial"]


@pytest.mark.ours_only(reason="returns 4106 for a large write on top of a backlog")
def test_writes_on_top_of_a_backlog_arrive_in_order(flow):
    flow = flow()
    with Peer(flow.port, "/p", receive_buffer=65536) as peer:
        flow.control("write /p 3000000 8")
        wait_until(lambda: flow.control.stats("/p")["sent"] == 24_000_000)
        time.sleep(0.3)
        got = b"".join(peer.message()[1] for _ in range(8))
        assert zlib.adler32(got) == zlib.adler32(pattern(24_000_000))


def test_a_backlog_is_given_back_when_the_peer_goes(flow):
    flow = flow()
    peer = Peer(flow.port, "/p", receive_buffer=65536)
    flow.control(f"write /p {64 * MIB} 1")
    wait_until(lambda: flow.control.stats("/p")["sent"])
    assert flow.resident() > 40 * MIB
    peer.reset()
    wait_until(lambda: not flow.control.stats("/p")["live"])
    wait_until(lambda: flow.resident() < 24 * MIB)


@pytest.mark.ours_only(reason="has no bound")
def test_a_backlog_past_the_bound_ends_the_connection(flow):
    flow = flow("--max-backlog", str(8 * MIB))
    with Peer(flow.port, "/within", receive_buffer=65536) as within, Peer(flow.port, "/past", receive_buffer=65536) as past:
        flow.control(f"write /within {6 * MIB} 1")
        flow.control(f"write /past {6 * MIB} 4")
        wait_until(lambda: not flow.control.stats("/past")["live"])
        assert flow.control.stats("/past")["reasons"].endswith("CLOSED")
        assert flow.control.stats("/within")["live"]
        opcode, payload = within.message()
        assert opcode == BINARY and len(payload) == 6 * MIB
        past.socket.settimeout(10)
        with pytest.raises((EOFError, ConnectionError)):
            past.take(24 * MIB)


# --- rx flow control --------------------------------------------------------------------------------------------


def held(flow, name, wait=0.3):
    """Nothing more is received while reading is off."""
    before = flow.control.stats(name)["receives"]
    time.sleep(wait)
    assert flow.control.stats(name)["receives"] == before, "RECEIVE came though reading is off"
    return before


def test_messages_of_the_same_segment_wait_in_the_library(flow):
    flow = flow()
    messages = [b"message %d" % n for n in range(20)]
    with Peer(flow.port, "/p") as peer:
        flow.control("hold /p 3")
        peer.socket.sendall(b"".join(frame(TEXT, m) for m in messages))
        wait_until(lambda: flow.control.stats("/p")["receives"] == 3)
        assert held(flow, "/p") == 3
        flow.control("hold /p 5")
        flow.control("rx /p 1")
        wait_until(lambda: flow.control.stats("/p")["receives"] == 8)
        assert held(flow, "/p") == 8
        flow.control("rx /p 1")
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["receives"] == 20 and s)
        assert stats["messages"] == 20 and stats["adler"] == zlib.adler32(b"".join(messages))


def test_the_rest_of_a_frame_waits(flow):
    flow = flow("--rx-buffer-size", "1000")
    payload = pattern(100_000)
    with Peer(flow.port, "/p") as peer:
        flow.control("hold /p 2")
        peer.send(BINARY, payload)
        peer.send(TEXT, b"after")
        assert wait_until(lambda: flow.control.stats("/p")["receives"]) and held(flow, "/p") == 2
        flow.control("rx /p 1")
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == 2 and s)
        assert stats["adler"] == zlib.adler32(payload + b"after")


def test_data_in_the_socket_waits_and_pushes_back(flow):
    flow = flow()
    with Peer(flow.port, "/p") as peer:
        flow.control("rx /p 0")
        memory = flow.resident()
        peer.socket.settimeout(1)
        piece, sent = frame(BINARY, bytes(32768)), 0
        with pytest.raises(TimeoutError):
            while sent < 64 * MIB:
                sent += peer.socket.send(piece)
        assert flow.control.stats("/p")["receives"] == 0
        assert flow.resident() - memory < 2 * MIB
        flow.control("rx /p 1")
        whole = sent // len(piece)
        wait_until(lambda: flow.control.stats("/p")["messages"] == whole)


def test_frames_that_came_with_the_request_wait(flow):
    flow = flow()
    for name, expected in [("/free", 5), ("/held", 0)]:
        with Peer(flow.port, name, handshake=False) as peer:
            peer.socket.sendall(peer.request + b"".join(frame(TEXT, b"%d" % n) for n in range(5)))
            assert peer.head().startswith(b"HTTP/1.1 101")
            if expected:
                wait_until(lambda: flow.control.stats(name)["messages"] == 5)
            else:
                assert held(flow, name) == 0
                flow.control(f"rx {name} 1")
            stats = wait_until(lambda: (s := flow.control.stats(name))["messages"] == 5 and s)
            assert stats["adler"] == zlib.adler32(b"01234")


def test_switching_twice_within_one_callback_round_loses_nothing(flow):
    flow = flow()
    with Peer(flow.port, "/p") as peer:
        for n in range(50):
            flow.control("rx /p 0")
            peer.send(TEXT, b"%02d" % n)
            flow.control("rx /p 1")
            flow.control("rx /p 0")
            flow.control("rx /p 1")
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == 50 and s)
        assert stats["adler"] == zlib.adler32(b"".join(b"%02d" % n for n in range(50)))


def test_writing_goes_on_while_reading_is_off(flow):
    flow = flow()
    with Peer(flow.port, "/p") as peer:
        flow.control("rx /p 0")
        flow.control("stream /p 10000 300")
        got = b"".join(peer.message()[1] for _ in range(300))
        assert zlib.adler32(got) == zlib.adler32(pattern(3_000_000))


@pytest.mark.parametrize("end", ["close", "reset"])
def test_the_peer_going_while_reading_is_off_is_not_forgotten(flow, end):
    flow = flow()
    peer = Peer(flow.port, "/p")
    flow.control("rx /p 0")
    getattr(peer, end)()
    time.sleep(0.2)
    if flow.control.stats("/p")["live"]:
        assert end == "close", "a reset ends the connection at once"
        flow.control("rx /p 1")
    wait_until(lambda: not flow.control.stats("/p")["live"])


def test_stopping_after_each_message_costs_little_whatever_waits(flow):
    flow = flow()
    total, message = 20_000, frame(TEXT, b"m")
    with Peer(flow.port, "/step") as peer:
        flow.control("rx /step 0")
        peer.socket.sendall(message * total)
        cpu = flow.cpu_seconds()
        flow.control("rx /step 1")
        wait_until(lambda: flow.control.stats("/step")["messages"] == total, timeout=60, step=0.2)
        spent = flow.cpu_seconds() - cpu
    assert spent < 5, f"{spent:.1f} s of CPU for {total} messages that were taken one by one"


# --- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.ours_only(reason="its buffer holds 4096 bytes with the frame header, so that the message comes in two pieces")
def test_a_message_of_4096_bytes_that_came_whole_is_one_receive(flow):
    flow = flow()
    with Peer(flow.port, "/p") as peer:
        for n in range(1, 11):
            peer.send(BINARY, pattern(4096))
            stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == n and s)
            assert stats["pieces"] == [4096] * n


@pytest.mark.parametrize("rx", [128, 4096, 65536])
def test_no_piece_is_longer_than_the_rx_buffer(flow, rx):
    flow = flow("--rx-buffer-size", str(rx))
    with Peer(flow.port, "/p") as peer:
        peer.send(BINARY, pattern(rx * 3 + 1))
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == 1 and s)
        assert max(stats["pieces"]) <= rx and stats["bytes"] == rx * 3 + 1
        assert stats["adler"] == zlib.adler32(pattern(rx * 3 + 1))


@pytest.mark.parametrize("total", [20, 4096, 65536, 131072, 262144, 1048576])
def test_a_message_and_fin_in_one_segment_end_in_receive_and_closed(flow, total):
    """`total` counts the frame's header too, so that reads of these sizes are exactly full."""
    flow = flow("--rx-buffer-size", "65536")
    head = 6 if total < 132 else 8 if total <= 65535 + 8 else 14
    name = f"/p{total}"
    with Peer(flow.port, name) as peer:
        flow.control(f"rx {name} 0")                     # all of it is there before the first read
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        data = frame(BINARY, bytes(total - head))
        assert len(data) == total
        peer.socket.sendall(data)
        peer.socket.shutdown(socket.SHUT_WR)
        time.sleep(0.1)
        stats = flow.control.stats(name)
        if stats["live"]:
            flow.control(f"rx {name} 1")
        stats = wait_until(lambda: (s := flow.control.stats(name))["live"] is False and s)
        assert stats["bytes"] == total - head and stats["messages"] == 1, stats
        assert stats["reasons"].endswith("RECEIVE CLOSED")


@pytest.mark.parametrize("total", [20, 4096, 65536, 131072, 262144])
def test_a_message_and_fin_at_once_without_flow_control(flow, total):
    flow = flow("--rx-buffer-size", "65536")
    head = 6 if total < 132 else 8 if total <= 65535 + 8 else 14
    for round_ in range(20):
        name = f"/p{round_}"
        with Peer(flow.port, name) as peer:
            peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            peer.socket.sendall(frame(BINARY, bytes(total - head)))
            peer.socket.shutdown(socket.SHUT_WR)
            stats = wait_until(lambda: (s := flow.control.stats(name))["live"] is False and s)
            assert stats["messages"] == 1 and stats["reasons"] == "ESTABLISHED RECEIVE CLOSED", stats


# --- pings ------------------------------------------------------------------------------------------------------


@pytest.mark.ours_only(reason="drops a PING while a PONG waits")
def test_every_ping_is_answered_in_order(flow):
    flow = flow()
    pings = [b"ping %d" % n for n in range(100)]
    with Peer(flow.port, "/p") as peer:
        peer.socket.sendall(b"".join(frame(PING, p) for p in pings))
        assert [peer.frame() for _ in pings] == [(PONG, p, True) for p in pings]


@pytest.mark.ours_only(reason="drops a PING while a PONG waits")
def test_pings_between_fragments_are_answered_at_once(flow):
    flow = flow()
    with Peer(flow.port, "/p") as peer:
        peer.send(TEXT, b"a", fin=False)
        for n in range(5):
            peer.send(PING, b"%d" % n)
            assert peer.frame() == (PONG, b"%d" % n, True)
        peer.send(CONTINUATION, b"b")
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == 1 and s)
        assert stats["bytes"] == 2


@pytest.mark.ours_only(reason="drops a PING while a PONG waits")
def test_pings_without_end_from_a_peer_that_does_not_read_take_no_memory(flow):
    flow = flow()
    with Peer(flow.port, "/p", receive_buffer=65536) as peer:
        memory = flow.resident()
        peer.socket.settimeout(1)
        piece, sent = frame(PING, b"x" * 125) * 100, 0
        try:
            while sent < 48 * MIB:
                sent += peer.socket.send(piece)
        except (TimeoutError, ConnectionError):
            pass                                         # held back or closed: both keep the bound
        assert flow.resident() - memory < 4 * MIB
        flow.control.stats("/p")


@pytest.mark.ours_only(reason="drops a PING while a PONG waits")
def test_pings_that_had_to_wait_are_answered_when_the_peer_reads_again(flow):
    flow = flow()
    total = 150_000
    pings = b"".join(frame(PING, b"%06d" % n + b"x" * 119) for n in range(total))
    with Peer(flow.port, "/p", receive_buffer=65536) as peer:
        failures = []
        sender = threading.Thread(target=send_all, args=(peer, pings + frame(BINARY, pattern(100_000)), failures))
        sender.start()
        flow.control.settled("/p", "receives", wait=1)       # neither side moves any more
        for n in range(total):
            opcode, payload, _ = peer.frame()
            assert (opcode, payload[:6]) == (PONG, b"%06d" % n)
        sender.join()
        assert not failures
        stats = wait_until(lambda: (s := flow.control.stats("/p"))["messages"] == 1 and s)
        assert stats["adler"] == zlib.adler32(pattern(100_000))


def send_all(peer, data, failures):
    try:
        peer.socket.settimeout(60)
        peer.socket.sendall(data)
    except OSError as e:
        failures.append(e)


# --- many and rude peers ----------------------------------------------------------------------------------------


def flood(peer, amount, failures):
    """Sends `amount` bytes of binary messages, as fast as it goes, unmasked by a key of zeros."""
    piece = frame(BINARY, bytes(MIB), key=b"\0\0\0\0")
    try:
        for _ in range(amount // MIB):
            peer.socket.sendall(piece)
    except OSError as e:
        failures.append(e)


@pytest.mark.big
def test_a_peer_at_full_speed_leaves_another_ones_echo_quick(flow, scale):
    flow = flow("--rx-buffer-size", "65536")
    amount = int(512 * MIB * scale)
    failures, times = [], []
    with Peer(flow.port, "/sink") as loud, Peer(flow.port, "/echo") as quick:
        loud.socket.settimeout(600)
        sender = threading.Thread(target=flood, args=(loud, amount, failures))
        sender.start()
        while sender.is_alive():
            begun = time.perf_counter()
            quick.send(BINARY, b"quick")
            assert quick.message() == (BINARY, b"quick")
            times.append(time.perf_counter() - begun)
            time.sleep(0.002)
        sender.join()
        assert not failures
        wait_until(lambda: flow.control.stats("/sink")["bytes"] == amount // MIB * MIB, timeout=60)
    times.sort()
    assert len(times) > 20, "the flood was too short to measure anything"
    median, late = statistics.median(times), times[int(len(times) * 0.99)]
    assert median < 0.02 and late < 0.2, f"echo beside a flood: median {median * 1e3:.1f} ms, p99 {late * 1e3:.1f} ms"


@pytest.mark.parametrize("kills", [False, pytest.param(True, marks=pytest.mark.ours_only(
    reason="relies on SIGPIPE being ignored"))], ids=["ignored", "at default"])
def test_peers_reset_during_sends(flow, kills):
    flow = flow(*(["--sigpipe-kills"] if kills else []))
    for n in range(30):
        name = f"/p{n}"
        peer = Peer(flow.port, name, receive_buffer=32768)
        flow.control(f"write {name} 4000000 2" if n % 2 else f"stream {name} 20000 1000")
        if n % 3:
            peer.take(5000)
        peer.reset()
    for n in range(30):
        wait_until(lambda n=n: not flow.control.stats(f"/p{n}")["live"])


@pytest.mark.parametrize("kills", [False, pytest.param(True, marks=pytest.mark.ours_only(
    reason="relies on SIGPIPE being ignored"))], ids=["ignored", "at default"])
def test_peers_reset_while_a_file_is_sent(flow, tmp_path, kills):
    (tmp_path / "large.txt").write_bytes(bytes(8 * MIB))
    flow = flow("--mount", str(tmp_path), *(["--sigpipe-kills"] if kills else []))
    for n in range(20):
        peer = Peer(flow.port, handshake=False, receive_buffer=32768)
        peer.socket.sendall(b"GET /files/large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.head().startswith(b"HTTP/1.1 200")
        peer.reset()
    with Peer(flow.port, handshake=False) as peer:
        peer.socket.sendall(b"GET /files/large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.head().startswith(b"HTTP/1.1 200") and peer.take(8 * MIB) == bytes(8 * MIB)


@pytest.mark.ours_only(reason="polls the listener without pause while accept fails")
def test_running_out_of_files_neither_spins_nor_kills_the_listener(flow):
    flow = flow("--nofile", "32")
    peers, refused = [], []
    for n in range(60):                                  # the backlog takes what the server cannot
        peer = Peer(flow.port, f"/p{n}", handshake=False)
        peer.socket.sendall(peer.request)
        peers.append(peer)
    time.sleep(0.3)
    before = flow.cpu_seconds()
    time.sleep(1.5)
    spent = flow.cpu_seconds() - before
    assert spent < 0.3, f"{spent:.2f} s of CPU in 1.5 s while no file can be opened"
    served = []
    for peer in peers:
        peer.socket.settimeout(0.05)
        try:
            peer.head()
            served.append(peer)
        except (TimeoutError, EOFError, ConnectionError):
            refused.append(peer)
    assert 5 < len(served) < 32 and refused
    for peer in peers:
        peer.close()
    wait_until(lambda: flow.open_files() < 12)
    with Peer(flow.port, "/after") as peer:
        peer.send(TEXT, b"served again")
        wait_until(lambda: flow.control.stats("/after")["messages"] == 1)


@pytest.mark.ours_only(reason="has a wait of its own for each connection that it shuts down")
def test_sockets_that_linger_after_a_refusal_are_bounded(flow):
    flow = flow()
    peers = []
    for _ in range(1500):                                # none of them reads, none closes
        peer = socket.create_connection(("127.0.0.1", flow.port), timeout=10)
        peer.sendall(b"no request at all\r\n\r\n")
        peers.append(peer)
    # Those that are not refused yet come on top, on a busy machine some hundreds; they are soon.
    wait_until(lambda: flow.open_files() < 1024 + 64, timeout=1.5)        # each lingers 3 s
    wait_until(lambda: flow.open_files() < 64)
    with Peer(flow.port, "/after"):
        assert flow.control.stats("/after")["live"]
    for peer in peers:
        peer.close()


# --- timeouts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", [b"", b"G", b"GET / HTTP/1.1\r\nHost: local", None], ids=["silent", "letter", "half", "dribble"])
def test_a_slow_handshake_is_ended_by_the_timeout(flow, begin):
    flow = flow("--timeout", "2")
    with Peer(flow.port, handshake=False) as peer:
        begun = time.monotonic()
        if begin is None:
            peer.socket.settimeout(0.2)
            try:
                for byte in peer.request[:-1]:
                    peer.socket.sendall(bytes([byte]))
                    try:
                        if peer.socket.recv(1) == b"":
                            break
                    except TimeoutError:
                        pass
                    assert time.monotonic() - begun < 8, "a byte now and then keeps the handshake alive"
            except ConnectionError:
                pass
        else:
            peer.socket.sendall(begin)
            peer.socket.settimeout(10)
            try:
                peer.socket.recv(4096)
            except ConnectionError:
                pass
        took = time.monotonic() - begun
        assert 1 < took < 8, f"ended after {took:.1f} s with a timeout of 2 s"


def test_a_finished_handshake_has_no_timeout(flow):
    flow = flow("--timeout", "1")
    with Peer(flow.port, "/p") as peer:
        time.sleep(3)
        peer.send(CLOSE, b"\x03\xe8")
        assert peer.frame() == (CLOSE, b"\x03\xe8", True)
