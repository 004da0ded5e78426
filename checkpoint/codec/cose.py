"""COSE_Sign1 (RFC 9052) taken apart by hand: the outer layer is unauthenticated, so no general parser sees it."""

from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed

MAX_HEADER = 4096  # bytes; real protected headers have about 14
_SIGN1, _ARRAY_4 = b"\xd2", b"\x84"  # tag 18 and an array of four (RFC 9052 section 4.2)
_CWT = b"\xd8\x3d"  # tag 61 (RFC 8392 section 6), which stands before the other tag and never alone
_HEADS = (_SIGN1 + _ARRAY_4, _ARRAY_4, _CWT + _SIGN1 + _ARRAY_4)
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
        return b"\x84\x6aSignature1%b\x40%b" % (_bytes(protected), _bytes(self.payload))


def split(data: bytes) -> Sign1:
    """The COSE_Sign1 in `data`: untagged, tagged 18, or 61(18); raises Malformed for anything else or more."""
    for head in _HEADS:
        if data.startswith(head):
            break
    else:
        raise Malformed("cose structure")
    protected, at = _byte_string(data, len(head))
    end = _map_end(data, at)
    payload, last = _byte_string(data, end)
    signature, last = _byte_string(data, last)
    if last != len(data):
        raise Malformed("cose: trailing bytes")
    return Sign1(protected, data[at:end], payload, signature)


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
    try:
        first = data[at]
        low = first & 31
        if low < 24:
            return first >> 5, low, at + 1
        if low == 24:
            return first >> 5, data[at + 1], at + 2
        if low == 25:
            return first >> 5, data[at + 1] << 8 | data[at + 2], at + 3
    except IndexError:
        raise Malformed("cose: cut off") from None
    end = at + {26: 5, 27: 9}.get(low, 0)
    if not at < end <= len(data):
        raise Malformed("cose: length")
    return first >> 5, int.from_bytes(data[at + 1 : end], "big"), end


def _byte_string(data: bytes, at: int) -> tuple[bytes, int]:
    major, size, start = _head(data, at)
    end = start + size
    if major != _BYTES or end > len(data):
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
