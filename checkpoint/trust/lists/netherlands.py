"""The Dutch list (CoronaCheck): keys per kid, in JSON signed with detached CMS, or that JSON alone."""

from typing import Any

from checkpoint.codec import cms
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add_key, base64_bytes, json_of, kinds_of, skip

NAME = "netherlands"
_PAYLOAD = b'"payload"'


def matches(data: bytes) -> bool:
    """A JSON object with "eu_keys", or with "payload" and "signature"."""
    return data.lstrip()[:1] == b"{" and (b'"eu_keys"' in data or (_PAYLOAD in data and b'"signature"' in data))


def read(data: bytes, options: Options) -> Found:
    """The list's keys; raises ListRefused where it is signed, but not under a pinned anchor."""
    value = json_of(data, "Dutch key list", joined=True)
    found = Found()
    if isinstance(value, dict) and isinstance(value.get("payload"), str):
        payload, found.signed_by = _verified(value, options)
        value = json_of(payload, "Dutch key list", joined=True)
    keys = value.get("eu_keys") if isinstance(value, dict) else None
    if not isinstance(keys, dict):
        raise ListRefused("this list has no eu_keys")
    for kid, entries in keys.items():
        for entry in entries if isinstance(entries, list) else [entries]:  # a kid may stand for several keys
            _add(found, kid, entry, options)
    return found


def _verified(value: dict[str, Any], options: Options) -> tuple[bytes, str]:
    if not options.anchors:
        raise ListRefused(
            "this list is signed, and no anchor says by whom", "give the root's certificate with --anchor"
        )
    try:
        payload = base64_bytes(value["payload"])
        signer = cms.verify(cms.split(base64_bytes(value.get("signature"))), options.anchors, payload)
    except Malformed as error:
        raise ListRefused(f"the signature of this list does not hold: {error}", "is it the right --anchor?") from None
    return payload, signer.name


def _add(found: Found, kid: str, entry: Any, options: Options) -> None:
    try:
        if not isinstance(entry, dict):
            raise Malformed("no object")
        country = str(entry.get("ian") or "")
        # "NL" and "NL/AW" are countries; some entries name nothing, or a whole subject.
        said = {"country": country[:2].upper()} if country[:2].isalpha() and country[2:3] in ("", "/") else {}
        add_key(
            found, base64_bytes(entry.get("subjectPk")), options, kid, kinds=kinds_of(entry.get("keyUsage")), **said
        )
    except Malformed as error:
        skip(found, kid, f"bad_entry: {error}")
