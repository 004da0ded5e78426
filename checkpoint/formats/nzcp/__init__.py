"""NZ COVID Pass: `NZCP:/1/` and base32, COSE_Sign1 (RFC 9052) over a CWT (RFC 8392) with a verifiable credential.

NZ COVID Pass Technical Specification 1 (nzcp.covid19.health.nz), section numbers as cited.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec import base32, cbor, cose
from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import birth_date, text
from checkpoint.model import Claims, Credential, Envelope, RevocationId, Subject, Verified

NAME = "nzcp"
ALGORITHMS = {"P-256": "ES256"}  # section 2.2: this one and no other
CONTEXT = "https://www.w3.org/2018/credentials/v1"
TYPES = ("VerifiableCredential", "PublicCovidPass")
VERSION = "1.0.0"
KIND = "pass"  # it states that its holder may pass, and not why (section 2.4)
_KINDS = frozenset({KIND})
_HEAD = "NZCP:/1/"
_ES256 = -7
_ISS, _EXP, _NBF, _CTI = 1, 4, 5, 7  # RFC 8392 section 3.1
_ID_LENGTH = 16
# Claim 1 and a text that begins as a decentralised identifier: how every claim set of these passes shows its issuer.
_DID = re.compile(rb"\x01(?:([\x60-\x77])|\x78([\x18-\xff]))(?=did:)", re.DOTALL)


def open_pass(text: str) -> Envelope:
    """The COSE_Sign1 inside `text`, unverified; raises Malformed at the step that fails."""
    if not text.startswith(_HEAD):
        raise Malformed("nzcp version")
    try:
        symbols = text[len(_HEAD) :].encode("ascii")
    except UnicodeEncodeError:
        raise Malformed("base32 symbol") from None
    signed = cose.split(base32.decode(symbols))
    payload = signed.payload
    return Envelope(
        NAME, _kid(signed.protected), "ES256", signed.message, signed.signature, payload, ALGORITHMS, _issuer(payload)
    )


@lru_cache(maxsize=1024)
def _kid(protected: bytes) -> str:
    """The kid of the protected header (section 2.2), which is text in bytes: the part of the key's name behind "#"."""
    found = cose.header(protected)
    algorithm, kid = found.get(cose.ALGORITHM), found.get(cose.KID)
    if isinstance(algorithm, bool) or algorithm != _ES256 or cose.CRITICAL in found:
        raise Malformed("cose header")
    if not isinstance(kid, bytes):
        raise Malformed("cose header: kid")
    try:
        return kid.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("cose header: kid") from None


def _issuer(payload: bytes) -> str:
    """The issuer to look the key up by, before anything is proven; "" where none shows.

    The key is known by iss and kid together (section 3), and iss stands in what is signed: so the text behind claim 1
    is cut out of the bytes, nothing is decoded, and `claims` refuses a pass whose signed iss is not exactly this text.
    """
    found = _DID.search(payload)
    if found is None:
        return ""
    size = found[1][0] - 0x60 if found[1] else found[2][0]
    value = payload[found.end() : found.end() + size]
    return value.decode("ascii") if value.isascii() else ""


def claims(verified: Verified) -> Claims:
    """The CWT and the credential in it; raises Malformed where it breaks section 2."""
    envelope = verified.envelope
    found = cbor.decode(envelope.payload, uuid=True)
    if not isinstance(found, dict):
        raise Malformed("cwt")
    if not envelope.issuer or found.get(_ISS) != envelope.issuer:
        raise Malformed("cwt: iss")
    cti = found.get(_CTI)
    if not isinstance(cti, bytes) or len(cti) != _ID_LENGTH:
        raise Malformed("cwt: cti")
    begins = _seconds(found, _NBF, "cwt: nbf")
    return Claims(
        NAME,
        envelope.message,
        Statement(*_holder(found.get("vc"))),
        envelope.issuer,
        kinds=_KINDS,
        issued_at=begins,
        valid_from=begins,
        valid_until=_seconds(found, _EXP, "cwt: exp"),
        end_excluded=True,  # RFC 8392 section 3.1.4: on or after exp it is too late
        content=found,
    )


def _seconds(found: dict[Any, Any], claim: int, what: str) -> float:
    """A date that must be there and be a whole number (sections 2.1.0.3 and 2.1.0.4)."""
    value = found.get(claim)
    if not isinstance(value, int) or isinstance(value, bool) or not abs(value) < cbor.EPOCH_LIMIT:
        raise Malformed(what)
    return float(value)


def _holder(credential: Any) -> tuple[str, str, str]:
    """(given name, family name, birth date) of the credential (sections 2.3 and 2.4)."""
    if not isinstance(credential, dict):
        raise Malformed("vc")
    context, types = credential.get("@context"), credential.get("type")
    if not isinstance(context, list) or not context or context[0] != CONTEXT:
        raise Malformed("vc.@context")
    if not isinstance(types, list) or TYPES[0] not in types or TYPES[1] not in types:
        raise Malformed("vc.type")
    if credential.get("version") != VERSION:
        raise Malformed("vc.version")
    subject = credential.get("credentialSubject")
    if not isinstance(subject, dict):
        raise Malformed("vc.credentialSubject")
    given = text(subject, "givenName", "vc.credentialSubject", required=True)
    born = birth_date(text(subject, "dob", "vc.credentialSubject", required=True), "vc.credentialSubject.dob")
    if not born or not given:
        raise Malformed("vc.credentialSubject")
    return given, text(subject, "familyName", "vc.credentialSubject"), born


class Statement(NamedTuple):
    """Who holds the pass."""

    given: str
    family: str
    born: str

    @property
    def subject(self) -> Subject:
        """The holder, family name first."""
        return Subject(" ".join(filter(None, (self.family, self.given))), self.born, self.family, self.given)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The one thing that it states."""
        return (Credential(KIND, {"type": TYPES[-1]}),)

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """None: the specification has no revocation of single passes."""
        return ()
