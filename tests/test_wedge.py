"""Scanners that type: where a scan ends, what is a key, and a grabbed device; hostile bytes everywhere."""

import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.readers import wedge
from checkpoint.readers.events import Back, Looked, Lost, ReaderEvent
from checkpoint.readers.lines import MOST_LINE_BYTES
from checkpoint.readers.typed import LEAST_TYPED, SILENCE, Burst, Key, Scan, Typed, looked
from checkpoint.readers.wedge import Keys, Wedge

PASS = b"HC1:6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9 ESI9XBHXK-%69LQOGI.*V76GCV4*XU"
CTRL_C, CTRL_L = b"\x03", b"\x0c"


def fed(typed: Typed, *pieces: bytes, gap: float = 0.002, start: float = 10.0) -> list[Scan | Key]:
    """What comes of `pieces` typed `gap` seconds apart, and of the silence after them."""
    found: list[Scan | Key] = []
    now = start
    for piece in pieces:
        found += typed.feed(piece, now)
        now += gap
    return found + list(typed.pause(now + SILENCE))


def single(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t", b""])
def test_a_scan_ends_at_its_end_or_by_silence_alone(end: bytes) -> None:
    assert fed(Typed(), *single(PASS + end)) == [Scan(PASS)]


def test_a_prefix_and_a_suffix_are_taken_off() -> None:
    assert fed(Typed(b"\x02", b"##"), *single(b"\x02" + PASS + b"##" + b"\x02" + PASS + b"##")) == [Scan(PASS)] * 2


def test_with_a_prefix_what_people_type_is_no_scan() -> None:
    assert fed(Typed(b"\x02"), b"typed by a person\r") == []


def test_a_few_keys_of_a_person_are_no_scan() -> None:
    assert fed(Typed(), *single(b"x" * (LEAST_TYPED - 1))) == []
    assert fed(Typed(), b"\x1b[A") == []


def test_a_control_key_alone_is_a_command() -> None:
    typed = Typed()
    assert fed(typed, CTRL_L) == [Key(CTRL_L[0])]
    assert fed(typed, CTRL_C, start=20.0) == [Key(CTRL_C[0])]


@pytest.mark.parametrize(
    "burst",
    [CTRL_C + b"\r", PASS + CTRL_C, CTRL_C + PASS + b"\r", PASS + b"\r" + CTRL_C, PASS + b"\r" + CTRL_C + b"\r"],
)
def test_no_code_can_press_a_key(burst: bytes) -> None:
    assert not [one for one in fed(Typed(), *single(burst)) if isinstance(one, Key)]
    assert not [one for one in fed(Typed(), burst) if isinstance(one, Key)]


@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_bytes_in_any_pieces_give_the_same_scans(data: bytes, step: int) -> None:
    pieces = [data[place : place + step] for place in range(0, len(data), step)]
    scans = [one for one in fed(Typed(), *pieces) if isinstance(one, Scan)]
    assert scans == [one for one in fed(Typed(), data) if isinstance(one, Scan)]
    for scan in scans:
        looked(scan, "keyboard", 0.0)


def test_a_line_of_ten_megabytes_takes_bounded_memory_and_ends_as_one_damaged_scan() -> None:
    typed = Typed()
    for _ in range(160):
        assert list(typed.feed(b"A" * 65_536, 1.0)) == []
        assert len(typed._held) <= MOST_LINE_BYTES
    assert list(typed.feed(b"\r" + PASS + b"\r", 1.0)) == [Scan(b"A" * MOST_LINE_BYTES), Scan(PASS)]


def test_marks_of_the_scanner_are_stripped_and_nothing_else() -> None:
    def text(data: bytes) -> str | bytes:
        return looked(Scan(data), "keyboard", 0.0).codes[0].text

    assert text(b"]Q1" + PASS) == PASS.decode()
    assert text(b"]Q2\\000026HC1:A\\\\B") == "HC1:A\\B"
    assert text(b"HC1:A B ") == "HC1:A B "
    assert text(b"a\x00b") == "a\x00b"


# --- a serial line's bursts


def test_a_binary_seal_with_line_ends_inside_is_one_scan() -> None:
    seal = b"\xdc\x03\r\n\t\xff" + bytes(range(256))
    burst = Burst()
    assert list(burst.feed(seal, 0.0)) == []
    assert list(burst.pause(SILENCE)) == [Scan(seal)]


def test_a_seal_that_arrives_in_two_pieces_is_not_cut_at_a_line_end_between_them() -> None:
    burst = Burst()
    assert list(burst.feed(b"\xdc\x03\r", 0.0)) == []
    assert list(burst.feed(b"\xff\x00", 0.05)) == []
    assert list(burst.pause(0.05 + 2 * SILENCE)) == [Scan(b"\xdc\x03\r\xff\x00")]


def test_text_on_a_serial_line_ends_at_its_line_end_without_waiting() -> None:
    assert list(Burst().feed(PASS + b"\r", 1.0)) == [Scan(PASS)]


def test_two_scans_in_one_burst_are_two() -> None:
    assert list(Burst().feed(PASS + b"\r\n" + PASS + b"\r\n", 1.0)) == [Scan(PASS)] * 2


def test_a_serial_suffix_ends_binary_scans_at_once() -> None:
    assert list(Burst(b"", b"\x03\x04").feed(b"\xff\r\x00\x03\x04", 1.0)) == [Scan(b"\xff\r\x00")]


# --- the grabbed device

UP, DOWN = 0, 1
CODES = {char: code for code, char in wedge._PLAIN.items() if code not in (96, 55, 74, 78, 83, 98)}
WITH_SHIFT = {shifted: plain for plain, shifted in wedge._SHIFTED.items()}


def event(code: int, value: int, kind: int = 1) -> bytes:
    return struct.pack("llHHi", 0, 0, kind, code, value)


def typing(text: str) -> bytes:
    """The events of a US keyboard that types `text`, with the events between them that real ones send."""
    out = b""
    for char in text:
        plain = WITH_SHIFT.get(char, char)
        shifted = char in WITH_SHIFT
        out += event(42, DOWN) * shifted + event(4, 458, 4) + event(CODES[plain], DOWN)
        out += event(CODES[plain], UP) + event(42, UP) * shifted + event(0, 0, 0)
    return out


def run(device: Wedge, until: int) -> list[ReaderEvent]:
    """The events of `device` until so many of them say something."""
    found: list[ReaderEvent] = []
    for one in device:
        if isinstance(one, (Looked, Lost, Back)):
            found.append(one)
        if len(found) >= until:
            device.close()
    return found


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / "event0"
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    yield path, fd
    os.close(fd)


def test_a_grabbed_scanner_is_read_as_a_us_keyboard(pipe: tuple[Path, int]) -> None:
    path, fd = pipe
    grabbed: list[int] = []
    os.write(fd, typing(PASS.decode() + "\r"))
    (found,) = run(Wedge(path, grab_=grabbed.append), 1)
    assert isinstance(found, Looked)
    assert found.codes[0].data == PASS
    assert found.deliberate
    assert len(grabbed) == 1


def test_every_printable_character_comes_through(pipe: tuple[Path, int]) -> None:
    path, fd = pipe
    text = "".join(map(chr, range(33, 127)))
    os.write(fd, typing(text + "\r"))
    (found,) = run(Wedge(path, grab_=lambda _: None), 1)
    assert isinstance(found, Looked)
    assert found.codes[0].text == text


def test_a_device_that_cannot_be_grabbed_is_not_read(pipe: tuple[Path, int]) -> None:
    path, fd = pipe
    os.write(fd, typing(PASS.decode() + "\r"))
    (found,) = run(Wedge(path), 1)  # a pipe is no input device: the real ioctl refuses
    assert isinstance(found, Lost)
    assert found.note == ("note.scanner_absent", str(path))


def test_a_scanner_that_is_plugged_in_later_is_found(tmp_path: Path) -> None:
    path = tmp_path / "event0"

    def plug() -> None:
        os.mkfifo(path.with_name("later"))
        held.append(os.open(path.with_name("later"), os.O_RDWR | os.O_NONBLOCK))
        os.write(held[0], typing("HC1:LATER\r"))
        path.with_name("later").rename(path)

    held: list[int] = []
    threading.Timer(0.2, plug).start()
    lost, back, found = run(Wedge(path, grab_=lambda _: None), 3)
    assert isinstance(lost, Lost)
    assert isinstance(back, Back)
    assert isinstance(found, Looked)
    os.close(held[0])


def test_half_a_scan_before_the_cable_was_pulled_is_nobodys_after_it(tmp_path: Path) -> None:
    path, typed = tmp_path / "event0", Typed()
    os.mkfifo(path)
    first = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(first, typing("HC1:HALF-OF-THE-ONE-BEFORE"))
    device = Wedge(path, typed, grab_=lambda _: os.close(first))
    found: list[ReaderEvent] = []
    for one in device:
        found.append(one)
        if isinstance(one, Lost):
            device.close()
    assert [one for one in found if isinstance(one, Looked)] == []
    assert typed._held == b""


def test_control_and_alt_sequences_give_the_bytes_that_scanners_mean() -> None:
    keys = Keys()
    control = [keys.take(29, DOWN), keys.take(27, DOWN), keys.take(29, UP)]
    assert b"".join(control) == b"\x1d"
    alt = [keys.take(code, value) for code, value in ((56, 1), (82, 1), (80, 1), (73, 1), (56, 0))]
    assert b"".join(alt) == b"\x1d"
    assert keys.take(30, DOWN) == b"a"


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(-3, 3)), max_size=200))
def test_any_key_events_do_no_harm(found: list[tuple[int, int]]) -> None:
    keys = Keys()
    for code, value in found:
        assert len(keys.take(code, value)) <= 1
    assert len(keys._number) <= 4


def test_half_an_event_does_no_harm(pipe: tuple[Path, int]) -> None:
    path, fd = pipe
    os.write(fd, typing("HC1:X\r") + b"\x00" * 7)
    (found,) = run(Wedge(path, grab_=lambda _: None), 1)
    assert isinstance(found, Looked)
