"""A live frame as a small JPEG for people to aim by; made in memory, and never kept."""

from numpy.typing import NDArray

from checkpoint.readers.opencv import cv2, np

LONGEST_SIDE = 640  # half of a 720p frame, which is quick to make and enough to aim by
QUALITY = 75


def jpeg(frame: NDArray[np.uint8], longest: int = LONGEST_SIDE) -> bytes:
    """`frame` (BGR or grey) no larger than `longest` on a side, as JPEG; b"" where it cannot be encoded."""
    factor = longest / max(frame.shape[:2])
    small = frame if factor >= 1 else cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes() if done else b""
