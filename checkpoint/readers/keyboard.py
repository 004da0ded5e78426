"""A hand scanner that types into this terminal (a wedge), and the officer's control keys on the same keyboard.

The terminal is switched off line editing: lines may be of any length, no Enter is needed, and nothing typed is echoed.
"""

import math
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from checkpoint.readers.events import HEARTBEAT, Looked, Quiet
from checkpoint.readers.typed import SILENCE, Key, Scan, Typed, looked
from checkpoint.trust.clock import uptime

PIECE = 65_536  # bytes taken at once
_POLL = 0.05  # seconds; a pause that ends a scan is noticed with this grain
SOURCE = "keyboard"

OnKey = Callable[[int], None]


def ignored(key: int) -> None:
    """No key does anything."""


@contextmanager
def raw_terminal(fd: int, *, signals: bool) -> Iterator[None]:
    """The terminal `fd` gives every byte at once, unchanged and without echo; it is put back whatever happens.

    With `signals`, Ctrl-C still interrupts; without, it is a byte like others, so that no code can press it.
    """
    import termios  # POSIX alone has it, and only this needs it

    before: list[Any] = termios.tcgetattr(fd)
    after: list[Any] = [*before[:6], list(before[6])]
    after[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
    after[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
    if not signals:
        after[3] &= ~termios.ISIG
    after[6][termios.VMIN], after[6][termios.VTIME] = 1, 0
    after[6][termios.VSUSP] = b"\0"  # a stopped station would leave its terminal behind like this
    try:
        termios.tcsetattr(fd, termios.TCSANOW, after)
        yield
    finally:
        # FLUSH: what a scanner typed last must not be run by the shell that gets the terminal back.
        termios.tcsetattr(fd, termios.TCSAFLUSH, before)


class Keyboard:
    """Reads a terminal or a pipe. Only a terminal has pauses and keys; a pipe has lines and an end."""

    def __init__(self, fd: int, prefix: bytes = b"", suffix: bytes = b"", on_key: OnKey = ignored) -> None:
        self._fd = fd
        # A program that writes slowly into a pipe is not done when it pauses.
        self._typed = Typed(prefix, suffix, SILENCE if os.isatty(fd) else math.inf)
        self._on_key = on_key
        self._closed = False

    def __iter__(self) -> Iterator[Looked | Quiet]:
        beat = uptime()
        while not self._closed:
            scans = self.poll(_POLL)
            if scans is None:
                yield from (looked(one, SOURCE, uptime()) for one in self._typed.end())
                return
            for scan in scans:
                yield looked(scan, SOURCE, uptime())
            if scans or uptime() - beat >= HEARTBEAT:
                beat = uptime()
                yield Quiet()

    def poll(self, seconds: float = 0.0) -> list[Scan] | None:
        """The scans that are complete, waiting at most `seconds` for bytes; None at the end of the stream.

        Keys are handed to `on_key` meanwhile.
        """
        ready, _, _ = select.select([self._fd], [], [], seconds)
        now = uptime()
        data = self._read() if ready else None
        if data == b"":
            return None
        if data is not None:
            return self._sorted(self._typed.feed(data, now))
        return self._sorted(self._typed.pause(now))

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, PIECE)
        except OSError:  # the terminal was closed: its end, said differently
            return b""

    def _sorted(self, found: Iterator[Scan | Key]) -> list[Scan]:
        scans = []
        for one in found:
            if isinstance(one, Key):
                self._on_key(one.byte)
            else:
                scans.append(one)
        return scans

    def close(self) -> None:
        """Stop reading; the terminal is not this class's to close."""
        self._closed = True


def stdin_terminal() -> int | None:
    """The descriptor of standard input where it is a terminal."""
    try:
        fd = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # no standard input, or one that a program put in its place
        return None
    return fd if os.isatty(fd) else None
