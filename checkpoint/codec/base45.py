"""Base45, RFC 9285, decoded as one big integer used as lanes: no loop over the characters.

Every group of three characters is a number below 65536 and a final pair one below 256 (RFC 9285 section 4);
three symbols fill one 24-bit lane, so multiplications by 45 and 2025 work on all groups at once.
"""

from functools import lru_cache

from checkpoint.codec.errors import Malformed

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID = 255
_VALUES = bytes(ALPHABET.index(byte) if byte in ALPHABET else _INVALID for byte in range(256))


@lru_cache(maxsize=256)
def _lanes(groups: int) -> tuple[int, int]:
    """Masks over `groups` 24-bit lanes: the low byte of each, and the high byte of each."""
    low = int.from_bytes(b"\x00\x00\xff" * groups, "big")
    return low, low << 16


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for; raises Malformed for any other symbol, length or number."""
    values = text.translate(_VALUES)
    if _INVALID in values:
        raise Malformed("base45 symbol")
    groups, rest = divmod(len(values), 3)
    if rest == 1:
        raise Malformed("base45 length")
    head = b"" if not groups else _triplets(values[: groups * 3], groups)
    if not rest:
        return head
    last = values[-2] + values[-1] * 45
    if last > 255:
        raise Malformed("base45 pair")
    return head + bytes((last,))


def _triplets(values: bytes, groups: int) -> bytes:
    low, high = _lanes(groups)
    lanes = int.from_bytes(values, "big")
    # Lane: c d e (24 bits, c high) -> c + 45 d + 2025 e, at most 91124, which fits the lane.
    numbers = ((lanes & high) >> 16) + ((lanes >> 8) & low) * 45 + (lanes & low) * 2025
    if numbers & high:
        raise Malformed("base45 triplet")
    packed = numbers.to_bytes(groups * 3, "big")
    decoded = bytearray(groups * 2)
    decoded[0::2] = packed[1::3]
    decoded[1::2] = packed[2::3]
    return bytes(decoded)


def encode(data: bytes) -> str:
    """`data` in base45 (RFC 9285 section 4.2)."""
    found = bytearray()
    for start in range(0, len(data) - 1, 2):
        rest, first = divmod(data[start] << 8 | data[start + 1], 45)
        third, second = divmod(rest, 45)
        found += bytes((ALPHABET[first], ALPHABET[second], ALPHABET[third]))
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        found += bytes((ALPHABET[first], ALPHABET[second]))
    return found.decode("ascii")
