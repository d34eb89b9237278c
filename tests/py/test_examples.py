"""The examples threads, slow-peer and wrong-thread do what their README says."""
import re
import signal
import time

import pytest
from peer import client
from websockets.exceptions import ConnectionClosed

PRIMES = {1: 0, 2: 1, 10: 4, 1000: 168, 100_000: 9592, 1_000_000: 78498}


def test_workers_count_primes_and_a_small_number_overtakes(example):
    threads = example("threads", "--workers", "3")
    with client(threads.url, subprotocols=["lws-primes"]) as socket:
        socket.send("20000000")
        for number in PRIMES:
            socket.send(str(number))
        answers = [socket.recv(timeout=60) for _ in range(len(PRIMES) + 1)]
    assert answers[-1].startswith("20000000: 1270607 primes")
    found = {int(a.split(":")[0]): int(a.split()[1]) for a in answers[:-1]}
    assert found == PRIMES
    assert all(re.search(r"\(worker [123]\)$", a) for a in answers)


def test_many_clients_come_and_go_while_workers_are_busy(example):
    threads = example("threads", "--workers", "8")
    deadline = time.monotonic() + 5
    rounds = 0
    while time.monotonic() < deadline:
        sockets = [client(threads.url) for _ in range(8)]
        for socket in sockets:
            for _ in range(40):                 # above the bound for one session
                socket.send("20000")
        for socket in sockets[::2]:             # half of them leave at once
            socket.socket.close()
        for socket in sockets[1::2]:
            for _ in range(40):
                assert socket.recv(timeout=20).startswith("20000: 2262 primes")
            socket.close()
        rounds += 1
    assert rounds > 0
    threads.stop(signal.SIGTERM)
    assert "threads: bye" in threads.output


def test_it_ends_while_workers_are_busy(example):
    threads = example("threads", "--workers", "2")
    with client(threads.url) as socket:
        for _ in range(30):
            socket.send("3000000")
        socket.recv(timeout=20)
        threads.stop(signal.SIGINT)
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=10)


def test_a_word_is_refused(example):
    threads = example("threads")
    with client(threads.url) as socket:
        socket.send("many")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd.code == 1008


LINE = re.compile(r"([\d.]+) s  queue +(\d+)  dropped +(\d+)  WRITEABLE +(\d+)  sent +(\d+)  (choked)?")


def test_slow_peer_shows_that_writeable_stops_and_comes_back(stage, run):
    program = run([stage.example("slow-peer")])
    program.wait_for("peer: stops reading")
    stage.assert_mapped(program.pid)
    assert program.wait() == 0, program.output
    lines = program.output.split("\n")
    stops, reads = (next(i for i, line in enumerate(lines) if text in line)
                    for text in ("peer: stops reading", "peer: reads again"))
    before = [LINE.search(line) for line in lines[:stops] if LINE.search(line)]
    during = [LINE.search(line) for line in lines[stops:reads] if LINE.search(line)]
    after = [LINE.search(line) for line in lines[reads:] if LINE.search(line)]
    assert all(int(m[4]) and int(m[2]) < 20 for m in before), f"messages wait while the peer reads:\n{program.output}"
    stuck = [m for m in during if m[6] and not int(m[4]) and not int(m[5])]
    assert len(stuck) >= 3, f"quarters without WRITEABLE while the peer does not read:\n{program.output}"
    assert int(during[-1][2]) == 200 and int(during[-1][3]) > 0, "the queue has filled up to its bound"
    assert sum(int(m[5]) for m in after) > 200 and int(after[-1][2]) < 20, f"the queue has not drained:\n{program.output}"
    assert "all in order" in program.output and "slow-peer: bye" in program.output


def wrong_thread(stage, run, policy, how):
    program = run([stage.example("wrong-thread"), how], environment={"LWS_THREAD_CHECK": policy})
    program.wait_for("listening on port")
    return program, program.wait()


@pytest.mark.ours_only(reason="it does not notice")
@pytest.mark.parametrize("how, function", [("write", "lws_write"), ("on-writable", "lws_callback_on_writable")])
def test_wrong_thread_aborts_with_a_message_that_helps(stage, run, how, function):
    program, code = wrong_thread(stage, run, "abort", how)
    assert code == -signal.SIGABRT, program.output
    assert "returned" not in program.output
    assert function in program.output and "culprit" in program.output and "lws_cancel_service" in program.output


@pytest.mark.ours_only(reason="it does not notice")
@pytest.mark.parametrize("how, function", [("write", "lws_write"), ("on-writable", "lws_callback_on_writable")])
def test_wrong_thread_is_refused(stage, run, how, function):
    program, code = wrong_thread(stage, run, "refuse", how)
    assert code == 0, program.output
    assert re.search(rf"{function}\(\).* returned -1", program.output)
    assert "culprit" in program.output
    assert 'WRITEABLE came 0 times, the peer got ""' in program.output


@pytest.mark.ours_only(reason="it does not notice")
def test_wrong_thread_is_marshalled(stage, run):
    program, code = wrong_thread(stage, run, "marshal", "write")
    assert code == 0 and "returned 21" in program.output, program.output
    assert 'the peer got "from the wrong thread"' in program.output
    program, code = wrong_thread(stage, run, "marshal", "on-writable")
    assert code == 0 and re.search(r"lws_callback_on_writable\(\) returned 1", program.output), program.output
    assert "WRITEABLE came 1 times" in program.output
    assert "culprit" in program.output
