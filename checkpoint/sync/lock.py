"""One sync at a time: two writers in one cache would each believe they are alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkpoint.sync.problem import Problem

NAME = "lock"


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the lock of this home; raises Problem where another sync has it. A killed process lets go of it."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / NAME).open("ab") as file:
        if not _take(file.fileno()):
            raise Problem("busy")
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
