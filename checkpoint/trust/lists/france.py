"""The French list (TousAntiCovid Verif): base64 of base64 of a certificate or key, by kid."""

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add, base64_bytes, json_of, skip

NAME = "france"


def matches(data: bytes) -> bool:
    """A JSON object with "certificatesDCC"."""
    return data.lstrip()[:1] == b"{" and b'"certificatesDCC"' in data


def read(data: bytes, options: Options) -> Found:
    """The list's keys; it has no signature."""
    value = json_of(data, "French certificate list")
    entries = value.get("certificatesDCC") if isinstance(value, dict) else None
    if not isinstance(entries, dict):
        raise ListRefused("this list has no certificatesDCC")
    found = Found()
    for kid, text in entries.items():
        try:
            add(found, base64_bytes(base64_bytes(text).decode("ascii")), options, kid)
        except (Malformed, UnicodeDecodeError):
            skip(found, kid, "bad_entry: not base64 of base64")
    return found
