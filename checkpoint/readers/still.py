"""A still picture: nothing hurries, so everything is tried, the cheap first."""

import time
from collections.abc import Callable

from PIL import Image

from checkpoint.readers.code import Code, Enough, distinct, first_is_enough
from checkpoint.readers.zbar import zbar_codes
from checkpoint.readers.zxing import GLOBAL_HISTOGRAM, LOCAL_AVERAGE, look

# After this a person at a door has given up; a stage that has begun is let finish.
STILL_SECONDS = 3.0


class Deadline:
    """The end of the time that one still, or all pages of one document, may take."""

    def __init__(self, seconds: float = STILL_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def passed(self) -> bool:
        """Whether no further stage may begin."""
        return self._clock() >= self._end


def read_still(image: Image.Image, enough: Enough = first_is_enough, deadline: Deadline | None = None) -> list[Code]:
    """Every code of `image` (Pillow mode L); [] for none. Stops at a code that `enough` takes."""
    deadline = deadline or Deadline()
    codes: list[Code] = []
    for find in (_cheap, _thorough, _last_resort):
        if deadline.passed:
            break
        codes = distinct([*codes, *find(image, enough, deadline)])
        if any(enough(code) for code in codes):
            break
    return codes


def _cheap(image: Image.Image, enough: Enough, deadline: Deadline) -> list[Code]:
    codes: list[Code] = []
    for binarizer in (LOCAL_AVERAGE, GLOBAL_HISTOGRAM):
        codes += look(image, binarizer=binarizer, rotate=True, downscale=True).codes
        if any(enough(code) for code in codes) or deadline.passed:
            break
    return codes


def _thorough(image: Image.Image, enough: Enough, deadline: Deadline) -> list[Code]:
    try:
        from checkpoint.readers.thorough import search_still
    except ImportError:  # no OpenCV on this machine, or a system library of it is missing: the cheap looks have to do
        return []
    return search_still(image, enough, lambda: deadline.passed)


def _last_resort(image: Image.Image, enough: Enough, deadline: Deadline) -> list[Code]:
    return zbar_codes(image)
