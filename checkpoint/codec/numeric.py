"""Text as digit pairs (SMART Health Cards Framework 1.4, "Encoding Chunks as QR Codes"): byte less 45, two digits."""

from checkpoint.codec.errors import Malformed

_OFFSET = 45  # of "-", the smallest character of a compact JWS
_LARGEST = 122  # "z", the largest one
# Read as hexadecimal, the pair "42" is the byte 0x42: this table gives the character for each, 0 for what is no pair.
_CHARACTERS = bytes(
    (byte >> 4) * 10 + (byte & 15) + _OFFSET
    if byte >> 4 < 10 and byte & 15 < 10 and (byte >> 4) * 10 + (byte & 15) + _OFFSET <= _LARGEST
    else 0
    for byte in range(256)
)


def decode(digits: str) -> bytes:
    """The characters that `digits` stand for; raises Malformed for anything but pairs up to 77."""
    try:
        pairs = bytes.fromhex(digits)
    except ValueError:
        raise Malformed("digits") from None
    if len(pairs) * 2 != len(digits):  # fromhex passes over white space
        raise Malformed("digits")
    found = pairs.translate(_CHARACTERS)
    if 0 in found:
        raise Malformed("digit pair")
    return found


def encode(text: bytes) -> str:
    """`text` as digit pairs."""
    return "".join(f"{byte - _OFFSET:02}" for byte in text)
