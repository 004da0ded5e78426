"""Where the last code was, first: a code in view is read in the next frame at the price of its own pixels."""

from collections.abc import Iterable

from checkpoint.readers.code import Code, Corner, Enough, distinct, first_is_enough
from checkpoint.readers.decode import LiveDecoder
from checkpoint.readers.opencv import Grey
from checkpoint.readers.search import SMALLEST_SIDE, Search
from checkpoint.readers.stages import BASE, EVERY_FRAME

# By how much of its own size a code may move until the next frame.
MARGIN = 0.4
# While the same codes stay in view, everything else is looked at in one frame of so many.
WHOLE_FRAME_IN = 3
# A code that was not read in so many frames has gone somewhere else.
LOST_AFTER = 15

Box = tuple[int, int, int, int]  # left, top, right, bottom


class RegionFirst:
    """Decodes the frames of one camera: around the last codes, then the whole frame by a LiveDecoder."""

    def __init__(self, decoder: LiveDecoder | None = None) -> None:
        self._decoder = decoder or LiveDecoder()
        self._box: Box | None = None
        self._missed = 0
        self._same = 0
        self._before: frozenset[bytes] = frozenset()

    def decode(self, grey: Grey, enough: Enough = first_is_enough) -> list[Code]:
        """Every code that this frame gives in its time; corners are in pixels of `grey`."""
        near = self._near(grey, enough) if self._box else []
        known = bool(near) and self._before.issuperset(code.data for code in near)
        # What was read before is still there: look for somebody else's code now and then, not in every frame.
        self._same = self._same + 1 if known else 0
        whole = not any(enough(code) for code in near) or self._same >= WHOLE_FRAME_IN
        if whole:
            self._same = 0
        codes = distinct([*near, *self._decoder.decode(grey, enough)]) if whole else near
        self._remember(codes, grey)
        return codes

    def _near(self, grey: Grey, enough: Enough) -> list[Code]:
        left, top, right, bottom = self._box or (0, 0, 0, 0)
        crop = grey[top:bottom, left:right]
        if min(crop.shape) < SMALLEST_SIDE:
            return []
        search = Search(crop)
        for stage in (BASE, *EVERY_FRAME):
            search.run(stage)
            if search.satisfies(enough):
                break
        return [_moved(code, left, top) for code in search.codes]

    def _remember(self, codes: list[Code], grey: Grey) -> None:
        if codes:
            self._before = frozenset(code.data for code in codes)
            self._box = _around([point for code in codes for point in code.corners], grey.shape)
            self._missed = 0
            return
        self._missed += 1
        if self._missed >= LOST_AFTER:
            self._box, self._before = None, frozenset()


def _moved(code: Code, x: int, y: int) -> Code:
    corners = tuple((left + x, top + y) for left, top in code.corners)
    return Code(code.data, code.symbology, corners, code.module_px, code.charset)


def _around(points: Iterable[Corner], shape: tuple[int, ...]) -> Box | None:
    """The box around `points` with room to move; None where there are none."""
    xs, ys = zip(*points, strict=True) if (points := list(points)) else ((), ())
    if not xs:
        return None
    margin = round(MARGIN * max(max(xs) - min(xs), max(ys) - min(ys)))
    left, top = max(0, min(xs) - margin), max(0, min(ys) - margin)
    return left, top, min(shape[1], max(xs) + margin), min(shape[0], max(ys) + margin)
