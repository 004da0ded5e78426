"""Public keys: one wrapper over `cryptography`, made from a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)."""

from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from checkpoint.codec.errors import Malformed

MIN_RSA_BITS = 2048  # HCERT 1.1 section 3.3.2; smaller keys can be bought
MAX_RSA_BITS = 8192  # larger ones only cost time
_P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_P256_SIZE = len(_P256_HEAD) + 65  # an uncompressed point; the head promises no other
_ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
_CURVES: dict[str, tuple[str, int]] = {  # OpenSSL's name: ours, bytes of one coordinate
    "secp256r1": ("P-256", 32),
    "secp384r1": ("P-384", 48),
    "secp521r1": ("P-521", 66),
    "brainpoolP256r1": ("brainpoolP256r1", 32),
    "brainpoolP384r1": ("brainpoolP384r1", 48),
    "brainpoolP512r1": ("brainpoolP512r1", 64),
}
_ED25519_PRIME = 2**255 - 19
# The y of every point of order 1, 2, 4 and 8: a key among them accepts signatures over any message. OpenSSL also takes
# such a point in its encodings with y + p or the other sign, so the number decides and not the bytes.
_ED25519_LOW_ORDER = {
    0,
    1,
    _ED25519_PRIME - 1,
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
}


class WeakKey(Malformed):
    """A key that must not be trusted: too short, a point of low order, an unknown curve."""


class EcKey:
    """ECDSA over one curve; signatures are raw r‖s, each as long as the curve (RFC 9053 section 2.1)."""

    __slots__ = ("_key", "_size", "type")

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        if key.curve.name not in _CURVES:
            raise WeakKey(f"curve {key.curve.name}")
        self.type, self._size = _CURVES[key.curve.name]
        self._key = key

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether raw `signature` over `message` holds; False for any other length or algorithm."""
        if len(signature) != 2 * self._size:
            return False
        return self.verify_der(algorithm, ecdsa_der(signature), message)

    def verify_der(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """The same for a signature as a DER SEQUENCE (RFC 3279 section 2.2.3)."""
        scheme = _ecdsa(algorithm)
        if scheme is None:
            return False
        try:
            self._key.verify(signature, message, scheme)
        except InvalidSignature:
            return False
        return True


class RsaKey:
    """RSASSA-PSS with a salt as long as the hash (RFC 8230 section 2), or PKCS #1 v1.5 for the formats that say so."""

    __slots__ = ("_key", "type")

    def __init__(self, key: Any) -> None:
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise WeakKey(f"RSA {key.key_size}")
        self.type = "RSA"
        self._key = key

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` holds; False for any other algorithm."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        digest = hashes.SHA256()
        if algorithm == "PS256":
            scheme: Any = padding.PSS(padding.MGF1(digest), 32)
        elif algorithm == "RS256":
            scheme = padding.PKCS1v15()
        else:
            return False
        try:
            self._key.verify(signature, message, scheme, digest)
        except InvalidSignature:
            return False
        return True


class Ed25519Key:
    """Ed25519 (RFC 8032)."""

    __slots__ = ("_key", "type")

    def __init__(self, key: Any) -> None:
        y = int.from_bytes(key.public_bytes_raw(), "little") & (1 << 255) - 1  # the last bit is the sign of x
        if y % _ED25519_PRIME in _ED25519_LOW_ORDER:
            raise WeakKey("Ed25519 point of low order")
        self.type = "Ed25519"
        self._key = key

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` holds; False for any other algorithm."""
        if algorithm != "EdDSA" or len(signature) != 64:
            return False
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class _Ecdsa(ec.ECDSA):
    """The library's ECDSA without its constructor, whose look at what else OpenSSL can do costs 12 ms once."""

    def __init__(self, algorithm: HashAlgorithm) -> None:
        self._algorithm = algorithm
        self._deterministic_signing = False


@cache
def _ecdsa(name: str) -> ec.ECDSA | None:
    from cryptography.hazmat.primitives import hashes

    if name == "ES256":
        return _Ecdsa(hashes.SHA256())
    if name == "ES384":
        return _Ecdsa(hashes.SHA384())
    return _Ecdsa(hashes.SHA512()) if name == "ES512" else None


def load(spki: bytes) -> EcKey | RsaKey | Ed25519Key:
    """The key in a DER SubjectPublicKeyInfo; raises Malformed, or WeakKey where it must not be trusted."""
    try:
        # Skips a slow import and a slow parse for nearly every key there is.
        if spki.startswith(_P256_HEAD) and len(spki) == _P256_SIZE:
            return EcKey(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), spki[len(_P256_HEAD) :]))
        if spki.startswith(_ED25519_HEAD):
            return Ed25519Key(_ed25519(spki[len(_ED25519_HEAD) :]))
        return _load_other(spki)
    except Malformed:
        raise
    except Exception as error:  # noqa: BLE001
        # The library's own errors for one bad key differ by key type; none may lose a whole list.
        raise Malformed(f"public key: {type(error).__name__}") from None


def ed25519_spki(raw: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo of an Ed25519 key in its 32 raw bytes (RFC 8410 section 4)."""
    return _ED25519_HEAD + raw


def _ed25519(raw: bytes) -> Any:
    """The key in 32 raw bytes, without the import of the library's whole backend (30 ms) that every start would pay."""
    try:
        from cryptography.hazmat.bindings._rust import openssl

        return openssl.ed25519.from_public_bytes(raw)
    except (ImportError, AttributeError):  # no public name: gone one day, and then the public way it is
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(raw)


def _load_other(spki: bytes) -> EcKey | RsaKey | Ed25519Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    from checkpoint.codec import explicit_curve

    key = load_der_public_key(explicit_curve.named(spki))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return EcKey(key)
    if isinstance(key, RSAPublicKey):
        return RsaKey(key)
    if isinstance(key, Ed25519PublicKey):
        return Ed25519Key(key)
    raise WeakKey(type(key).__name__)


def ecdsa_der(raw: bytes) -> bytes:
    """Raw r‖s as the DER SEQUENCE of two INTEGERs (RFC 3279 section 2.2.3)."""
    half = len(raw) // 2
    r, s = raw[:half].lstrip(b"\0") or b"\0", raw[half:].lstrip(b"\0") or b"\0"
    if r[0] > 127:  # DER integers have a sign
        r = b"\0" + r
    if s[0] > 127:
        s = b"\0" + s
    size = len(r) + len(s) + 4
    head = b"\x30" if size < 128 else b"\x30\x81"
    return b"%b%c\x02%c%b\x02%c%b" % (head, size, len(r), r, len(s), s)


def ecdsa_raw(signature: bytes, size: int) -> bytes:
    """A DER ECDSA signature as raw r‖s of `size` bytes each; raises Malformed."""
    from checkpoint.codec import der

    numbers = [content.lstrip(b"\0") for _, content, _ in der.children(der.content(signature, der.SEQUENCE))]
    if len(numbers) != 2 or max(map(len, numbers)) > size:
        raise Malformed("ecdsa signature")
    return b"".join(number.rjust(size, b"\0") for number in numbers)
