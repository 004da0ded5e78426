"""`checkpoint scan` as a process on a real terminal: keys, hostile texts, and the terminal left as it was found."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from rendered import frame_with, qr

from tests.issuer import Issuer, claimset, home_with

ROOT = Path(__file__).parent.parent
DEADLINE = 60.0  # a busy machine is no bug
PAUSE = 0.35  # longer than the silence around a key
CTRL = {letter: bytes([ord(letter) & 0x1F]) for letter in "CDLNTUX"}


class Terminal:
    """`checkpoint scan` on a pseudo-terminal of 80 columns; stdout and stderr too unless `out` is a pipe."""

    def __init__(self, home: Path, *options: str, **environ: str) -> None:
        self.ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (30, 80))
        self.before = termios.tcgetattr(self.theirs)
        self.said = ""
        places = {"PYTHONPATH": str(ROOT), "CHECKPOINT_HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "checkpoint", "scan", *options],
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", **places, **environ},
            start_new_session=True,
        )

    def types(self, data: bytes) -> None:
        """What a scanner or a person types; a terminal's input queue takes a few thousand bytes at a time."""
        for place in range(0, len(data), 1024):
            while data and not select.select([], [self.ours], [], 0.05)[1]:
                self.take()
            os.write(self.ours, data[place : place + 1024])
            self.take()

    def presses(self, letter: str) -> None:
        """One control key, with silence around it as fingers have it."""
        time.sleep(PAUSE)
        self.types(CTRL[letter])
        time.sleep(PAUSE)

    def take(self, seconds: float = 0.0) -> None:
        while select.select([self.ours], [], [], seconds)[0]:
            self.said += os.read(self.ours, 65_536).decode("utf-8", "replace")
            seconds = 0.0

    def until(self, wanted: str) -> str:
        """Everything said until `wanted` was."""
        end = time.monotonic() + DEADLINE
        while wanted not in self.said:
            assert time.monotonic() < end, f"{wanted!r} not in {self.said[-2000:]!r}"
            assert self.process.poll() is None or wanted in self.said, self.said
            self.take(0.1)
        found, self.said = self.said, ""
        return found

    def ends(self) -> int:
        """Its exit code, once it has ended."""
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            assert time.monotonic() < end, self.said
            self.take(0.05)
        self.take(0.05)
        return int(self.process.returncode)

    def is_restored(self) -> bool:
        return termios.tcgetattr(self.theirs) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(end=4e9, start=0.0)


@pytest.fixture(scope="module")
def good(issuer: Issuer) -> str:
    return issuer.issue(claimset(exp=4_000_000_000))


@pytest.fixture(scope="module")
def home(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("home"), issuer)


@pytest.fixture
def opened(home: Path) -> Iterator[list[Terminal]]:
    found: list[Terminal] = []
    yield found
    for one in found:
        one.close()


def test_texts_are_judged_keys_obeyed_and_the_terminal_restored(home: Path, good: str, opened: list[Terminal]) -> None:
    scan = Terminal(home, "--keyboard", "--lang", "en")
    opened.append(scan)
    scan.until("Hold the code")
    scan.types(good.encode())  # without an Enter
    shown = scan.until("VALID – ADMIT")
    shown += scan.until("1 admitted")
    scan.presses("L")
    scan.until("HỢP LỆ")
    scan.presses("U")
    scan.until("1 đã hủy")
    scan.presses("T")
    scan.until("đèn")
    assert not scan.is_restored()
    scan.presses("C")
    assert scan.ends() == 0
    assert scan.is_restored()
    assert "\x1b[?1049l" in scan.said
    assert "\x1b[?25h" in scan.said


HOSTILE = [
    b"qlqlq space q quit\r",
    b"\x03\r",
    b"HC1:AAAA\x03\x03\x0c\x15\r",
    b"\x1b]0;owned\x07\x1b[2J\x1b[31mADMIT\x1b[0m padding\r",
    b"\x00" * 50 + b"\r",
    b"\x1a\x1c\x13\x11\x16\x04 and more\r",
    b"\xff\xfe" * 40 + b"\r",
]


