"""The QR of the health-insurance card (BHYT): code|name in hex|birth date|1 or 2|address in hex|clinic|from|to|...

No specification of it was found: this is the shape that public readers of it agree on. Field by field it may carry
more, which is not read.
"""

from unicodedata import normalize

from checkpoint.codec.errors import Malformed
from checkpoint.formats.identity import FEMALE, MALE, Person, claims_of, day_month_year
from checkpoint.model import Claims

NAME = "bhyt"
_SEXES = {"1": MALE, "2": FEMALE}
_YEAR = 4


def read(text: str) -> Claims:
    """Who the code of this shape names; raises Malformed where name or date cannot be read."""
    number, encoded, stated, sex = text.split("|", 4)[:4]
    try:
        name = normalize("NFC", bytes.fromhex(encoded).decode("utf-8")).strip()
    except UnicodeDecodeError:
        raise Malformed("name") from None
    born = stated if len(stated) == _YEAR else day_month_year(stated, "date of birth")
    return claims_of(NAME, text, Person(name, born, sex=_SEXES[sex], insurance=number))
