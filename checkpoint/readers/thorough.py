"""The stages of the live cascade over a still, every one of them and for every symbology. Imports OpenCV."""

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from checkpoint.readers.code import Code, Enough
from checkpoint.readers.opencv import np
from checkpoint.readers.search import Search
from checkpoint.readers.stages import BASE, EVERY_FRAME, IN_TURN
from checkpoint.readers.zxing import EVERYTHING, QR

STAGES = tuple(replace(stage, formats=EVERYTHING) for stage in (BASE, *EVERY_FRAME, *IN_TURN) if stage.formats == QR)


def search_still(image: Image.Image, enough: Enough, late: Callable[[], bool]) -> list[Code]:
    """Every code that the stages read in `image` (Pillow mode L), until `enough` takes one or it is `late`."""
    search = Search(np.asarray(image))
    for stage in STAGES if search.possible else ():
        if late() or search.satisfies(enough):
            break
        search.run(stage)
    return search.codes
