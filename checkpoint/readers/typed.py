"""Scans out of a stream of bytes: where one ends, and what is a key that a person pressed. Time is a parameter."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from checkpoint.readers.code import Code
from checkpoint.readers.events import Looked
from checkpoint.readers.lines import MOST_LINE_BYTES, WEDGE_ENDS, cleaned

# A scanner types a character every 1 to 10 ms; a pause of this length ends what it typed.
SILENCE = 0.2
# Fewer bytes that only a pause ends are somebody's fingers: no pass is so short.
LEAST_TYPED = 8


class Scan(NamedTuple):
    """What a scanner sent for one code, without prefix and suffix."""

    data: bytes


class Key(NamedTuple):
    """A control key that a person pressed: one byte with silence before and after it."""

    byte: int


class Typed:
    """Takes a keyboard's bytes; a scan ends at CR, LF, TAB, the suffix, or after SILENCE.

    With a `prefix`, what does not begin with it was not typed by the scanner and is no scan. A control character is a
    key only where it stands alone in time, so that no character inside a code can press one.
    """

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"", silence: float = SILENCE) -> None:
        self._prefix = prefix
        self._silence = silence
        ends = b"[" + re.escape(WEDGE_ENDS) + b"]"
        self._border = re.compile(re.escape(suffix) + b"|" + ends if suffix else ends)
        self._held = b""
        self._last = float("-inf")
        self._after_silence = True

    def feed(self, data: bytes, now: float) -> Iterator[Scan | Key]:
        """Take `data` that arrived at `now`."""
        yield from self.pause(now)
        if not self._held:
            self._after_silence = now - self._last >= self._silence
        self._last = now
        *whole, rest = self._border.split(self._held + data)
        self._held = rest[:MOST_LINE_BYTES]
        if whole:
            self._after_silence = False
        for line in whole:
            yield from self._scan(line)

    def pause(self, now: float) -> Iterator[Scan | Key]:
        """What is complete because nothing came any more."""
        if not self._held or now - self._last < self._silence:
            return
        held, self._held = self._held, b""
        if len(held) == 1 and held < b" " and self._after_silence:
            yield Key(held[0])
        elif len(held) >= LEAST_TYPED:
            yield from self._scan(held)

    def forget(self) -> None:
        """The device is gone: half a scan is nobody's, and must not wait in memory for the next one."""
        self._held = b""

    def end(self) -> Iterator[Scan]:
        """What is left when the stream has ended."""
        held, self._held = self._held, b""
        yield from self._scan(held)

    def _scan(self, line: bytes) -> Iterator[Scan]:
        data = line[:MOST_LINE_BYTES].removeprefix(self._prefix)
        if data and line.startswith(self._prefix):
            yield Scan(data)


class Burst:
    """Takes the bytes of a serial line, which may be any: a scan ends at the suffix, or after SILENCE.

    A CR or LF ends it at once where everything before is text; inside a binary seal these bytes are data.
    """

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"", silence: float = SILENCE) -> None:
        self._prefix, self._suffix, self._silence = prefix, suffix, silence
        self._held = b""
        self._last = float("-inf")

    def feed(self, data: bytes, now: float) -> Iterator[Scan]:
        """Take `data` that arrived at `now`."""
        yield from self.pause(now)
        self._last = now
        self._held = (self._held + data)[: MOST_LINE_BYTES + len(self._suffix)]
        if self._suffix:
            *whole, self._held = self._held.split(self._suffix)
            for one in whole:
                yield from self._scan(one)
        elif self._held.endswith((b"\r", b"\n")) and _is_text(self._held):
            yield from self.end()

    def pause(self, now: float) -> Iterator[Scan]:
        """What is complete because nothing came any more."""
        if self._held and now - self._last >= self._silence:
            yield from self.end()

    def forget(self) -> None:
        """The device is gone: half a scan is nobody's, and must not wait in memory for the next one."""
        self._held = b""

    def end(self) -> Iterator[Scan]:
        """What is left when the line is closed."""
        held, self._held = self._held, b""
        for one in re.split(rb"[\r\n]+", held) if _is_text(held) else [held]:
            yield from self._scan(one)

    def _scan(self, one: bytes) -> Iterator[Scan]:
        data = one[:MOST_LINE_BYTES].removeprefix(self._prefix)
        if data and one.startswith(self._prefix):
            yield Scan(data)


# What texts of codes hold beside letters: line ends, and the separators of 2D-Doc (GS, RS, US).
_CONTROLS = "\r\n\t\x1d\x1e\x1f"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char >= " " or char in _CONTROLS for char in text)


def looked(scan: Scan, source: str, now: float) -> Looked:
    """One scan as the loop takes it: AIM and ECI marks stripped, the symbology not known."""
    text = cleaned(scan.data)
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return Looked(source, now, (Code(data, ""),) if data else (), deliberate=True)
