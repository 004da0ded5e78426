"""One writer at a time: two of them would each believe they are alone. A killed process lets go by itself."""

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.02  # seconds between two looks at a lock that is waited for


class Busy(OSError):
    """Another process holds the lock."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EAGAIN, "another command is writing there", str(path))


@contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`; raises Busy where another has it for `patience` seconds, OSError for the disk's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience
    with path.open("ab") as file:
        while not _take(file.fileno()):
            if time.monotonic() >= until:
                raise Busy(path)
            time.sleep(_PAUSE)
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
