"""Picture files: opened with care, made grey, read."""

import io
import math
import re
import warnings
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import cast

from PIL import Image, ImageOps

from checkpoint.model import Reason, Refusal
from checkpoint.readers import zxing
from checkpoint.readers.code import Code, Enough, distinct, first_is_enough
from checkpoint.readers.content import content
from checkpoint.readers.still import Deadline, read_still

# Only these decoders ever see a stranger's file, each only what begins like its own. Pillow knows fifty more, some of
# which start other programs, and would import them all to try them.
FORMATS = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "WebP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a"),
    "BMP": re.compile(rb"BM"),
    "PPM": re.compile(rb"P[1-6]\s"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "AVIF": re.compile(rb"....ftypavi[fs]", re.DOTALL),
}
# The largest phone photos that are common have 50 million pixels; four bytes each is what a small station can spare.
MOST_PIXELS = 64_000_000
# A moving picture, or the pages of a fax or scanner: as many as of a PDF, and as long.
MOST_FRAMES = 20
FRAMES_SECONDS = 10.0
# What the engine is given: more takes seconds and reads no more codes. The area counts, so that a long screenshot of a
# chat is not made too narrow to read.
LONGEST_SIDE = 4096
WORKING_PIXELS = LONGEST_SIDE * 3072


def read_picture(source: Path | bytes, enough: Enough = first_is_enough) -> list[Code]:
    """Every code of a picture file, of the first frame or page that has one; never empty.

    Looks harder until `enough` takes a code; codes that it turns down are in the list too. Corners are in pixels of
    the picture as looked at: upright, and smaller where it was larger than WORKING_PIXELS.
    Refusal(NO_CODE) where it cannot be opened, is too large or has no code; OSError where the file cannot be read.
    """
    codes: list[Code] = []
    deadline = Deadline(FRAMES_SECONDS)
    for number, frame in enumerate(_frames(content(source))):
        codes = distinct([*codes, *read_still(frame, enough, deadline if number else None)])
        if any(enough(code) for code in codes) or deadline.passed:
            break
    if not codes:
        raise Refusal(Reason.NO_CODE, "note.no_code_in_picture")
    return codes


def _frames(data: bytes) -> Iterator[Image.Image]:
    """Its frames or pages as 8-bit grey (mode L), upright, at a size that can be searched; the first, or a Refusal."""
    frames = _prepared(data)
    for number in range(MOST_FRAMES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about bombs, for which our own cap is lower, and about odd metadata
                frame = next(frames, None)
        except Exception as error:  # Pillow's plugins raise some twenty types on broken files
            if number:
                return  # what was read before it counts
            raise _refusal(error) from error
        if frame is None:
            return
        yield frame


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, (Image.DecompressionBombError, MemoryError)):
        return _too_large()
    return Refusal(Reason.NO_CODE, "note.picture_unreadable", type(error).__name__)


def _prepared(data: bytes) -> Iterator[Image.Image]:
    with _opened(data) as image:
        for number in count():
            try:
                image.seek(number)
            except EOFError:
                return
            if image.width * image.height > MOST_PIXELS:
                raise _too_large()
            image.draft("L", _working_size(image.size))  # a JPEG is decoded small at once, other formats ignore it
            upright = ImageOps.exif_transpose(_shrunk(image))
            yield flattened(upright)


def _opened(data: bytes) -> Image.Image:
    for name, start in FORMATS.items():
        if start.match(data):
            plugin = name if name == "WebP" else name.capitalize()
            import_module(f"PIL.{plugin}ImagePlugin")
            return Image.open(io.BytesIO(data), formats=[name.upper()])
    raise Refusal(Reason.NO_CODE, "note.picture_unreadable", "unknown format")


def _too_large() -> Refusal:
    return Refusal(Reason.NO_CODE, "note.picture_too_large", f"{MOST_PIXELS // 1_000_000} MP")


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, math.sqrt(WORKING_PIXELS / (size[0] * size[1])), zxing.LONGEST_SIDE / max(size))
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def _shrunk(image: Image.Image) -> Image.Image:
    image.load()
    size = _working_size(image.size)
    if size == image.size:
        return image
    # A palette cannot be averaged; 16-bit grey is first brought to 8.
    even = image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else _plain(image)
    return even.resize(size, Image.Resampling.BOX)


def flattened(image: Image.Image) -> Image.Image:
    """`image` as mode L, what is transparent in it over white."""
    plain = _plain(image)
    if plain.mode not in ("LA", "RGBA"):
        return plain.convert("L")
    ink, mask = plain.convert("L"), plain.getchannel("A")
    on_white = Image.composite(ink, Image.new("L", plain.size, 255), mask)
    low, high = on_white.getextrema()
    # White ink made for a dark page would vanish on a white one.
    return on_white if low != high else Image.composite(ink, Image.new("L", plain.size, 0), mask)


def _plain(image: Image.Image) -> Image.Image:
    """`image` in a mode with 8 bits a channel: L, LA, RGB, RGBA or CMYK."""
    if image.mode.startswith("I") or image.mode == "F":
        return _stretched(image)
    if image.mode in ("P", "PA", "RGBa", "La") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Levels of 16 bits and more, or fractions, brought to 0..255: cameras fill only a part of the range."""
    levels = image if image.mode == "F" else image.convert("I")
    low, high = cast(tuple[float, float], levels.getextrema())
    if not low < high:  # one level, or not a number
        return Image.new("L", image.size, 0)
    scale = 255 / (high - low)
    return levels.point(lambda level: level * scale - low * scale).convert("L")
