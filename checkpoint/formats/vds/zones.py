"""Messages and signature of a seal: tag, length, value, one after the other (Doc 9303-13 sections 2.3.2 and 2.3.3)."""

from collections.abc import Iterator

from checkpoint.codec.errors import Malformed

SIGNATURE = 0xFF  # the one tag that is no message
_LONG = {0x81: 1, 0x82: 2}  # bytes of a length in DER; more than two cannot stand in any bar code
_NONE = 0xFF


def items(data: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, where the item begins, where its value begins and ends) of every item from `at` on; raises Malformed."""
    while at < len(data):
        start, size = _length(data, at + 1)
        if start + size > len(data):
            raise Malformed("seal: cut off")
        yield data[at], at, start, start + size
        at = start + size


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where the value begins and how long it is.

    Doc 9303-13 writes lengths in DER; TR-03137-1 section 3.2.3 has one plain byte up to 254, and some seals have that:
    what cannot be a length in DER is one of those.
    """
    if at >= len(data):
        raise Malformed("seal: cut off")
    first = data[at]
    more = _LONG.get(first)
    if more is None:
        if first == _NONE:
            raise Malformed("seal: length")
        return at + 1, first
    if at + 1 + more > len(data):
        raise Malformed("seal: cut off")
    return at + 1 + more, int.from_bytes(data[at + 1 : at + 1 + more], "big")
