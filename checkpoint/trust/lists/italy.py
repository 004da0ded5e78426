"""What the Italian service answers: a certificate as base64 of DER, one an answer, and the kids that are active."""

import re

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, Options
from checkpoint.trust.lists.entries import add, base64_bytes, json_of, skip

NAME = "italy"
_BODY = re.compile(rb"\A\s*MI[A-Za-z0-9+/=\s]+\Z")
_KIDS = re.compile(rb'\A\s*\[\s*"[A-Za-z0-9+/]{11}="')


def matches(data: bytes) -> bool:
    """Lines of base64 that start as DER does, or a JSON array of kids."""
    return _BODY.match(data) is not None or _KIDS.match(data[:64]) is not None


def read(data: bytes, options: Options) -> Found:
    """The certificates, one a line or one in all, or the kids that count; neither has a signature."""
    found = Found()
    if data.lstrip()[:1] == b"[":
        value = json_of(data, "list of kids")
        found.active = frozenset(kid for kid in value if isinstance(kid, str))
        return found
    lines = data.decode("ascii").split()
    bodies = lines if all(line.startswith("MI") for line in lines) else ["".join(lines)]
    for body in bodies:
        try:
            add(found, base64_bytes(body), options)
        except Malformed as error:
            skip(found, "", f"bad_entry: {error}")
    return found
