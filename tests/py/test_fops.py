"""Files that a program serves from operations of its own."""
import http.client
import subprocess

import pytest


@pytest.fixture
def server(stage, tmp_path):
    (tmp_path / "plain.txt").write_text("from the disk")
    process = subprocess.Popen([stage.test_program("fops"), tmp_path], env=stage.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    process.port = int(process.stdout.readline().removeprefix("port "))
    yield process
    process.kill()


def get(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def end(server):
    return server.communicate(timeout=30)[0].strip()


def test_a_mount_inside_an_archive_is_served(server):
    for path, body in (("/site/index.html", b"the index"), ("/site/", b"the index"), ("/site/a/page.html", b"a page"),
                       ("/disk/site.zip/a/page.html", b"a page"), ("/disk/plain.txt", b"from the disk")):
        response, got = get(server, path)
        assert (response.status, got) == (200, body), path
    assert end(server) == "opened 4, open 0"


def test_a_large_file_comes_whole_and_is_closed(server):
    response, body = get(server, "/site/big.txt")
    assert response.status == 200 and response.getheader("content-length") == "300000"
    assert body == b"x" * 300000
    assert end(server) == "opened 1, open 0"


def test_what_the_archive_does_not_have_is_not_found(server):
    response, _ = get(server, "/site/nothing.html")
    assert response.status == 404
    response, _ = get(server, "/site/%2e%2e/plain.txt")
    assert response.status in (400, 403, 404)
    assert end(server) == "opened 0, open 0"


def test_a_file_that_cannot_be_read_ends_the_connection(server):
    with pytest.raises((http.client.IncompleteRead, ConnectionError, http.client.RemoteDisconnected)):
        get(server, "/site/bad.txt")
    assert end(server) == "opened 1, open 0"


def test_gzip_is_told_and_only_when_the_peer_takes_it(server):
    response, body = get(server, "/site/zipped.txt", **{"Accept-Encoding": "gzip, br"})
    assert response.getheader("content-encoding") == "gzip" and body == b"as gzip"
    response, _ = get(server, "/site/zipped.txt", **{"Accept-Encoding": "identity"})
    assert response.getheader("content-encoding") is None


def test_a_peer_that_leaves_closes_the_file(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/site/big.txt")
    connection.getresponse()
    connection.close()
    get(server, "/site/index.html")
    assert end(server) == "opened 2, open 0"
