"""Opening handshakes, right and wrong: what this library answers and tells the program, and what 4.1.6 does.

With LWS_STAGE=system the same table is held to 4.1.6. Where the two differ, docs/differences.md has a row.
"""
import pathlib
import socket

import pytest
from peer import wait_until

DIFFERENCES = pathlib.Path(__file__).resolve().parents[2] / "docs/differences.md"

KEY, VERSION = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"
UPGRADE, CONNECTION, HOST = "Upgrade: websocket", "Connection: Upgrade", "Host: localhost"
PROTOCOL = "Sec-WebSocket-Protocol: "


def taken(protocol, named=True):
    """A WebSocket of that protocol, which the answer names or not."""
    return ("101", protocol if named else None,
            f"CONFIRM_UPGRADE first FILTER {protocol} ADD_HEADERS {protocol} ESTABLISHED {protocol} "
            f"CLOSED {protocol} DESTROY {protocol}")


FILTERED = ("", None, "CONFIRM_UPGRADE first FILTER first CLOSED first DESTROY first")
REFUSED = ("", None, "CONFIRM_UPGRADE first DESTROY first")
OTHER_VERSION = ("426", None, "CONFIRM_UPGRADE first DESTROY first")
PAGE = ("404", None, "HTTP first CLOSED_HTTP first DESTROY first")
UNREAD = "DESTROY first"
DEFAULT = taken("first", named=False)

