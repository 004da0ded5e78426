"""Videos that stand in for the kiosk's camera, made on the spot from the demonstration's passes."""

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from checkpoint import demo

WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 10
DAY = 86400.0


def blank() -> np.ndarray:
    """A room: grey, with a little structure, and nobody in it."""
    rows = np.linspace(96, 170, HEIGHT, dtype=np.uint8)[:, None]
    frame = np.repeat(np.repeat(rows, WIDTH, axis=1)[:, :, None], 3, axis=2).copy()
    cv2.rectangle(frame, (90, 120), (380, 720), (120, 104, 92), -1)
    cv2.circle(frame, (1080, 260), 120, (150, 160, 172), -1)
    return frame


def held_up(text: str) -> np.ndarray:
    """The room with the code of `text` on a white sheet in front of the camera."""
    frame = blank()
    sheet = np.asarray(Image.open(_png(text)).convert("L"))
    side = 600
    sheet = cv2.resize(sheet, (side, side), interpolation=cv2.INTER_AREA)
    top, left = (HEIGHT - side) // 2, (WIDTH - side) // 2
    frame[top : top + side, left : left + side] = sheet[:, :, None]
    return frame


def _png(text: str):  # type: ignore[no-untyped-def]
    from io import BytesIO

    return BytesIO(demo.render(text))


def record(file: Path, scenes: Sequence[tuple[str | None, float]]) -> Path:
    """A video of `scenes`: (text of a code, or None for the empty room; seconds)."""
    out = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FRAMES_PER_SECOND, (WIDTH, HEIGHT))
    assert out.isOpened()
    for text, seconds in scenes:
        frame = blank() if text is None else held_up(text)
        for _ in range(round(seconds * FRAMES_PER_SECOND)):
            out.write(frame)
    out.release()
    return file


def station(home: Path) -> dict[str, str]:
    """A home that trusts the demonstration's issuer; gives the texts of its passes by name."""
    return {one.name: one.text for one in demo.prepare(home, time.time())}
