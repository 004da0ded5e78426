"""Cameras, and what can stand in for one: video files, picture sequences, network streams. Gives the newest frame."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

from numpy.typing import NDArray

from checkpoint.model import Note
from checkpoint.readers.opencv import cv2, np

Frame = NDArray[np.uint8]  # BGR, shape (height, width, 3)

WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 30
# Of a file that does not say how fast it plays, or says something absurd.
FASTEST = 240.0
# A stream that says nothing for so long is gone.
STREAM_TIMEOUT_MS = 5_000
# How long closing waits for a capture that hangs in its driver; the thread then ends on its own.
CLOSE_SECONDS = 2.0
# The OpenCV wheels bring an OpenSSL of their own that nobody updates: a stream belongs on a network one trusts.
STREAM_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp", "rtp", "srt")


class CameraUnavailable(Exception):
    """A source that gives no frames; `note` says which one and what to do next."""

    def __init__(self, *note: str) -> None:
        super().__init__(*note)
        self.note: Note = note


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def grab(self) -> bool:
        """Take the next frame from the device; False when there is none."""

    def retrieve(self) -> tuple[bool, cv2.typing.MatLike]:
        """The frame that was grabbed, decoded."""

    def release(self) -> None:
        """Give the device back."""


def open_camera(source: str, *, paced: bool = True) -> "Camera":
    """A camera by number ("0") or path ("/dev/video2"), a video file, a sequence ("img_%03d.png") or a stream's URL.

    A file plays at its own speed and frames are skipped as with a camera; with `paced=False` it gives every frame.
    CameraUnavailable where it cannot be opened.
    """
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in STREAM_SCHEMES:
        return Camera(_stream(source), live=True)
    if source.isdecimal() or source.startswith("/dev/"):
        return Camera(_device(source), live=True)
    capture = _file(source)
    return Camera(capture, live=False, seconds=_frame_seconds(capture) if paced else 0.0)


class Camera:
    """An open source of frames; iterate over it, close it (or use `with`). One consumer at a time.

    A thread takes every frame from the device, so that none waits in a driver's queue; the consumer gets the newest.
    Iteration ends with a file, when the device is gone (`lost` is then true), or on close.
    """

    def __init__(self, capture: Capture, *, live: bool, seconds: float = 0.0) -> None:
        """`live`: a device or stream. `seconds` is the time from frame to frame of a file, 0.0 for "every frame"."""
        self._capture = capture
        self._live = live
        self._seconds = seconds
        self._frame: Frame | None = None  # the mailbox: one slot
        self._wanted = False
        self._ended = False
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.lost = False

    @property
    def live(self) -> bool:
        """A device or a stream, which may come back when it is gone; a file has an end."""
        return self._live

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more."""
        return self._ended or self._closing.is_set()

    @property
    def capture(self) -> Capture:
        """The device itself, for its controls."""
        return self._capture

    def __enter__(self) -> "Camera":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._live or self._seconds:
            self._start()
            return self._newest()
        return self._every()

    def newest(self, seconds: float) -> Frame | None:
        """The next frame, waiting for it at most so long; None where none came (see `ended`)."""
        if not (self._live or self._seconds):
            frame = next(self._every(), None)
            self._ended = frame is None
            return frame
        self._start()
        return self._take(seconds)

    def close(self, *, wait: bool = True) -> None:
        """Stop and give the device back; may be called twice. Without `wait`, a hanging driver holds nobody up."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is None:
            self._capture.release()
        elif wait:
            self._thread.join(CLOSE_SECONDS)

    def _every(self) -> Iterator[Frame]:
        while not self._closing.is_set() and self._capture.grab():
            if (frame := self._decoded()) is not None:
                yield frame

    def _newest(self) -> Iterator[Frame]:
        while (frame := self._take()) is not None:
            yield frame

    def _take(self, seconds: float | None = None) -> Frame | None:
        """The next frame from the mailbox, waiting for it; None at the end, or when the time is over."""
        with self._changed:
            self._wanted = True
            self._changed.wait_for(lambda: self._frame is not None or self._ended or self._closing.is_set(), seconds)
            frame, self._frame, self._wanted = self._frame, None, False
            return None if self._closing.is_set() else frame

    def _start(self) -> None:
        # Only now: the first frames of a short file must not pass by before anyone looks.
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._drain()
        finally:
            # Released by the thread that grabs: OpenCV is not safe to release during a grab.
            self._capture.release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _drain(self) -> None:
        due = time.monotonic()
        while not self._closing.is_set():
            if not self._capture.grab():
                self.lost = self._live
                return
            # Decoding costs more than grabbing; a device's frame that nobody waits for is left as it is. A file's
            # last frame must still be there when the consumer comes back.
            if self._wanted or not self._live:
                self._post(self._decoded())
            due = max(due + self._seconds, time.monotonic() - self._seconds)
            self._closing.wait(max(0.0, due - time.monotonic()) if self._seconds else 0.0)

    def _post(self, frame: Frame | None) -> None:
        if frame is None:
            return
        with self._changed:
            self._frame = frame
            self._changed.notify_all()

    def _decoded(self) -> Frame | None:
        whole, frame = self._capture.retrieve()
        return frame.astype(np.uint8, copy=False) if whole and frame is not None and frame.size else None


def _device(source: str) -> cv2.VideoCapture:
    path = Path(f"/dev/video{source}") if source.isdecimal() else Path(source)
    linux = sys.platform == "linux"
    if linux and not path.exists():
        raise CameraUnavailable("note.camera_absent", source)
    capture = cv2.VideoCapture(int(source) if source.isdecimal() else source, cv2.CAP_V4L2 if linux else cv2.CAP_ANY)
    if not capture.isOpened():
        capture.release()
        raise CameraUnavailable("note.camera_not_opened", source)
    # The format first: each change resets the stream, and raw 720p often comes at ten frames a second.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, FRAMES_PER_SECOND)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _stream(url: str) -> cv2.VideoCapture:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, STREAM_TIMEOUT_MS]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise CameraUnavailable("note.stream_not_opened", _without_password(url))
    return capture


def _file(source: str) -> cv2.VideoCapture:
    sequence = "%" in source
    if not sequence and not Path(source).is_file():
        raise CameraUnavailable("note.video_absent", source)
    # One backend by name: left to choose, OpenCV would try to take the text for other things than a file.
    capture = cv2.VideoCapture(source, cv2.CAP_IMAGES if sequence else cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise CameraUnavailable("note.video_not_opened", source)
    return capture


def _frame_seconds(capture: cv2.VideoCapture) -> float:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return 1 / rate if 0 < rate <= FASTEST else 1 / FRAMES_PER_SECOND


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


def set_focus(capture: Capture, focus: float) -> bool:
    """Fix the lens at `focus` on the driver's own scale; whether the driver can."""
    put = getattr(capture, "set", None)
    if put is None:
        return False
    put(cv2.CAP_PROP_AUTOFOCUS, 0)
    return bool(put(cv2.CAP_PROP_FOCUS, focus))
