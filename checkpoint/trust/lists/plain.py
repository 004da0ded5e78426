"""Unsigned lists of keys as JSON: what mirrors and small publishers (GB, NO) serve, in three shapes.

{"certificates": [{"kid", "rawData", ...}]}, [{"kid", "publicKey" or "rawData"}], {kid: {"publicKeyPem", ...}}.
"""

from datetime import UTC, datetime
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add, base64_bytes, json_of, moment, skip

NAME = "plain"
_FIELDS = ("rawData", "publicKey", "publicKeyPem", "subjectPk")


def matches(data: bytes) -> bool:
    """JSON with one of the names under which these lists keep a key."""
    return data.lstrip()[:1] in (b"{", b"[") and any(f'"{name}"'.encode() in data[:8192] for name in _FIELDS)


def read(data: bytes, options: Options) -> Found:
    """The list's keys; it has no signature."""
    found = Found()
    for kid, entry in _entries(json_of(data, "list of keys")):
        _add(found, kid, entry, options)
    return found


def _entries(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("certificates"), list):
        value = value["certificates"]
    if isinstance(value, list):
        return [(str(one.get("kid", "")) if isinstance(one, dict) else "", one) for one in value]
    if isinstance(value, dict):
        return list(value.items())
    raise ListRefused("this is no list of keys")


def _add(found: Found, kid: str, entry: Any, options: Options) -> None:
    try:
        if not isinstance(entry, dict):
            raise Malformed("no object")
        text = next((entry[name] for name in _FIELDS if name in entry), None)
        add(found, base64_bytes(without_armour(text)), options, kid, **_said(entry))
    except (Malformed, ValueError) as error:
        skip(found, kid, f"bad_entry: {error}")


def without_armour(text: Any) -> Any:
    """The base64 of a PEM block, or `text` as it is."""
    return "".join(line for line in text.splitlines() if "-----" not in line) if isinstance(text, str) else text


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    """Country and dates, where a list of bare keys states them beside the key."""
    said: dict[str, Any] = {}
    if isinstance(entry.get("country"), str):
        said["country"] = entry["country"]
    elif isinstance(entry.get("subject"), str):
        parts = dict(part.strip().partition("=")[::2] for part in entry["subject"].split(","))
        said |= {"country": parts.get("C", "").upper(), "name": parts.get("O") or parts.get("CN", "")}
    if "rawData" not in entry:
        for field, name in (("notBefore", "not_before"), ("notAfter", "not_after")):
            if isinstance(entry.get(field), str):
                stated = datetime.fromisoformat(entry[field])
                said[name] = moment((stated if stated.tzinfo else stated.replace(tzinfo=UTC)).timestamp())
    return said
