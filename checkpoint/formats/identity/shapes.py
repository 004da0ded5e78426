"""How the unsigned codes of Viet Nam look from outside: one pattern tells them apart before anything is read."""

import re

from checkpoint.formats import FIRST_FIELD

SHAPES = {
    # Six fields, a date in the third and 0 or 1 in the fourth.
    "personal_qr": rf"[^|]{{6,{FIRST_FIELD}}}+\|[^|]*+\|[^|]{{4}}-[^|]{{2}}-[^|]*+\|[01]\|[^|]*+\|[^|]*+\Z",
    # Twelve digits, two fields, a date with slashes or without (one digit is none), and at least seven fields in all.
    "cccd": r"[0-9]{12}\|[^|]*+\|[^|]{1,200}+\|/*+[0-9][0-9/]++\|[^|]*+\|[^|]*+\|",
    # A card number, a name in hexadecimal digits, a date, 1 or 2, an address in hexadecimal digits. The number: two
    # letters, 1 to 5, the province and the 10 digits of social insurance; newer cards carry these 10 alone.
    "bhyt": r"(?:[A-Z]{2}[1-5][0-9]{2})?[0-9]{10}\|(?:[0-9A-Fa-f]{2}){2,200}+\|[0-9/]{4,10}+\|[12]"
    r"\|[0-9A-Fa-f]{0,2000}+\|",
}
ANY = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in SHAPES.items()))
