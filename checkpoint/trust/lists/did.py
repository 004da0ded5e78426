"""A DID document (W3C DID Core 1.0) with the keys of New Zealand's passes: only those it lists for assertions count."""

from typing import Any

from checkpoint.codec import jwk
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add_key, json_of, skip, why

NAME = "did"
FORMAT = "nzcp"
_TEST_ISSUER = "did:web:nzcp.covid19.health.nz"  # of the specification's examples, NZCP 1 section 7


def matches(data: bytes) -> bool:
    """A JSON object with "verificationMethod"."""
    return data.lstrip()[:1] == b"{" and b'"verificationMethod"' in data


def read(data: bytes, options: Options) -> Found:
    """The document's keys; it has no signature."""
    value = json_of(data, "DID document")
    methods = value.get("verificationMethod") if isinstance(value, dict) else None
    if not isinstance(methods, list) or not isinstance(value.get("id"), str):
        raise ListRefused("this DID document has no id or no verificationMethod")
    asserting = value.get("assertionMethod")
    allowed = {one for one in asserting if isinstance(one, str)} if isinstance(asserting, list) else set()
    found = Found()
    for method in methods:
        _add(found, value["id"], method, allowed, options)
    return found


def _add(found: Found, did: str, method: Any, allowed: set[str], options: Options) -> None:
    name = method.get("id") if isinstance(method, dict) else None
    owner, _, kid = name.partition("#") if isinstance(name, str) else ("", "", "")
    try:
        if not kid or (owner or did) != did:
            raise Malformed("the id of the key is not of this document")
        if name not in allowed and f"#{kid}" not in allowed:
            raise Malformed("not in assertionMethod")
        key = method.get("publicKeyJwk")
        if not isinstance(key, dict):
            raise Malformed("no publicKeyJwk")
        spki = jwk.spki(key)
    except Malformed as error:
        skip(found, name or "", why(error))
        return
    add_key(found, spki, options, kid, format=FORMAT, issuer=did, test=did == _TEST_ISSUER)
