"""Dates packed into three bytes, or into a mask and three bytes."""

from datetime import date
from functools import lru_cache

from checkpoint.codec.errors import Malformed

DATE_BYTES = 3
MASKED_BYTES = 4
_DIGITS = 8  # MMDDYYYY


def packed_date(data: bytes, what: str) -> str:
    """The ISO date in three bytes: the number MMDDYYYY (Doc 9303-13 section 2.3.1); raises Malformed."""
    return masked_date(b"\0" + data, what)


@lru_cache(maxsize=2048)
def masked_date(data: bytes, what: str) -> str:
    """The ISO date in a mask and three bytes; what the mask calls unknown ends it: YYYY-MM, YYYY, or "".

    ICAO Datastructure for Barcode section 2.1: a bit of the mask for each digit of MMDDYYYY. Raises Malformed.
    """
    if len(data) != MASKED_BYTES:
        raise Malformed(what)
    digits = f"{int.from_bytes(data[1:], 'big'):0{_DIGITS}}"
    unknown = f"{data[0]:0{_DIGITS}b}"
    month, day, year = slice(0, 2), slice(2, 4), slice(4, 8)
    if len(digits) != _DIGITS or not _calendar(digits, unknown):
        raise Malformed(what)
    found = ""
    for mark, part in (("", year), ("-", month), ("-", day)):
        if "1" in unknown[part]:
            return found
        found += mark + digits[part]
    return found


def _calendar(digits: str, unknown: str) -> bool:
    """Whether the known parts can be a date; an unknown part stands for any."""
    known = ["1" not in unknown[part] for part in (slice(4, 8), slice(0, 2), slice(2, 4))]
    year = int(digits[4:]) if known[0] else 2000  # a leap year
    month = int(digits[:2]) if known[1] else 1
    day = int(digits[2:4]) if known[2] else 1
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def pack(iso: str) -> bytes:
    """An ISO date as three bytes."""
    year, month, day = iso.split("-")
    return int(month + day + year).to_bytes(DATE_BYTES, "big")
