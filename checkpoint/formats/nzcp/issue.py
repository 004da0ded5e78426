"""Making an NZ COVID Pass: the same steps as reading one, the other way round (for demonstrations and tests)."""

from collections.abc import Callable, Mapping
from typing import Any

from checkpoint.codec import base32, cbor, cose


def issue(claims: Mapping[Any, Any], kid: str, sign: Callable[[bytes], bytes]) -> str:
    """The text of a pass: CWT `claims` signed by `sign` (raw r‖s)."""
    return wrap(cbor.encode({cose.ALGORITHM: -7, cose.KID: kid.encode()}), cbor.encode(dict(claims)), sign)


def wrap(protected: bytes, payload: bytes, sign: Callable[[bytes], bytes], unprotected: bytes = b"\xa0") -> str:
    """The text of a pass from its encoded parts; nothing is checked, so that tests can make what no issuer would."""
    unsigned = cose.Sign1(protected, unprotected, payload, b"")
    return text_of(cose.build(protected, unprotected, payload, sign(unsigned.message)))


def text_of(signed: bytes) -> str:
    """A COSE_Sign1 as the text of the code."""
    return "NZCP:/1/" + base32.encode(signed)
