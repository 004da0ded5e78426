"""Keys and signatures as TUF metadata writes them (TUF specification section 4.2): Ed25519, and ECDSA in DER."""

from base64 import b64decode
from typing import Any

from checkpoint.codec import keys
from checkpoint.codec.errors import Malformed

_ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")  # of every SubjectPublicKeyInfo with Ed25519, RFC 8410
_ECDSA_CURVES = {"ecdsa-sha2-nistp256": ("P-256", "ES256"), "ecdsa-sha2-nistp384": ("P-384", "ES384")}
_ECDSA_TYPES = {"ecdsa", *_ECDSA_CURVES}  # older signers name the scheme as the type


def spki(key: dict[str, Any]) -> tuple[bytes, str]:
    """(DER SubjectPublicKeyInfo, scheme) of a key object of the metadata; raises Malformed for other types."""
    try:
        kind, scheme, public = key["keytype"], key["scheme"], key["keyval"]["public"]
        if kind == "ed25519" and scheme == "ed25519":
            raw = bytes.fromhex(public)
            if len(raw) == 32:
                return _ED25519_HEAD + raw, scheme
        elif kind in _ECDSA_TYPES and scheme in _ECDSA_CURVES:
            return _pem(public), scheme
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("metadata key") from None
    raise Malformed("metadata key: type")


def verify(spki: bytes, scheme: str, signature: str, message: bytes) -> bool:
    """Whether `signature` (hex) over `message` is by this key; never raises on bad input."""
    try:
        raw, public = bytes.fromhex(signature), keys.load(spki)
        if scheme == "ed25519":
            return public.verify("EdDSA", raw, message)
        curve, algorithm = _ECDSA_CURVES[scheme]
        if public.type != curve or not isinstance(public, keys.EcKey):
            return False
        return public.verify_der(algorithm, raw, message)
    except (ValueError, TypeError, KeyError):
        return False


def _pem(text: str) -> bytes:
    """The one block of a PEM text (RFC 7468) as DER."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 3 or lines[0] != "-----BEGIN PUBLIC KEY-----" or lines[-1] != "-----END PUBLIC KEY-----":
        raise Malformed("pem")
    return b64decode("".join(lines[1:-1]), validate=True)
