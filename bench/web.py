"""The HTTP cases of bench/run: bench/web.c on both libraries and Debian's nginx, under wrk with keep-alive connections."""
import json
import os
import shutil
import subprocess
from pathlib import Path

CONNECTIONS = 100

# wrk's figures as one line of JSON.
REPORT = """done = function(s, latency, requests)
  local e = s.errors
  io.write(string.format('{"requests":%d,"us":%d,"bytes":%d,"errors":%d,"p50":%d,"p99":%d,"p999":%d}\\n', s.requests, s.duration,
    s.bytes, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


def command():
    found = os.environ.get("WRK") or shutil.which("wrk")
    if not found:
        raise SystemExit("bench/run: wrk is needed for the http cases (Debian: wrk; for the row of nginx, nginx-light)")
    return found


def nginx():
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def build(out):
    """The files that are served, and wrk's script."""
    command()
    (out / "site").mkdir(parents=True, exist_ok=True)
    (out / "site" / "1k.txt").write_bytes(b"x" * (1 << 10))
    (out / "site" / "1m.txt").write_bytes(b"y" * (1 << 20))
    (out / "report.lua").write_text(REPORT)


def cpu_ns(pid):
    """CPU time of all threads so far, as the kernel accounts for it."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def load(out, case, port, core, seconds):
    path, body = case.load
    done = subprocess.run(["taskset", "-c", str(core), command(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s",
                           str(out / "report.lua"), f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                          timeout=seconds + 60)
    if done.returncode:
        return {"error": done.stdout + done.stderr}
    r = json.loads(done.stdout.splitlines()[-1])
    if r["errors"] or not r["requests"] or r["bytes"] < r["requests"] * int(body):
        return {"error": f"answers that are not right: {r}"}
    return r


def measure(out, case, server, args):
    """What bench/load says of an echo, for requests."""
    load(out, case, server.port, args.load_core, 1)
    before = cpu_ns(server.pid)
    r = load(out, case, server.port, args.load_core, max(1, round(args.seconds)))
    spent = cpu_ns(server.pid) - before
    if "error" in r:
        return r
    return {"messages": r["requests"], "server_cpu_us_per_message": spent / 1000 / r["requests"],
            "messages_per_s": r["requests"] / (r["us"] / 1e6), "p50_us": r["p50"], "p99_us": r["p99"], "p999_us": r["p999"],
            "server_cpu_share": spent / 1000 / r["us"]}


def traced(out, case, server, args, tracer):
    """System calls by name and the requests they served; opening the connections is among them."""
    strace = tracer(server.pid)
    r = load(out, case, server.port, args.load_core, 1)
    calls = strace.stop()
    if "error" in r:
        raise ValueError(r["error"])
    return calls, r["requests"]
