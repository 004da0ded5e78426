"""One picture under search: runs stages over it and gathers what they read."""

from dataclasses import replace

from checkpoint.readers.code import Code, Corner, Enough, distinct
from checkpoint.readers.opencv import Grey, cv2, np
from checkpoint.readers.stages import Stage
from checkpoint.readers.zxing import FIXED_THRESHOLD, LOCAL_AVERAGE, look

# A symbol seen at a slant is drawn again as a square of this side: three pixels for each module of a dense pass.
SQUARE_PX = 560
QUIET_PX = 40
# A wall of finder patterns locates hundreds of symbols; a person holds up few.
MOST_STRAIGHTENED = 4
# Below this no symbol has room: the smallest DataMatrix has 8 modules on a side.
SMALLEST_SIDE = 8


class Search:
    """The codes of one grey picture so far; their corners are in pixels of that picture."""

    def __init__(self, grey: Grey) -> None:
        self._grey = grey
        self.codes: list[Code] = []
        self.pending = False  # a symbol was located that nothing has read

    @property
    def possible(self) -> bool:
        """Whether a symbol could be there at all."""
        return bool(min(self._grey.shape) >= SMALLEST_SIDE)

    def satisfies(self, enough: Enough) -> bool:
        """Whether the search may stop."""
        return any(enough(code) for code in self.codes)

    def run(self, stage: Stage) -> None:
        """Look at the picture as `stage` prepares it."""
        sighting = look(stage.prepare(self._grey), stage.formats, stage.binarizer)
        self._take([code.scaled(1 / stage.scale) for code in sighting.codes])
        if stage.straighten:
            read = [self._straighten(corners, stage) for corners in sighting.unread[:MOST_STRAIGHTENED]]
            self.pending = not all(read)

    def _straighten(self, corners: tuple[Corner, ...], stage: Stage) -> bool:
        square = _as_square(self._grey, corners)
        for binarizer in (FIXED_THRESHOLD, LOCAL_AVERAGE):
            codes = look(square, stage.formats, binarizer).codes
            if codes:
                self._take([replace(code, corners=corners, module_px=0.0) for code in codes])
                return True
        return False

    def _take(self, codes: list[Code]) -> None:
        self.codes = distinct([*self.codes, *codes])


def _as_square(grey: Grey, corners: tuple[Corner, ...]) -> Grey:
    low, high = QUIET_PX, SQUARE_PX - QUIET_PX
    goal = np.array([(low, low), (high, low), (high, high), (low, high)], np.float32)
    turn = cv2.getPerspectiveTransform(np.array(corners, np.float32), goal)
    return cv2.warpPerspective(grey, turn, (SQUARE_PX, SQUARE_PX), borderValue=255).astype(np.uint8, copy=False)
