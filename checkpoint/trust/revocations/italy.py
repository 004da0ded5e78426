"""Italy's DRL: base64 of SHA-256 over each UVCI, as one object a chunk (`revokedUcvi`) or as a bare array."""

import re
from base64 import b64decode
from typing import Any

from checkpoint.trust.revocations import Found, ListRefused, Options
from checkpoint.trust.revocations.ids import ID_LENGTH
from checkpoint.trust.revocations.objects import has_names, listed, load

NAME = "italy"
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_ARRAY = re.compile(rb'\A\s*\[\s*"[A-Za-z0-9+/]{43}="')


def matches(data: bytes) -> bool:
    """A JSON object with "revokedUcvi" (sic) or "delta", or an array that begins with such a hash."""
    return has_names(data, b"revokedUcvi") or has_names(data, b"delta", b"insertions") or bool(_ARRAY.match(data))


def read(data: bytes, options: Options) -> Found:
    """The first 16 bytes of every hash, which is how the EU names a UVCI; a delta is refused, its base is not here."""
    value = load(data, "an Italian revocation list")
    if isinstance(value, dict) and "delta" in value:
        raise ListRefused("a delta, which takes revocations back as well", "import the chunks of the whole list")
    found = Found()
    entries: list[Any] = value if isinstance(value, list) else listed(value, "revokedUcvi")
    for one in entries:
        if isinstance(one, str) and _HASH.fullmatch(one):
            found.add([("dcc-uci", b64decode(one)[:ID_LENGTH])])
        else:
            found.skip(one, "bad_entry: SHA-256 as base64")
    return found
