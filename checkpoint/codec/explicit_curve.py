"""Public keys that spell their curve out (RFC 3279 section 2.3.5) instead of naming it, as many passport CAs do.

The whole curve must be one that has a name, its generator too: a key with a generator of its own can be made to fit
any public point.
"""

from hashlib import sha256
from types import MappingProxyType

from checkpoint.codec import der
from checkpoint.codec.errors import Malformed

_EC_KEY = bytes.fromhex("06072a8648ce3d0201")  # id-ecPublicKey
_PRIME_FIELD = "1.2.840.10045.1.1"
# SHA-256 over p, a, b, the generator (uncompressed, without its first byte) and n, each as long as p: OID in DER.
_NAMED = MappingProxyType(
    {
        "3e8ef74d845247e0b9b5f876e8b3595bb267e3ef753b084bea0f179b11e08a3b": bytes.fromhex(
            "06082a8648ce3d030107"
        ),  # prime256v1
        "2d92813aa02a7137594eece668e7cd5c87d84f130d36cce275e7966bc05ffce1": bytes.fromhex(
            "06052b81040022"
        ),  # secp384r1
        "753f3ec4fd39727ee18834ec558ef9b5f0140893d56c5b13731beb74fd45cf0c": bytes.fromhex(
            "06052b81040023"
        ),  # secp521r1
        "ccc4a2be4b2098b1708376343d5c13b9d1167fb2d391298026e091bb43f5059d": bytes.fromhex(
            "06092b2403030208010107"
        ),  # brainpoolP256r1
        "57f7bda8e9a2308a858fb4e4b8e0a25ec253a405274c0edaa0625e973a474e03": bytes.fromhex(
            "06092b240303020801010b"
        ),  # brainpoolP384r1
        "d77079b8cc1d0bfbc2a04cc85f9c906ca7aa84c3c289f2ca6c194aff5e2db062": bytes.fromhex(
            "06092b240303020801010d"
        ),  # brainpoolP512r1
    }
)


def named(spki: bytes) -> bytes:
    """`spki` with its curve named; unchanged where it is named already; raises Malformed for an unknown curve."""
    (_, algorithm, _), (tag, _, point) = _two(der.content(spki, der.SEQUENCE))
    parts = list(der.children(algorithm))
    if len(parts) != 2 or parts[0][2] != _EC_KEY or parts[1][0] != der.SEQUENCE:
        return spki  # another kind of key, with or without parameters, or a curve with its name
    (_, _, kind), (_, parameters, _) = parts
    if tag != der.BIT_STRING:
        raise Malformed("public key")
    curve = _NAMED.get(_digest(parameters))
    if curve is None:
        raise Malformed("public key: explicit curve without a name")
    return der.sequence(der.sequence(kind + curve) + point)


def _two(data: bytes) -> list[tuple[int, bytes, bytes]]:
    found = list(der.children(data))
    if len(found) != 2:
        raise Malformed("public key")
    return found


def _digest(parameters: bytes) -> str:
    """Of ECParameters: version, fieldID, curve (a, b and maybe a seed), base, order, maybe a cofactor."""
    parts = list(der.children(parameters))
    if len(parts) < 5:
        raise Malformed("public key: explicit curve")
    field, coefficients = list(der.children(parts[1][1])), list(der.children(parts[2][1]))
    if len(field) != 2 or der.oid(field[0][1]) != _PRIME_FIELD or len(coefficients) < 2:
        raise Malformed("public key: explicit curve")
    prime = field[1][1].lstrip(b"\0")
    numbers = [prime, coefficients[0][1], coefficients[1][1], parts[3][1].removeprefix(b"\x04"), parts[4][1]]
    padded = [one.lstrip(b"\0").rjust(len(prime), b"\0") if len(one) <= len(prime) + 1 else one for one in numbers]
    return sha256(b"".join(padded)).hexdigest()
