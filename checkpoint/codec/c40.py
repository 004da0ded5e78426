"""C40 (ISO/IEC 16022, as ICAO Doc 9303-13 and BSI TR-03137 annex B use it): capital letters, digits and space.

Three characters stand in two bytes. A last one alone is written as 0xFE and its ASCII value plus one.
"""

from functools import lru_cache

from checkpoint.codec.errors import Malformed

CHARACTERS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST = 3  # C40 values 0 to 2 are shifts; of these only shift 1 stands here, as the filler of a last pair
_FILLER = 0
_UNLATCH = 0xFE
_LETTERS = dict(enumerate(CHARACTERS, _FIRST))
_VALUES = {letter: value for value, letter in _LETTERS.items()}


def decode(data: bytes) -> str:
    """The text that `data` stands for; raises Malformed for shifts, odd lengths and fillers inside."""
    if len(data) % 2:
        raise Malformed("c40 length")
    last = len(data) - 2
    return "".join([_pair(data[at], data[at + 1], at == last) for at in range(0, len(data), 2)])


@lru_cache(maxsize=8192)  # names and numbers repeat their pairs
def _pair(first: int, second: int, last: bool) -> str:
    if first == _UNLATCH:
        letter = chr(second - 1) if last and second else ""
        if letter not in _VALUES:
            raise Malformed("c40 single character")
        return letter
    number = (first << 8 | second) - 1
    high, rest = divmod(number, 1600)
    values = [high, *divmod(rest, 40)]
    if last and values[2] == _FILLER:
        values.pop()
    try:
        return "".join([_LETTERS[value] for value in values])
    except KeyError:
        raise Malformed("c40 character") from None


def encode(text: str) -> bytes:
    """`text` in C40; raises Malformed where it has another character than capital letters, digits and spaces."""
    if not set(text) <= _VALUES.keys():
        raise Malformed("c40 character")
    found = b""
    for at in range(0, len(text), 3):
        values = [_VALUES[letter] for letter in text[at : at + 3]]
        if len(values) == 1:
            found += bytes((_UNLATCH, ord(text[at]) + 1))
        else:
            first, second, third = (*values, _FILLER)[:3]
            found += (first * 1600 + second * 40 + third + 1).to_bytes(2, "big")
    return found


def size(characters: int) -> int:
    """How many bytes that many characters take."""
    return -(-characters // 3) * 2
