"""Where an import comes from: a file, or an https address with a bound on its size and its time."""

import time
from collections.abc import Callable
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from checkpoint.authority import Progress, Refused, silent
from checkpoint.authority.importing import Source
from checkpoint.trust.lists import MAX_LIST

SECONDS = 120.0  # for one address in all
GAP = 15.0  # seconds without a byte
MAX_REDIRECTS = 5
_CHUNK = 1 << 16
_SPLIT = "no list has that size: check what it is, or import it in parts with --keep"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Publishers keep the signature beside the list under one of these names (VCI; Austria).
_BESIDE: tuple[Callable[[str], str], ...] = (
    lambda name: f"{name.rpartition('.')[0] or name}.sig",
    lambda name: f"{name}.sig",
    lambda name: f"{name}sig",
)


def source(
    where: str, signature: str = "", progress: Progress = silent, pool: urllib3.PoolManager | None = None
) -> Source:
    """The list at `where` with its signature: as told, or from the file beside a local list; raises Refused."""
    data = get(where, progress, pool)
    if signature:
        return Source(where, data, get(signature, progress, pool))
    return Source(where, data, b"" if "://" in where else _beside(Path(where)))


def get(where: str, progress: Progress = silent, pool: urllib3.PoolManager | None = None) -> bytes:
    """The bytes of a file or an https address; raises Refused."""
    if where.startswith("https://"):
        return _fetched(where, progress, pool or urllib3.PoolManager(retries=False))
    if "://" in where:
        raise Refused(f"{where}: only https is fetched", "download it yourself and import the file")
    path = Path(where)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LIST + 1)
    except OSError as error:
        raise Refused(f"{where}: {error.strerror}", "check the path") from None
    if len(data) > MAX_LIST:
        raise Refused(f"{where} is larger than {MAX_LIST} bytes", _SPLIT)
    return data


def _beside(path: Path) -> bytes:
    for name in _BESIDE:
        beside = path.with_name(name(path.name))
        if beside != path and beside.is_file() and beside.stat().st_size <= _CHUNK:
            return beside.read_bytes()
    return b""


def _fetched(address: str, progress: Progress, pool: urllib3.PoolManager) -> bytes:
    ends = time.monotonic() + SECONDS
    url = address
    try:
        for _ in range(MAX_REDIRECTS + 1):
            timeout = urllib3.Timeout(connect=GAP, read=GAP)
            response = pool.request("GET", url, preload_content=False, redirect=False, retries=False, timeout=timeout)
            if response.status not in _REDIRECTS:
                return _body(response, address, ends, progress)
            url = response.headers.get("location", "")
            response.close()
            if not url.startswith("https://"):
                raise Refused(f"{address} leads to {url[:200]!r}", "only https is fetched: download it yourself")
    except (HTTPError, OSError, ValueError) as error:
        raise Refused(
            f"{address}: {type(error).__name__}", "check the address and the network, or import a file"
        ) from None
    raise Refused(f"{address} leads from one address to the next", "give the last one")


def _body(response: BaseHTTPResponse, address: str, ends: float, progress: Progress) -> bytes:
    if response.status != 200:
        raise Refused(f"{address} answers {response.status}", "check the address")
    expected = response.headers.get("content-length", "")
    found = bytearray()
    try:
        while chunk := response.read1(_CHUNK):
            found += chunk
            if len(found) > MAX_LIST:
                raise Refused(f"{address} is larger than {MAX_LIST} bytes", _SPLIT)
            if time.monotonic() > ends:
                raise Refused(f"{address} took more than {SECONDS:.0f} s", "download it yourself and import the file")
            progress("fetch", len(found), int(expected) if expected.isdecimal() else 0)
    finally:
        response.close()
    return bytes(found)
