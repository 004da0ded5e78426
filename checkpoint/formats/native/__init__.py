"""The native pass: `CP1:` and base45, zlib where it is shorter, COSE_Sign1 (RFC 9052) over a CWT (RFC 8392).

The specification is docs/formats/native-pass.md, section numbers as cited. What could be written in two ways is
refused, so that one signed message is one pass.
"""

import re
from binascii import b2a_base64
from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec import base45, cbor, cose, deflate
from checkpoint.codec.errors import Malformed
from checkpoint.formats.native.content import HOLDERS, SCOPES, Pass, read, shown, told
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.model import Claims, Credential, Envelope, Note, Reason, Refusal, RevocationId, Subject, Verified
from checkpoint.trust.records import is_demo, native_issuer
from checkpoint.trust.revocations import ids

NAME = "native"
PREFIX = "CP1:"
PASS = -65537  # the private claim (section 4; RFC 8392 section 9.1: below -65536 is private use)
ISS, EXP, NBF, IAT, CTI = 1, 4, 5, 6, 7  # RFC 8392 section 3.1
ALGORITHMS = {"P-256": "ES256", "Ed25519": "EdDSA"}
MAX_SYMBOLS = 4292  # characters behind the prefix: what the largest QR code (40-L, alphanumeric) leaves
MAX_INFLATED = 4096  # bytes; a full permit has about 320
KID_BYTES = 8  # the beginning of SHA-256 over the key's SubjectPublicKeyInfo (section 3)
_CLAIMS = frozenset({ISS, EXP, NBF, IAT, CTI, PASS})
_ALGORITHM_NAMES = {-7: "ES256", -8: "EdDSA"}
_SIGN1, _ZLIB, _NO_HEADER = b"\x84", b"\x78", b"\xa0"
_CTI_BYTES = range(8, 17)
# A map of at most 23 claims, the first of them 1, a text of at most 64 bytes: deterministic encoding puts it there.
_ISSUER = re.compile(rb"[\xa1-\xb7]\x01(?:([\x61-\x77])|\x78([\x18-\x40]))")


def open_pass(text: str) -> Envelope:
    """The COSE_Sign1 inside `text`, unverified; raises Malformed at the step that fails."""
    if len(text) > MAX_SYMBOLS + len(PREFIX):
        raise Malformed("length")
    try:
        data = base45.decode(text[len(PREFIX) :].encode("ascii"))
    except UnicodeEncodeError:
        raise Malformed("base45 symbol") from None
    if data[:1] == _ZLIB:
        data = deflate.inflate(data, MAX_INFLATED, words=DICTIONARY)
    if data[:1] != _SIGN1:
        raise Malformed("cose tag")
    signed = cose.split(data)
    protected, unprotected, payload, signature = signed
    # Section 3: nothing unsigned, and no length written longer than it need be.
    if unprotected != _NO_HEADER or len(data) != 2 + _size(protected) + _size(payload) + _size(signature):
        raise Malformed("cose structure")
    kid, algorithm = _header(protected)
    found = _ISSUER.match(payload)
    if found is None:
        raise Malformed("cwt: iss")
    issuer, demo = _issuer(payload[2 : found.end() + (found[1][0] - 0x60 if found[1] else found[2][0])])
    return Envelope(NAME, kid, algorithm, signed.message, signature, payload, ALGORITHMS, issuer, demo=demo)


def _size(part: bytes) -> int:
    """Bytes of a CBOR byte string with the shortest head."""
    size = len(part)
    return size + (1 if size < 24 else 2 if size < 256 else 3)


@lru_cache(maxsize=1024)
def _header(protected: bytes) -> tuple[str, str]:
    """(kid as base64, algorithm) of the protected header, which holds these two and nothing else (section 3)."""
    found = cose.header(protected)
    algorithm, kid = found.get(cose.ALGORITHM), found.get(cose.KID)
    name = _ALGORITHM_NAMES.get(algorithm) if type(algorithm) is int else None
    if name is None or not isinstance(kid, bytes) or len(kid) != KID_BYTES or len(found) != 2:
        raise Malformed("cose header")
    if cbor.encode(found) != protected:
        raise Malformed("cose header: encoding")
    return b2a_base64(kid, newline=False).decode("ascii"), name


