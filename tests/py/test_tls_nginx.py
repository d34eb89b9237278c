"""nginx as a peer in both directions: our client speaks TLS to it, and it speaks TLS to our server behind it."""
import os
import shutil
import socket
import subprocess
import tempfile

import pytest

from certs import Maker
from peer import client, wait_until
from tls_peer import VERSIONS, trusting

CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 100; }}
http {{
    access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{
        listen unix:{folder}/ready;
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {cert};
        ssl_certificate_key {key};
        ssl_protocols TLSv{version};
        location / {{
            proxy_pass https://127.0.0.1:{behind};
            proxy_ssl_protocols TLSv{version};
            proxy_ssl_trusted_certificate {ca};
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
            proxy_ssl_server_name on;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header Host localhost;
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def nginx():
    found = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(found):
        pytest.skip("no nginx (Debian package nginx-light)")
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_ws_through_nginx_with_tls_on_both_sides(stage, server, nginx, tmp_path_factory, version):
    certs = Maker(tmp_path_factory.mktemp("nginx-certs"))
    ca = certs.self_signed("ca", cn="Test CA", san=None)
    front, behind = certs.signed("front", ca), certs.signed("behind", ca)
    running = server("tlsd", f"cert={behind[0]}", f"key={behind[1]}")
    # A name that is short enough for a unix socket.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        with open(f"{folder}/conf", "w") as f:
            f.write(CONFIG.format(folder=folder, port=port, cert=front[0], key=front[1], ca=ca[0], behind=running.port,
                                  version=version))
        process = subprocess.Popen([nginx, "-p", folder, "-c", f"{folder}/conf"], stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: os.path.exists(f"{folder}/ready") or process.poll() is not None)
            assert process.poll() is None, process.stderr.read()
            done = subprocess.run([stage.test_program("tls_client"), f"port={port}", f"ca={ca[0]}", "ws=1", "size=60000"],
                                  env=stage.environment, capture_output=True, text=True, timeout=30)
            assert "\necho 60000\n" in done.stdout, done.stdout + done.stderr
            with client(f"wss://localhost:{port}/", ssl=trusting(ca)) as peer:
                for n in range(50):
                    peer.send("x" * n * 1000)
                for n in range(50):
                    assert peer.recv(timeout=20) == "x" * n * 1000
        finally:
            process.terminate()
            process.wait(10)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]
