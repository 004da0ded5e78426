"""The QR code of a pass: level M, the smallest version that holds it, as PNG, SVG, or rows of dark runs for a sheet.

Choosing the best of eight masks is most of the work, so that many codes are drawn by as many processes as there are
cores. They are started anew, hold nothing of the authority's, and end with the process that started them.
"""

import io
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import segno

BORDER = 4  # modules of quiet zone, ISO/IEC 18004 section 6.3.8
PIXELS = 6  # of one module
LEVEL = "m"
MOST_WORKERS = 8
ENOUGH = 100  # codes for one worker: starting it costs what some twenty codes cost
_AT_ONCE = 16  # codes handed to a worker
Matrix = tuple[bytes, ...]  # row by row, 1 for a dark module


class Drawn(NamedTuple):
    """One code in every form that was asked for; b"" where it was not."""

    matrix: Matrix
    png: bytes = b""
    svg: bytes = b""


def make(text: str) -> segno.QRCode:
    """The code of a pass."""
    return segno.make_qr(text, error=LEVEL, boost_error=False)


def draw(text: str, kinds: Sequence[str]) -> Drawn:
    """The code of a pass as the pictures in `kinds`."""
    code = make(text)
    png = _saved(code, "png") if "png" in kinds else b""
    svg = _saved(code, "svg", xmldecl=True, svgns=True) if "svg" in kinds else b""
    return Drawn(tuple(map(bytes, code.matrix)), png, svg)


def _saved(code: segno.QRCode, kind: str, **options: bool) -> bytes:
    out = io.BytesIO()
    code.save(out, kind=kind, scale=PIXELS, border=BORDER, **options)
    return out.getvalue()


def draw_all(texts: Sequence[str], kinds: Sequence[str], workers: int | None = None) -> Iterator[Drawn]:
    """The codes of many passes in their order; `workers` processes draw them, None for as many as are worth it."""
    if workers is None:
        workers = min(MOST_WORKERS, os.cpu_count() or 1, len(texts) // ENOUGH)
    work = partial(draw, kinds=tuple(kinds))
    if workers < 2:
        yield from map(work, texts)
        return
    # Not forked: a fork would hold the authority's lock, and its open keys, for as long as it lives.
    with multiprocessing.get_context("spawn").Pool(workers, _leave_to_parent) as pool:
        yield from pool.imap(work, texts, _AT_ONCE)


def _leave_to_parent() -> None:
    """In a worker: Ctrl-C is the parent's, and a worker ends where the parent is gone, for its pipe is closed then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """(column, row from the top, length) of every run of dark modules."""
    for row, modules in enumerate(matrix):
        start = -1
        for column, dark in enumerate((*modules, 0)):
            if dark and start < 0:
                start = column
            elif not dark and start >= 0:
                yield start, row, column - start
                start = -1
