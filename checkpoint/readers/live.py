"""A camera as the reader of a station: the newest frame, decoded, else a hint; back after an unplugged cable."""

import threading
from collections.abc import Callable, Iterator

from checkpoint import formats
from checkpoint.model import Note
from checkpoint.readers.again import Again
from checkpoint.readers.calm import Calm
from checkpoint.readers.camera import Camera, CameraUnavailable, Frame, open_camera, set_focus
from checkpoint.readers.code import Code
from checkpoint.readers.events import HEARTBEAT, Back, Looked, Lost, Quiet, ReaderEvent
from checkpoint.readers.hints import Trouble
from checkpoint.readers.opencv import grey_of
from checkpoint.readers.region import RegionFirst
from checkpoint.trust.clock import uptime

STALLED_SECONDS = 3.0  # a camera that is open and gives nothing for so long is gone too
HINT_SECONDS = 0.15  # between two measurements of what keeps a code from being read

Open = Callable[[str], Camera]


class LiveCamera:
    """Reads one camera for ever, or a video file to its end. Frames are never kept."""

    def __init__(
        self,
        source: str,
        open_: Open = open_camera,
        clock: Callable[[], float] = uptime,
        focus: float | None = None,
    ) -> None:
        """`focus` fixes the lens at a distance of the driver's own scale; None leaves it to the camera."""
        self._source, self._open, self._clock, self._focus = source, open_, clock, focus
        self._name = f"camera {source}"
        self._camera: Camera | None = None
        self._opening: _Opening | None = None
        self._decoder = RegionFirst()
        self._calm = Calm()
        self._trouble = Trouble()
        self._again = Again()
        self._lost = False
        self._heard = 0.0  # when the camera last gave a frame
        self._measured = float("-inf")
        self._hint: Note = ()
        self._closing = threading.Event()

    @property
    def camera(self) -> Camera | None:
        """The open camera, for its controls; None while it is gone."""
        return self._camera

    def must_open(self) -> bool:
        """Open the camera now, raises CameraUnavailable: at the start of a shift, a missing camera is an error.

        Whether its driver took the focus that was asked for.
        """
        return self._use(self._open(self._source))

    def _use(self, camera: Camera) -> bool:
        self._camera, self._heard = camera, self._clock()
        return self._focus is None or set_focus(camera.capture, self._focus)

    def __iter__(self) -> Iterator[ReaderEvent]:
        try:
            while not self._closing.is_set():
                camera = self._camera
                if camera is None:
                    yield from self._connect()
                    continue
                event = self._next(camera)
                yield event
                if isinstance(event, Quiet) and (camera.ended or self._stalled(camera)):
                    if not camera.live:
                        return
                    yield from self._gone(camera)
        finally:
            self.close()

    def close(self) -> None:
        """Give the camera back; may be called twice, and from another thread."""
        self._closing.set()
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
        if self._opening is not None:
            self._opening.abandon()

    def _next(self, camera: Camera) -> Looked | Quiet:
        frame = camera.newest(HEARTBEAT)
        if frame is None:
            return Quiet()
        self._heard = self._clock()
        return self._looked(frame)

    def _looked(self, frame: Frame) -> Looked:
        at = self._clock()
        grey = grey_of(frame)
        if self._calm.passes_over(grey, at):
            return Looked(self._name, at)
        codes = self._decoder.decode(grey, _is_pass)
        if codes:
            self._hint = ()
        elif at - self._measured >= HINT_SECONDS:
            self._measured, self._hint = at, self._trouble.of(grey)
        if codes or self._hint:
            self._calm.disturbed(at)
        return Looked(self._name, at, tuple(codes), self._hint, frame)

    def _stalled(self, camera: Camera) -> bool:
        return camera.live and self._clock() - self._heard > STALLED_SECONDS

    def _gone(self, camera: Camera) -> Iterator[ReaderEvent]:
        self._camera = None
        camera.close(wait=False)
        self._again.failed(self._clock())
        yield from self._said_lost(("scan.camera_lost",))

    def _said_lost(self, note: Note) -> Iterator[ReaderEvent]:
        if not self._lost:
            self._lost = True
            yield Lost(self._name, note)

    def _connect(self) -> Iterator[ReaderEvent]:
        """One step on the way back: opening may block for seconds, so a thread of its own does it."""
        if self._opening is None and self._again.ready(self._clock()):
            self._opening = _Opening(self._open, self._source)
        if self._opening is None or not self._opening.done.wait(HEARTBEAT):
            self._closing.wait(HEARTBEAT if self._opening is None else 0.0)
            yield Quiet()
            return
        opening, self._opening = self._opening, None
        if opening.camera is None:
            self._again.failed(self._clock())
            yield from self._said_lost(opening.note)
            return
        self._use(opening.camera)
        self._again.worked()
        if self._lost:
            self._lost = False
            yield Back(self._name)


class _Opening:
    """Opens a camera in a thread; `done` when it is open or has failed."""

    def __init__(self, open_: Open, source: str) -> None:
        self.done = threading.Event()
        self.camera: Camera | None = None
        self.note: Note = ("note.camera_not_opened", source)
        self._open, self._source = open_, source
        self._wanted = True
        self._change = threading.Lock()
        threading.Thread(target=self._run, name="opening camera", daemon=True).start()

    def abandon(self) -> None:
        """Nobody waits any more: give the camera back, now or when it opens."""
        with self._change:
            self._wanted = False
            if self.camera is not None:
                self.camera.close(wait=False)

    def _run(self) -> None:
        try:
            camera = self._open(self._source)
            with self._change:
                if self._wanted:
                    self.camera = camera
                else:
                    camera.close(wait=False)
        except CameraUnavailable as unavailable:
            self.note = unavailable.note
        finally:
            self.done.set()


def _is_pass(code: Code) -> bool:
    return formats.recognise(code.text) is not None
