"""What `make install` puts down: C programs find it the ways they are used to, and `make uninstall` takes it away again.

The library is not built here: it is what `make` has left for the stage (LWS_PROFILE names another profile than release).
"""
import os
import re
import shutil
import signal
import subprocess

import pytest
from conftest import ROOT, TARGET
from peer import client

PROFILE = os.environ.get("LWS_PROFILE") or next(
    (p for p in ("release", "quick") if (TARGET / p / "libwebsockets.so").exists()), "release")
SONAME = "libwebsockets.so.17"


def sh(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def make(*words):
    # -o: what is built stays as it is, also where a file of the sources was touched since
    return sh(["make", "-s", f"PROFILE={PROFILE}", *words, "-o", f"target/{PROFILE}/libwebsockets.so",
               "-o", f"target/{PROFILE}/libwebsockets.a"], cwd=ROOT)


def environment(prefix):
    return {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(prefix / "lib")}


@pytest.fixture(scope="session")
def prefix(stage, tmp_path_factory):
    if stage.name != "ours":
        pytest.skip("this is about our own packaging")
    folder = tmp_path_factory.mktemp("prefix") / "opt"
    make("install", f"PREFIX={folder}")
    return folder


def echoes(program):
    """A server that prints its port echoes."""
    port = program.wait_for(r"port (\d+)").group(1)
    with client(f"ws://127.0.0.1:{port}/") as socket:
        socket.send("packed")
        assert socket.recv(timeout=10) == "packed"


def test_the_two_links_lead_to_the_library(prefix):
    assert os.readlink(prefix / "lib/libwebsockets.so") == SONAME
    real = os.readlink(prefix / "lib" / SONAME)
    assert re.fullmatch(rf"{re.escape(SONAME)}\.\d+\.\d+\.\d+", real) and not (prefix / "lib" / real).is_symlink()
    assert f"[{SONAME}]" in sh(["readelf", "-d", prefix / "lib" / SONAME])


def test_nothing_is_needed_but_the_c_library(prefix):
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", sh(["readelf", "-d", prefix / "lib" / SONAME])))
    assert needed <= {"libc.so.6", "libgcc_s.so.1", "libm.so.6", "ld-linux-x86-64.so.2"}, needed


def test_an_address_of_a_backtrace_tells_file_and_line(prefix):
    library = prefix / "lib" / SONAME
    table = sh(["nm", "-D", "--defined-only", library])
    for name in "lws_service", "lws_write", "lws_create_context":
        address = next(line.split()[0] for line in table.splitlines() if line.endswith(f" {name}"))
        place = sh(["addr2line", "-i", "-e", library, address])
        assert re.search(r"src/(capi|guard|engine)/\w+\.rs:[1-9]", place), f"{name} at {address}: {place}"


def test_release_is_linked_as_a_whole():
    profile = re.search(r"\[profile\.release\](.*?)\n\n", (ROOT / "Cargo.toml").read_text(), re.S)[1]
    for setting in ('lto = "fat"', "codegen-units = 1", 'debug = "line-tables-only"', 'panic = "unwind"'):
        assert setting in profile


def test_destdir_holds_everything_and_uninstall_leaves_nothing(prefix, tmp_path):
    words = [f"DESTDIR={tmp_path}/dest", "PREFIX=/usr", "LIBDIR=/usr/lib/x86_64-linux-gnu"]
    make("install", *words)
    dest = tmp_path / "dest"
    pc = (dest / "usr/lib/x86_64-linux-gnu/pkgconfig/libwebsockets.pc").read_text()
    assert "libdir=/usr/lib/x86_64-linux-gnu" in pc and str(tmp_path) not in pc
    listed = (dest / "usr/share/libwebsockets/installed-files").read_text().split("\n")[:-1]
    there = [f"/{p.relative_to(dest)}" for p in dest.rglob("*") if p.is_symlink() or p.is_file()]
    assert sorted(listed) == sorted(there)
    kept = dest / "usr/lib/x86_64-linux-gnu/libother.so"
    kept.touch()
    make("uninstall", *words)
    assert [p for p in dest.rglob("*") if not p.is_dir()] == [kept]
    kept.unlink()
    make("install", *words)
    make("uninstall", *words)
    assert not [p for p in dest.rglob("*") if not p.is_dir()]


def test_installing_twice_and_the_headers_are_the_committed_ones(prefix):
    make("install", f"PREFIX={prefix}")
    for header in (ROOT / "include").rglob("*.h"):
        assert (prefix / "include" / header.relative_to(ROOT / "include")).read_bytes() == header.read_bytes()


def test_pkg_config_links_the_shared_library(prefix, stage, tmp_path, run):
    flags = sh(["pkg-config", "--cflags", "--libs", "libwebsockets"], env=environment(prefix)).split()
    program = tmp_path / "echo"
    sh(["cc", "-Wall", "-Wextra", "-Werror", "-o", program, ROOT / "c-examples/echo/echo.c", *flags])
    assert f"[{SONAME}]" in sh(["readelf", "-d", program])
    assert sh(["pkg-config", "--modversion", "libwebsockets"], env=environment(prefix)).strip() == "4.1.6"
    echoes(run([program, "--port", "0"], environment=environment(prefix)))


def test_the_static_library_makes_a_program_that_needs_no_shared_one(prefix, tmp_path, run):
    flags = sh(["pkg-config", "--cflags", "--libs", "libwebsockets_static"], env=environment(prefix)).split()
    program = tmp_path / "echo"
    sh(["cc", "-o", program, ROOT / "c-examples/echo/echo.c", *flags])
    assert "libwebsockets" not in sh(["ldd", program])
    alone = run([program, "--port", "0"], environment={"LD_LIBRARY_PATH": "", "LD_BIND_NOW": "1"})
    echoes(alone)
    with open(f"/proc/{alone.pid}/maps") as maps:
        assert "libwebsockets.so" not in maps.read()


CMAKE = """cmake_minimum_required(VERSION 3.13)
project(uses C)
find_package({package} REQUIRED)
add_executable(uses {source})
target_include_directories(uses PRIVATE ${{LIBWEBSOCKETS_INCLUDE_DIRS}})
target_link_libraries(uses ${{LIBWEBSOCKETS_LIBRARIES}})
if(NOT ${{{name}_VERSION}} VERSION_EQUAL 4.1.6)
    message(FATAL_ERROR "version ${{{name}_VERSION}}")
endif()
"""


@pytest.mark.parametrize("name, package", [
    ("libwebsockets", "libwebsockets CONFIG"), ("Libwebsockets", "Libwebsockets"), ("libwebsockets", "libwebsockets 4.0 CONFIG"),
])
def test_cmake_finds_and_links_the_shared_library(prefix, tmp_path, run, name, package):
    (tmp_path / "CMakeLists.txt").write_text(
        CMAKE.format(name=name, package=package, source=ROOT / "c-examples/echo/echo.c"))
    sh(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"])
    sh(["cmake", "--build", tmp_path / "build"])
    assert f"[{SONAME}]" in sh(["readelf", "-d", tmp_path / "build/uses"])
    echoes(run([tmp_path / "build/uses", "--port", "0"], environment=environment(prefix)))


def test_cmake_refuses_a_later_version(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(uses C)\nfind_package(libwebsockets 4.3 CONFIG REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
                          capture_output=True, text=True)
    assert done.returncode and "4.1.6" in done.stderr, done.stderr


def test_the_installed_examples_build_where_they_are(prefix, tmp_path, run):
    shutil.copytree(prefix / "share/libwebsockets/examples", tmp_path / "examples")
    names = sorted(p.parent.name for p in (ROOT / "c-examples").glob("*/Makefile"))
    assert sorted(p.name for p in (tmp_path / "examples").iterdir() if p.is_dir()) == names
    for name in names:
        sh(["make", "-s"], cwd=tmp_path / "examples" / name, env=environment(prefix))
        assert (tmp_path / "examples" / name / name).exists()
        assert (tmp_path / "examples" / name / "README.md").exists()
    program = run([tmp_path / "examples/echo/echo", "--port", "0"], environment=environment(prefix))
    echoes(program)
    assert program.stop(signal.SIGTERM) == 0 and "echo: bye" in program.output


def test_the_debian_package_takes_the_place_of_libwebsockets17(prefix, tmp_path):
    """Its fields; tests/deb-in-clean-root shows what apt makes of them."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("no dpkg-deb: no Debian")
    make("deb", f"DEB={tmp_path}")
    package, = tmp_path.glob("libwebsockets-rs17_*_amd64.deb")
    fields = dict(line.split(": ", 1) for line in sh(["dpkg-deb", "-f", package]).splitlines() if re.match(r"[A-Z][\w-]+: ", line))
    assert (fields["Provides"], fields["Conflicts"], fields["Replaces"]) == \
        ("libwebsockets17 (= 4.1.6-3)", "libwebsockets17", "libwebsockets17")
    assert re.fullmatch(r"libc6 \(>= 2\.\d+\), libgcc-s1 \(>= [\d.]+\)", fields["Depends"])
    sh(["dpkg-deb", "-x", package, tmp_path / "root"])
    packed = tmp_path / "root/usr/lib/x86_64-linux-gnu" / SONAME
    assert sh(["nm", "-D", "--defined-only", packed]) == sh(["nm", "-D", "--defined-only", prefix / "lib" / SONAME])
    assert not list((tmp_path / "root").rglob("*.h")), "it is a runtime package"
