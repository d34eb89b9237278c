"""One run of one contender, and the same under strace."""
import json
import shutil
import signal
import subprocess

import web
from contenders import OUT, Server, load_program


def load_command(case, server, args, seconds):
    return ["taskset", "-c", str(args.load_core), load_program(), *case.load, "--port", str(server.port),
            "--server-pid", str(server.pid), "--seconds", str(seconds), "--warmup", str(args.warmup)]


def run(contender, case, args):
    """The load's figures, or {"error": …}."""
    with Server(contender, args.server_core) as server:
        if case.server == "web":
            return web.measure(OUT, case, server, args)
        done = subprocess.run(load_command(case, server, args, args.seconds), capture_output=True, text=True,
                              timeout=args.seconds + 180)
    return {"error": done.stderr.strip()} if done.returncode else json.loads(done.stdout)


class Strace:
    """Counts the system calls of a process from here on."""

    def __init__(self, pid):
        self.report = OUT / "strace.out"
        self.process = subprocess.Popen([shutil.which("strace"), "-c", "-f", "-o", str(self.report), "-p", str(pid)],
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "attached" not in line:
            self.process.kill()
            self.process.wait()
            raise OSError(line.strip() or "strace ended")

    def stop(self):
        """name -> calls"""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)
        return counts(self.report.read_text())


def counts(report):
    """strace's table as name -> calls; its own sum is left out."""
    found = {}
    for line in report.splitlines():
        words = line.split()
        if len(words) >= 5 and words[0].replace(".", "").isdigit() and words[-1] != "total":
            found[words[-1]] = int(words[3])
    return found


def trace(contender, case, args):
    """System calls for each message, by name: {"total": …, name: …}, or {"error": …}."""
    if case.memory:
        return None
    if not shutil.which("strace"):
        return {"error": "there is no strace (Debian: strace)"}
    try:
        with Server(contender, args.server_core) as server:
            if case.server == "web":
                calls, messages = web.traced(OUT, case, server, args, Strace)
            else:
                calls, messages = traced(case, server, args)
    except (OSError, ValueError, subprocess.SubprocessError) as why:
        return {"error": f"strace: {why}"}
    each = {name: round(count / messages, 4) for name, count in sorted(calls.items(), key=lambda c: -c[1])}
    return {"total": round(sum(calls.values()) / messages, 4)} | {n: c for n, c in each.items() if c >= 0.001}


def traced(case, server, args):
    """The load waits at both ends of its measured time until strace has come or gone."""
    load = subprocess.Popen([*load_command(case, server, args, args.trace_seconds), "--gate"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        expect(load, "begin")
        strace = Strace(server.pid)
        go_on(load)
        expect(load, "end")
        calls = strace.stop()
        go_on(load)
        out, why = load.communicate(timeout=60)
        if load.returncode:
            raise ValueError(why.strip())
        return calls, json.loads(out)["messages"]
    finally:
        load.kill()
        load.wait()


def expect(load, word):
    line = load.stdout.readline().strip()
    if line != word:
        raise ValueError(load.stderr.read().strip() or f"the load said '{line}', not '{word}'")


def go_on(load):
    load.stdin.write("\n")
    load.stdin.flush()
