"""The stages as data: how a grey picture is prepared before one engine call. The measurements are in docs/decoding.md.

Each stage binarises differently; that diversity, not effort, is what reads more codes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import zxingcpp

from checkpoint.readers.opencv import Grey, cv2, np
from checkpoint.readers.zxing import AZTEC, DATA_MATRIX, FIXED_THRESHOLD, LOCAL_AVERAGE, QR

# By how many levels ink is darker than what is around it: 3 keeps plain paper white, and pale prints still show.
DARKER = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """One look at the picture; `scale` is the size of the prepared picture relative to the original.

    With `straighten`, symbols that are located but not read are drawn again as squares and looked at once more.
    """

    name: str
    prepare: Callable[[Grey], Grey]
    binarizer: zxingcpp.Binarizer = LOCAL_AVERAGE
    formats: zxingcpp.BarcodeFormats = QR
    scale: float = 1.0
    straighten: bool = False


def as_it_is(grey: Grey) -> Grey:
    """The picture itself."""
    return grey


def resized(factor: float) -> Callable[[Grey], Grey]:
    """The picture at `factor` of its size, never below one pixel."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR

    def prepare(grey: Grey) -> Grey:
        size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
        return _bytes(cv2.resize(grey, size, interpolation=how))

    return prepare


def blurred(width: int) -> Callable[[Grey], Grey]:
    """A Gaussian blur of `width` pixels: takes the grain away before the engine looks at neighbourhoods."""
    return lambda grey: _bytes(cv2.GaussianBlur(grey, (width, width), 0))


def adaptive(blur: int, block: int) -> Callable[[Grey], Grey]:
    """Black and white by the mean of `block` pixels around, after a blur of `blur`: uneven and weak light."""

    def prepare(grey: Grey) -> Grey:
        soft = cv2.GaussianBlur(grey, (blur, blur), 0)
        return _bytes(cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, DARKER))

    return prepare


def halved_adaptive(grey: Grey) -> Grey:
    """Half the size, then black and white: averages noise and moire away, and costs a quarter."""
    return adaptive(3, 21)(resized(0.5)(grey))


def sharpened(grey: Grey) -> Grey:
    """Three times the picture less twice its surroundings: takes back some defocus and motion."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    return _bytes(cv2.addWeighted(soft, 3.0, cv2.boxFilter(soft, -1, (9, 9)), -2.0, 0))


def _bytes(picture: cv2.typing.MatLike) -> Grey:
    return picture.astype(np.uint8, copy=False)


BASE = Stage("base", as_it_is, straighten=True)
# After `BASE`, in every frame that has time for them.
EVERY_FRAME = (
    Stage("half", halved_adaptive, FIXED_THRESHOLD, scale=0.5),
    Stage("adaptive", adaptive(5, 31), FIXED_THRESHOLD),
    Stage("sharp", sharpened),
)
# One of these per frame, in turn.
IN_TURN = (
    Stage("fixed", as_it_is, FIXED_THRESHOLD),
    Stage("aztec", as_it_is, formats=AZTEC),
    Stage("soft", blurred(3)),
    Stage("larger", resized(1.5), scale=1.5),
    Stage("data matrix", as_it_is, formats=DATA_MATRIX),
    Stage("half grey", resized(0.5), scale=0.5),
    Stage("softer", blurred(7)),
)
