"""The WHO's trust list (GDHCN did.json): signers' certificates and the CAs above them, by domain and participant.

Its proof is a JSON-LD signature whose key lies in another document; it is not checked here, so the list counts as
unsigned and is reviewed as a diff.
"""

from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import ANCHOR, add_certificate, base64_bytes, json_of, skip
from checkpoint.trust.lists.jwk import add_jwk

NAME = "who"
_SIGNER, _CA = "DSC", "SCA"


def matches(data: bytes) -> bool:
    """A DID document whose methods say what they are used for."""
    return data.lstrip()[:1] == b"{" and b'"verificationMethod"' in data and b'"keyusage"' in data


def read(data: bytes, options: Options) -> Found:
    """The list's certificates."""
    value = json_of(data, "WHO trust list")
    methods = value.get("verificationMethod") if isinstance(value, dict) else None
    if not isinstance(methods, list):
        raise ListRefused("this DID document has no verificationMethod")
    test = "cdn-dev" in str(value.get("id")) or "cdn-uat" in str(value.get("id"))
    found = Found()
    for method in methods:
        _add(found, method, options, test)
    return found


def _add(found: Found, method: Any, options: Options, test: bool) -> None:
    key = method.get("publicKeyJwk") if isinstance(method, dict) else None
    if not isinstance(key, dict):
        skip(found, "", "bad_entry: no publicKeyJwk")
        return
    kid, usage = str(key.get("kid", "")), _code(method, "keyusage")
    if usage not in (_SIGNER, _CA):
        skip(found, kid, f"other_use: {usage[:20]}")
        return
    said: dict[str, Any] = {"test": test} | ({"format": ANCHOR} if usage == _CA else {})
    chain = key.get("x5c")
    try:
        if isinstance(chain, list) and chain:
            # x and y carry sign bytes and unknown curves; the certificate is what was registered.
            add_certificate(found, base64_bytes(chain[0]), options, kid, **said)
        else:
            add_jwk(found, key, options, kid, **said)
    except Malformed as error:
        skip(found, kid, f"bad_entry: {error}")


def _code(method: dict[str, Any], name: str) -> str:
    value = method.get(name)
    code = value.get("code") if isinstance(value, dict) else None
    return str(code or "").removeprefix("#")
