"""The same sync against a real web server: nginx from the distribution, as an authority would run it."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolled import Site, make

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  gzip on; gzip_types *; gzip_min_length 1;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    location /metadata/ {{ add_header Cache-Control "public, max-age=31536000, immutable"; }}
    location = /metadata/timestamp.json {{ add_header Cache-Control "max-age=60"; }}
  }}
}}
"""
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make(tmp_path)


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder = tmp_path / "nginx"
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, root=site.repo.folder))
    path = tmp_path
    while path.parent not in (path, Path(tempfile.gettempdir())):
        path.chmod(0o755)  # its workers are another user where we are root
        path = path.parent
    path.chmod(0o755)
    process = subprocess.Popen([str(NGINX), "-c", str(configuration), "-p", str(folder)])
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "nginx did not start"
        time.sleep(0.02)
    raise AssertionError("nginx does not answer")


def requests(server: str, folder: Path) -> list[str]:
    time.sleep(0.05)
    lines = (folder / "nginx" / "access.log").read_text().splitlines()
    return [line.split('"')[1].split()[1] for line in lines]


def test_a_station_enrols_syncs_and_follows_an_authority_behind_nginx(site: Site, server: str, tmp_path: Path) -> None:
    site.enrol(server)
    first = site.sync()
    assert first.word == "updated", first
    assert site.reason() == "ok"
    assert len(requests(server, tmp_path)) == first.requests
    second = site.sync()
    assert (second.word, second.requests) == ("unchanged", 2)
    assert second.received < 1000
    assert requests(server, tmp_path)[-2:] == ["/metadata/2.root.json", "/metadata/timestamp.json"]
    site.repo.blocks({"pass_id": site.verdict().as_dict()["pass_id"]})
    site.repo.publish()
    assert site.sync().word == "updated"
    assert site.reason() == "blocked"


def test_nginx_continues_a_download_that_broke(site: Site, server: str) -> None:
    site.enrol(server)
    path = site.repo.target_path("issuers/all.jsonl")
    partial = site.home / "cache" / "partial" / path.name.split(".")[0]
    partial.parent.mkdir(parents=True)
    partial.write_bytes(path.read_bytes()[:300])
    assert site.sync().word == "updated"
    assert site.reason() == "ok"


def test_a_partial_download_as_long_as_the_file_but_wrong_is_fetched_anew_from_nginx(site: Site, server: str) -> None:
    site.enrol(server)
    path = site.repo.target_path("issuers/all.jsonl")
    partial = site.home / "cache" / "partial" / path.name.split(".")[0]
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * path.stat().st_size)
    assert site.sync().word == "updated"
    assert site.reason() == "ok"


def test_a_rollback_behind_nginx_is_refused(site: Site, server: str) -> None:
    site.enrol(server)
    old = (site.repo.folder / "metadata" / "timestamp.json").read_bytes()
    site.repo.tick()
    assert site.sync().word == "updated"
    (site.repo.folder / "metadata" / "timestamp.json").write_bytes(old)
    assert site.sync().word == "rolled_back"
    assert site.reason() == "ok"
