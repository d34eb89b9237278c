"""c-examples/chat: the page, the room, and two browsers in it."""
import time
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, TARGET
from peer import client
from websockets.exceptions import ConnectionClosed

FOLDER = ROOT / "c-examples" / "chat"


@pytest.fixture
def chat(example):
    return example("chat", "--dir", str(FOLDER))


def guest(chat, name=None):
    socket = client(chat.url, subprotocols=["lws-chat"])
    assert socket.subprotocol == "lws-chat"
    if name:
        socket.send("N" + name)
    return socket


def lines_until(socket, kind, text):
    """Lines up to the one of this kind with this text, as (kind, who, text)."""
    lines = []
    while True:
        kind_, _, who, text_ = socket.recv(timeout=10).split("\t", 3)
        lines.append((kind_, who, text_))
        if (kind_, text_) == (kind, text):
            return lines


def test_the_page_and_its_files_are_served(chat):
    base = f"http://127.0.0.1:{chat.port}"
    for path, kind, file in [("/", "text/html", "index.html"), ("/chat.js", "javascript", "chat.js"),
                             ("/chat.css", "text/css", "chat.css")]:
        with urllib.request.urlopen(base + path, timeout=10) as answer:
            assert answer.status == 200 and kind in answer.headers["content-type"]
            assert answer.read() == (FOLDER / file).read_bytes()
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(base + "/nothing.html", timeout=10)
    assert missing.value.code == 404


def test_what_one_says_all_hear(chat):
    with guest(chat, "Ann") as ann, guest(chat, "Björn") as bjoern, guest(chat) as silent:
        lines_until(ann, "joined", "2")
        ann.send("Sgrüße, 你好\tthere\n")
        for socket in (ann, bjoern, silent):
            assert lines_until(socket, "said", "grüße, 你好 there")[-1][1] == "Ann"


def test_late_joiners_see_the_last_lines(chat):
    with guest(chat, "Ann") as ann:
        for number in range(250):
            ann.send(f"Sline {number}")
        lines_until(ann, "said", "line 249")
        with guest(chat) as late:
            lines = lines_until(late, "said", "line 249")
            assert [text for _, _, text in lines] == [f"line {n}" for n in range(150, 250)]


def test_a_new_name_and_leaving_are_told(chat):
    with guest(chat, "Ann") as ann:
        with guest(chat, "Bob") as bob:
            lines_until(ann, "joined", "2")
            bob.send("NRobert")
            assert lines_until(ann, "renamed", "Robert")[-1] == ("renamed", "Bob", "Robert")
        assert lines_until(ann, "left", "1")[-1] == ("left", "Robert", "1")


def test_a_long_name_is_cut_between_characters(chat):
    with guest(chat, "é" * 40) as socket:
        assert lines_until(socket, "joined", "1")[-1][1] == "é" * 15


def test_speaking_without_a_name_is_refused(chat):
    with guest(chat) as socket:
        socket.send("Shello")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd.code == 1008


def test_a_message_too_long_is_refused_and_others_go_on(chat):
    with guest(chat, "Ann") as ann, guest(chat, "Bob") as bob:
        bob.send("S" + "x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                bob.recv(timeout=10)
        assert closed.value.rcvd.code == 1009
        lines_until(ann, "left", "1")
        ann.send("Sstill here")
        lines_until(ann, "said", "still here")


def test_two_browsers_talk(chat, chromium):
    page_url = f"http://127.0.0.1:{chat.port}/"
    ann = chromium.page(page_url)
    ann.until("document.body.classList.contains('open')")
    ann.type("#name", "Ann")
    ann.type("#text", "Hello from the first page — ça va? 👋")
    ann.press_enter()
    ann.until("document.getElementById('log').innerText.includes('Hello from the first page')")

    bob = chromium.page(page_url)
    bob.until("document.getElementById('log').innerText.includes('Hello from the first page — ça va? 👋')")
    bob.type("#name", "Bob")
    bob.type("#text", "I see you, and the line from before I came")
    bob.press_enter()
    ann.until("document.getElementById('log').innerText.includes('I see you, and the line')")
    ann.until("document.getElementById('status').innerText === '2 people here'")
    time.sleep(0.2)
    ann.screenshot(TARGET / "screenshots" / "chat-first.png")
    bob.screenshot(TARGET / "screenshots" / "chat-second.png")
