"""JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037) to SubjectPublicKeyInfo, and their thumbprint (RFC 7638)."""

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.codec.keys import WeakKey

_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
MAX_NUMBER = 2048  # bytes of one number in a key


def spki(jwk: dict[str, Any]) -> bytes:
    """The DER SubjectPublicKeyInfo of a public JWK; raises Malformed, also for a private one."""
    if _PRIVATE & jwk.keys():
        raise WeakKey("private key in a public list")
    builder = {"EC": _ec, "RSA": _rsa, "OKP": _okp}.get(str(jwk.get("kty")))
    if builder is None:
        raise Malformed("jwk: kty")
    try:
        return builder(jwk)
    except Malformed:
        raise
    except Exception as error:  # noqa: BLE001
        # The library's errors for impossible numbers differ by key type; one bad entry never loses a list.
        raise Malformed(f"jwk: {type(error).__name__}") from None


def thumbprint(jwk: dict[str, Any]) -> str:
    """The RFC 7638 SHA-256 thumbprint, base64url without padding; raises Malformed."""
    members = _THUMBPRINT.get(str(jwk.get("kty")))
    if members is None or not all(isinstance(jwk.get(member), str) for member in members):
        raise Malformed("jwk: members")
    canonical = json.dumps({member: jwk[member] for member in members}, separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode("ascii")


def _number(jwk: dict[str, Any], member: str) -> int:
    return int.from_bytes(_octets(jwk, member), "big")


def _octets(jwk: dict[str, Any], member: str) -> bytes:
    from base64 import b64decode

    text = jwk.get(member)
    if not isinstance(text, str) or len(text) > MAX_NUMBER:
        raise Malformed(f"jwk: {member}")
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _ec(jwk: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    name = str(jwk.get("crv"))
    if name not in curves:
        raise WeakKey(f"curve {name[:20]}")
    # As numbers: real lists carry coordinates with a sign byte too many or a leading zero too few.
    x, y = _number(jwk, "x"), _number(jwk, "y")
    return _der(ec.EllipticCurvePublicNumbers(x, y, curves[name]).public_key())


def _rsa(jwk: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    return _der(RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n")).public_key())


def _okp(jwk: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if jwk.get("crv") != "Ed25519":
        raise WeakKey("curve")
    return _der(Ed25519PublicKey.from_public_bytes(_octets(jwk, "x")))  # octets, not a number: RFC 8037 section 2


def _der(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found
