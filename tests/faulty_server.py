"""A web server on loopback that serves a folder and does to chosen files whatever a test asks for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Fault = Callable[[BaseHTTPRequestHandler, bytes], None]


class Server(ThreadingHTTPServer):
    """`faults` by path: a fault writes the whole answer itself; `log` has (path, Range header) of every request."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.faults: dict[str, Fault] = {}
        self.every: Fault | None = None
        self.log: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self, part: str) -> Fault | None:
        """The first fault whose name is in the path."""
        return self.every or next((one for name, one in self.faults.items() if name in part), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what the tests are about."""


class Handler(BaseHTTPRequestHandler):
    """Serves files, whole or from an offset."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """One file."""
        self.server.log.append((self.path, self.headers.get("Range")))
        path = self.server.folder / self.path.lstrip("/")
        data = path.read_bytes() if path.is_file() else b""
        fault = self.server.fault(self.path)
        if fault is not None:
            fault(self, data)
        elif not path.is_file():
            answer(self, b"<html>404 Not Found</html>", 404, "text/html")
        elif start := self.headers.get("Range", ""):
            at = int(start.removeprefix("bytes=").removesuffix("-"))
            answer(self, data[at:], 206)
        else:
            answer(self, data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""


def answer(to: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = "application/octet-stream") -> None:
    """A whole, honest answer."""
    to.send_response(status)
    to.send_header("Content-Type", kind)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)


def flipped(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """One bit is wrong in the middle."""
    middle = len(data) // 2
    answer(to, data[:middle] + bytes((data[middle] ^ 1,)) + data[middle + 1 :])


def shortened(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The last byte is missing, and the header says that all is well."""
    answer(to, data[:-1])


def cut(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The connection breaks in the middle of the body."""
    to.send_response(200)
    to.send_header("Content-Length", str(len(data)))
    to.end_headers()
    to.wfile.write(data[: len(data) // 2])
    to.close_connection = True


def cut_headers(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The connection breaks before the headers end."""
    to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    to.close_connection = True


def endless(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The body never ends."""
    to.send_response(200)
    to.end_headers()
    _forever(to, data + b" " * 65536)


def dripping(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """One byte now and then, never long enough apart for a read to time out."""
    to.send_response(200)
    to.send_header("Content-Length", str(len(data)))
    to.end_headers()
    for byte in data:
        to.wfile.write(bytes((byte,)))
        time.sleep(0.05)


def dripping_headers(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The same before the first byte of a body."""
    _forever(to, b"HTTP/1.1 200 OK\r\nX: ", b"x")


def _forever(to: BaseHTTPRequestHandler, first: bytes, then: bytes = b" " * 65536) -> None:
    try:
        to.wfile.write(first)
        while True:
            to.wfile.write(then)
            time.sleep(0.02)
    except OSError:
        to.close_connection = True


def portal(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """Any address gives the login page."""
    answer(to, b"<html><h1>Welcome to the free Wi-Fi</h1></html>", 200, "text/html; charset=utf-8")


def untyped_portal(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The same from a box that does not say what it serves."""
    answer(to, b"\n<!DOCTYPE html><h1>Welcome</h1>")


def redirecting_portal(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """A redirect to a login page that redirects to itself."""
    to.send_response(302)
    to.send_header("Location", to.path)
    to.send_header("Content-Length", "0")
    to.end_headers()


def signed_portal(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """RFC 6585 section 6."""
    answer(to, b"", 511)


def broken(to: BaseHTTPRequestHandler, data: bytes) -> None:
    """The server itself has failed."""
    answer(to, b"oops", 503, "text/plain")


def serving(body: bytes) -> Fault:
    """Give this instead."""
    return lambda to, _: answer(to, body)


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """The server while the block runs."""
    with Server(folder) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
