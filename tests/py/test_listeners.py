"""Several vhosts, ports and unix sockets (tests/c/vhosts.c)."""
import grp
import os
import pwd
import socket
import stat

import pytest
from conftest import Program
from peer import TEXT, Peer, client


@pytest.fixture
def vhosts(stage, run):
    return lambda *args: run([stage.test_program("vhosts"), *args])


def name_at(port, host=None, address=None):
    with Peer(port, address=address, handshake=False) as peer:
        request = peer.request.replace(b"Host: localhost", f"Host: {host or 'localhost'}".encode())
        peer.socket.sendall(request)
        assert peer.head().startswith(b"HTTP/1.1 101")
        peer.send(TEXT, b"who?")
        return peer.message()[1].decode()


def test_each_vhost_answers_on_its_port(vhosts):
    program = vhosts()
    ports = program.wait_for(r"a (\d+) b (\d+) same (\d+) deaf (-?\d+)")
    a, b, same, deaf = map(int, ports.groups())
    program.listening()
    assert a != b and a == same and deaf == -1
    assert name_at(a) == "a" and name_at(b) == "b"
    program.stop()
    assert "4 inits, 4 destroys" in program.output


def test_vhosts_on_one_port_are_told_apart_by_host(vhosts):
    program = vhosts().listening()
    assert name_at(program.port, host=f"same:{program.port}") == "same"
    assert name_at(program.port, host=f"a:{program.port}") == "a"
    assert name_at(program.port, host="unknown") == "a"


@pytest.mark.skipif(os.getuid() != 0, reason="giving the socket to another group needs root")
def test_a_unix_socket_has_its_owner_and_mode(vhosts, tmp_path):
    path = tmp_path / "socket"
    program = vhosts("--unix", str(path), "--perms", "nobody:nogroup").listening()
    status = path.stat()
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o660
    assert pwd.getpwuid(status.st_uid).pw_name == "nobody" and grp.getgrgid(status.st_gid).gr_name == "nogroup"
    assert name_at(None, address=str(path)) == "unix"
    assert name_at(program.port) == "a"


def test_a_unix_socket_left_behind_is_replaced(vhosts, tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    vhosts("--unix", str(path)).listening()
    assert name_at(None, address=str(path)) == "unix"


@pytest.mark.parametrize("way", ["--port", "--context"])
def test_a_free_port_is_found_for_port_0(vhosts, way):
    program = vhosts(way, "0").listening()
    with client(program.url) as peer:
        peer.send("who?")
        assert peer.recv(timeout=10) == "only"


@pytest.mark.parametrize("way", ["--port", "--context"])
def test_a_port_in_use_is_an_error_that_names_it(stage, vhosts, way):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = vhosts(way, str(port))
        assert program.wait(15) in (3, 4), program.output
        assert str(port) in program.output, "the message does not say which port"
        assert "only on port" not in program.output


def test_a_port_without_the_right_to_it_is_an_error(stage, run):
    if os.getuid() == 0:
        pytest.skip("root may bind any port")
    program = run([stage.test_program("vhosts"), "--port", "81"])
    assert program.wait(15) == 4 and "81" in program.output


def test_the_port_is_free_again_after_the_end(stage, vhosts):
    program = vhosts("--context", "0").listening()
    port = program.port
    with client(program.url) as peer:
        peer.send("who?")
        peer.recv(timeout=10)
        program.stop()
    again = vhosts("--context", str(port)).listening()
    assert again.port == port and isinstance(again, Program)
