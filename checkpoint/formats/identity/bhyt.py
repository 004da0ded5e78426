"""The QR of the health-insurance card (BHYT): code|name in hex|birth date|1 or 2|address in hex|clinic|from|to|...

No specification of it was found: this is the shape that public readers of it agree on. Field by field it may carry
more, which is not read.
"""

import re
from unicodedata import normalize

from checkpoint.codec.errors import Malformed
from checkpoint.formats.identity import FEMALE, MALE, Person, claims_of, day_month_year
from checkpoint.model import Claims

NAME = "bhyt"
# A card number, a field of hexadecimal digits, a date, and 1 or 2.
# The number: two letters, 1 to 5, the province and the 10 digits of social insurance; newer cards carry these 10 alone.
matches = re.compile(
    r"((?:[A-Z]{2}[1-5]\d{2})?\d{10})\|((?:[0-9A-Fa-f]{2}){2,200})\|([\d/]{4,10})\|([12])\|[0-9A-Fa-f]{0,2000}\|",
    re.ASCII,
).match
_SEXES = {"1": MALE, "2": FEMALE}
_YEAR = 4


def read(text: str) -> Claims:
    """Who the code names; raises Malformed where name or date cannot be read."""
    found = matches(text)
    if found is None:
        raise Malformed("fields")
    try:
        name = normalize("NFC", bytes.fromhex(found[2]).decode("utf-8")).strip()
    except UnicodeDecodeError:
        raise Malformed("name") from None
    born = found[3] if len(found[3]) == _YEAR else day_month_year(found[3], "date of birth")
    return claims_of(NAME, text, Person(name, born, sex=_SEXES[found[4]], insurance=found[1]))
