"""The HTTP cases of bench/run: bench/web.c on both libraries and Debian's nginx, under wrk with keep-alive connections."""
import json
import os
import shutil
import subprocess
from pathlib import Path

BENCH = Path(__file__).resolve().parent
CONNECTIONS = 100

# case: path, bytes of the body
CASES = {
    "http-dynamic": ("/dyn", 13),
    "http-1k": ("/files/1k.txt", 1 << 10),
    "http-1m": ("/files/1m.txt", 1 << 20),
}

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


def build(out, environment):
    """The server, the files that it serves, and wrk's script."""
    command()
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libwebsockets"], env=environment, capture_output=True,
                           text=True, check=True).stdout.split()
    subprocess.run(["cc", "-O2", "-o", str(out / "web"), str(BENCH / "web.c"), *flags], check=True)
    (out / "site").mkdir(parents=True, exist_ok=True)
    (out / "site" / "1k.txt").write_bytes(b"x" * (1 << 10))
    (out / "site" / "1m.txt").write_bytes(b"y" * (1 << 20))
    (out / "report.lua").write_text(REPORT)


def cpu_ns(pid):
    """CPU time of all threads so far, as the kernel accounts for it."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def load(out, case, port, core, seconds):
    path, _ = CASES[case]
    done = subprocess.run(["taskset", "-c", str(core), command(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s",
                           str(out / "report.lua"), f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                          timeout=seconds + 60)
    if done.returncode:
        return {"error": done.stdout + done.stderr}
    return json.loads(done.stdout.splitlines()[-1])


def measure(out, case, port, pid, args):
    """What bench/load says of an echo, for requests."""
    load(out, case, port, args.load_core, 1)
    before = cpu_ns(pid)
    r = load(out, case, port, args.load_core, max(1, round(args.seconds)))
    spent = cpu_ns(pid) - before
    if "error" in r:
        return r
    body = CASES[case][1]
    if r["errors"] or not r["requests"] or r["bytes"] < r["requests"] * body:
        return {"error": f"answers that are not right: {r}"}
    return {"server_cpu_us_per_message": spent / 1000 / r["requests"], "messages_per_s": r["requests"] / (r["us"] / 1e6),
            "p50_us": r["p50"], "p99_us": r["p99"], "p999_us": r["p999"], "server_cpu_share": spent / 1000 / r["us"]}
