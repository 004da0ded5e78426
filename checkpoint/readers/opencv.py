"""OpenCV and numpy: imported here only, set up once, and paid for only where they are used."""

import os

# Both are read while the libraries load: OpenBLAS would start a thread per core, FFmpeg would write to the terminal.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Grey", "cv2", "grey_of", "np"]

# One thread: a station decodes one frame while it captures the next, and small boards have few cores.
cv2.setNumThreads(1)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

# 8-bit grey, shape (height, width)
Grey = NDArray[np.uint8]


def grey_of(frame: NDArray[np.generic]) -> Grey:
    """`frame` as 8-bit grey, contiguous. Shapes (h, w), (h, w, 1), BGR (h, w, 3) and BGRA (h, w, 4) are known.

    8-bit, bool, 16-bit (its high byte) and other numbers (clipped to 0..255) are known; anything else is a ValueError.
    """
    if frame.ndim not in (2, 3) or frame.dtype.kind not in "buif":
        raise ValueError(f"not a picture: shape {frame.shape}, {frame.dtype}")
    pixels = _eight_bits(frame)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim == 2 or not pixels.size:
        return np.ascontiguousarray(
            pixels.reshape(pixels.shape[:2]) if pixels.ndim == 2 else pixels[:, :, :1].squeeze(2)
        )
    codes = {3: cv2.COLOR_BGR2GRAY, 4: cv2.COLOR_BGRA2GRAY}
    if pixels.shape[2] not in codes:
        raise ValueError(f"not a picture: {pixels.shape[2]} channels")
    return cv2.cvtColor(np.ascontiguousarray(pixels), codes[pixels.shape[2]]).astype(np.uint8, copy=False)


def _eight_bits(frame: NDArray[np.generic]) -> Grey:
    if frame.dtype == np.uint8:
        return frame.view(np.uint8)
    if frame.dtype == np.bool_:
        return frame.astype(np.uint8) * np.uint8(255)
    if frame.dtype == np.uint16:
        return (frame.view(np.uint16) >> 8).astype(np.uint8)
    return np.clip(np.nan_to_num(frame.astype(np.float64)), 0, 255).astype(np.uint8)