def test_no_text_of_a_code_presses_a_key_or_steers_the_screen(home: Path, good: str, opened: list[Terminal]) -> None:
    scan = Terminal(home, "--keyboard", "--plain", "--lang", "en")
    opened.append(scan)
    scan.until("Hold the code")
    for text in HOSTILE:
        scan.types(text)
        heard = scan.until("CODE NOT READ")
        assert "\x1b" not in heard
    scan.types(b"A" * 5_000_000)  # one line without an end: longer than a cooked terminal takes, and than any pass
    scan.types(b"\r" + good.encode() + b"\r")
    assert "CODE NOT READ" in scan.until("VALID – ADMIT")
    scan.presses("C")
    assert scan.ends() == 0
    assert scan.is_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_terminated_station_leaves_the_terminal_as_it_was(home: Path, opened: list[Terminal], number: int) -> None:
    scan = Terminal(home, "--keyboard", "--lang", "en")
    opened.append(scan)
    scan.until("Hold the code")
    scan.process.send_signal(number)
    assert scan.ends() == 128 + number
    assert scan.is_restored()
    assert "\x1b[?1049l" in scan.said


def test_a_crash_leaves_the_terminal_as_it_was(home: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import checkpoint.station as s\n"
        "def fail(self, event):\n    raise RuntimeError('planted')\n    yield\n"
        "s.Station.take = fail\n"
    )
    scan = Terminal(home, "--keyboard", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    opened.append(scan)
    assert scan.ends() == 1
    assert "RuntimeError" in scan.said
    assert "planted" not in scan.said
    assert scan.is_restored()


def test_without_colour_no_colour_is_sent_and_80_columns_are_kept(
    home: Path, good: str, opened: list[Terminal]
) -> None:
    scan = Terminal(home, "--keyboard", "--lang", "vi", NO_COLOR="1")
    opened.append(scan)
    scan.until("Đưa mã")
    scan.types(good.encode() + b"\r")
    shown = scan.until("1 cho qua")
    assert re.search("\x1b\\[[0-9;]*m", shown) is None
    lines = re.sub("\x1b\\[[?0-9;]*[a-zA-Z]|\a", "", shown.replace("\r", "")).split("\n")
    assert [line for line in lines if len(line) > 80] == []
    scan.presses("D")
    assert scan.ends() == 0


def piped(home: Path, *options: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "CHECKPOINT_HOME": str(home), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "checkpoint", "scan", *options]
    return subprocess.run(command, input=text, capture_output=True, env=environ, timeout=DEADLINE, check=False)


def test_a_turnstile_reads_one_verdict_a_line(home: Path, good: str) -> None:
    done = piped(home, "--keyboard", "--json", text=f"{good}\r\nhttps://a.example\n{good}\n".encode())
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["outcome"] for one in verdicts] == ["admit", "unreadable"]
    assert done.returncode == 6, "the highest of its verdicts, as for several passes in one call"


def test_a_pipe_of_good_passes_ends_with_admit_and_one_that_brought_nothing_does_not(home: Path, good: str) -> None:
    assert piped(home, "--keyboard", "--json", text=f"{good}\n{good}\n".encode()).returncode == 0
    for text in (b"", b"\r\n"):
        done = piped(home, "--keyboard", "--json", text=text)
        assert (done.returncode, done.stdout) == (6, b"")


def test_a_video_without_an_admitted_pass_does_not_end_as_if_there_had_been_one(
    home: Path, good: str, tmp_path: Path
) -> None:
    for name, shown, code in (("empty.avi", (), 6), ("forged.avi", (qr(good[:-6] + "AAAAAA", px=5),), 6)):
        file = tmp_path / name
        writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 15, (1280, 720))
        for _ in range(20):
            writer.write(frame_with(*shown))
        writer.release()
        assert piped(home, "--camera", str(file), "--json").returncode == code


def test_a_video_is_judged_like_a_camera(home: Path, good: str, tmp_path: Path) -> None:
    file = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 15, (1280, 720))
    for _ in range(12):
        writer.write(frame_with(qr(good, px=5)))
    writer.release()
    done = piped(home, "--camera", str(file), "--json")
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["admit"]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--camera", "97"), 1),
        (("--serial", "/dev/ttyNONE97"), 1),
        (("--camera", "0", "--keyboard"), 2),
        (("--serial", "x", "--keyboard"), 2),
        (("--keyboard", "--suffix", "\\x0"), 2),
        (("--lang", "fr"), 2),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(home: Path, options: tuple[str, ...], code: int) -> None:
    done = piped(home, *options)
    assert done.returncode == code
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_a_scanner_with_prefix_and_suffix_is_understood(home: Path, good: str) -> None:
    text = f"\x02{good}##".encode()
    done = piped(home, "--keyboard", "--json", "--prefix", "\\x02", "--suffix", "##", text=text)
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["admit"]
