"""COSE_Sign1 (RFC 9052) taken apart by hand: the outer layer is unauthenticated, so no general parser sees it."""

from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed

MAX_HEADER = 4096  # bytes; real protected headers have about 14
_CWT, _SIGN1, _ARRAY_4 = b"\xd8\x3d", b"\xd2", 0x84  # tag 61 (RFC 8392 s. 6), tag 18 (RFC 9052 s. 4.2), array(4)
_BYTES, _TEXT, _LIST, _MAP, _TAG = 2, 3, 4, 5, 6  # CBOR major types
ALGORITHM, CRITICAL, KID = 1, 2, 4  # header labels, RFC 9052 section 3.1


class Sign1(NamedTuple):
    """The four parts of a COSE_Sign1, bytes as they stood."""

    protected: bytes
    unprotected: bytes
    payload: bytes
    signature: bytes

    @property
    def message(self) -> bytes:
        """The Sig_structure that the signature covers (RFC 9052 section 4.4), empty external_aad."""
        protected = b"" if self.protected == b"\xa0" else self.protected  # an empty map is signed as h''
        return b"\x84\x6aSignature1" + _bytes(protected) + b"\x40" + _bytes(self.payload)


def split(data: bytes) -> Sign1:
    """The COSE_Sign1 in `data`: untagged, tagged 18, or 61(18); raises Malformed for anything else or more."""
    at = 2 if data[:2] == _CWT else 0
    tagged = data[at : at + 1] == _SIGN1
    if at and not tagged:
        raise Malformed("cose tag")
    at += tagged
    if data[at : at + 1] != b"\x84":
        raise Malformed("cose structure")
    protected, at = _byte_string(data, at + 1)
    end = _map_end(data, at)
    unprotected = data[at:end]
    payload, at = _byte_string(data, end)
    signature, at = _byte_string(data, at)
    if at != len(data):
        raise Malformed("cose: trailing bytes")
    return Sign1(protected, unprotected, payload, signature)


@lru_cache(maxsize=1024)
def header(data: bytes) -> dict[Any, Any]:
    """The header map in `data`, strict; b"" is the empty map. The answer is shared: do not change it."""
    if data in (b"", b"\xa0"):
        return {}
    if len(data) > MAX_HEADER:
        raise Malformed("cose header: too large")
    from checkpoint.codec import cbor

    found = cbor.decode(data)
    if not isinstance(found, dict):
        raise Malformed("cose header")
    return found


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """(major type, argument, position behind the head) of the item at `at`; definite lengths only."""
    if at >= len(data):
        raise Malformed("cose: cut off")
    major, low = divmod(data[at], 32)
    if low < 24:
        return major, low, at + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low)
    if size is None or at + 1 + size > len(data):
        raise Malformed("cose: length")
    return major, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def _byte_string(data: bytes, at: int) -> tuple[bytes, int]:
    first = data[at] if at < len(data) else 0
    if 0x40 <= first < 0x58:  # nearly every one is short enough for a head of one or two bytes
        start, size = at + 1, first - 0x40
    elif first == 0x58 and at + 1 < len(data):
        start, size = at + 2, data[at + 1]
    else:
        major, size, start = _head(data, at)
        if major != _BYTES:
            raise Malformed("cose: byte string")
    end = start + size
    if end > len(data):
        raise Malformed("cose: byte string")
    return data[start:end], end


def _map_end(data: bytes, at: int) -> int:
    """Where the header map at `at` ends: items are counted, not nested, so depth costs nothing."""
    if data[at : at + 1] == b"\xa0":
        return at + 1
    major, pairs, at = _head(data, at)
    if major != _MAP:
        raise Malformed("cose: unprotected header")
    left = pairs * 2
    while left:
        major, size, at = _head(data, at)
        left -= 1
        if major in (_BYTES, _TEXT):
            at += size
        elif major == _LIST:
            left += size
        elif major == _TAG:
            left += 1
        elif major == _MAP:
            left += size * 2
        if left > len(data) or at > len(data):
            raise Malformed("cose: unprotected header")
    return at


def _bytes(data: bytes) -> bytes:
    """`data` as a CBOR byte string with the shortest head."""
    size = len(data)
    if size < 24:
        return bytes((0x40 | size,)) + data
    if size < 256:
        return bytes((0x58, size)) + data
    if size < 65536:
        return b"\x59" + size.to_bytes(2, "big") + data
    return b"\x5a" + size.to_bytes(4, "big") + data


def build(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes, tagged: bool = True) -> bytes:
    """A COSE_Sign1 of its parts; `unprotected` is an encoded map."""
    parts = b"\x84" + _bytes(protected) + unprotected + _bytes(payload) + _bytes(signature)
    return _SIGN1 + parts if tagged else parts
