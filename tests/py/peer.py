"""Peers for the tests: a complete client (websockets), and a bare socket that does exactly what it is told."""
import base64
import os
import socket
import struct
import time

from websockets.sync.client import connect

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


def client(url, **options):
    """A connected client of the `websockets` package."""
    options.setdefault("compression", None)
    try:
        return connect(url, legacy=True, proxy=None, max_size=None, **options)
    except TimeoutError:
        # It reads and writes on one TLS object from two threads, which Python's ssl bears from 3.13 on only.
        if "ssl" not in options:
            raise
        return connect(url, legacy=True, proxy=None, max_size=None, **options)


def end_listening(listener):
    """Closes a listening socket that another thread may be in accept() on: that thread comes out first. Else it would go on
    with the number of the descriptor, which may be another server's by then, and take its connections."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    time.sleep(0.02)
    listener.close()


def mask(payload, key):
    if not payload:
        return b""
    wide = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(wide, "big")).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, key=b"\x37\xfa\x21\x3d", rsv=0):
    """A client's frame; key None leaves it unmasked."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if key else 0
    n = len(payload)
    if n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    return head + (key + mask(payload, key) if key else payload)


class Peer:
    """A socket after its WebSocket handshake. Nothing is read but when asked."""

    def __init__(self, port, path="/", protocol=None, receive_buffer=None, handshake=True, headers=(), address=None):
        if address:
            self.socket = socket.socket(socket.AF_UNIX)
        else:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(address or ("127.0.0.1", port))
        self.buffer = b""
        self.key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {self.key}", "Sec-WebSocket-Version: 13"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        self.request = "\r\n".join([*lines, *headers, "", ""]).encode()
        if handshake:
            self.socket.sendall(self.request)
            self.answer = self.head()
            assert self.answer.startswith(b"HTTP/1.1 101"), self.answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, opcode, payload=b"", **options):
        self.socket.sendall(frame(opcode, payload, **options))

    def more(self):
        part = self.socket.recv(1 << 18)
        if not part:
            raise EOFError("the server has closed")
        self.buffer += part

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head + b"\r\n\r\n"

    def take(self, n):
        if len(self.buffer) < n:
            parts, have = [self.buffer], len(self.buffer)
            while have < n:
                part = self.socket.recv(1 << 20)
                if not part:
                    raise EOFError(f"the server has closed; {n} bytes wanted, {have} there")
                parts.append(part)
                have += len(part)
            self.buffer = b"".join(parts)
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def frame(self):
        """The next frame: (opcode, payload, fin), with its reserved bits in `rsv`. A server's frame must not be masked."""
        first, second = self.take(2)
        self.rsv = first >> 4 & 7
        n = second & 127
        assert not second & 128, "the server masked a frame"
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
        return first & 15, self.take(n), bool(first & 128)

    def message(self):
        """The next message; pings and pongs between its fragments are an error."""
        opcode, payload, fin = self.frame()
        while not fin:
            more, part, fin = self.frame()
            assert more == CONTINUATION, f"opcode {more} inside a message"
            payload += part
        return opcode, payload

    def at_end(self, timeout=20):
        """True once the server has closed (FIN or RST) and nothing is left to read."""
        self.socket.settimeout(timeout)
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def wait_until(condition, timeout=20, step=0.02):
    """Polls until `condition` gives something true, which is returned."""
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {timeout} s in vain; last: {found!r}"
        time.sleep(step)
