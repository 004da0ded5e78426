"""Hints: each on frames with its own trouble, silence on good ones; a camera that goes and comes back."""

import math
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import Frame, frame_with, qr

from bench.frames import HEIGHT, WIDTH, Picture, Random, clear, payload, symbol
from bench.frames import frame as simulated
from checkpoint.readers import live as live_room
from checkpoint.readers.camera import Camera, CameraUnavailable
from checkpoint.readers.decode import LiveDecoder
from checkpoint.readers.devices import Torch, cameras
from checkpoint.readers.events import Back, Looked, Lost, ReaderEvent
from checkpoint.readers.hints import CLOSER, DARK, FARTHER, GLARE, HOLD, WHOLE, Trouble
from checkpoint.readers.live import LiveCamera
from checkpoint.readers.opencv import Grey, grey_of
from checkpoint.readers.region import WHOLE_FRAME_IN, RegionFirst

FRAMES = 12
TEXT = "HC1:" + "6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG" * 3


def held(width: float, effect: Callable[[Picture, Random], Picture] = clear, across: int = 0) -> list[Grey]:
    """Frames of a code `width` of the frame's height, held in the middle or `across` pixels to the right of it."""
    return [_held(width, effect, across, seed) for seed in range(FRAMES)]


@cache
def _held(width: float, effect: Callable[[Picture, Random], Picture], across: int, seed: int) -> Grey:
    random = np.random.default_rng((77, seed))
    wall = cv2.resize(random.uniform(90, 170, (5, 8)).astype(np.float32), (3 * WIDTH, 3 * HEIGHT))
    side = int(width * HEIGHT)
    ink = cv2.resize(235 - 215 * symbol(payload(random), random), (side, side), interpolation=cv2.INTER_AREA)
    top, left = 3 * HEIGHT // 2 - side // 2, 3 * WIDTH // 2 - side // 2 + across
    wall[top : top + side, left : left + side] = ink
    seen = effect(wall[HEIGHT : 2 * HEIGHT, WIDTH : 2 * WIDTH].copy(), random)
    return np.clip(seen + random.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)


def dim(picture: Picture, random: Random) -> Picture:
    return (picture * 0.15).astype(np.float32)


def washed_out(picture: Picture, random: Random) -> Picture:
    y, x = np.mgrid[-8:9, -8:9]
    kernel = np.clip(random.uniform(4, 6) + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.float32)


def lamp(picture: Picture, random: Random) -> Picture:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    away = (columns - WIDTH / 2) ** 2 + (rows - HEIGHT / 2) ** 2
    return (picture + 600 * np.exp(-away / (2 * random.uniform(60, 80) ** 2))).astype(np.float32)


OWN = {
    "too dark": (DARK, lambda: held(0.6, dim)),
    "blurred": (HOLD, lambda: held(0.6, washed_out)),
    "glare": (GLARE, lambda: held(0.65, lamp)),
    "too far": (CLOSER, lambda: held(0.15)),
    "too close": (FARTHER, lambda: held(1.4)),
    "cut off": (WHOLE, lambda: held(0.6, across=560)),
}


@pytest.mark.parametrize("category", OWN)
def test_a_hint_fires_on_its_own_trouble(category: str) -> None:
    wanted, made = OWN[category]
    said = Counter(Trouble().of(frame) for frame in made())
    assert said[wanted] >= 0.75 * FRAMES, said
    assert sum(said.values()) - said[wanted] - said[()] <= FRAMES // 6, said


@pytest.mark.parametrize("width", [0.4, 0.55, 0.7])
def test_good_frames_are_passed_over_in_silence(width: float) -> None:
    said = Counter(Trouble().of(frame) for frame in held(width))
    assert said == {(): FRAMES}


def test_a_room_without_a_code_gives_hardly_a_hint() -> None:
    said = Counter(
        Trouble().of(grey_of(simulated("no code", np.random.default_rng((3, index))).pixels)) for index in range(24)
    )
    assert said[()] >= 22, said


