"""For every test: no network, and no clock that decides whether a test holds."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.commands import Shell

settings.register_profile("checkpoint", deadline=None)  # a busy machine is no bug
settings.load_profile("checkpoint")

_LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
_WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname")


def forbidden(event: str, args: tuple[Any, ...]) -> str:
    """The address that `event` reaches out to, "" where it stays on this machine."""
    if event in _NAMES:
        host = args[0]
    elif event in _WATCHED and isinstance(args[1], tuple):  # a path is a Unix socket, a tuple an address
        host = args[1][0]
    else:
        return ""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    return "" if name.startswith(_LOOPBACK) else name


def _guard(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and (host := forbidden(event, args)):
        # Not an Exception: no code under test can take it for an ordinary failure and go on.
        pytest.fail(f"a test reached for the network: {event} {host}; only loopback is allowed", pytrace=True)


# An audit hook sees every socket of the process, also those that C code opens through Python; it cannot be taken off.
sys.addaudithook(_guard)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """`checkpoint` in this process, with an empty home."""
    return Shell(capsys, monkeypatch, tmp_path / "home")
