"""The QR of the citizen's card: CCCD (Circular 06/2021/TT-BCA), 7 fields, and Căn cước of 2024, the same 7 and 4 more.

number|old number or empty|name|ddmmyyyy|sex|address|date of issue. What the last four fields mean was not published:
they are not read. The chip of the card is signed, this code is not.
"""

import re
from unicodedata import normalize

from checkpoint.codec.errors import Malformed
from checkpoint.formats.identity import FEMALE, MALE, Person, claims_of, day_month_year
from checkpoint.model import Claims, Note

NAME = "cccd"
_FIELDS = (7, 11)
_NUMBER, _OLD, _HOLDER, _BORN, _SEX, _ADDRESS, _ISSUED = range(7)
_SEXES = {"nam": MALE, "nữ": FEMALE, "nu": FEMALE}
_OLD_NUMBER = re.compile(r"(?:\d{9}|\d{12})?\Z", re.ASCII)


def read(text: str) -> Claims:
    """Who the code names; raises Malformed where a date is none. Empty fields keep their place."""
    fields = text.split("|")
    old = fields[_OLD]
    sex = _SEXES.get(normalize("NFC", fields[_SEX]).strip().casefold(), "")
    born = day_month_year(fields[_BORN], "date of birth")
    odd = len(fields) not in _FIELDS or "/" in fields[_BORN] or not sex or not _OLD_NUMBER.match(old)
    warnings: tuple[Note, ...] = (("note.unusual_form",),) if odd or not _dated(fields[_ISSUED]) else ()
    name = normalize("NFC", fields[_HOLDER]).strip()
    return claims_of(NAME, text, Person(name, born, fields[_NUMBER], sex, old), warnings)


def _dated(text: str) -> bool:
    """Whether the date of issue is one; it is not carried on."""
    try:
        day_month_year(text, "date of issue")
    except Malformed:
        return False
    return "/" not in text
