"""Base58 as Bitcoin has it, and DID documents for their older keys: a number in base 58, zero bytes as leading ones."""

from checkpoint.codec.errors import Malformed

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAX_TEXT = 128  # characters; a key of 32 bytes has 44


def decode(text: str) -> bytes:
    """The bytes that `text` stands for; raises Malformed."""
    if not 0 < len(text) <= MAX_TEXT:
        raise Malformed("base58")
    number = 0
    for symbol in text:
        value = ALPHABET.find(symbol)
        if value < 0:
            raise Malformed("base58")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
