"""A web address as a place to fetch from: every error has a name, portals are told from authorities."""

from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from checkpoint.sync.connect import connections
from checkpoint.sync.place import CHUNK, Body, Deadline
from checkpoint.sync.problem import NotThere, Problem

GAP = 10.0  # seconds without a byte
MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_PORTAL = 511  # Network Authentication Required, RFC 6585 section 6
_DIGITS = 10  # of a length; Python takes no number of thousands of them
_HEADERS = {"User-Agent": "checkpoint/1", "Accept-Encoding": "identity"}


class Web:
    """An http or https address with `metadata/` and `targets/` below it; connections are kept open between files."""

    def __init__(self, address: str, deadline: Deadline, gap: float = GAP) -> None:
        self.name = without_password(address)
        self.requests = 0
        self.received = 0
        self.date = ""  # what the server says the time is: a hint for words, never believed
        self._base = address.rstrip("/") + "/"
        self._deadline = deadline
        self._pool = connections(deadline, urllib3.Timeout(connect=gap, read=gap))

    def open(self, path: str, start: int = 0) -> Body:
        """The file at `path`; raises NotThere for 403 and 404, Problem for all else that goes wrong."""
        url = self._base + path
        for _ in range(MAX_REDIRECTS + 1):
            response = self._request(url, start)
            if response.status not in _REDIRECTS:
                break
            url = _moved(url, response, self.name)
        else:
            raise Problem("portal", self.name)
        self.date = response.headers.get("date", "")
        self._check_status(response, path, start)
        if "html" in response.headers.get("content-type", "").lower():
            raise self._dropped(response, Problem("portal", self.name))
        return Body(start if response.status == 206 else 0, self._chunks(response, path.endswith(".json")))

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.clear()

    def _request(self, url: str, start: int) -> BaseHTTPResponse:
        self._deadline.check()
        self.requests += 1
        headers = {**_HEADERS, "Range": f"bytes={start}-"} if start else _HEADERS
        try:
            return self._pool.request("GET", url, headers=headers, preload_content=False, redirect=False, retries=False)
        except (HTTPError, OSError, ValueError) as error:
            raise self._problem(error) from error

    def _check_status(self, response: BaseHTTPResponse, path: str, start: int) -> None:
        status = response.status
        if status in (200, 206 if start else 200):
            return
        self._dropped(response, None)
        if status == 416:  # nothing from there on: what we hold is at least as long as theirs
            raise Problem("damaged", self.name, path)
        if status in (403, 404, 410):
            raise NotThere(path, status)
        raise Problem("portal", self.name) if status == _PORTAL else Problem("server", self.name, str(status))

    def _dropped(self, response: BaseHTTPResponse, problem: Problem | None) -> Any:
        """Give the connection back where its rest is short, else close it."""
        length = response.headers.get("content-length", "")
        if length.isdecimal() and len(length) < _DIGITS and int(length) <= CHUNK:
            try:
                self.received += len(response.read(CHUNK))
                response.release_conn()
            except (HTTPError, OSError):
                response.close()
        else:
            response.close()
        return problem

    def _chunks(self, response: BaseHTTPResponse, json: bool) -> Iterator[bytes]:
        first = json
        try:
            while chunk := response.read1(CHUNK):
                if first and not chunk.lstrip().startswith(b"{"):
                    raise Problem("portal", self.name)
                first = False
                self._deadline.check()
                self.received += len(chunk)
                yield chunk
            self._deadline.check()  # a connection that we cut ends like a body without a length
            if first:  # so does one that broke before its headers ended; no metadata is empty
                raise Problem("cut", self.name)
        except (HTTPError, OSError, ValueError) as error:
            raise self._problem(error) from error
        finally:
            response.close() if response.length_remaining else response.release_conn()

    def _problem(self, error: Exception) -> Problem:
        """The one word for whatever urllib3, the socket or TLS says."""
        if self._deadline.passed:
            return Problem("slow", str(round(self._deadline.seconds)))
        reason = error.reason if isinstance(error, MaxRetryError) else error
        if isinstance(reason, SSLError):
            return Problem("tls", self.name)
        if isinstance(reason, LocationValueError):
            return Problem("address", self.name)
        if isinstance(reason, urllib3.exceptions.ReadTimeoutError):
            return Problem("slow", str(round(GAP)))
        if isinstance(reason, urllib3.exceptions.ProtocolError):
            return Problem("cut", self.name, type(reason).__name__)
        return Problem("offline", self.name)


def without_password(address: str) -> str:
    """The address as it may be shown."""
    try:
        url = parse_url(address)
    except LocationValueError:
        raise Problem("address", address) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Problem("address", address)
    return url._replace(auth=None, query=None, fragment=None).url


def _moved(url: str, response: BaseHTTPResponse, name: str) -> str:
    """Where a redirect leads; from TLS to no TLS is where portals and thieves lead."""
    target = response.headers.get("location", "")
    response.close()
    before = parse_url(url)
    if target.startswith("/") and not target.startswith("//"):
        return before._replace(path=target, query=None).url
    if not target.startswith(("http://", "https://")) or (before.scheme == "https" and target.startswith("http:")):
        raise Problem("portal", name)
    return target
