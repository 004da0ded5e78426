"""The Polish list: an array of objects, as a mirror has it, or one under "noweCertyfikaty".

No description of its fields was to be had, so an entry is read by what its values are: the one that decodes to a
certificate or key is that, and the one that decodes to the eight bytes of a kid is its kid.
"""

import re
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options, plain
from checkpoint.trust.lists.entries import add, base64_bytes, json_of, skip

NAME = "poland"
_ARRAY = re.compile(rb'\[\s*\{[^\]]{0,4096}?"(?:-----BEGIN |M[FIH][A-Za-z0-9+/]{40})')
_NAME = "noweCertyfikaty"
_KID_BYTES = 8


def matches(data: bytes) -> bool:
    """A JSON object with "noweCertyfikaty", or an array of objects with a key under a name that no other list has."""
    start = data.lstrip()
    if start[:1] == b"{":
        return _NAME.encode() in data
    return _ARRAY.match(start) is not None and not plain.matches(data) and b'"kty"' not in start[:8192]


def read(data: bytes, options: Options) -> Found:
    """The list's keys; it has no signature."""
    value = json_of(data, "Polish certificate list")
    entries = value.get(_NAME) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise ListRefused(f"this list has no {_NAME}")
    found = Found()
    for entry in entries:
        _add(found, entry, options)
    return found


def _add(found: Found, entry: Any, options: Options) -> None:
    texts = [one for one in entry.values() if isinstance(one, str)] if isinstance(entry, dict) else []
    decoded = {text: raw for text in texts if (raw := _decoded(text)) is not None}
    keys = [raw for raw in decoded.values() if len(raw) > 32 and raw[0] == 0x30]
    kids = [text for text, raw in decoded.items() if len(raw) == _KID_BYTES and text.endswith("=")]
    if len(keys) != 1 or len(kids) > 1:
        skip(found, kids[0] if kids else "", "bad_entry: not one key and one kid")
        return
    add(found, keys[0], options, kids[0] if kids else "")


def _decoded(text: str) -> bytes | None:
    try:
        return base64_bytes(plain.without_armour(text))
    except Malformed:
        return None
