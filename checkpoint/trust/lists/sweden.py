"""The Swedish list (DIGG trust service): a JWS whose certificate is in its header, keys and certificates by country."""

from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add_certificate, base64_bytes, json_of, kinds_of_usages, skip
from checkpoint.trust.lists.jwk import add_jwk
from checkpoint.trust.lists.jws_list import payload, verified

NAME = "sweden"


def matches(data: bytes) -> bool:
    """A JWS, or its payload alone, with "dsc_trust_list"."""
    return b'"dsc_trust_list"' in payload(data)


def read(data: bytes, options: Options) -> Found:
    """The list's certificates; raises ListRefused where its signature does not hold under a pinned anchor."""
    text, signer = verified(data, options)
    value = json_of(text, "Swedish trust list")
    countries = value.get("dsc_trust_list") if isinstance(value, dict) else None
    if not isinstance(countries, dict):
        raise ListRefused("this list has no dsc_trust_list")
    found = Found(signed_by=signer)
    for country, entry in countries.items():
        usages = entry.get("eku") if isinstance(entry, dict) else None
        keys = entry.get("keys") if isinstance(entry, dict) else None
        for key in keys if isinstance(keys, list) else []:
            _add(found, country, key, usages if isinstance(usages, dict) else {}, options)
    return found


def _add(found: Found, country: str, key: Any, usages: dict[str, Any], options: Options) -> None:
    if not isinstance(key, dict):
        skip(found, "", "bad_entry: no object")
        return
    kid = str(key.get("kid", ""))
    said: dict[str, Any] = {}
    if (kinds := kinds_of_usages(usages.get(kid))) is not None:
        said["kinds"] = kinds
    chain = key.get("x5c")
    try:
        if isinstance(chain, list) and chain:
            # The certificate, not x and y: it says more about the key, and it is what the kid was made of.
            add_certificate(found, base64_bytes(chain[0]), options, kid, country, **said)
        else:
            add_jwk(found, key, options, kid, country=country, **said)
    except Malformed as error:
        skip(found, kid, f"bad_entry: {error}")
