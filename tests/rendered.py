"""Codes drawn on the spot, for every test that needs a picture or a frame."""

import io

import cv2
import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image

Frame = NDArray[np.uint8]


def qr(data: str | bytes, *, px: int = 4, border: int = 4, error: str = "m") -> Frame:
    """A QR code as 8-bit grey, `px` pixels a module."""
    out = io.BytesIO()
    segno.make_qr(data, error=error).save(out, kind="png", scale=px, border=border)
    return np.asarray(Image.open(out).convert("L"))


def frame_with(*symbols: Frame, size: tuple[int, int] = (1280, 720), paper: int = 200) -> Frame:
    """A BGR frame of `size` (width, height) with `symbols` side by side, as far apart as it allows."""
    frame = np.full((size[1], size[0], 3), paper, np.uint8)
    width = size[0] // max(1, len(symbols))
    for number, symbol in enumerate(symbols):
        top = (size[1] - symbol.shape[0]) // 2
        left = number * width + (width - symbol.shape[1]) // 2
        frame[top : top + symbol.shape[0], left : left + symbol.shape[1]] = symbol[:, :, None]
    return frame


def picture(pixels: Frame, kind: str = "png", **options: object) -> bytes:
    """`pixels` (grey, or BGR) as the bytes of a picture file."""
    image = Image.fromarray(pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, ::-1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(pixels: Frame, degrees: float, paper: int = 255) -> Frame:
    """`pixels` turned about their middle on paper large enough to hold them."""
    side = int(np.hypot(*pixels.shape[:2])) + 2
    turn = cv2.getRotationMatrix2D((pixels.shape[1] / 2, pixels.shape[0] / 2), degrees, 1.0)
    turn[:, 2] += ((side - pixels.shape[1]) / 2, (side - pixels.shape[0]) / 2)
    return cv2.warpAffine(pixels, turn, (side, side), borderValue=(paper, paper, paper)).astype(np.uint8)
