"""Live frames: the measured cascade, inside the time of one frame."""

import math
import time
from collections.abc import Callable

from numpy.typing import NDArray

from checkpoint.readers.code import Code, Enough, first_is_enough
from checkpoint.readers.opencv import Grey, cv2, grey_of, np
from checkpoint.readers.search import Search
from checkpoint.readers.stages import BASE, EVERY_FRAME, IN_TURN, Stage
from checkpoint.readers.zxing import LONGEST_SIDE

# A camera at 30 frames a second brings the next frame after this many seconds.
FRAME_SECONDS = 0.033
# A frame of more pixels is made smaller: 1080p is the most that the cascade can look at in time.
MOST_FRAME_PIXELS = 1920 * 1080


class LiveDecoder:
    """Decodes the frames of one camera, one after another; it remembers which stages are due. Not for two threads."""

    def __init__(self, seconds: float = FRAME_SECONDS, clock: Callable[[], float] = time.perf_counter) -> None:
        """`seconds` is the time for one frame; math.inf runs every due stage, however slow the machine."""
        self._seconds = seconds
        self._clock = clock
        self._turn = 0
        self._owed: tuple[Stage, ...] = ()
        self._cost: dict[str, float] = {}
        self._before: frozenset[bytes] = frozenset()

    def decode(self, frame: NDArray[np.generic], enough: Enough = first_is_enough) -> list[Code]:
        """Every code that this frame gives in its time; [] for none. Corners are in pixels of `frame`.

        `frame` is BGR (height, width, 3) or grey (height, width), 8-bit; what is no picture is a ValueError. The search
        stops early at a code that `enough` takes, unless it was already offered from the frame before or another
        symbol is in sight that was not read: a decoy must not hide the pass beside it.
        """
        grey, factor = _fitted(grey_of(frame))
        search = Search(grey)
        if search.possible:
            self._run(search, enough)
        self._before = frozenset(code.data for code in search.codes)
        return [code.scaled(1 / factor) for code in search.codes]

    def _run(self, search: Search, enough: Enough) -> None:
        end = self._clock() + self._seconds
        plan = self._plan()
        for number, stage in enumerate(plan):
            # The base and the stage that is due first always run: a slow machine takes more frames, it skips nothing.
            if number > 1 and self._clock() + self._cost.get(stage.name, 0.0) > end:
                self._owed = plan[number:]
                return
            self._timed(search, stage)
            if not search.pending and search.satisfies(lambda code: code.data not in self._before and enough(code)):
                return
        self._owed = ()

    def _plan(self) -> tuple[Stage, ...]:
        owed = self._owed
        due: tuple[Stage, ...] = EVERY_FRAME
        if not set(owed) & set(IN_TURN):
            due = (*due, IN_TURN[self._turn % len(IN_TURN)])
            self._turn += 1
        return (BASE, *owed, *(stage for stage in due if stage not in owed))

    def _timed(self, search: Search, stage: Stage) -> None:
        start = self._clock()
        search.run(stage)
        spent = self._clock() - start
        self._cost[stage.name] = spent if stage.name not in self._cost else 0.7 * self._cost[stage.name] + 0.3 * spent


def _fitted(grey: Grey) -> tuple[Grey, float]:
    """`grey` within MOST_FRAME_PIXELS, and its size relative to the original."""
    if grey.size <= MOST_FRAME_PIXELS and max(grey.shape) <= LONGEST_SIDE:
        return grey, 1.0
    factor = min(math.sqrt(MOST_FRAME_PIXELS / grey.size), LONGEST_SIDE / max(grey.shape))
    size = (max(1, int(grey.shape[1] * factor)), max(1, int(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), factor
