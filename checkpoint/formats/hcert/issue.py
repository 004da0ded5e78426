"""Making an HCERT: the same steps as reading one, the other way round (for demonstrations and tests)."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from checkpoint.codec import base45, cbor, cose

HCERT_CLAIM = -260
ALGORITHMS = {"ES256": -7, "PS256": -37}


def issue(claims: Mapping[int, Any], kid: bytes, sign: Callable[[bytes], bytes], algorithm: str = "ES256") -> str:
    """The text of a pass: CWT `claims` signed by `sign`, kid and algorithm in the protected header."""
    protected = cbor.encode({cose.ALGORITHM: ALGORITHMS[algorithm], cose.KID: kid})
    return wrap(protected, b"\xa0", cbor.encode(dict(claims)), sign)


def wrap(protected: bytes, unprotected: bytes, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The text of a pass from its encoded parts; nothing is checked, so that tests can make what no issuer would."""
    unsigned = cose.Sign1(protected, unprotected, payload, b"")
    return text_of(cose.build(protected, unprotected, payload, sign(unsigned.message)))


def text_of(signed: bytes) -> str:
    """A COSE_Sign1 as the text of the code."""
    return "HC1:" + base45.encode(zlib.compress(signed, 9))
