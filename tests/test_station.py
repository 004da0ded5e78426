"""The door: what a camera or a scanner shows is judged once a visit, decoys are passed over, and it ends cleanly."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from checkpoint import station as station_room
from checkpoint.model import Outcome
from checkpoint.readers import camera as camera_room
from checkpoint.station import MOST_REMEMBERED, SAME_VISIT, Station, Visits, counts
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier
from tests.commands import Shell, environment, one_line
from tests.issuer import DAY, Issuer, claimset, dcc, home_with
from tests.rendered import Frame, frame_with, qr
from tests.test_hcert_hostile import malleated

START = time.time()  # a station judges at the real now
ISSUER = Issuer(start=START - 30 * DAY, end=START + 30 * DAY)


def today(born: str = "1983-10-10") -> str:
    return ISSUER.issue(claimset(dcc(dob=born), iat=int(START - DAY), exp=int(START + DAY)))


FIRST, SECOND = today(), today("1990-01-01")
EXPIRED = ISSUER.issue(claimset(iat=int(START - 9 * DAY), exp=int(START - DAY)))
POSTER = "https://example.org/menu"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def door(tmp_path: Path) -> tuple[Station, Clock]:
    clock = Clock()
    return Station(Verifier.open(home_with(tmp_path / "home", ISSUER)), visits=Visits(clock)), clock


def offered(door: Station, *texts: str | bytes) -> list[str]:
    return [one.reason.word for one in door.offer(texts, "camera 0")]


# --- visits ----------------------------------------------------------------------------------------------------------


def test_a_pass_held_in_view_is_judged_once_and_anew_after_it_was_away(door: tuple[Station, Clock]) -> None:
    station, clock = door
    assert offered(station, FIRST) == ["ok"]
    for _ in range(50):
        clock.now += SAME_VISIT
        assert offered(station, FIRST) == [], "in view all the time, however long"
    clock.now += SAME_VISIT + 0.1
    assert offered(station, FIRST) == ["ok"]


def test_what_is_held_in_view_costs_no_second_judgement(
    door: tuple[Station, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str | bytes] = []
    real = Verifier.verify

    def counted(verifier: Verifier, text: str | bytes, **options: Any) -> Verdict:
        judged.append(text)
        return real(verifier, text, **options)

    monkeypatch.setattr(Verifier, "verify", counted)
    for _ in range(10):
        offered(door[0], FIRST)
    assert judged == [FIRST]


def test_the_next_person_is_judged_at_once_and_the_one_before_not_again(door: tuple[Station, Clock]) -> None:
    station, clock = door
    assert offered(station, FIRST) == ["ok"]
    clock.now += 0.1
    assert offered(station, SECOND) == ["ok"]
    clock.now += 0.1
    assert offered(station, FIRST, SECOND) == []


def test_the_same_pass_written_as_another_text_is_the_same_visit(door: tuple[Station, Clock]) -> None:
    station, _ = door
    assert malleated(FIRST) != FIRST
    assert offered(station, FIRST, malleated(FIRST), FIRST) == ["ok"]


@pytest.mark.parametrize("decoy", [POSTER, b"\xff\x00", "", "WIFI:S:x;;", "hc1:x"])
def test_a_decoy_beside_a_pass_is_passed_over_wherever_it_stands(
    door: tuple[Station, Clock], decoy: str | bytes
) -> None:
    station, clock = door
    assert offered(station, decoy, EXPIRED) == ["expired"]
    clock.now += 10
    assert offered(station, EXPIRED, decoy, decoy) == ["expired"]
    clock.now += 10
    assert offered(station, decoy) == ["unsupported"], "alone it is told to be no pass"
    assert offered(station, decoy) == []
    assert offered(station) == []


def test_a_forged_pass_beside_a_good_one_is_not_hidden_by_it(door: tuple[Station, Clock]) -> None:
    forged = Issuer().wrap(protected={1: -7, 4: ISSUER.kid})
    assert sorted(offered(door[0], FIRST, forged)) == ["ok", "signature_invalid"]


def test_what_is_remembered_is_bounded(door: tuple[Station, Clock]) -> None:
    station, _ = door
    for number in range(3 * MOST_REMEMBERED):
        assert offered(station, f"decoy {number}") == ["unsupported"]
    assert len(station.visits._seen) <= MOST_REMEMBERED


def test_outcomes_are_counted_each_by_its_name() -> None:
    found = counts([Outcome.ADMIT, Outcome.REFUSE, Outcome.ADMIT])
    assert found == {**dict.fromkeys(Outcome, 0), Outcome.ADMIT: 2, Outcome.REFUSE: 1}


# --- the camera ------------------------------------------------------------------------------------------------------


def video(file: Path, frames: list[Frame], rate: float = 30.0) -> Path:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return file


@pytest.fixture
def station(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A station whose videos give every frame, and whose visits do not depend on how fast this machine is."""
    home_with(shell.home, ISSUER)
    monkeypatch.setattr(station_room, "SAME_VISIT", 3600.0)
    monkeypatch.setattr(camera_room, "open_camera", partial(camera_room.open_camera, paced=False))
    return shell


