"""A program's own WebSocket extension, through the `lws_extension` table."""
import pytest
from peer import CLOSE, CONTINUATION, TEXT, Peer


def turned(data, key):
    return bytes(b ^ key for b in data)


def offering(port, text):
    return Peer(port, headers=[f"Sec-WebSocket-Extensions: {text}"])


@pytest.mark.parametrize("args", [(), ("--slowly",)], ids=["at once", "in pieces"])
@pytest.mark.ours_only(reason="reads only the first option of an offer")
def test_payloads_pass_through_the_extension_both_ways(server, args):
    program = server("extension", *args)
    with offering(program.port, "x-turn; key=7; loud; maybe=3") as peer:
        assert b"\r\nSec-WebSocket-Extensions: x-turn; key=7; loud; maybe=3\r\n" in peer.answer
        for text in (b"abc", b"longer than four"):
            peer.send(TEXT, turned(text, 7), rsv=2)
            opcode, payload, fin = peer.frame()
            assert (opcode, peer.rsv) == (TEXT, 2), "the frame was not shown to the extension before it was sent"
            while not fin:
                more, part, fin = peer.frame()
                assert more == CONTINUATION and peer.rsv == 0
                payload += part
            assert turned(payload, 7) == text
        peer.send(TEXT, turned(b"in ", 7), fin=False, rsv=2)
        peer.send(CONTINUATION, turned(b"parts", 7))
        assert turned(peer.message()[1], 7) == b"in parts"
    program.wait_for("destroy")
    calls = [line for line in program.lines if not line.startswith("listening")]
    assert calls == ["construct", "option 0 '7'", "option 1 ''", "option 2 '3'", "named option key '1'",
                     "named option nonsense '1'", "set -> 0 -1 -1", "destroy"]


@pytest.mark.parametrize("offer, answer", [
    ("x-turn; nonsense, x-turn; key=1", b"x-turn; key=1"), ("x-turn; key", None), ("x-turn; key=x", None),
    ("x-turn; loud=1", None), ("x-turn; maybe=666", None), ("x-turn; maybe", b"x-turn; maybe"), ("x-turn", b"x-turn"),
    ("x-other", None),
])
@pytest.mark.ours_only(reason="takes an extension whose options it could not read")
def test_an_offer_whose_options_do_not_fit_is_declined(server, offer, answer):
    program = server("extension")
    with offering(program.port, offer) as peer:
        lines = [line for line in peer.answer.split(b"\r\n") if line.lower().startswith(b"sec-websocket-extensions:")]
        assert lines == ([b"Sec-WebSocket-Extensions: " + answer] if answer else [])
    made = [line for line in program.lines if line == "construct"]
    program.stop()
    assert program.lines.count("construct") == program.lines.count("destroy") >= len(made)


def test_reserved_bits_without_the_extension_are_refused(server):
    with Peer(server("extension").port) as peer:
        peer.send(TEXT, b"abc", rsv=2)
        assert peer.frame()[0] == CLOSE


@pytest.mark.ours_only(reason="reads no blanks, and takes values where an option has none")
def test_options_are_parsed_by_their_table(server):
    program = server("extension", "--parse")
    with offering(program.port, "x-turn"):
        program.wait_for("parse NULL")
    lines = [line for line in program.lines if line.startswith(("parse", "option"))]
    assert lines == [
        "option 0 '9'", "option 1 ''", "parse 'key=9; loud' -> 0",
        "option 2 ''", "parse 'maybe' -> 0",
        "option 2 '3'", "parse 'maybe=3' -> 0",
        "parse '' -> 0",
        "option 1 ''", "parse ' ; loud ;' -> 0",
        "parse 'key' -> -1", "parse 'key=x' -> -1", "parse 'loud=1' -> -1", "parse 'nonsense' -> -1",
        "option 2 '666'", "parse 'maybe=666' -> -1",
        "option 0 '9'", "option 0 '10'", "parse 'key=9;key=10' -> 0",
        "parse NULL -> -1",
    ]
