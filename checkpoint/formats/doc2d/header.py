"""The header of a 2D-Doc (specification section 3.3): fields of fixed width, more of them with every version."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from checkpoint.codec.errors import Malformed

_EPOCH = date(2000, 1, 1)
_NO_DATE = "FFFF"
FIRST_PERIMETER = "01"  # of the ANTS: the only one before version 3
_COMMON = r"DC(0{version})([A-Z0-9]{{4}})([A-Z0-9]{{4}})([0-9A-F]{{4}})([0-9A-F]{{4}})([A-Z0-9]{{2}})"
_HEADERS = {
    "2": re.compile(_COMMON.format(version=2) + "()()"),
    "3": re.compile(_COMMON.format(version=3) + "([A-Z0-9]{2})()"),
    "4": re.compile(_COMMON.format(version=4) + "([A-Z0-9]{2})([A-Z]{2})"),
}
_VERSION_AT = 3


class Header(NamedTuple):
    """Dates in ISO 8601, "" where the code has none; `end` is where the data begin, in characters."""

    version: int
    authority: str
    certificate: str
    issued: str
    signed: str
    type: str
    perimeter: str
    country: str  # alpha-2, "" before version 4
    end: int

    @property
    def kid(self) -> str:
        """The signer's certificate, as `keys import` calls it."""
        return self.authority + self.certificate


def read(text: str) -> Header:
    """The header that `text` begins with; raises Malformed."""
    pattern = _HEADERS.get(text[_VERSION_AT : _VERSION_AT + 1])
    found = pattern.match(text) if pattern else None
    if found is None:
        raise Malformed("2d-doc header")
    version, authority, certificate, issued, signed, kind, perimeter, country = found.groups()
    return Header(
        int(version),
        authority,
        certificate,
        day(issued),
        day(signed),
        kind,
        perimeter or FIRST_PERIMETER,
        country,
        found.end(),
    )


def day(digits: str) -> str:
    """Days since the year 2000 in four hexadecimal digits, "" for FFFF; raises Malformed."""
    if digits == _NO_DATE:
        return ""
    try:
        return (_EPOCH + timedelta(days=int(digits, 16))).isoformat()
    except ValueError:
        raise Malformed("2d-doc date") from None
