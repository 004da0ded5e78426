"""ECDSA with SHA-224 over brainpoolP224r1 (RFC 5639 section 3.3): some states seal with it, and the library lacks it.

Verification alone: every number here is public, so how long a step takes tells nobody anything.
"""

import hashlib

from checkpoint.codec.errors import Malformed

SIZE = 28  # bytes of a coordinate, and of r and s
ALGORITHM = "ES224"
HEAD = bytes.fromhex("3052301406072a8648ce3d020106092b2403030208010105033a0004")  # of an uncompressed point's key
_P = 0xD7C134AA264366862A18302575D1D787B09F075797DA89F57EC8C0FF
_A = 0x68A5E62CA9CE6C1C299803A6C1530B514E182AD8B0042A59CAD29F43
_B = 0x2580F63CCFE44138870713B1A92369E33E2135D266DBB372386C400B
_ORDER = 0xD7C134AA264366862A18302575D0FB98D116BC4B6DDEBCA3A5A7939F
_BASE = (
    0x0D9029AD2C7E5CF4340823B2A87DC68C9E4CE3174C1E6EFDEE12C07D,
    0x58AA56F772C0726F24C6B89E4ECDAC24354B9E99CAA3F6D3761402CD,
)
Point = tuple[int, int] | None  # None is the point at infinity


class Brainpool224Key:
    """A public key on the curve. Its order is a prime, so every point but infinity is one of its group."""

    __slots__ = ("_point", "type")

    def __init__(self, raw: bytes) -> None:
        """`raw`: x and y; raises Malformed for what is no point of the curve."""
        x, y = _number(raw[:SIZE]), _number(raw[SIZE:])
        if len(raw) != 2 * SIZE or x >= _P or y >= _P or (y * y - x * x * x - _A * x - _B) % _P:
            raise Malformed("public key: not on its curve")
        self.type = "brainpoolP224r1"
        self._point = (x, y)

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether raw `signature` over `message` holds (FIPS 186-4 section 6.4); False for any other algorithm."""
        if algorithm != ALGORITHM or len(signature) != 2 * SIZE:
            return False
        r, s = _number(signature[:SIZE]), _number(signature[SIZE:])
        if not (0 < r < _ORDER and 0 < s < _ORDER):
            return False
        inverse = pow(s, -1, _ORDER)
        digest = _number(hashlib.sha224(message).digest())
        found = _sum(_times(digest * inverse % _ORDER, _BASE), _times(r * inverse % _ORDER, self._point))
        return found is not None and found[0] % _ORDER == r


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return other if one is None else one
    (x, y), (u, v) = one, other
    if x == u and (y + v) % _P == 0:
        return None
    slope = (3 * x * x + _A) * pow(2 * y, -1, _P) if x == u else (v - y) * pow(u - x, -1, _P)
    across = (slope * slope - x - u) % _P
    return across, (slope * (x - across) - y) % _P


def _times(factor: int, point: Point) -> Point:
    found: Point = None
    while factor:
        if factor & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        factor >>= 1
    return found
