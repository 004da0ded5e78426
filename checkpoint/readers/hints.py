"""What keeps a code from being read, measured from a grey frame; and how long a person is told so.

A code that does not read still shows as a patch dense with edges in both directions; how bright, how sharp, how fine
and how whole that patch is says what would help. Nothing here reads anything, and a patch that is no code does no harm:
the hint is a proposal, never a verdict.
"""

from dataclasses import dataclass
from typing import NamedTuple

from checkpoint.model import Note
from checkpoint.readers.opencv import Grey, cv2, np

STAYS = 1.0  # seconds: nobody reads faster
SURE_AFTER = 0.3  # a trouble that lasts shorter is the hand on its way

DARK, CLOSER, FARTHER = ("scan.dark",), ("scan.closer",), ("scan.farther",)
WHOLE, GLARE, HOLD = ("scan.whole",), ("scan.glare",), ("scan.hold",)

# Measured on bench/frames.py; tests/test_hints.py holds each against frames of its own kind and against good ones.
WORK_WIDTH = 640  # pixels; patches are searched in a frame of this width
DARKEST_LIGHT = 60  # grey level that only one pixel in fifty is above: the room is dark
EDGES = 9.0  # mean step per pixel, across and down, inside a patch
WINDOW = 17  # pixels around which edges are counted
LEAST_SIDE = 30  # of a patch, in pixels of the small frame
LEAST_FILL = 0.5  # of the box around the patch: glare leaves a hole
MOST_SLENDER = 1.7  # a code is square, and seen at a slant at most so long
FINE = 2.4  # pixels a module: below, engines begin to fail
SOFT = 0.16  # steepest step relative to the contrast: below, edges are washed out
MOST_OF_FRAME = 0.86  # of the height: a code that fills it loses its margin
BURNT, BURNT_PART = 250, 0.005  # grey level, and the part of the patch that lies deep inside such a spot
WHITE_MODULES = 5  # no code prints a white square of so many modules
NEAR_BORDER = 12  # pixels of the small frame
RIM = 12  # this part of the patch is cut off on each side before anything is measured


class Patch(NamedTuple):
    """A part of the frame that looks like a code; in pixels of the frame."""

    left: int
    top: int
    right: int
    bottom: int


class Trouble:
    """Says of a frame without a code what would help to read one."""

    def of(self, grey: Grey) -> Note:
        """The hint for this frame, () where there is nothing to say."""
        if min(grey.shape) < LEAST_SIDE:
            return ()
        if np.percentile(grey[::8, ::8], 98) < DARKEST_LIGHT:
            return DARK
        patch = find_patch(grey)
        return () if patch is None else judge(grey, patch)


def find_patch(grey: Grey) -> Patch | None:
    """The largest part of `grey` that is dense with edges both ways and about square; None where there is none."""
    factor = max(1.0, grey.shape[1] / WORK_WIDTH)
    size = (round(grey.shape[1] / factor), round(grey.shape[0] / factor))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if factor > 1 else grey
    across, down = (
        cv2.boxFilter(np.abs(cv2.Sobel(small, cv2.CV_32F, dx, 1 - dx, ksize=1)), -1, (WINDOW, WINDOW)) for dx in (1, 0)
    )
    dense = (np.minimum(across, down) > EDGES).astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(dense)
    found = [tuple(map(int, box)) for box in boxes[1:count] if _code_like(*map(int, box))]
    if not found:
        return None
    left, top, width, height, _ = max(found, key=lambda box: box[4])
    corners = (left, top, left + width, top + height)
    return Patch(*(round(one * factor) for one in corners))


def _code_like(left: int, top: int, width: int, height: int, area: int) -> bool:
    if min(width, height) < LEAST_SIDE or area < LEAST_FILL * width * height:
        return False
    return max(width, height) <= MOST_SLENDER * min(width, height)


def judge(grey: Grey, patch: Patch) -> Note:
    """What would help to read the code in `patch`."""
    crop = _inside(grey, patch)
    low, high = (float(one) for one in np.percentile(crop[::2, ::2], (3, 97)))
    contrast = max(1.0, high - low)
    module = module_px(crop, (low + high) / 2)
    if _burnt(crop, module):
        return GLARE
    border = _at_border(patch, grey.shape)
    if border:
        return FARTHER if patch.bottom - patch.top >= MOST_OF_FRAME * grey.shape[0] else WHOLE
    if module < FINE:
        return CLOSER
    return HOLD if _steepest(crop) / contrast < SOFT else ()


def _inside(grey: Grey, patch: Patch) -> Grey:
    """The patch without its rim, which the window has made too wide."""
    rim = min(patch.right - patch.left, patch.bottom - patch.top) // RIM
    return grey[patch.top + rim : patch.bottom - rim, patch.left + rim : patch.right - rim]


def module_px(crop: Grey, threshold: float) -> float:
    """About how many pixels a module has: half of what lies between two changes of colour on a line."""
    dark = crop > threshold
    changes = max(1, int(np.count_nonzero(dark[:, 1:] != dark[:, :-1])))
    return crop.size / changes / 2


def _steepest(crop: Grey) -> float:
    step = np.abs(np.diff(crop.astype(np.int16), axis=1))
    return float(np.percentile(step, 95)) if step.size else 0.0


def _burnt(crop: Grey, module: float) -> bool:
    """Whether a part of the patch is white all over, larger than what is printed white there."""
    reach = int(min(max(9, WHITE_MODULES * module), min(crop.shape) // 7)) | 1
    white = cv2.erode((crop >= BURNT).astype(np.uint8), np.ones((reach, reach), np.uint8))
    return bool(np.count_nonzero(white) > BURNT_PART * crop.size)


def _at_border(patch: Patch, shape: tuple[int, ...]) -> bool:
    near = NEAR_BORDER * max(1.0, shape[1] / WORK_WIDTH)
    return min(patch.left, patch.top) <= near or shape[1] - patch.right <= near or shape[0] - patch.bottom <= near


@dataclass(slots=True)
class Steady:
    """Turns what each frame shows into hints that people can follow: sure before shown, and never flickering."""

    shown: Note = ()
    _since: float = float("-inf")  # when `shown` was put up
    _next: Note = ()
    _next_since: float = float("-inf")

    def follows(self, note: Note, now: float) -> bool:
        """Take what one frame shows at `now`; whether `shown` has changed."""
        if note != self._next:
            self._next, self._next_since = note, now
        if note == self.shown or now - self._since < STAYS or now - self._next_since < SURE_AFTER:
            return False
        self.shown, self._since = note, now
        return True
