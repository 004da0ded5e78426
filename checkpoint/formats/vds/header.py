"""The header of a seal (Doc 9303-13 section 2.3.1): who signed, with which certificate, when, and what kind it is."""

from typing import NamedTuple

from checkpoint.codec import c40
from checkpoint.codec.errors import Malformed
from checkpoint.codec.signer import seal_kid
from checkpoint.formats.icao import dates

MAGIC = 0xDC
# The byte of the version is one less than the version that Doc 9303-13 calls it by.
_FIXED_REFERENCE, _VARIABLE_REFERENCE = 2, 3
_COUNTRY, _SIGNER = 2, 4  # bytes: three characters; six, the last two being the length of the reference
_FIXED_BYTES = 6  # four characters of the signer and five of the reference
_SIGNER_CHARACTERS = 4
# The signer of administrative documents writes the length of its references, 32 or 40, as decimal digits.
DECIMAL = "DEZV"
# The first arrival attestations say version 4 and have the header of version 3.
_OLD_SIGNERS, _OLD_DOCUMENT, _OLD_AT = frozenset({"DEME", "DES1"}), b"\xfd\x02", 16


class Header(NamedTuple):
    """Dates in ISO 8601; `end` is where the message zone begins, in bytes."""

    country: str
    signer: str
    reference: str
    issued: str
    signed: str
    feature: int  # document feature definition reference
    category: int  # document type category
    end: int

    @property
    def kid(self) -> str:
        """The signer's certificate, as `keys import` calls it."""
        return seal_kid(self.signer, self.reference)


def read(data: bytes) -> Header:
    """The header that `data` begins with; raises Malformed."""
    if len(data) < 2 or data[0] != MAGIC or data[1] not in (_FIXED_REFERENCE, _VARIABLE_REFERENCE):
        raise Malformed("seal version")
    country = c40.decode(_slice(data, 2, _COUNTRY)).rstrip()
    at = 2 + _COUNTRY
    if data[1] == _FIXED_REFERENCE or _is_old(data, at):
        both = c40.decode(_slice(data, at, _FIXED_BYTES))
        return _rest(data, country, both[:_SIGNER_CHARACTERS], both[_SIGNER_CHARACTERS:], at + _FIXED_BYTES)
    first = c40.decode(_slice(data, at, _SIGNER))
    return _variable(data, country, first[:_SIGNER_CHARACTERS], first[_SIGNER_CHARACTERS:], at + _SIGNER)


def _variable(data: bytes, country: str, signer: str, digits: str, at: int) -> Header:
    """The header behind the length of its reference, which each signer writes in one way: nothing is guessed."""
    characters = _number(digits, 10 if signer == DECIMAL else 16)
    size = c40.size(characters)
    reference = c40.decode(_slice(data, at, size))
    if not characters or len(reference) != characters:
        raise Malformed("seal header: length of the reference")
    return _rest(data, country, signer, reference, at + size)


def _is_old(data: bytes, at: int) -> bool:
    if data[_OLD_AT : _OLD_AT + 2] != _OLD_DOCUMENT:
        return False
    return c40.decode(_slice(data, at, _SIGNER))[:_SIGNER_CHARACTERS] in _OLD_SIGNERS


def _number(digits: str, base: int) -> int:
    try:
        return int(digits, base) if digits.isalnum() else 0
    except ValueError:
        return 0


def _rest(data: bytes, country: str, signer: str, reference: str, at: int) -> Header:
    size = dates.DATE_BYTES
    issued = dates.packed_date(_slice(data, at, size), "seal date of issue")
    signed = dates.packed_date(_slice(data, at + size, size), "seal date of signature")
    at += 2 * size
    feature, category = _slice(data, at, 2)
    return Header(country, signer, reference, issued, signed, feature, category, at + 2)


def _slice(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise Malformed("seal header: cut off")
    return data[at : at + size]
