"""Vietnamese with the fonts that every PDF reader has: they lack its letters, so marks are drawn over the plain ones.

Helvetica's letters are set as they are; the marks of each (NFD) are a few strokes over it, in parts of its size.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from unicodedata import combining, normalize

from reportlab.pdfbase.pdfmetrics import stringWidth

FONT, BOLD = "Helvetica", "Helvetica-Bold"
_THICKNESS = 0.055
_CAPITAL, _SMALL, _LIFT = 0.76, 0.57, 0.17  # heights at which marks begin, and how much a second one is higher
_STEMS = frozenset("bdfhklt")
# Strokes from point to point: x from the middle of the letter, y from where its marks begin.
_STROKES: dict[str, tuple[tuple[float, float], ...]] = {
    "\u0300": ((-0.11, 0.14), (0.05, 0.02)),  # grave
    "\u0301": ((0.11, 0.14), (-0.05, 0.02)),  # acute
    "\u0302": ((-0.14, 0.01), (0.0, 0.13), (0.14, 0.01)),  # circumflex
    "\u0303": ((-0.15, 0.04), (-0.07, 0.1), (0.07, 0.04), (0.15, 0.1)),  # tilde
    "\u0306": ((-0.13, 0.12), (-0.07, 0.03), (0.07, 0.03), (0.13, 0.12)),  # breve
    "\u0309": ((-0.06, 0.13), (0.03, 0.16), (0.06, 0.1), (0.0, 0.06), (0.0, 0.01)),  # hook above
}
_BELOW_TONES = frozenset("\u0302\u0306")  # circumflex and breve, over which a tone is set
_HORN, _DOT = "\u031b", "\u0323"
_BARRED = {"đ": "d", "Đ": "D"}


def width(text: str, size: float, font: str = FONT) -> float:
    """How wide `text` is drawn."""
    return float(sum(stringWidth(base, font, size) for base, _, _ in _letters(text)))


def draw(canvas: Any, x: float, y: float, text: str, size: float, font: str = FONT) -> None:
    """Draw one line of `text` from x, y on; a letter outside Latin becomes a question mark."""
    canvas.setLineWidth(size * _THICKNESS * (1.6 if font == BOLD else 1))
    canvas.setLineCap(1)
    letters = list(_letters(text))
    canvas.setFont(font, size)
    canvas.drawString(x, y, "".join(base for base, _, _ in letters))
    for base, marks, barred in letters:
        wide = stringWidth(base, font, size)
        height = (_CAPITAL if base.isupper() or base in _STEMS else _SMALL) * size
        marks.sort(key=_height)
        for number, mark in enumerate(marks):
            above = number and _height(marks[0]) == 0  # a tone over a circumflex or breve
            _mark(canvas, x, y, wide, height + (_LIFT * size if above else 0.0), size, mark)
        if barred:
            left = x if base == "D" else x + wide * 0.45
            line = y + (0.36 if base == "D" else 0.6) * size
            canvas.line(left, line, left + 0.3 * size, line)
        x += wide


def fitting(text: str, size: float, smallest: float, room: float, font: str = FONT) -> float:
    """The size at which `text` fits into `room`, from `size` down to `smallest`."""
    return max(smallest, min(size, size * room / max(width(text, size, font), 1.0)))


def fitted(text: str, size: float, room: float, font: str = FONT) -> str:
    """`text`, cut off with three dots where it is wider than `room`."""
    if width(text, size, font) <= room:
        return text
    while text and width(text + "...", size, font) > room:
        text = text[:-1]
    return text + "..."


def _height(mark: str) -> int:
    """What sits on the letter itself comes first."""
    return 0 if mark in _BELOW_TONES else 1


def _mark(canvas: Any, x: float, y: float, wide: float, height: float, size: float, mark: str) -> None:
    middle = x + wide / 2
    if mark == _DOT:
        canvas.circle(middle, y - 0.13 * size, 0.05 * size, stroke=0, fill=1)
    elif mark == _HORN:
        top = y + 0.5 * size if height < _CAPITAL * size else y + 0.68 * size
        canvas.line(x + wide * 0.88, top, x + wide * 0.88 + 0.11 * size, top + 0.1 * size)
    else:
        points = [(middle + dx * size, y + height + dy * size) for dx, dy in _STROKES.get(mark, ())]
        canvas.lines([(*start, *end) for start, end in pairwise(points)])


def _letters(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """(letter that Helvetica has, its marks, whether it is barred) of every letter."""
    for char in normalize("NFC", text):
        barred = char in _BARRED
        base, *marks = list(normalize("NFD", _BARRED.get(char, char)))
        known = base.isascii() and base.isprintable()
        yield base if known else "?", [one for one in marks if known and combining(one)], barred
