"""Printable sheets: A4 pages of ten cards, each a code with its kind and number, to be cut apart and handed out."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from checkpoint.authority.issuing import codes, lettering
from checkpoint.words import say

COLUMNS, ROWS = 2, 5
WIDE, HIGH = 85.6 * mm, 54 * mm  # of a card: ISO/IEC 7810 ID-1
PAGES = 100  # of one file: what a printer takes well
A_FILE = COLUMNS * ROWS * PAGES  # cards
_CODE = 46 * mm
_GAP = 4 * mm
_TEXT, _SMALLEST = 9.0, 6.0  # points


class Card(NamedTuple):
    """What stands on one card: nothing that would name the holder."""

    kind: str
    number: str
    code: codes.Matrix
    demo: bool = False


def files(cards: Sequence[Card]) -> Iterator[bytes]:
    """PDF files of at most PAGES pages that hold `cards` in their order."""
    for start in range(0, len(cards), A_FILE):
        yield sheet(cards[start : start + A_FILE])


def sheet(cards: Sequence[Card]) -> bytes:
    """One PDF of as many pages as `cards` need."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("checkpoint")
    left, top = (A4[0] - COLUMNS * WIDE) / 2, (A4[1] + ROWS * HIGH) / 2
    for place, card in enumerate(cards):
        row, column = divmod(place % (COLUMNS * ROWS), COLUMNS)
        if place and not row and not column:
            canvas.showPage()
        _draw(canvas, left + column * WIDE, top - (row + 1) * HIGH, card)
    canvas.save()
    return out.getvalue()


def _draw(canvas: Any, x: float, y: float, card: Card) -> None:
    canvas.setStrokeGray(0.75)
    canvas.setLineWidth(0.3)
    canvas.rect(x, y, WIDE, HIGH)
    canvas.setStrokeGray(0)
    _draw_code(canvas, x + _GAP, y + (HIGH - _CODE) / 2, card.code)
    left = x + _GAP + _CODE + _GAP / 2
    room = WIDE - _CODE - 2 * _GAP
    lines = [(say(lang, f"kind.{card.kind}"), lettering.BOLD) for lang in ("vi", "en")]
    lines.append((card.number, lettering.FONT))
    if card.demo:
        lines += [(say(lang, "title.demo_pass"), lettering.BOLD) for lang in ("vi", "en")]
    for number, (text, font) in enumerate(lines):
        down = y + HIGH - _GAP - (number + 1) * _TEXT * 1.7
        size = lettering.fitting(text, _TEXT, _SMALLEST, room, font)
        lettering.draw(canvas, left, down, lettering.fitted(text, size, room, font), size, font)


def _draw_code(canvas: Any, x: float, y: float, code: codes.Matrix) -> None:
    """The code with its quiet zone in a square of _CODE: vectors, so that no printer blurs it."""
    side = len(code)
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(_CODE / (side + 2 * codes.BORDER), _CODE / (side + 2 * codes.BORDER))
    path = canvas.beginPath()
    for column, row, length in codes.runs(code):
        path.rect(codes.BORDER + column, codes.BORDER + side - 1 - row, length, 1)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()
