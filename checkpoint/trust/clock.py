"""The station's clock: a floor that it cannot be below, and steps that nobody announced."""

import time
from collections.abc import Callable

RELEASED = 1793491200.0  # 2026-11-01: no station runs this release before it was made
STEP = 300.0  # seconds: honest corrections while a station runs are smaller


def floor(*proven: float | None) -> float:
    """The newest time that there is proof of: the release, and the signed times that are given.

    Only signed times count. A wall clock that once ran ahead must not lock the station out when it is put right.
    """
    return max((RELEASED, *(one for one in proven if one is not None)))


def uptime() -> float:
    """Seconds on a clock that nobody can set and that counts suspended time where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Watch:
    """Compares the wall clock with a clock that cannot be set, from the moment it is started."""

    __slots__ = ("_offset", "steady", "wall")  # no dataclass: importing that costs every start 16 ms

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = uptime) -> None:
        self.wall, self.steady = wall, steady
        self.restart()

    def restart(self) -> None:
        """Take the wall clock as it is now for right: a start, or a sync whose signed time agrees with it."""
        self._offset = self.wall() - self.steady()

    def step(self) -> float:
        """By how many seconds the wall clock was moved since; 0.0 within STEP, negative: put back."""
        moved = self.wall() - self.steady() - self._offset
        return moved if abs(moved) > STEP else 0.0
