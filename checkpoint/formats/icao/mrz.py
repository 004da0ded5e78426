"""Machine readable zones (ICAO Doc 9303 parts 3 to 7): what they say, and whether their check digits agree."""

from collections.abc import Callable, Iterator
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.model import Subject

FILLER = "<"
_WEIGHTS = (7, 3, 1)  # Doc 9303-3 section 4.9
Place = tuple[int, int, int]  # line, start, end
_SEXES = frozenset({"M", "F", "X", FILLER})


class Layout(NamedTuple):
    """Where the fields of one kind of zone stand: lines and their length, and (line, start, end) of each field."""

    lines: tuple[int, ...]
    names: Place
    number: Place
    nationality: Place
    born: Place
    sex: Place
    expires: Place
    optional: Place

    @property
    def characters(self) -> int:
        """How many characters the whole zone has."""
        return sum(self.lines)


def _two_lines(first: int, second: int, optional: int) -> Layout:
    return Layout(
        (first, second),
        names=(0, 5, first),
        number=(1, 0, 9),
        nationality=(1, 10, 13),
        born=(1, 13, 19),
        sex=(1, 20, 21),
        expires=(1, 21, 27),
        optional=(1, 28, optional),
    )


LAYOUTS = MappingProxyType(
    {
        "TD1": Layout(
            (30, 30, 30),
            names=(2, 0, 30),
            number=(0, 5, 14),
            nationality=(1, 15, 18),
            born=(1, 0, 6),
            sex=(1, 7, 8),
            expires=(1, 8, 14),
            optional=(0, 15, 30),
        ),
        "TD2": _two_lines(36, 36, 35),
        "TD3": _two_lines(44, 44, 42),
        # A seal carries the zone of a visa without the optional data at its end (Doc 9303-13 section 3.2.2).
        "MRV-A": _two_lines(44, 28, 28),
        "MRV-B": _two_lines(36, 28, 28),
    }
)


class Mrz(NamedTuple):
    """What a zone says; dates in ISO 8601, "" and shorter where it does not say."""

    code: str
    state: str
    family: str
    given: str
    number: str
    nationality: str
    born: str
    sex: str
    expires: str
    faults: tuple[str, ...]  # the fields whose check digit does not fit

    @property
    def subject(self) -> Subject:
        """The holder, family name first."""
        name = " ".join(filter(None, (self.family, self.given)))
        return Subject(name, self.born, self.family, self.given, document=self.number, sex=self.sex)

    @property
    def facts(self) -> Iterator[tuple[str, str]]:
        """What it says of the document, by the names of our shared terms."""
        yield "document_code", self.code
        yield "issuing_state", self.state
        yield "document_number", self.number
        yield "nationality", self.nationality
        yield "sex", self.sex
        yield "expires", self.expires


def read(text: str, kind: str, signed: str) -> Mrz:
    """The zone in `text` (fillers as spaces or "<"), of a document that was signed on the ISO date `signed`.

    Raises Malformed for another length, or a date that is none.
    """
    layout = LAYOUTS[kind]
    text = text.replace(" ", FILLER)
    if len(text.rstrip(FILLER)) > layout.characters:
        raise Malformed("mrz length")
    lines = _lines(text.ljust(layout.characters, FILLER), layout)

    def field(place: Place) -> str:
        line, start, end = place
        return lines[line][start:end]

    sex = field(layout.sex)
    if sex not in _SEXES:
        raise Malformed("mrz sex")
    family, _, given = field(layout.names).partition(FILLER * 2)
    born, expires = field(layout.born), field(layout.expires)
    return Mrz(
        code=_plain(lines[0][:2]),
        state=_plain(lines[0][2:5]),
        family=_plain(family),
        given=_plain(given),
        number=_number(layout, field),
        nationality=_plain(field(layout.nationality)),
        born=_birth(born, signed),
        sex=_plain(sex),
        expires=_expiry(expires),
        faults=tuple(_faults(layout, lines)),
    )


def _lines(text: str, layout: Layout) -> list[str]:
    found, at = [], 0
    for size in layout.lines:
        found.append(text[at : at + size])
        at += size
    return found


def _plain(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _number(layout: Layout, field: Callable[[Place], str]) -> str:
    """The document number; one of more than nine characters goes on in the optional data (Doc 9303-5 note j)."""
    number = field(layout.number)
    line, _, end = layout.number
    if field((line, end, end + 1)) == FILLER and FILLER not in number:
        rest = field(layout.optional).partition(FILLER)[0]
        return number + rest[:-1]
    return _plain(number)


def _birth(digits: str, signed: str) -> str:
    """YYMMDD of a birth before `signed`, at the precision stated."""
    return _date(digits, 2000 if 2000 + _year(digits) <= int(signed[:4]) else 1900)


def _expiry(digits: str) -> str:
    """YYMMDD of an expiry in this century, "" where the document does not end (Doc 9303-3 section 4.8)."""
    found = _date(digits, 2000)
    if found and len(found) != len("YYYY-MM-DD"):
        raise Malformed("mrz date of expiry")
    return found


def _year(digits: str) -> int:
    return int(digits[:2]) if digits[:2].isdecimal() and digits.isascii() else 0


def _date(digits: str, century: int) -> str:
    parts = [digits[:2], digits[2:4], digits[4:]]
    known = [part for part in parts if part != FILLER * 2]
    if parts[: len(known)] != known or not all(part.isdecimal() and part.isascii() for part in known):
        raise Malformed("mrz date")
    if not known:
        return ""
    numbers = [century + int(known[0]), *map(int, known[1:])]
    try:
        date(*[*numbers, 1, 1][:3])
    except ValueError:
        raise Malformed("mrz date") from None
    return "-".join([f"{numbers[0]:04}", *(f"{number:02}" for number in numbers[1:])])


def _faults(layout: Layout, lines: list[str]) -> Iterator[str]:
    for name, (line, start, end) in (("number", layout.number), ("birth", layout.born), ("expiry", layout.expires)):
        stated = lines[line][end]
        if stated != FILLER and stated != check_digit(lines[line][start:end]):
            yield name


def check_digit(text: str) -> str:
    """The check digit of a field (Doc 9303-3 section 4.9)."""
    total = 0
    for place, letter in enumerate(text):
        value = 0 if letter == FILLER else int(letter, 36)
        total += value * _WEIGHTS[place % len(_WEIGHTS)]
    return str(total % 10)
