"""A DID document (W3C DID Core 1.0) with the keys of New Zealand's passes, or of DIVOC: those for assertions count."""

from typing import Any

from checkpoint.codec import base58, jwk
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add_key, base64_bytes, json_of, skip, why

NAME = "did"
FORMAT = "nzcp"
OLDER_FORMAT = "divoc"
_OLDER_TYPES = ("RsaVerificationKey2018", "Ed25519VerificationKey2018")
_ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")  # of every SubjectPublicKeyInfo with Ed25519, RFC 8410
_ED25519_SIZE = 32
_TEST_ISSUER = "did:web:nzcp.covid19.health.nz"  # of the specification's examples, NZCP 1 section 7


def matches(data: bytes) -> bool:
    """A JSON object with "verificationMethod" or "assertionMethod"."""
    return data.lstrip()[:1] == b"{" and (b'"verificationMethod"' in data or b'"assertionMethod"' in data)


def read(data: bytes, options: Options) -> Found:
    """The document's keys; it has no signature."""
    value = json_of(data, "DID document")
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise ListRefused("this DID document has no id")
    methods, asserting = value.get("verificationMethod", []), value.get("assertionMethod", [])
    if not isinstance(methods, list):
        raise ListRefused("this DID document has no verificationMethod")
    asserting = asserting if isinstance(asserting, list) else []
    own = [one for one in asserting if isinstance(one, dict)]  # DID Core 1.0 section 5.3: or the method itself
    allowed = {one for one in asserting if isinstance(one, str)}
    found = Found()
    for method in methods:
        _add(found, value["id"], method, allowed, options)
    for method in own:
        _add(found, value["id"], method, {str(method.get("id"))}, options)
    return found


def _add(found: Found, did: str, method: Any, allowed: set[str], options: Options) -> None:
    stated = method.get("id") if isinstance(method, dict) else None
    name = stated if isinstance(stated, str) else ""
    owner, _, kid = name.partition("#")
    older = options.format == OLDER_FORMAT or (isinstance(method, dict) and method.get("type") in _OLDER_TYPES)
    try:
        if not (kid or older) or (owner or did) != did:
            raise Malformed("the id of the key is not of this document")
        if name not in allowed and f"#{kid}" not in allowed:
            raise Malformed("not in assertionMethod")
        spki = _spki(method, older)
    except Malformed as error:
        skip(found, name, why(error))
        return
    if older:  # DIVOC names the key as the document does, often by the issuer's name alone
        add_key(found, spki, options, name, format=OLDER_FORMAT, issuer=did)
    else:
        add_key(found, spki, options, kid, format=FORMAT, issuer=did, test=did == _TEST_ISSUER)


def _spki(method: dict[str, Any], older: bool) -> bytes:
    """The key of a method: as JWK, or in the spellings of the suites of 2018; raises Malformed."""
    key, pem, short = (method.get(name) for name in ("publicKeyJwk", "publicKeyPem", "publicKeyBase58"))
    if isinstance(key, dict):
        return jwk.spki(key)
    if older and isinstance(pem, str):
        return base64_bytes("".join(line for line in pem.splitlines() if "-----" not in line))
    if older and isinstance(short, str):
        raw = base58.decode(short)
        if len(raw) != _ED25519_SIZE:
            raise Malformed("publicKeyBase58")
        return _ED25519_HEAD + raw
    raise Malformed("no publicKeyJwk")
