"""A JSON Web Key or a JWK Set (RFC 7517), with certificates (x5c) where they carry them."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import replace
from typing import Any

from checkpoint.codec import certificate, jwk
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options, Skipped, x5c
from checkpoint.trust.lists.entries import TEXT_KIDS, add_certificate, add_key, base64_bytes, json_of, why
from checkpoint.trust.revocations.shc import counter

NAME = "jwk"
_SET = re.compile(rb'\{\s*"keys"\s*:')
_SIGNATURES, _VERIFY = "sig", "verify"


def matches(data: bytes) -> bool:
    """A JSON object or array with "kty", or a set without a key."""
    start = data.lstrip()
    return (start[:1] in (b"{", b"[") and b'"kty"' in start) or _SET.match(start) is not None


def read(data: bytes, options: Options) -> Found:
    """Every usable key of the set; private keys and symmetric keys are left out with their reason."""
    value = json_of(data, "JSON Web Key")
    entries = value.get("keys", [value]) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise ListRefused("not a JWK Set: keys is no array")
    found = Found()
    if not options.format and options.issuer.startswith(("https://", "http://")):
        options = replace(options, format="shc")  # keys of an issuer with a web address sign SMART Health Cards
    for entry in entries:
        if isinstance(entry, dict):
            _add(found, entry, options)
        else:
            found.skipped.append(Skipped("", "bad_entry: no object"))
    return found


def _add(found: Found, entry: dict[str, Any], options: Options) -> None:
    stated = entry.get("kid")
    text = stated if isinstance(stated, str) else ""
    kid = text if options.format in TEXT_KIDS else cose_kid(text) if text else ""
    said: dict[str, Any] = {}
    try:
        spki = jwk.spki(entry)
        _check_use(entry)
        if options.format == "shc":
            said = _card_key(entry, spki, options.issuer)
        chain = entry.get("x5c")
        if isinstance(chain, list) and chain and options.format not in TEXT_KIDS:
            # RFC 7517 section 4.7: the first certificate holds the same key, and says more about it.
            der = base64_bytes(chain[0])
            if certificate.read(der).spki != spki:
                raise Malformed("x5c: its first certificate holds another key")
            add_certificate(found, der, options, kid=kid)
            return
    except Malformed as error:
        found.skipped.append(Skipped(kid, why(error)))
        return
    add_key(found, spki, options, kid=kid, **said)


def _check_use(entry: dict[str, Any]) -> None:
    """Refuse a key that its publisher has for something else (RFC 7517 sections 4.2 and 4.3)."""
    operations = entry.get("key_ops", [_VERIFY])
    if entry.get("use", _SIGNATURES) != _SIGNATURES or not isinstance(operations, list) or _VERIFY not in operations:
        raise Malformed("use, key_ops: not for verifying signatures")


def _card_key(entry: dict[str, Any], spki: bytes, issuer: str) -> dict[str, Any]:
    """The dates and the counter of a key of SMART Health Cards; raises Malformed where it breaks the rules for these.

    SMART Health Cards Framework 1.4, "Determining keys associated with an issuer" and "X.509 certificates".
    """
    wanted = {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256"}
    wrong = [name for name, value in wanted.items() if entry.get(name) != value]
    if wrong:
        raise Malformed(f"not a key of cards: {', '.join(wrong)}")
    if entry.get("kid") != jwk.thumbprint(entry):
        raise Malformed("the kid is not the key's thumbprint")
    if not issuer:
        raise Malformed("whose key it is must be said: give --issuer URL")
    dates = x5c.dates(entry["x5c"], spki, issuer) if "x5c" in entry else {}
    return {**dates, "crl_version": counter(entry.get("crlVersion"))}


def add_jwk(found: Found, key: dict[str, Any], options: Options, kid: str, **said: Any) -> None:
    """Add the key of a JWK under a kid that the list states, or the reason why not."""
    try:
        spki = jwk.spki(key)
    except Malformed as error:
        found.skipped.append(Skipped(kid, why(error)))
        return
    add_key(found, spki, options, kid, **said)


def cose_kid(text: str) -> str:
    """The kid as COSE formats look it up: base64 of bytes where the text is base64 of some, else of the text itself."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Base64Error, ValueError):
        raw = text.encode()
    return b64encode(raw).decode("ascii")
