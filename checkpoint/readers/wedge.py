"""A scanner that types, taken from its input device (evdev) and grabbed: nothing it types reaches any window.

Key codes are read as a US keyboard has them, as scanners are delivered: no layout, no Caps Lock, no focus matters.
"""

import os
import select
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from checkpoint.model import Note
from checkpoint.readers.again import Again
from checkpoint.readers.events import HEARTBEAT, Back, Lost, Quiet, ReaderEvent
from checkpoint.readers.typed import Scan, Typed, looked
from checkpoint.trust.clock import uptime

BY_ID = Path("/dev/input/by-id")
_EVENT = struct.Struct("llHHi")  # struct input_event: seconds, microseconds, type, code, value
_EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int)
_EV_KEY = 1
_UP, _DOWN = 0, 1  # a value of 2 repeats a key that is held: scanners do not hold keys
_SHIFTS, _CONTROLS, _ALTS = {42, 54}, {29, 97}, {56, 100}
_POLL = 0.05  # seconds
_MOST_EVENTS = 512  # taken at once

_PLAIN = {
    **dict(zip(range(2, 14), "1234567890-=", strict=True)),
    **dict(zip(range(16, 28), "qwertyuiop[]", strict=True)),
    **dict(zip(range(30, 42), "asdfghjkl;'`", strict=True)),
    **dict(zip(range(43, 54), "\\zxcvbnm,./", strict=True)),
    15: "\t",
    28: "\r",
    96: "\r",
    57: " ",
    55: "*",
    74: "-",
    78: "+",
    83: ".",
    98: "/",
    1: "\x1b",
    14: "\x08",
}
_KEYPAD = {82: 0, 79: 1, 80: 2, 81: 3, 75: 4, 76: 5, 77: 6, 71: 7, 72: 8, 73: 9}
_SHIFTED = {
    **dict(zip("1234567890-=[];'`\\,./", '!@#$%^&*()_+{}:"~|<>?', strict=True)),
    **{char: char.upper() for char in "abcdefghijklmnopqrstuvwxyz"},
}


class Keys:
    """Key events to the bytes that a US keyboard gives, Alt with keypad digits and Ctrl with a letter included."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._number = ""  # the digits typed while Alt is held

    def take(self, code: int, value: int) -> bytes:
        """The byte that one event completes, b"" for none."""
        modifier = code in _SHIFTS | _CONTROLS | _ALTS
        if value == _DOWN:
            if modifier:
                self._held.add(code)
                return b""
            return self._pressed(code)
        if value == _UP and modifier:
            self._held.discard(code)
            return self._by_number() if code in _ALTS else b""
        return b""

    def _pressed(self, code: int) -> bytes:
        if code in _KEYPAD:
            digit = str(_KEYPAD[code])
            if self._held & _ALTS:
                self._number = (self._number + digit)[-4:]
                return b""
            return digit.encode()
        char = _PLAIN.get(code, "")
        if self._held & _CONTROLS and char and "@" <= char.upper() <= "_":
            return bytes([ord(char.upper()) & 0x1F])
        return (_SHIFTED.get(char, char) if self._held & _SHIFTS else char).encode()

    def _by_number(self) -> bytes:
        number, self._number = self._number, ""
        return bytes([int(number)]) if number and int(number) < 256 else b""


def grab(fd: int) -> None:
    """Take the device `fd` for this process alone; OSError where it is none or another program has it."""
    import fcntl

    fcntl.ioctl(fd, _EVIOCGRAB, 1)


def scanners() -> list[Path]:
    """The keyboards, scanners among them, by names that stay the same when a cable is moved."""
    return sorted(BY_ID.glob("*-event-kbd")) if BY_ID.is_dir() else []


class Wedge:
    """One input device, grabbed; and again when it was unplugged. A device that cannot be grabbed is not read."""

    def __init__(self, device: Path, typed: Typed | None = None, grab_: Callable[[int], None] = grab) -> None:
        self._device, self._typed, self._grab = device, typed or Typed(), grab_
        self._source = f"scanner {device.name}"
        self._keys = Keys()
        self._again = Again()
        self._lost = False
        self._closed = False

    def __iter__(self) -> Iterator[ReaderEvent]:
        while not self._closed:
            fd = self._opened() if self._again.ready(uptime()) else None
            if fd is None:
                yield from self._gone()
                time.sleep(_POLL)
                continue
            if self._lost:
                self._lost = False
                yield Back(self._source)
            try:
                yield from self._listen(fd)
            finally:
                os.close(fd)

    def close(self) -> None:
        """Stop; the device is given back by the thread that reads it."""
        self._closed = True

    def _opened(self) -> int | None:
        try:
            fd = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            self._again.failed(uptime())
            return None
        try:
            self._grab(fd)
        except OSError:
            os.close(fd)
            self._again.failed(uptime())
            return None
        self._again.worked()
        self._keys = Keys()
        return fd

    def _gone(self) -> Iterator[ReaderEvent]:
        if self._lost:
            yield Quiet()
            return
        self._lost = True
        note: Note = ("note.scanner_absent", str(self._device))
        yield Lost(self._source, note)

    def _listen(self, fd: int) -> Iterator[ReaderEvent]:
        beat = uptime()
        while not self._closed:
            data = _read(fd)
            now = uptime()
            if data == b"":
                self._again.failed(now)
                self._typed.forget()
                return
            scans = [one for one in self._typed_in(data, now) if isinstance(one, Scan)]
            yield from (looked(one, self._source, now) for one in scans)
            if scans or now - beat >= HEARTBEAT:
                beat = now
                yield Quiet()

    def _typed_in(self, data: bytes | None, now: float) -> Iterator[object]:
        if data is None:
            yield from self._typed.pause(now)
            return
        whole = len(data) - len(data) % _EVENT.size
        events = _EVENT.iter_unpack(data[:whole])
        typed = b"".join(self._keys.take(code, value) for _, _, kind, code, value in events if kind == _EV_KEY)
        if typed:
            yield from self._typed.feed(typed, now)


def _read(fd: int) -> bytes | None:
    """Events of `fd` as bytes; None where none came, b"" where the device is gone."""
    ready, _, _ = select.select([fd], [], [], _POLL)
    if not ready:
        return None
    try:
        return os.read(fd, _EVENT.size * _MOST_EVENTS)
    except BlockingIOError:
        return None
    except OSError:  # ENODEV: unplugged
        return b""
