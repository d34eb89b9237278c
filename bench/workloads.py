"""What bench/run measures: for each case the server, the load, and whether bare epoll can do the same."""
import csv
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    title: str
    load: tuple
    server: str = "echo"          # c-examples/echo, or bench/NAME.c
    options: tuple = ()           # of the C server
    key: str = ""                 # kind of the certificate's key; empty: not over TLS
    floor: tuple | None = ()      # what the bare loop is told beside its port; None: it cannot do this
    unit: str = "message"
    memory: bool = False          # what counts are bytes for each idle connection, not CPU time
    files: int = 1000             # descriptors that server and load need

    @property
    def figure(self):
        """The member of a run's result that contenders are compared by."""
        return "server_resident_bytes_per_idle" if self.memory else "server_cpu_us_per_message"


def echo(title, connections, size, in_flight, *more, **fields):
    load = ("echo", "--connections", str(connections), "--size", str(size), "--in-flight", str(in_flight), *more)
    return Case(title, load, **fields)


def tls_echo(title, connections, size, in_flight, **fields):
    return echo(title, connections, size, in_flight, "--tls", key="p256", **fields)


def rx_buffer(size):
    """c-examples/echo's option; 0, as a protocol has it that says nothing, means the context's 4 KiB. Its default is 64 KiB."""
    return "--rx-buffer-size", str(size)


def beside(idle, in_flight=1):
    more = "" if in_flight == 1 else f", {in_flight} in flight"
    return echo(f"echo on 10 connections beside {idle:,} idle ones{more}", 10, 64, in_flight, "--idle", str(idle), files=idle + 500)


def deflate(title, connections, size, in_flight, offer):
    return echo(title, connections, size, in_flight, offer, options=("--deflate",), floor=None)


def tls_connect(title, key, *more):
    return Case(title, ("handshake", "--tls", "--connections", "1", *more), key=key, unit="connection")


def memory(title, idle, *more, key=""):
    return Case(title, ("idle", "--idle", str(idle), *more), "holder", key=key, memory=True, files=idle + 500, unit="connection")


def web(title, path, size):
    return Case(title, (path, str(size)), "web", floor=None, unit="request")


# The rows of docs/performance.md.
TABLE = {
    "echo64": echo("echo 64 B, 100 connections, 16 in flight", 100, 64, 16),
    "echo1k": echo("echo 1 KiB, 100 connections, 8 in flight", 100, 1024, 8),
    "echo64-alone": echo("echo 64 B, one connection, one in flight", 1, 64, 1),
    "echo64k-rx0": echo("echo 64 KiB, 10 connections, 2 in flight, `rx_buffer_size` 0", 10, 65536, 2, options=rx_buffer(0)),
    "echo64k": echo("echo 64 KiB, 10 connections, 2 in flight, `rx_buffer_size` 64 KiB", 10, 65536, 2, options=rx_buffer(65536)),
    "echo1m": echo("echo 1 MiB, 4 connections, `rx_buffer_size` 64 KiB", 4, 1 << 20, 2, options=rx_buffer(65536)),
    "tls64": tls_echo("TLS echo 64 B, 100 connections, 16 in flight", 100, 64, 16),
    "tls1k": tls_echo("TLS echo 1 KiB, 100 connections, 8 in flight", 100, 1024, 8),
    "tls64k-rx0": tls_echo("TLS echo 64 KiB, 10 connections, 2 in flight, `rx_buffer_size` 0", 10, 65536, 2, options=rx_buffer(0)),
    "deflate1k": deflate("deflate 1 KiB JSON, 50 connections, no context takeover", 50, 1024, 8, "--deflate-afresh"),
    "deflate1k-takeover": deflate("deflate 1 KiB JSON, 50 connections, context takeover", 50, 1024, 8, "--deflate"),
    "handshake": Case("connect, handshake, close", ("handshake", "--connections", "32"), unit="connection"),
    "tls-p256": tls_connect("TLS connect, P-256", "p256"),
    "tls-rsa": tls_connect("TLS connect, RSA 2048", "rsa"),
    "tls-resume": tls_connect("TLS connect, resumed", "p256", "--resume"),
    "idle1k": beside(1000),
    "idle10k": beside(10000),
    "idle19k": beside(19000),
    "broadcast": Case("broadcast to 1,000", ("broadcast", "--connections", "1000", "--size", "64", "--in-flight", "1"),
                      "broadcast", floor=("--broadcast",), files=1500),
    "memory": memory("memory of an idle connection, plain (pss 16 B)", 10000),
    "memory-tls": memory("memory of an idle connection, TLS", 2000, "--tls", key="p256"),
}

HTTP = {
    "http-dynamic": web("HTTP, small page made by the program", "/dyn", 13),
    "http-1k": web("HTTP, file of 1 KiB", "/files/1k.txt", 1 << 10),
    "http-1m": web("HTTP, file of 1 MiB", "/files/1m.txt", 1 << 20),
}

CASES = TABLE | HTTP | {
    "echo64x1": echo("echo 64 B, 100 connections, one in flight", 100, 64, 1),
    "text512": echo("echo of 512 B of text, 100 connections, 8 in flight", 100, 512, 8, "--text"),
    "tls64k": tls_echo("TLS echo 64 KiB, 10 connections, 2 in flight, `rx_buffer_size` 64 KiB", 10, 65536, 2),
    "echo4k": echo("echo 4 KiB, 100 connections, 8 in flight", 100, 4096, 8),
    "idle10kx16": beside(10000, 16),
    # The system's library corrupts messages of several connections from about 3 KB on, so these have one.
    "deflate64k": deflate("deflate 64 KiB JSON, one connection, no context takeover", 1, 65536, 2, "--deflate-afresh"),
    "deflate64k-takeover": deflate("deflate 64 KiB JSON, one connection, context takeover", 1, 65536, 2, "--deflate"),
}

# The rows of the README.
README = ["echo64", "idle10k", "broadcast", "handshake", "http-dynamic", "http-1k", "http-1m", "deflate1k", "tls64", "tls-p256",
          "memory", "memory-tls"]

GROUPS = {"table": list(TABLE), "http": list(HTTP), "all": list(CASES)}


def chosen(words):
    """The cases that a list of names and groups names, each once, in the table's order."""
    names = []
    for word in words.split(","):
        if word not in GROUPS and word not in CASES:
            raise SystemExit(f"bench/run: no case '{word}'; there are {', '.join([*GROUPS, *CASES])}")
        names += GROUPS.get(word, [word])
    return [name for name in CASES if name in names]


def targets():
    """case -> {"less": times less than Debian's, "floor": times the floor at most, "bytes": at most}, where there are any."""
    with open(BENCH / "targets.tsv", newline="") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
    for row in rows:
        if row["case"] not in CASES:
            raise SystemExit(f"bench/targets.tsv: no case '{row['case']}'")
    return {row["case"]: {name: float(row[name]) for name in ("less", "floor", "bytes") if row[name] != "-"} for row in rows}
