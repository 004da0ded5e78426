"""Serial scanners, on a pseudo-terminal and on a line under control."""

import os
import pty
import time
import tty
from collections.abc import Callable

import pytest

from checkpoint.readers import serial_port
from checkpoint.readers.events import Back, Looked, Lost, ReaderEvent
from checkpoint.readers.serial_port import Line, SerialScanner, SerialUnavailable, open_line
from checkpoint.readers.typed import Burst, looked


def run(scanner: SerialScanner, until: int) -> list[ReaderEvent]:
    found: list[ReaderEvent] = []
    for one in scanner:
        if isinstance(one, (Looked, Lost, Back)):
            found.append(one)
        if len(found) >= until:
            break
    scanner.close()
    return found


def test_a_scan_on_a_real_line_arrives_byte_for_byte() -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    scanner = SerialScanner(os.ttyname(theirs))
    scanner.must_open()
    seal = b"\xdc\x03\x00\xff\r\n\x11\x13" + bytes(range(128, 256))
    os.write(ours, seal)
    (found,) = run(scanner, 1)
    assert isinstance(found, Looked)
    assert found.codes[0].data == seal
    assert found.deliberate
    os.close(ours)
    os.close(theirs)


def test_a_port_that_is_not_there_is_an_error_with_a_remedy() -> None:
    with pytest.raises(SerialUnavailable) as caught:
        SerialScanner("/dev/ttyNONE97").must_open()
    assert caught.value.note == ("note.serial_absent", "/dev/ttyNONE97")
    with pytest.raises(SerialUnavailable):
        open_line("")


class Cable:
    """A line that gives what it holds and then is pulled out."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.closed = False

    @property
    def in_waiting(self) -> int:
        return len(self.pieces[0]) if self.pieces else 0

    def read(self, size: int = 1, /) -> bytes:
        if not self.pieces:
            raise OSError(5, "Input/output error")
        return self.pieces.pop(0)

    def close(self) -> None:
        self.closed = True


def opening(*found: Line | None) -> Callable[[str], Line]:
    lines = list(found)

    def open_(port: str) -> Line:
        line = lines.pop(0)
        if line is None:
            raise SerialUnavailable("note.serial_absent", port)
        return line

    return open_


def test_a_scanner_that_was_unplugged_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(serial_port, "uptime", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    first, second = Cable(b"HC1:A\r"), Cable(b"HC1:B\r")
    found = run(SerialScanner("p", open_=opening(first, None, None, second)), 4)
    assert [type(one) for one in found] == [Looked, Lost, Back, Looked]
    assert first.closed
    assert second.closed


def test_half_a_scan_before_the_cable_was_pulled_is_nobodys_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(serial_port, "uptime", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    burst = Burst()
    lines = opening(Cable(b"HC1:HALF-OF-THE-ONE-BEFORE"), None, None, Cable(b"HC1:B\r"))
    found = []
    for one in SerialScanner("p", burst, open_=lines):
        if isinstance(one, Lost):
            assert burst._held == b"", "days may go by until the cable is back"
        found.append(one)
        if isinstance(one, Looked):
            break
    assert isinstance(found[-1], Looked)
    assert found[-1].codes[0].data == b"HC1:B"


def test_ten_megabytes_without_an_end_take_bounded_memory() -> None:
    scanner = SerialScanner("p", open_=opening(Cable(*[b"A" * 65_536] * 160), None))
    found = run(scanner, 1)
    assert [type(one) for one in found] == [Lost]
    assert len(scanner._burst._held) <= 40_000


def test_a_2d_doc_ends_with_its_line_though_separators_stand_in_it() -> None:
    code = b"DC04FR0000011FB61FB60001FR10MME/SPECIMEN\x1d2475000\x1fABCDEFGH"
    burst = Burst()
    assert [one.data for one in burst.feed(code + b"\r", 0.0)] == [code]


def test_the_end_of_a_seal_on_the_line_is_no_line_end() -> None:
    seal = b"\xdc\x03\x00\xff\x80\r"
    burst = Burst()
    assert list(burst.feed(seal, 0.0)) == []
    (scan,) = burst.pause(60.0)
    assert looked(scan, "serial", 60.0).codes[0].data == seal


def test_a_port_that_vanishes_while_it_opens_is_absent_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import termios

    def gone(*_: object, **__: object) -> None:
        raise termios.error(5, "Input/output error")  # no OSError, whatever its numbers say

    monkeypatch.setattr("serial.Serial", gone)
    with pytest.raises(serial_port.SerialUnavailable) as refused:
        serial_port.open_line("/dev/ttyACM0")
    assert refused.value.note == ("note.serial_absent", "/dev/ttyACM0")
