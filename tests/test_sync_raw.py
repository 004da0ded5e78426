"""Answers that are barely HTTP: whatever a server says, a sync ends with a word."""

import socket
import threading
from collections.abc import Iterator

import pytest
from enrolled import Site, site

__all__ = ["site"]

ANSWERS = {
    "length of 5000 digits": b"HTTP/1.1 404 Not Found\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "body length of 5000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}",
    "no status": b"HTTP/1.1\r\n\r\n",
    "odd status": b"HTTP/1.1 999999 X\r\n\r\n",
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
    "redirect nowhere": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "redirect to no address": b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
    "redirect to no port": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999999/\r\nContent-Length: 0\r\n\r\n",
    "redirect to port 0": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:0/\r\nContent-Length: 0\r\n\r\n",
    "redirect to odd letters": b"HTTP/1.1 302 Found\r\nLocation: /\xff\x00%zz\r\nContent-Length: 0\r\n\r\n",
    "redirect to no host": b"HTTP/1.1 302 Found\r\nLocation: http:///x\r\nContent-Length: 0\r\n\r\n",
    "redirect to a long name": b"HTTP/1.1 302 Found\r\nLocation: http://"
    + b"a" * 300
    + b"/\r\nContent-Length: 0\r\n\r\n",
    "redirect to an odd name": b"HTTP/1.1 302 Found\r\nLocation: http://a..b/\r\nContent-Length: 0\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n{}",
    "odd chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "huge chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}\r\n",
    "packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "partial": b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\n{}",
    "old": b"HTTP/0.9 200\r\n\r\n{}",
    "goes on": b"HTTP/1.1 100 Continue\r\n\r\n" * 200,
}


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sync_ends_with_a_word_whatever_the_server_says(site: Site, listening: socket.socket, name: str) -> None:
    def serve() -> None:
        while True:
            try:
                asked, _ = listening.accept()
            except OSError:
                return
            with asked:
                asked.recv(65536)
                asked.sendall(ANSWERS[name])

    threading.Thread(target=serve, daemon=True).start()
    report = site.sync(f"http://127.0.0.1:{listening.getsockname()[1]}", deadline=5.0)
    assert not report.done
    assert report.word not in ("disk", "read_only", "disk_full")
    assert site.reason() == "ok"