def test_each_pass_before_the_camera_gives_one_verdict_and_decoys_none(station: Shell, tmp_path: Path) -> None:
    scene = [
        *[frame_with(qr(POSTER), qr(FIRST, px=3))] * 4,
        *[frame_with(qr(EXPIRED, px=3), qr(POSTER))] * 4,
        *[frame_with(qr(SECOND, px=3))] * 4,
        *[frame_with(qr(FIRST, px=3))] * 4,
    ]
    film = video(tmp_path / "door.avi", scene)
    done = station("scan", "--camera", film, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.reasons == ["ok", "expired", "ok"]
    assert {one["source"] for one in done.verdicts} == {f"camera {film}"}
    spoken = station("scan", "--camera", film)
    assert spoken.code == 0
    assert spoken.out.count("Nguyễn Bảo Duy") == 3
    assert spoken.err.strip(), "where to hold a code, and how many there were, is told beside the verdicts"


def test_a_film_without_codes_says_nothing(station: Shell, tmp_path: Path) -> None:
    film = video(tmp_path / "empty.avi", [np.full((200, 300, 3), 90, np.uint8)] * 3)
    done = station("scan", "--camera", film, "--json")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("source", ["missing.avi", "noise.avi", "/dev/video99", "97", "evil\x1b[2J.avi", "%03d.png"])
def test_a_camera_that_is_not_there_is_one_line_and_exit_1(
    station: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("noise.avi").write_bytes(b"no film" * 99)
    done = station("scan", "--camera", source, "--json")
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert "\x1b" not in done.err


class Unplugged:
    """A device that shows `frames` and is then pulled out."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames: Iterator[Frame] = iter(frames)
        self._frame = frames[0]

    def grab(self) -> bool:
        time.sleep(0.05)
        frame = next(self._frames, None)
        if frame is not None:
            self._frame = frame
        return frame is not None

    def retrieve(self) -> tuple[bool, Frame]:
        return True, self._frame

    def release(self) -> None:
        """Nothing to give back."""


def test_a_camera_that_is_pulled_out_ends_the_scan_with_one_line_and_exit_1(
    station: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplugged(_: str) -> Any:
        return camera_room.Camera(Unplugged([frame_with(qr(FIRST, px=3))] * 3), live=True)

    monkeypatch.setattr(camera_room, "open_camera", unplugged)
    done = station("scan", "--json")
    assert done.code == 1
    assert one_line(done.err)
    assert done.reasons == ["ok"]


def test_an_interrupt_before_the_camera_leaves_cleanly(station: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    released: list[str] = []
    device = Unplugged([frame_with()] * 9)
    device.release = lambda: released.append("yes")  # type: ignore[method-assign]
    monkeypatch.setattr(camera_room, "open_camera", lambda _: camera_room.Camera(device, live=True))
    monkeypatch.setattr("checkpoint.readers.decode.LiveDecoder.decode", interrupted)
    done = station("scan", "--json")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert released == ["yes"], "the camera is given back"


# --- the keyboard ----------------------------------------------------------------------------------------------------


def test_a_hand_scanner_types_one_pass_a_line(station: Shell) -> None:
    typed = b"\t".join([FIRST.encode(), b"]Q1" + EXPIRED.encode()]) + b"\r\n\r\n" + b"\xff\xfe\n" + POSTER.encode()
    done = station("scan", "--keyboard", "--json", stdin=typed + b"\n" + FIRST.encode() + b"\n")
    assert (done.code, done.err) == (0, "")
    assert done.reasons == ["ok", "expired", "unsupported", "unsupported"]
    assert {one["source"] for one in done.verdicts} == {"keyboard"}


def test_a_keyboard_that_types_nothing_ends_with_nothing(station: Shell) -> None:
    assert station("scan", "--keyboard", "--json").out == ""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("reader", ["keyboard", "camera"])
def test_ctrl_c_leaves_the_scan_cleanly(station: Shell, tmp_path: Path, reader: str) -> None:
    command = ["--keyboard"]
    if reader == "camera":  # two minutes of film at its own speed
        command = ["--camera", str(video(tmp_path / "long.avi", [frame_with(qr(FIRST, px=3))] * 120, rate=1.0))]
    running = subprocess.Popen(
        [sys.executable, "-m", "checkpoint", "scan", "--json", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(station.home),
    )
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(FIRST.encode() + b"\n")
    running.stdin.flush()
    assert json.loads(running.stdout.readline())["outcome"] == "admit"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (0, b"", b"")
