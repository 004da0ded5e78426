"""Where to fetch from: what every kind of place can do, the time it gets, and what it cost."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checkpoint.sync.problem import NotThere, Problem

CHUNK = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a file from position `start` on; less than was asked for where the place cannot resume."""

    start: int
    chunks: Iterator[bytes]


class Place(Protocol):
    """A web address or a folder that holds `metadata/` and `targets/`; nothing it says is believed."""

    name: str
    requests: int
    received: int  # bytes of bodies

    def open(self, path: str, start: int = 0) -> Body:
        """The file at `path`, from `start` on if that can be; raises NotThere or Problem, also while it is read."""

    def close(self) -> None:
        """Let go of connections."""


class Deadline:
    """The time that one sync gets in all; what is still open when it passes is cut off, however slowly it drips."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds
        self._cut: list[Callable[[], None]] = []
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left(self) -> float:
        """Seconds that are left of it, 0 where it is over."""
        return max(0.0, self._end - self._clock())

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self._clock() >= self._end

    def check(self) -> None:
        """Raise Problem where it is over."""
        if self.passed:
            raise Problem("slow", str(round(self.seconds)))

    def on_pass(self, cut: Callable[[], None]) -> None:
        """Call `cut` when it passes, from another thread."""
        self._cut.append(cut)

    def close(self) -> None:
        """It was kept."""
        self._timer.cancel()
        self._cut.clear()

    def _pass(self) -> None:
        for cut in list(self._cut):
            cut()


class Folder:
    """A folder: a USB stick, a network drive, a checkout of the repository."""

    def __init__(self, root: Path, deadline: Deadline) -> None:
        self.name = str(root)
        self.requests = 0
        self.received = 0
        self._root = root
        self._deadline = deadline

    def open(self, path: str, start: int = 0) -> Body:
        """The file at `path` below the folder; raises NotThere, or Problem where the folder itself is not there."""
        found = self._root.joinpath(*_parts(path))
        try:
            if not self._root.is_dir():
                raise Problem("folder_missing", self.name)
            if not found.is_file():
                raise NotThere(path)
        except OSError as error:  # the stick's, not that of the disk we write to
            raise Problem("cut", self.name, str(error.strerror or error)) from error
        self.requests += 1
        return Body(start, self._chunks(found, start))

    def close(self) -> None:
        """Nothing is kept open."""

    def _chunks(self, path: Path, start: int) -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                file.seek(start)
                while chunk := file.read(CHUNK):
                    self._deadline.check()
                    self.received += len(chunk)
                    yield chunk
        except OSError as error:
            raise Problem("cut", self.name, str(error.strerror or error)) from error


def _parts(path: str) -> list[str]:
    """The steps of a path that stays where it starts."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts):
        raise NotThere(path)
    return parts