@pytest.mark.parametrize("shape", [(1, 1), (8, 2000), (2000, 8), (29, 29), (30, 30), (4000, 4000)])
def test_any_shape_of_frame_is_measured(shape: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        Trouble().of(np.full(shape, level, np.uint8))
    Trouble().of(np.random.default_rng(1).integers(0, 256, shape, np.uint8))


# --- the last region first


class Counting(LiveDecoder):
    def __init__(self) -> None:
        super().__init__(math.inf)
        self.looks = 0

    def decode(self, *given: object) -> list[object]:  # type: ignore[override]
        self.looks += 1
        return super().decode(*given)  # type: ignore[arg-type,return-value]


def test_a_code_in_view_is_read_from_its_region_and_the_whole_frame_is_looked_at_now_and_then() -> None:
    counting = Counting()
    region = RegionFirst(counting)
    grey = grey_of(frame_with(qr(TEXT)))
    for _ in range(12):
        assert [code.text for code in region.decode(grey)] == [TEXT]
    assert counting.looks <= 2 + 12 // WHOLE_FRAME_IN


def test_a_code_that_moves_a_little_is_followed_and_its_corners_are_in_the_frame() -> None:
    region = RegionFirst(LiveDecoder(math.inf))
    symbol_ = qr(TEXT, px=3)
    for step in range(10):
        grey = np.full((720, 1280), 200, np.uint8)
        left = 200 + 30 * step
        grey[200 : 200 + len(symbol_), left : left + len(symbol_)] = symbol_
        (code,) = region.decode(grey)
        assert code.corners[0] == pytest.approx((left + 12, 212), abs=4)


def test_a_second_code_beside_one_in_view_is_found_within_a_few_frames() -> None:
    region = RegionFirst(LiveDecoder(math.inf))
    alone, both = grey_of(frame_with(qr(TEXT), qr(TEXT) * 0 + 255)), grey_of(frame_with(qr(TEXT), qr("second")))
    for _ in range(5):
        region.decode(alone)
    seen = {code.text for _ in range(WHOLE_FRAME_IN + 1) for code in region.decode(both)}
    assert seen == {TEXT, "second"}


# --- the camera


class Capture:
    """Gives `frames` frames of one picture, then is pulled out."""

    def __init__(self, frame: Frame, frames: int) -> None:
        self.frame, self.frames, self.released = frame, frames, False

    def grab(self) -> bool:
        self.frames -= 1
        return self.frames >= 0

    def retrieve(self) -> tuple[bool, Frame]:
        return True, self.frame

    def release(self) -> None:
        self.released = True


def run(reader: LiveCamera, enough: Callable[[list[ReaderEvent]], bool]) -> list[ReaderEvent]:
    found: list[ReaderEvent] = []
    for event in reader:
        found.append(event)
        if enough(found):
            break
    reader.close()
    return found


def test_a_camera_that_was_unplugged_is_lost_tried_again_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkpoint.readers.again.FIRST_PAUSE", 0.01)
    picture = frame_with(qr(TEXT))
    opened: list[Capture] = []

    def open_(source: str) -> Camera:
        opened.append(Capture(picture, 0 if len(opened) < 2 else 10**9))
        if len(opened) == 2:
            raise CameraUnavailable("note.camera_absent", source)
        return Camera(opened[-1], live=True)

    reader = LiveCamera("0", open_)
    assert reader.must_open()
    found = run(reader, lambda seen: any(isinstance(one, Looked) for one in seen))
    said = [type(one) for one in found if isinstance(one, (Lost, Back, Looked))]
    assert said == [Lost, Back, Looked]
    assert len(opened) == 3


def test_a_camera_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "STALLED_SECONDS", 0.3)

    class Hanging(Capture):
        def retrieve(self) -> tuple[bool, Frame]:
            return False, self.frame

    reader = LiveCamera("0", lambda _: Camera(Hanging(frame_with(), 10**12), live=True))
    found = run(reader, lambda seen: any(isinstance(one, Lost) for one in seen))
    assert isinstance(found[-1], Lost)


def test_a_camera_that_is_missing_at_the_start_is_an_error() -> None:
    with pytest.raises(CameraUnavailable):
        LiveCamera("97").must_open()


def test_a_video_plays_to_its_end_and_every_frame_has_its_picture(tmp_path: Path) -> None:
    file = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (1280, 720))
    for _ in range(6):
        writer.write(frame_with(qr(TEXT, px=5)))
    writer.release()
    found = [one for one in LiveCamera(str(file)) if isinstance(one, Looked)]
    assert {code.text for one in found for code in one.codes} == {TEXT}
    assert all(one.picture is not None for one in found)


def test_a_driver_without_focus_says_so() -> None:
    assert not LiveCamera("0", lambda _: Camera(Capture(frame_with(), 1), live=True), focus=3.0).must_open()


def test_cameras_are_listed_by_number_with_their_names_and_without_their_metadata_nodes(tmp_path: Path) -> None:
    for node, name, index in (
        ("video10", "B", "0"),
        ("video2", "A\x1b[2J", "0"),
        ("video3", "A", "1"),
        ("vbi0", "x", "0"),
    ):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(name + "\n")
        (tmp_path / node / "index").write_text(index + "\n")
    assert [device.path for device in cameras(tmp_path)] == ["/dev/video2", "/dev/video10"]
    assert cameras(tmp_path / "none") == []


def test_a_lamp_is_switched_where_there_is_one(tmp_path: Path) -> None:
    assert not Torch(tmp_path).switch(True)
    lamp_ = tmp_path / "white:torch"
    lamp_.mkdir()
    (lamp_ / "brightness").write_text("0")
    (lamp_ / "max_brightness").write_text("7\n")
    torch = Torch(tmp_path)
    assert torch.switch(True)
    assert (lamp_ / "brightness").read_text() == "7"
    assert torch.switch(False)
    assert (lamp_ / "brightness").read_text() == "0"
