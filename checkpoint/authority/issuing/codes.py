"""The QR code of a pass: level M, the smallest version that holds it, as PNG, SVG, or rows of dark runs for a sheet."""

import io
from collections.abc import Iterator

import segno

BORDER = 4  # modules of quiet zone, ISO/IEC 18004 section 6.3.8
PIXELS = 6  # of one module
LEVEL = "m"
Code = segno.QRCode


def make(text: str) -> Code:
    """The code of a pass."""
    return segno.make_qr(text, error=LEVEL, boost_error=False)


def png(code: Code) -> bytes:
    """As a picture in black and white."""
    out = io.BytesIO()
    code.save(out, kind="png", scale=PIXELS, border=BORDER)
    return out.getvalue()


def svg(code: Code) -> bytes:
    """As a drawing."""
    out = io.BytesIO()
    code.save(out, kind="svg", scale=PIXELS, border=BORDER, xmldecl=True, svgns=True)
    return out.getvalue()


def size(code: Code) -> int:
    """Modules along one side, without the quiet zone."""
    return len(code.matrix)


def runs(code: Code) -> Iterator[tuple[int, int, int]]:
    """(column, row from the top, length) of every run of dark modules."""
    for row, modules in enumerate(code.matrix):
        start = -1
        for column, dark in enumerate((*modules, 0)):
            if dark and start < 0:
                start = column
            elif not dark and start >= 0:
                yield start, row, column - start
                start = -1
