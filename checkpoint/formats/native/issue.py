"""Making a native pass: the same steps as reading one, the other way round, checked before anything is signed."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from checkpoint.codec import base45, cbor, cose
from checkpoint.formats import native
from checkpoint.formats.native import content
from checkpoint.formats.native.content import HOLDER, KIND, NUMBER, PLACE, SCOPE
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.formats.native.fields import Field

ALGORITHMS = {"P-256": -7, "Ed25519": -8}  # by the type of the key (section 3)


class Draft(NamedTuple):
    """One pass to be made, its fields by name and in wire form. Times are seconds since 1970."""

    kind: str
    number: str
    holder: Mapping[str, Any]
    scope: Mapping[str, Any]
    expires: int
    begins: int | None = None


def claims(draft: Draft, iss: str, issued: int, cti: bytes, place: tuple[int, int] | None) -> dict[int, Any]:
    """The CWT claims of `draft`; raises Malformed where a verifier would refuse them."""
    said: dict[int, Any] = {
        KIND: next(number for number, kind in content.KINDS.items() if kind == draft.kind),
        NUMBER: draft.number,
        SCOPE: _numbered(draft.scope, content.SCOPES[draft.kind]),
    }
    if draft.holder:
        said[HOLDER] = _numbered(draft.holder, content.HOLDERS)
    if place is not None:
        said[PLACE] = list(place)
    content.read(said)
    found = {native.ISS: iss, native.EXP: draft.expires, native.IAT: issued, native.CTI: cti, native.PASS: said}
    return found if draft.begins is None else {**found, native.NBF: draft.begins}


def _numbered(facts: Mapping[str, Any], fields: Mapping[int, Field]) -> dict[int, Any]:
    return {key: facts[one.name] for key, one in fields.items() if one.name in facts}


def issue(found: Mapping[int, Any], key_type: str, kid: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The text of a pass with these claims, signed by `sign` (raw r‖s, or Ed25519) with a key of `key_type`."""
    protected = cbor.encode({cose.ALGORITHM: ALGORITHMS[key_type], cose.KID: kid})
    return wrap(protected, cbor.encode(dict(found)), sign)


def wrap(protected: bytes, payload: bytes, sign: Callable[[bytes], bytes], unprotected: bytes = b"\xa0") -> str:
    """The text of a pass from its encoded parts; nothing is checked, so that tests can make what no issuer would."""
    unsigned = cose.Sign1(protected, unprotected, payload, b"")
    return text_of(cose.build(protected, unprotected, payload, sign(unsigned.message), tagged=False))


def text_of(signed: bytes) -> str:
    """A COSE_Sign1 as the text of the code, compressed where that is shorter (section 2)."""
    stream = zlib.compressobj(9, zdict=DICTIONARY)
    packed = stream.compress(signed) + stream.flush()
    return native.PREFIX + base45.encode(packed if len(packed) < len(signed) else signed)