# name, lines of the request, this library, 4.1.6 where it differs
TABLE = [
    ("plain", [HOST, UPGRADE, CONNECTION, KEY, VERSION], DEFAULT),
    ("with arguments", ["GET /a?b=c HTTP/1.1", HOST, UPGRADE, CONNECTION, KEY, VERSION], DEFAULT),
    ("absolute address", ["GET http://localhost/ HTTP/1.1", HOST, UPGRADE, CONNECTION, KEY, VERSION], DEFAULT),
    ("HTTP/1.0", ["GET / HTTP/1.0", HOST, UPGRADE, CONNECTION, KEY, VERSION], DEFAULT),
    ("a protocol", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "chat"], taken("chat")),
    ("the second is known", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "nope, chat, first"], taken("chat")),
    ("the client's order counts", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "Other, chat"], taken("Other")),
    ("in two headers", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "nope", PROTOCOL + "chat"], taken("chat")),
    ("no space behind the comma", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "nope,chat"], taken("chat")),
    ("a comma at the end", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "chat,"], taken("chat")),
    ("spaces around", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "  chat  "], taken("chat")),
    ("none is known", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "nope"], REFUSED),
    ("case matters", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "CHAT"], REFUSED),
    ("the beginning of a name", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "cha"], REFUSED),
    ("an empty list", [HOST, UPGRADE, CONNECTION, KEY, VERSION, "Sec-WebSocket-Protocol:"], DEFAULT),
    ("a long name first", [HOST, UPGRADE, CONNECTION, KEY, VERSION, PROTOCOL + "a" * 200 + ", chat"], taken("chat"), REFUSED),
    ("version 12", [HOST, UPGRADE, CONNECTION, KEY, "Sec-WebSocket-Version: 12"], OTHER_VERSION, DEFAULT),
    ("version 130", [HOST, UPGRADE, CONNECTION, KEY, "Sec-WebSocket-Version: 130"], OTHER_VERSION, DEFAULT),
    ("version missing", [HOST, UPGRADE, CONNECTION, KEY], OTHER_VERSION, DEFAULT),
    ("key missing", [HOST, UPGRADE, CONNECTION, VERSION], FILTERED),
    ("key too long", [HOST, UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: " + "a" * 200], FILTERED),
    ("key too short", [HOST, UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: YWJj"], FILTERED, DEFAULT),
    ("key of 15 bytes", [HOST, UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"], FILTERED, DEFAULT),
    ("key not base64", [HOST, UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="], FILTERED, DEFAULT),
    ("Upgrade missing", [HOST, CONNECTION, KEY, VERSION], PAGE),
    ("Upgrade in capitals", [HOST, "Upgrade: WebSocket", CONNECTION, KEY, VERSION], DEFAULT),
    ("Upgrade to something else", [HOST, "Upgrade: foo", CONNECTION, KEY, VERSION], ("403", None, UNREAD)),
    ("Upgrade to h2c", [HOST, "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"],
     PAGE, ("101", None, "CONFIRM_UPGRADE first DESTROY first")),
    ("Upgrade in a list", [HOST, "Upgrade: foo, websocket", CONNECTION, KEY, VERSION], DEFAULT, ("403", None, UNREAD)),
    ("Connection missing", [HOST, UPGRADE, KEY, VERSION], PAGE, REFUSED),
    ("Connection: keep-alive", [HOST, UPGRADE, "Connection: keep-alive", KEY, VERSION], PAGE, REFUSED),
    ("Connection in a list", [HOST, UPGRADE, "Connection: keep-alive, Upgrade", KEY, VERSION], DEFAULT),
    ("Connection in capitals", [HOST, UPGRADE, "Connection: UPGRADE", KEY, VERSION], DEFAULT),
    ("Host missing", [UPGRADE, CONNECTION, KEY, VERSION], ("400", None, "CLOSED_HTTP first DESTROY first"), FILTERED),
    ("POST", ["POST / HTTP/1.1", HOST, UPGRADE, CONNECTION, KEY, VERSION], ("405", None, UNREAD), DEFAULT),
    ("HEAD", ["HEAD / HTTP/1.1", HOST, UPGRADE, CONNECTION, KEY, VERSION], ("405", None, UNREAD), DEFAULT),
]


def answer_to(port, lines):
    """The answer's status ("" for none), and the subprotocol that it names."""
    if " HTTP/1." not in lines[0]:
        lines = ["GET / HTTP/1.1", *lines]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall("\r\n".join([*lines, "", ""]).encode())
        data = b""
        try:
            while b"\r\n\r\n" not in data and (piece := s.recv(4096)):
                data += piece
        except ConnectionResetError:
            pass
    head = data.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    named = [line.split(": ")[1] for line in head if line.lower().startswith("sec-websocket-protocol:")]
    return head[0].split(" ")[1] if data else "", named[0] if named else None


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_opening(stage, server, row):
    wanted = row[-1] if stage.name == "system" else row[2]
    program = server("handshake")
    status, named = answer_to(program.port, row[1])
    wait_until(lambda: any("cb DESTROY" in line for line in program.lines))
    told = " ".join(line.removeprefix("cb ") for line in program.lines if line.startswith("cb "))
    assert (status, named, told) == wanted
    offered = [line.removeprefix(PROTOCOL) for line in row[1] if line.startswith(PROTOCOL)]
    if "FILTER" in told and len(offered) == 1:
        assert f"in {offered[0].strip()}" in [line.strip() for line in program.lines], "FILTER_PROTOCOL_CONNECTION gets the client's list"


def test_the_differences_are_listed():
    listed = [line.split("|")[2].strip() for line in DIFFERENCES.read_text().splitlines()
              if line.startswith("| tests/py/test_handshake.py |")]
    assert sorted(listed) == sorted(row[0] for row in TABLE if len(row) == 4)


@pytest.mark.parametrize("value", [-1, 1])
@pytest.mark.parametrize("callback, wanted", [
    ("confirm", None),
    ("filter", FILTERED),
    ("add-headers", ("", None, FILTERED[2].replace("CLOSED", "ADD_HEADERS first CLOSED"))),
    ("established", DEFAULT),
], ids=["CONFIRM_UPGRADE", "FILTER_PROTOCOL_CONNECTION", "ADD_HEADERS", "ESTABLISHED"])
def test_a_callback_refuses(server, callback, wanted, value):
    program = server("handshake", f"--{callback}", str(value))
    if callback == "confirm":
        wanted = REFUSED if value < 0 else ("403", None, REFUSED[2])     # above 0: the program has answered itself
    assert answer_to(program.port, [HOST, UPGRADE, CONNECTION, KEY, VERSION]) == wanted[:2]
    wait_until(lambda: any("cb DESTROY" in line for line in program.lines))
    assert " ".join(line.removeprefix("cb ") for line in program.lines if line.startswith("cb ")) == wanted[2]
