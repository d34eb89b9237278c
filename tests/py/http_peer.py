"""A socket that sends HTTP exactly as told, and reads answers one by one."""
import socket


class Answer:
    def __init__(self, status, line, headers, body):
        self.status, self.line, self.headers, self.body = status, line, headers, body

    def __getitem__(self, name):
        return next((v for n, v in self.headers if n == name), None)

    def __repr__(self):
        return f"{self.line} {self.headers} {self.body[:200]!r}"


class Http:
    """A connection. Answers are framed by their Content-Length, chunks, or the connection's end."""

    def __init__(self, port, timeout=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def get(self, path, *headers, method="GET", body=b"", version="1.1"):
        lines = [f"{method} {path} HTTP/{version}", "Host: localhost", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return self.answer(head_only=method == "HEAD")

    def _more(self):
        data = self.socket.recv(1 << 16)
        self.left += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.left:
            if not self._more():
                raise EOFError(f"the connection ended within {self.left[:300]!r}")
        part, _, self.left = self.left.partition(mark)
        return part

    def _take(self, n):
        while len(self.left) < n:
            if not self._more():
                raise EOFError(f"the connection ended {n - len(self.left)} bytes early")
        part, self.left = self.left[:n], self.left[n:]
        return part

    def answer(self, head_only=False):
        """The next answer; None when the connection ends instead."""
        while not self.left:
            try:
                if not self._more():
                    return None
            except ConnectionResetError:
                return None
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = [(n.strip().lower(), v.strip()) for n, _, v in (line.partition(":") for line in lines[1:])]
        find = dict(reversed(headers)).get
        status = int(lines[0].split()[1])
        if head_only or status in (204, 304) or status < 200:
            body = b""
        elif find("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._take(size)
                assert self._take(2) == b"\r\n"
            assert self._until(b"\r\n") == b""
        elif find("content-length") is not None:
            body = self._take(int(find("content-length")))
        else:
            while self._more():
                pass
            body, self.left = self.left, b""
        return Answer(status, lines[0], headers, body)

    def ends(self):
        """Nothing more comes, and the connection ends."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self.left == b""


def exchange(port, data, half_close=False):
    """What comes, until the end, for these bytes."""
    with Http(port) as http:
        http.send(data)
        if half_close:
            http.socket.shutdown(socket.SHUT_WR)
        try:
            while http._more():
                pass
        except ConnectionResetError:
            pass
        return http.left
