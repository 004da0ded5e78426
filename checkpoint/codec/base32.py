"""Base32 (RFC 4648 section 6), decoded as one integer: Python reads base 32 in one go, with other digits."""

from base64 import b32encode

from checkpoint.codec.errors import Malformed

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS = b"0123456789abcdefghijklmnopqrstuv"
_INVALID = ord("!")
_VALUES = bytes(_DIGITS[ALPHABET.index(byte)] if byte in ALPHABET else _INVALID for byte in range(256))
_REST_LENGTHS = {0, 2, 4, 5, 7}  # characters that a final group can have


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for, padded in full or not at all; raises Malformed."""
    symbols = text.rstrip(b"=")
    padding = len(text) - len(symbols)
    if padding and (len(text) % 8 or padding > 6):
        raise Malformed("base32 padding")
    if not symbols or len(symbols) % 8 not in _REST_LENGTHS:
        raise Malformed("base32 length")
    try:
        number = int(symbols.translate(_VALUES), 32)
    except ValueError:
        raise Malformed("base32 symbol") from None
    size, unused = divmod(len(symbols) * 5, 8)
    if number & ((1 << unused) - 1):  # RFC 4648 section 3.5: the bits that stand for nothing are 0
        raise Malformed("base32: unused bits")
    return (number >> unused).to_bytes(size, "big")


def encode(data: bytes) -> str:
    """`data` in base32 without padding."""
    return b32encode(data).rstrip(b"=").decode("ascii")
