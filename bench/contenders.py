"""Who is measured: this library and the system's under one C program, a bare epoll loop, and nginx for HTTP."""
import os
import random
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import web

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
OUT = Path(os.environ.get("BENCH_OUT") or ROOT / "target" / "bench").resolve()
TLS_KEYS = {"p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}


def fail(message):
    sys.exit(f"bench/run: {message}")


def stage_prefix():
    return Path(os.environ.get("LWS_STAGE") or ROOT / "target" / "stage").resolve()


def load_program():
    """BENCH_LOAD names one that is built already."""
    return os.environ.get("BENCH_LOAD") or str(OUT / "release" / "load")


def raise_file_limit(needed):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed))
            return
        except (ValueError, OSError):
            fail(f"{needed} open files are needed, the limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def build(cases):
    """Everything that these cases run."""
    OUT.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, CARGO_TARGET_DIR=str(OUT))
    if subprocess.run(["pkg-config", "--exists", "libwebsockets"]).returncode:
        environment["PKG_CONFIG_PATH"] = str(stage_prefix() / "lib" / "pkgconfig")
    servers = {case.server for case in cases}
    if "web" in servers:
        web.build(OUT)
    if servers - {"web"} and not os.environ.get("BENCH_LOAD"):
        subprocess.run(["cargo", "build", "--release", "--quiet", "--locked"], cwd=BENCH / "load", env=environment, check=True)
    if "echo" in servers:
        subprocess.run(["make", "-s", "-B", f"OUT={OUT}"], cwd=ROOT / "c-examples" / "echo", env=environment, check=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libwebsockets"], env=environment, capture_output=True, text=True,
                           check=True).stdout.split()
    for name in servers - {"echo"}:
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(OUT / name), str(BENCH / f"{name}.c"), *flags], check=True)
    if any(case.floor is not None for case in cases):
        subprocess.run(["cc", "-O2", "-o", str(OUT / "epoll_floor"), str(BENCH / "epoll_floor.c"), "-lssl", "-lcrypto"], check=True)
    for kind in {case.key for case in cases if case.key}:
        subprocess.run(["openssl", "req", "-x509", "-newkey", *TLS_KEYS[kind], "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-keyout", str(OUT / f"{kind}.key"), "-out", str(OUT / f"{kind}.pem")], check=True,
                       stderr=subprocess.DEVNULL)


def system_library():
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    found = [line.split("=> ")[1] for line in cache.splitlines() if "libwebsockets.so.17 " in line]
    return os.path.realpath(found[0]) if found else None


def contenders(wanted, case, before=None):
    """name -> (command, environment, the library that must be mapped); `before`: the prefix of another build of this library."""
    found = {}
    tls = ["--cert", str(OUT / f"{case.key}.pem"), "--key", str(OUT / f"{case.key}.key")] if case.key else []
    program = [str(OUT / case.server), *case.options, *tls, *(["--dir", str(OUT / "site")] if case.server == "web" else [])]
    plain = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    for name, prefix in {"ours": stage_prefix(), "before": before and before.resolve()}.items():
        library = prefix and prefix / "lib" / "libwebsockets.so.17"
        if library and library.exists():
            found[name] = (program, dict(plain, LD_LIBRARY_PATH=str(library.parent)), str(library.resolve()))
        elif library and name in wanted:
            print(f"{name}: left out, there is no {library} (make install PREFIX=…, LWS_STAGE)", file=sys.stderr)
    system = system_library()
    if system:
        found["system"] = (program, plain, system)
    elif "system" in wanted:
        print("system: left out, no libwebsockets.so.17 is installed (Debian: libwebsockets17)", file=sys.stderr)
    if case.floor is not None:
        found["floor"] = ([str(OUT / "epoll_floor"), *case.floor, *tls], plain, None)
    elif case.server == "web" and web.nginx():
        found["nginx"] = ([str(BENCH / "nginx"), "--dir", str(OUT / "site")], dict(plain, BENCH_NGINX=web.nginx()), None)
    return {name: found[name] for name in wanted if name in found}


def mapped_library(pid):
    with open(f"/proc/{pid}/maps") as maps:
        names = {line.split(None, 5)[5].strip() for line in maps if "libwebsockets.so" in line}
    return ", ".join(sorted(names))


def free_port():
    """A port below the range from which the load's own connections take theirs."""
    for _ in range(100):
        port = random.randrange(20000, 32000)
        with socket.socket(socket.AF_INET6) as s:
            try:
                s.bind(("::", port))
                return port
            except OSError:
                continue
    fail("no free port")


class Server:
    """A contender that runs and listens."""

    def __init__(self, contender, core):
        command, environment, library = contender
        self.port = free_port()
        command = ["taskset", "-c", str(core), *command, "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        self.pid = self.process.pid
        try:
            self.wait_until_it_listens()
            if library and mapped_library(self.pid) != library:
                fail(f"{library} was wanted, mapped is {mapped_library(self.pid)}")
        except BaseException:
            self.stop()
            raise

    def wait_until_it_listens(self):
        for _ in range(200):
            if self.process.poll() is not None:
                fail(f"server ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        fail("server does not listen")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
