"""c-examples/pmd-chat: a page that shows what compression saves."""
import time

from conftest import ROOT, TARGET
from peer import client

FOLDER = ROOT / "c-examples" / "pmd-chat"


def until(socket, kind):
    while True:
        found, *rest = socket.recv(timeout=20).split("\t")
        if found == kind:
            return rest


def test_the_counts_tell_what_compression_saves(example):
    chat = example("pmd-chat", "--dir", str(FOLDER))
    text = "the quick brown fox jumps over the lazy dog " * 90
    with client(chat.url, compression="deflate", subprotocols=["pmd-chat"]) as socket:
        assert [e.name for e in socket.protocol.extensions] == ["permessage-deflate"]
        assert until(socket, "bytes")[:2] == ["0", "0"]
        socket.send(text)
        assert until(socket, "said") == ["guest 1", text]
        in_plain, in_packed, out_plain, out_packed, connections = map(int, until(socket, "bytes"))
        assert in_plain == len(text) and in_packed < len(text) // 10
        assert out_plain > len(text) and out_packed < len(text) // 5
        assert connections == 1


def test_without_compression_it_works_as_well(example):
    chat = example("pmd-chat", "--dir", str(FOLDER))
    with client(chat.url, subprotocols=["pmd-chat"]) as socket:
        socket.send("plain")
        assert until(socket, "said") == ["guest 1", "plain"]


def test_a_browser_shows_the_counts(example, chromium):
    chat = example("pmd-chat", "--dir", str(FOLDER))
    page = chromium.page(f"http://127.0.0.1:{chat.port}/")
    page.until("document.getElementById('status').innerText.startsWith('permessage-deflate')")
    page.type("#text", "Hello, what does this line cost?")
    page.press_enter()
    page.until("document.getElementById('log').innerText.includes('what does this line cost')")
    for _ in range(3):
        page.value("document.getElementById('long').click()")
    page.until("document.getElementById('log').innerText.split('4000 characters').length === 4")
    page.until("document.getElementById('in-plain').innerText.endsWith('kB')")
    time.sleep(0.5)
    page.screenshot(TARGET / "screenshots" / "pmd-chat.png")
