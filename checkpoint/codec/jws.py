"""A JSON Web Signature (RFC 7515, compact) as trust lists use it: certificates in its header, an anchor outside."""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checkpoint.codec import certificate, issued, json_strict, keys
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed

# The key decides which algorithms may be meant, so that a header cannot choose a weaker one, or none.
_ALLOWED = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "RSA": ("PS256", "RS256"),
    "Ed25519": ("EdDSA",),
}
MAX_CHAIN = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWS taken apart, nothing in it believed yet."""

    header: dict[str, Any]
    payload: bytes
    message: bytes
    signature: bytes


def split(data: bytes) -> Signed:
    """The JWS in `data`; its payload may stand there as plain JSON (RFC 7797, which some lists use without saying so).

    Raises Malformed. Everything between the first and the last dot is the payload.
    """
    data = data.strip()
    first, last = data.find(b"."), data.rfind(b".")
    if not 0 < first < last:
        raise Malformed("jws: parts")
    header = json_strict.loads(_base64url(data[:first]))
    if not isinstance(header, dict):
        raise Malformed("jws: header")
    between = data[first + 1 : last]
    plain = header.get("b64") is False or between.lstrip()[:1] in (b"{", b"[")
    return Signed(header, between if plain else _base64url(between), data[:last], _base64url(data[last + 1 :]))


def verify(found: Signed, anchors: Iterable[bytes]) -> str:
    """Who signed: the name of the header's first certificate, which chains to one of `anchors`, or the anchor itself.

    `anchors` are SubjectPublicKeyInfos. Raises Malformed: "jws: signature", or "jws: anchor".
    """
    wanted = tuple(anchors)
    if found.header.get("crit", ["b64"]) != ["b64"]:  # RFC 7515 section 4.1.11: what is not understood is refused
        raise Malformed("jws: crit")
    chain = _chain(found.header)
    if not chain:
        if any(_holds(found, spki) for spki in wanted):
            return "the anchor itself"
        raise Malformed("jws: signature")
    signer: Certificate = certificate.read(chain[0])
    if not _holds(found, signer.spki):
        raise Malformed("jws: signature")
    if not issued.chains(chain[0], wanted, chain[1:]):
        raise Malformed("jws: anchor")
    return signer.name


def _holds(found: Signed, spki: bytes) -> bool:
    key = keys.load(spki)
    algorithm = str(found.header.get("alg"))
    return algorithm in _ALLOWED.get(key.type, ()) and key.verify(algorithm, found.signature, found.message)


def _chain(header: dict[str, Any]) -> list[bytes]:
    chain = header.get("x5c", [])
    if isinstance(chain, str):
        chain = [chain]
    if not isinstance(chain, list) or len(chain) > MAX_CHAIN:
        raise Malformed("jws: x5c")
    try:
        return [b64decode(one, validate=True) for one in chain]
    except (ValueError, TypeError):
        raise Malformed("jws: x5c") from None


def _base64url(text: bytes) -> bytes:
    try:
        return b64decode(text.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Malformed("jws: base64url") from None
