"""Cameras and what stands in for them: newest frame only, clean ends, clear errors."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import Frame, frame_with, qr

from checkpoint.readers import camera as camera_room
from checkpoint.readers.camera import Camera, CameraUnavailable, open_camera
from checkpoint.readers.decode import LiveDecoder

WAIT = 10.0


class Device:
    """A camera under control: gives frame n (all pixels n) when the test lets it."""

    def __init__(self, frames: int | None = None) -> None:
        self.allowed = threading.Semaphore(0)
        self.grabbed = 0
        self.decoded = 0
        self.frames = frames
        self.released_by: list[str] = []
        self.moved = threading.Condition()

    def give(self, count: int = 1) -> None:
        for _ in range(count):
            self.allowed.release()

    def wait_for(self, grabbed: int) -> None:
        with self.moved:
            assert self.moved.wait_for(lambda: self.grabbed >= grabbed, WAIT)

    def grab(self) -> bool:
        if not self.allowed.acquire(timeout=3 * WAIT):
            return False
        with self.moved:
            self.grabbed += 1
            self.moved.notify_all()
        return self.frames is None or self.grabbed <= self.frames

    def retrieve(self) -> tuple[bool, Frame]:
        self.decoded += 1
        return True, np.full((4, 4, 3), self.grabbed % 256, np.uint8)

    def release(self) -> None:
        self.released_by.append(threading.current_thread().name)


def shown(device: Device, frames: Iterator[Frame]) -> int:
    """The number of the next frame, while the device goes on giving."""
    done = threading.Event()

    def flow() -> None:
        while not done.wait(0.002):
            device.give()

    giving = threading.Thread(target=flow)
    giving.start()
    try:
        return int(next(frames)[0, 0, 0])
    finally:
        done.set()
        giving.join()


def video(file: Path, *frames: Frame, rate: float = 30.0) -> str:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return str(file)


@pytest.mark.parametrize("name", ["broken.avi", "text.mp4", "empty.mkv"])
def test_a_file_that_is_no_video_is_a_typed_error(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(
        {"broken.avi": b"RIFF\xff\xff\xff\xffAVI LIST", "text.mp4": b"#EXTM3U\nhttp://localhost:1/\n"}.get(name, b"")
    )
    with pytest.raises(CameraUnavailable) as caught:
        open_camera(str(file))
    assert caught.value.note == ("note.video_not_opened", str(file))


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("97", "note.camera_absent"),
        ("/dev/video97", "note.camera_absent"),
        ("/dev/null", "note.camera_not_opened"),
        ("none.mp4", "note.video_absent"),
        ("", "note.video_absent"),
        ("none_%03d.png", "note.video_not_opened"),
        ("file:///etc/passwd", "note.video_absent"),
        ("concat:a|b", "note.video_absent"),
    ],
)
def test_what_cannot_be_opened_says_what_it_is(source: str, note: str) -> None:
    with pytest.raises(CameraUnavailable) as caught:
        open_camera(source)
    assert caught.value.note == (note, source)


def test_a_stream_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(CameraUnavailable) as caught:
        open_camera("rtsp://guard:secret@127.0.0.1:1/door")
    assert caught.value.note == ("note.stream_not_opened", "rtsp://127.0.0.1:1/door")


def test_a_failing_camera_writes_nothing_to_the_terminal() -> None:
    program = (
        "from checkpoint.readers.camera import open_camera, CameraUnavailable\n"
        "for source in ('/dev/null', '97', __file__ if '__file__' in globals() else '/etc/hostname', 'x_%02d.png'):\n"
        "    try: open_camera(source)\n"
        "    except CameraUnavailable: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_every_frame_of_a_file_is_given_when_it_is_not_paced(tmp_path: Path) -> None:
    texts = [f"pass {number}" for number in range(5)]
    file = video(tmp_path / "passes.avi", *(frame_with(qr(text, px=6), size=(640, 480)) for text in texts))
    live = LiveDecoder()
    with open_camera(file, paced=False) as camera:
        assert [code.text for frame in camera for code in live.decode(frame)] == texts


def test_a_paced_file_shows_its_last_frame_even_to_a_slow_consumer(tmp_path: Path) -> None:
    file = video(
        tmp_path / "short.avi", *(np.full((48, 64, 3), 50 * number, np.uint8) for number in range(5)), rate=100
    )
    with open_camera(file) as camera:
        frames = iter(camera)
        first = next(frames)
        assert camera._thread is not None
        camera._thread.join(WAIT)
        rest = list(frames)
    assert first.mean() < 60
    assert [round(frame.mean() / 50) for frame in rest] == [4]
    assert not camera.lost


def test_a_sequence_of_pictures_is_a_camera(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"img_{number:03d}.png"), frame_with(qr(f"picture {number}", px=6), size=(640, 480)))
    live = LiveDecoder()
    with open_camera(str(tmp_path / "img_%03d.png"), paced=False) as camera:
        assert [code.text for frame in camera for code in live.decode(frame)] == ["picture 0", "picture 1", "picture 2"]


def test_the_consumer_gets_the_newest_frame_and_never_an_old_one() -> None:
    device = Device()
    with Camera(device, live=True) as camera:
        frames = iter(camera)
        shown(device, frames)
        device.give(20)
        device.wait_for(20)  # the consumer is busy meanwhile
        before = device.grabbed
        assert shown(device, frames) >= before
        device.give(2)


def test_frames_that_nobody_waits_for_are_taken_from_the_driver_but_not_decoded() -> None:
    device = Device()
    with Camera(device, live=True) as camera:
        frames = iter(camera)
        shown(device, frames)
        decoded = device.decoded
        device.give(50)
        device.wait_for(50)
        assert device.decoded <= decoded + 1
        device.give(1)


def test_a_device_that_vanishes_ends_the_frames_and_is_said_to_be_lost() -> None:
    device = Device(frames=1)
    device.give(2)
    with Camera(device, live=True) as camera:
        assert len(list(camera)) <= 1
        assert camera.lost


def test_closing_ends_the_thread_and_gives_the_device_back_once() -> None:
    device = Device()
    camera = Camera(device, live=True)
    frames = iter(camera)
    shown(device, frames)
    device.give(5)
    camera.close()
    camera.close()
    assert camera._thread is not None
    camera._thread.join(WAIT)
    assert not camera._thread.is_alive()
    assert device.released_by == ["camera"]
    assert list(frames) == []


def test_closing_from_another_thread_wakes_a_waiting_consumer() -> None:
    device = Device()
    camera = Camera(device, live=True)
    seen: list[Frame] = []
    consumer = threading.Thread(target=lambda: seen.extend(camera))
    consumer.start()
    while not camera._wanted:
        time.sleep(0.001)
    closing = threading.Thread(target=camera.close)
    closing.start()
    consumer.join(WAIT)
    assert not consumer.is_alive()  # although the device gives nothing
    device.give(1)
    closing.join(WAIT)
    assert seen == []


def test_a_camera_that_was_never_looked_at_is_closed_too() -> None:
    device = Device()
    Camera(device, live=True).close()
    assert len(device.released_by) == 1


def test_an_error_in_the_driver_ends_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    monkeypatch.setattr(device, "retrieve", lambda: (False, None))
    device.frames = 2
    device.give(3)
    with Camera(device, live=True) as camera:
        assert list(camera) == []


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 1e9])
def test_a_file_that_lies_about_its_speed_plays_like_a_camera(rate: float) -> None:
    class Liar:
        def get(self, which: int) -> float:
            return rate

    assert camera_room._frame_seconds(Liar()) == pytest.approx(1 / 30)  # type: ignore[arg-type]
