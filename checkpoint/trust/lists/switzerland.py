"""The Swiss lists (FOPH): keys as JSON, and the kids that are active, each a JWS under the Swiss Government Root CA."""

from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import json_of, kinds_of, skip
from checkpoint.trust.lists.jwk import add_jwk
from checkpoint.trust.lists.jws_list import payload, verified

NAME = "switzerland"
_ANY_KIND = "sig"
_LIGHT = "l"  # signs "certificate light" only, which is no DCC
_KEYS = {"certs", "activeKeyIds"}


def matches(data: bytes) -> bool:
    """A JWS or JSON with "certs" or "activeKeyIds", or JSON of entries with "use" and "alg" by kid."""
    text = payload(data)
    if b'"activeKeyIds"' in text or (b'"certs"' in text and b'"keyId"' in text):
        return True
    return b'"use"' in text[:400] and b'"alg"' in text[:400] and b'"kty"' not in text[:400] and text[:1] == b"{"


def read(data: bytes, options: Options) -> Found:
    """The keys, or the kids that count; raises ListRefused where a signature does not hold under a pinned anchor."""
    text, signer = verified(data, options)
    value = json_of(text, "Swiss key list")
    if not isinstance(value, dict):
        raise ListRefused("this list is no object")
    found = Found(signed_by=signer)
    if "activeKeyIds" in value:
        if not isinstance(value["activeKeyIds"], list):
            raise ListRefused("activeKeyIds is no list")
        found.active = frozenset(str(kid) for kid in value["activeKeyIds"])
    for kid, entry in _entries(value):
        _add(found, kid, entry, options)
    return found


def _entries(value: dict[str, Any]) -> list[tuple[str, Any]]:
    if _KEYS & value.keys():
        certs = value.get("certs")
        entries = certs if isinstance(certs, list) else []
        return [(str(one.get("keyId", "")), one) for one in entries if isinstance(one, dict)]
    return [
        (kid, one) for kid, entries in value.items() for one in (entries if isinstance(entries, list) else [entries])
    ]


def _add(found: Found, kid: str, entry: Any, options: Options) -> None:
    if not isinstance(entry, dict):
        skip(found, kid, "bad_entry: no object")
        return
    use = str(entry.get("use", ""))
    if use == _LIGHT:
        skip(found, kid, "other_use: signs light certificates only")
        return
    # "RS256" stands there for RSA keys whose passes use PS256: the kind of key decides, not the label.
    key = {name: entry[name] for name in ("crv", "x", "y", "n", "e") if isinstance(entry.get(name), str)}
    key["kty"] = "RSA" if "n" in key else "EC"
    try:
        add_jwk(found, key, options, kid, kinds=None if use == _ANY_KIND else kinds_of(use))
    except Malformed as error:
        skip(found, kid, f"bad_entry: {error}")