@lru_cache(maxsize=1024)
def _issuer(text: bytes) -> tuple[str, bool]:
    """(issuer, whether it is a demonstration) to look the key up by, before anything is proven: the first claim.

    `text` is an encoded text, cut out of the payload; nothing is decoded, and `claims` refuses a pass whose signed iss
    is another. Remembered, for an issuer's passes name it alike.
    """
    head = 1 if text[0] < 0x78 else 2
    name = text[head:].decode("latin-1")
    if not native_issuer(name) or len(name) != (text[0] - 0x60 if head == 1 else text[1]):
        raise Malformed("cwt: iss")
    return name, is_demo(name)


def claims(verified: Verified) -> Claims:
    """The CWT and the pass in it; raises Malformed where it breaks section 4 or 5."""
    envelope, key = verified
    found = cbor.decode(envelope.payload, dates=False)
    if not isinstance(found, dict) or found.get(ISS) != envelope.issuer:
        raise Malformed("cwt: iss")
    if envelope.demo and not key.test:  # somebody's record calls a demonstration real: the pass does not become so
        raise Refusal(Reason.DEMO_PASS)
    issued, begins, expires = _period(found)
    cti = found.get(CTI)
    if not isinstance(cti, bytes) or len(cti) not in _CTI_BYTES:
        raise Malformed("cwt: cti")
    content = read(found.get(PASS))
    if content.place is None and key.revocation:  # section 6: silence must not pass for "not revoked"
        raise Malformed("pass: place")
    return Claims(
        NAME,
        envelope.message,
        Statement(content, key.revocation),
        envelope.issuer,
        kinds=content.kinds,
        issued_at=issued,
        valid_from=begins,
        valid_until=expires,
        end_excluded=True,  # RFC 8392 section 3.1.4: on or after exp it is too late
        warnings=content.warnings + _unknown(found) if len(found) > 5 + (NBF in found) else content.warnings,
        content=found,
        hours=content.hours,
    )


def _period(found: dict[Any, Any]) -> tuple[float, float | None, float]:
    """(iat, nbf, exp), nbf None where it is absent."""
    begins = _seconds(found, NBF, "cwt: nbf") if NBF in found else None
    expires = _seconds(found, EXP, "cwt: exp")
    if begins is not None and begins >= expires:
        raise Malformed("cwt: nbf")
    return _seconds(found, IAT, "cwt: iat"), begins, expires


def _seconds(found: dict[Any, Any], claim: int, what: str) -> float:
    """A time that must be there: a whole number of seconds since 1970, before the year 10000."""
    value = found.get(claim)
    if type(value) is not int or not 0 <= value < cbor.EPOCH_LIMIT:
        raise Malformed(what)
    return float(value)


def _unknown(found: dict[Any, Any]) -> tuple[Note, ...]:
    """Claims of a later edition are told (RFC 8392 section 3: claims that are not understood are ignored)."""
    if not all(type(key) in (int, str) for key in found):
        raise Malformed("cwt: claim")
    return told(str(key) for key in found if key not in _CLAIMS)


class Statement(NamedTuple):
    """Who holds the pass, what it lets them do, and its place in the status lists of its issuer."""

    content: Pass
    source: str  # the revocation list that the issuer's record names

    @property
    def subject(self) -> Subject | None:
        """The holder; None for a ticket that whoever brings it may use."""
        if not self.content.holder:
            return None
        holder = {name: str(one) for name, one in shown(self.content.holder, HOLDERS).items()}
        return Subject(holder["name"], holder.get("birth_date", ""), document=holder.get("document", ""))

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The one thing that it states."""
        kind = self.content.kind
        return (Credential(kind, {"number": self.content.number, **shown(self.content.scope, SCOPES[kind])}),)

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """Its place in a status list, where it has one and its issuer's record names the list."""
        if self.content.place is None or not self.source:
            return ()
        return (ids.status(self.source, *self.content.place),)
