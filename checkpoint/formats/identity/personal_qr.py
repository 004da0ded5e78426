"""The national personal QR of 2021 (Decision 1405/QĐ-BTTTT): number|name|birth date|who declared|QID|extensions.

Masked fields are carried as they stand. The list of extensions has room for a signature, but no key was ever
published and no code with one is known: it is passed over, and the code stays a claim.
"""

import re

from checkpoint.codec.errors import Malformed
from checkpoint.formats.identity import FEMALE, MALE, Person, claims_of
from checkpoint.model import Claims

NAME = "personal_qr"
_CODE = re.compile(
    r"(?P<number>[A-Z0-9*]{6,20})\|(?P<name>[^|<\x00-\x1f]{1,200})\|(?P<born>\d{4}-(?:\d\d|\*\*)-(?:\d\d|\*\*))"
    r"\|(?P<declared>[01])\|(?P<qid>[^|]{0,64})\|(?P<extensions>[^|]{0,2048})\Z",
    re.ASCII,
)
_BY_ANOTHER = "1"
_SEXES = {"1": MALE, "2": FEMALE}  # "0" is not stated
_QID_LENGTH = 2  # characters from which on the first extension cannot be the sex


def read(text: str) -> Claims:
    """Who the code names; raises Malformed where it is no such code."""
    found = _CODE.match(text)
    if found is None:
        raise Malformed("fields")
    person = Person(found["name"].strip(), found["born"], found["number"], _sex(found["extensions"]))
    return claims_of(NAME, text, person, (("note.declared_by_another",),) if found["declared"] == _BY_ANOTHER else ())


def _sex(extensions: str) -> str:
    """The sex among `QID of the declarer<sex<insurance<telephone<signature`; some write the list without the first."""
    parts = extensions.split("<")
    first = parts[0]
    at = 1 if not first or len(first) >= _QID_LENGTH else 0
    return _SEXES.get(parts[at], "") if at < len(parts) else ""
