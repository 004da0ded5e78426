"""A scanner on a serial line (RS-232, USB-CDC): carries any byte, needs no focus and no layout."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from checkpoint.model import Note
from checkpoint.readers.again import Again
from checkpoint.readers.events import HEARTBEAT, Back, Lost, Quiet, ReaderEvent
from checkpoint.readers.typed import Burst, looked
from checkpoint.trust.clock import uptime

BAUD = 9600  # what scanners are delivered with; USB-CDC ignores it
_POLL = 0.05  # seconds


class Line(Protocol):
    """The part of serial.Serial that is used; raises OSError (SerialException is one) when the device is gone."""

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes, b"" when none came within the poll time."""

    @property
    def in_waiting(self) -> int:
        """How many bytes are there already."""

    def close(self) -> None:
        """Give the device back."""


class SerialUnavailable(Exception):
    """A port that cannot be opened; `note` says what to do next."""

    def __init__(self, *note: str) -> None:
        super().__init__(*note)
        self.note: Note = note


def open_line(port: str, baud: int = BAUD) -> Line:
    """The serial port `port`; raises SerialUnavailable."""
    try:
        import serial
    except ImportError:
        raise SerialUnavailable("note.pyserial") from None
    try:
        line: Line = serial.Serial(port, baud, timeout=_POLL, exclusive=True)
    except Exception:  # noqa: BLE001 - beside OSError: termios has an error of its own, and so may a driver
        raise SerialUnavailable("note.serial_absent", port) from None
    return line


class SerialScanner:
    """Reads one port, and again when it was unplugged; `open_` raises SerialUnavailable where it is not there."""

    def __init__(self, port: str, burst: Burst | None = None, open_: Callable[[str], Line] = open_line) -> None:
        self._source = f"serial {port}"
        self._port = port
        self._burst = burst or Burst()
        self._open = open_
        self._line: Line | None = None
        self._lost = False
        self._again = Again()
        self._closed = False

    def must_open(self) -> None:
        """Open the port now; raises SerialUnavailable: at the start of a shift, a missing scanner is an error."""
        self._line = self._open(self._port)

    def __iter__(self) -> Iterator[ReaderEvent]:
        try:
            while not self._closed:
                yield from self._connect() if self._line is None else self._listen(self._line)
        finally:
            self.close()

    def close(self) -> None:
        """Give the port back; may be called twice."""
        self._closed = True
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _connect(self) -> Iterator[ReaderEvent]:
        if not self._again.ready(uptime()):
            time.sleep(_POLL)
            yield Quiet()
            return
        try:
            self._line = self._open(self._port)
        except SerialUnavailable as unavailable:
            self._again.failed(uptime())
            yield from self._gone(unavailable.note)
            return
        self._again.worked()
        if self._lost:
            self._lost = False
            yield Back(self._source)

    def _gone(self, note: Note) -> Iterator[ReaderEvent]:
        if not self._lost:
            self._lost = True
            yield Lost(self._source, note)

    def _listen(self, line: Line) -> Iterator[ReaderEvent]:
        beat = uptime()
        while not self._closed:
            try:
                data = line.read(max(1, line.in_waiting))
            except (OSError, TypeError):  # pyserial raises TypeError where another thread has closed the port
                self._line = None
                line.close()
                self._burst.forget()
                yield from () if self._closed else self._gone(("note.serial_absent", self._port))
                return
            now = uptime()
            found = self._burst.feed(data, now) if data else self._burst.pause(now)
            scans = [looked(one, self._source, now) for one in found]
            yield from scans
            if scans or now - beat >= HEARTBEAT:
                beat = now
                yield Quiet()
