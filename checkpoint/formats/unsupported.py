"""Codes that are known by sight and cannot be checked here: what each is, and what to ask for instead.

None of them is a format: they are looked at only where no format knows the text, so they never shadow one.
"""

import re

from checkpoint.model import Note

LOOKED_AT = 512  # characters: each of these shows what it is at its beginning
# By prefix, in capitals; the note says what the code is and what to ask for.
_PREFIXES = {
    "NL2:": "note.nl2",
    "NL1:": "note.nl2",
    "LT1:": "note.lt1",
    "SHLINK:/": "note.health_link",
    "000201": "note.payment",  # EMV QRCPS merchant-presented: payload format indicator 01; VietQR is one of them
    "WIFI:": "note.wifi",
    "BEGIN:VCARD": "note.contact",
    "MECARD:": "note.contact",
    "BIZCARD:": "note.contact",
    "HTTP://": "note.web_address",
    "HTTPS://": "note.web_address",
}
# IATA Resolution 792 (BCBP): M, number of legs, name to 20 characters, E, booking code, two airports.
_BOARDING_PASS = re.compile(r"M[1-9][^\n]{20}E[A-Z0-9 ]{7}[A-Z]{6}")
_VNEID = re.compile(r"vneid|dancuquocgia\.gov\.vn", re.IGNORECASE)
_LINK = "shlink:/"


def note(text: object) -> Note:
    """What the code is, for people; the plain word for "no pass" where it is not known either, or no text at all."""
    if not isinstance(text, str):
        return ("note.not_a_pass",)
    start = text[:LOOKED_AT]
    upper = start.upper()
    for prefix, key in _PREFIXES.items():
        if upper.startswith(prefix):
            return (_address(start) if key == "note.web_address" else key,)
    if _BOARDING_PASS.match(start):
        return ("note.boarding_pass",)
    return ("note.vneid",) if _VNEID.search(start) else ("note.not_a_pass",)


def _address(start: str) -> str:
    """What a web address leads to, where it says so: viewers of health links carry the link behind their "#"."""
    if _LINK in start.lower():
        return "note.health_link"
    return "note.vneid" if _VNEID.search(start) else "note.web_address"
