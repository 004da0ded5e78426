"""Device to text: the inputs of a station, one file each. Importing this loads no picture library.

| input | file | gives |
|---|---|---|
| a picture | picture.py | codes |
| a PDF | pdf.py | codes |
| a frame of a camera | decode.py | codes |
| a camera, a video file, a stream | camera.py | frames |
| lines of stdin | lines.py | texts |

and at a station, as events (events.py): a camera in live.py, a scanner that types into the terminal in keyboard.py,
one taken from its input device in wedge.py, one on a serial line in serial_port.py.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from checkpoint.readers.code import Code, Enough, first_is_enough

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from checkpoint.readers.decode import LiveDecoder

__all__ = ["Code", "read", "read_file"]

# A PDF's mark stands within its first 1024 bytes, seldom at the very start.
_PDF_MARK = b"%PDF-"
_PDF_HEAD = 1024


def read(image: "Path | bytes | NDArray[numpy.generic]", enough: Enough = first_is_enough) -> list[Code]:
    """The codes of a picture or PDF (path or bytes: everything is tried) or of one live frame (array: within its time).

    A file without a code is a Refusal, as picture.py and pdf.py say; a frame without one is [].
    """
    if isinstance(image, (Path, bytes)):
        return read_file(image, enough)
    return _live().decode(image, enough)


def read_file(source: Path | bytes, enough: Enough = first_is_enough) -> list[Code]:
    """The codes of a picture or a PDF, told apart by what is in it; never empty, else Refusal."""
    from checkpoint.readers.content import content

    data = content(source)
    if _PDF_MARK in data[:_PDF_HEAD]:
        from checkpoint.readers.pdf import read_pdf

        return read_pdf(data, enough)
    from checkpoint.readers.picture import read_picture

    return read_picture(data, enough)


@cache
def _live() -> "LiveDecoder":
    """One decoder for all frames without a camera of their own, so that its stages take turns."""
    from checkpoint.readers.decode import LiveDecoder

    return LiveDecoder()
