"""The record of every act: JSON lines that are only appended, each holding the hash of the line before it.

The head of the chain goes into every signed timestamp, so that a record cut off at its end is noticed as well.
"""

import getpass
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from checkpoint.authority import Refused

FIRST = "0" * 64  # what the first line says about the line before it
MAX_FILE = 256 * 1024 * 1024  # bytes; an hourly tick for fifty years


@dataclass(frozen=True, slots=True)
class Chain:
    """The record as it was read: how many lines, the hash of the last, every hash, and the first break."""

    lines: int
    head: str
    hashes: frozenset[str]
    broken: str = ""
    torn: bool = False  # the last line has no end: a power cut, not an editor
    since: str = ""  # when its first act was, RFC 3339


def append(path: Path, act: str, facts: Mapping[str, Any], now: float) -> str:
    """Add one act, on disk before this returns; gives the new head. Raises Refused where the chain is broken."""
    chain = read(path)
    if chain.broken:
        hint = "find out who changed it; then move it aside: the next act starts a new record and is told apart"
        raise Refused(f"{path} is not what was written: {chain.broken}", hint)
    entry = {
        "n": chain.lines + 1,
        "at": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "who": _who(),
        "act": act,
        "facts": dict(facts),
        "previous": chain.head,
    }
    line = json.dumps(entry, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    _write(path, (b"\n" if chain.torn else b"") + line + b"\n")
    return sha256(line).hexdigest()


def read(path: Path) -> Chain:
    """Walk the whole chain; a break is told in `broken`, never raised."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) > MAX_FILE:
        return Chain(0, FIRST, frozenset(), f"it is larger than {MAX_FILE} bytes")
    lines = data.split(b"\n")
    tail = lines.pop()
    head, hashes, broken = FIRST, {FIRST}, ""
    for number, line in enumerate(lines, 1):
        # A line that a power cut left unfinished holds no act; the line after it still vouches for its bytes.
        if not broken and _previous(line) != head and not _is_torn(lines, number, line):
            broken = f"line {number} does not follow line {number - 1}"
        head = sha256(line).hexdigest()
        hashes.add(head)
    if tail:
        head = sha256(tail).hexdigest()
    first = _parsed(lines[0]) if lines else None
    since = str(first.get("at", "")) if isinstance(first, dict) else ""
    return Chain(len(lines) + bool(tail), head, frozenset(hashes), broken, bool(tail), since)


def acts(path: Path) -> Iterator[dict[str, Any]]:
    """Every act, oldest first, without unfinished lines; none where the chain is broken."""
    lines = path.read_bytes().split(b"\n") if path.exists() and not read(path).broken else []
    return (found for line in lines if isinstance(found := _parsed(line), dict))


def last(path: Path, count: int) -> list[dict[str, Any]]:
    """The newest `count` acts, oldest first; unfinished lines are left out."""
    lines = path.read_bytes().split(b"\n")[-count - 1 :] if path.exists() else []
    return [found for line in lines if isinstance(found := _parsed(line), dict)]


def _is_torn(lines: list[bytes], number: int, line: bytes) -> bool:
    return _parsed(line) is None and number < len(lines) and _previous(lines[number]) == sha256(line).hexdigest()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _previous(line: bytes) -> str | None:
    found = _parsed(line)
    previous = found.get("previous") if isinstance(found, dict) else None
    return previous if isinstance(previous, str) else None


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        if os.write(handle, data) != len(data):
            raise OSError(f"{path}: the disk is full")
        os.fsync(handle)
    finally:
        os.close(handle)


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return f"{user}@{platform.node()}"
