"""HCERT, the envelope of the EU Digital COVID Certificate, of Viet Nam's vaccine passport and of the WHO's ICVP.

`HC1:` base45 (RFC 9285), zlib (RFC 1950), COSE_Sign1 (RFC 9052) over a CWT (RFC 8392);
Electronic Health Certificate Specification 1.1 (eHealth Network) and the WHO's hcert_spec, section numbers as cited.
"""

from binascii import b2a_base64
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from checkpoint.codec import base45, cbor, cose, deflate
from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import in_days, number
from checkpoint.formats.hcert import dcc, who
from checkpoint.formats.hcert.content import Content, country_of
from checkpoint.model import Claims, Credential, Envelope, RevocationId, Subject, Verified

NAME = "hcert"
MAX_INFLATED = 65536  # bytes; a pass has about 400, a bomb in one QR code 2.9 million
_ALGORITHM_NAMES = {-7: "ES256", -37: "PS256"}  # HCERT 1.1 section 3.3.1: these two and no other
ALGORITHMS = {"P-256": "ES256", "P-384": "ES256", "RSA": "PS256"}
_UNDERSTOOD = {cose.ALGORITHM, cose.CRITICAL, cose.KID}
_ISS, _EXP, _NBF, _IAT, _HCERT = 1, 4, 5, 6, -260  # CWT claims, RFC 8392 section 3.1 and HCERT 1.1 section 3.3
_ID_LENGTH = 16


def open_pass(text: str) -> Envelope:
    """The COSE_Sign1 inside `text`, unverified; raises Malformed at the step that fails."""
    try:
        symbols = text[4:].encode("ascii")
    except UnicodeEncodeError:
        raise Malformed("base45 symbol") from None
    signed = cose.split(deflate.inflate(base45.decode(symbols), MAX_INFLATED))
    kid, algorithm = _headers(signed.protected, signed.unprotected)
    return Envelope(NAME, kid, algorithm, signed.message, signed.signature, signed.payload, ALGORITHMS)


@lru_cache(maxsize=1024)
def _headers(protected: bytes, unprotected: bytes) -> tuple[str | None, str]:
    """(kid as base64, algorithm) of the two encoded header maps; remembered, for an issuer writes them all alike."""
    fixed, loose = cose.header(protected), cose.header(unprotected)
    if cose.CRITICAL in fixed or cose.CRITICAL in loose:
        _critical(fixed.get(cose.CRITICAL))
    # HCERT 1.1 section 3.3.2: kid in either header, the protected one first; real issuers do the same with alg.
    kid = fixed.get(cose.KID, loose.get(cose.KID))
    if kid is not None and not isinstance(kid, bytes):
        raise Malformed("cose header: kid")
    algorithm = _ALGORITHM_NAMES.get(_label(fixed.get(cose.ALGORITHM, loose.get(cose.ALGORITHM))))
    if algorithm is None:
        raise Malformed("cose header: algorithm")
    return (None if kid is None else b2a_base64(kid, newline=False).decode("ascii")), algorithm


def claims(verified: Verified) -> Claims:
    """The CWT and the certificate in it; raises Malformed where it breaks RFC 8392 or its schema."""
    envelope = verified.envelope
    claimset = cbor.decode(envelope.payload)
    if not isinstance(claimset, dict):
        raise Malformed("cwt")
    issuer = claimset.get(_ISS, "")
    if not isinstance(issuer, str):
        raise Malformed("cwt: iss")
    content = _content(claimset)
    said = Claims(
        NAME,
        envelope.message,
        Statement(content, issuer, envelope.algorithm, envelope.signature),
        issuer,
        country_of(issuer),
        content.kinds,
        issued_at=number(claimset, _IAT, "cwt: iat"),
        valid_from=number(claimset, _NBF, "cwt: nbf"),
        valid_until=number(claimset, _EXP, "cwt: exp"),
        warnings=content.warnings,
        content=content.raw,
    )
    begins, ends = content.period
    return in_days(said, begins=begins, ends=ends) if begins or ends else said


def _content(claimset: dict[Any, Any]) -> Content:
    """The one certificate of the claim set: a DCC, an ICVP, or a DDCC that is the claim set itself."""
    health = claimset.get(_HCERT)
    if health is None and who.is_ddcc(claimset):
        return who.ddcc(claimset)
    if not isinstance(health, dict):
        raise Malformed("hcert claim")
    if dcc.CLAIM in health:
        return dcc.read(health[dcc.CLAIM])
    for claim in who.ICVP_CLAIMS:
        if claim in health:
            return who.icvp(health[claim])
    raise Malformed("hcert claim: no certificate that is known here")


class Statement(NamedTuple):
    """What the certificate says and which ids revoke it, built on demand from content that was checked."""

    content: Content
    issuer: str
    algorithm: str
    signature: bytes

    @property
    def subject(self) -> Subject:
        """Who it is about."""
        return self.content.subject

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Doses, tests, recoveries."""
        return self.content.credentials

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """The three hashes of the EU's revocation lists (dgc-gateway): first 16 bytes of SHA-256 each."""
        # ECDSA signatures can be changed and still hold: only r is hashed.
        size = len(self.signature) if self.algorithm == "PS256" else len(self.signature) // 2
        found: list[RevocationId] = [("dcc-sig", sha256(self.signature[:size]).digest()[:_ID_LENGTH])]
        for one, country in self.content.ids:
            found.append(("dcc-uci", sha256(one.encode()).digest()[:_ID_LENGTH]))
            # Lists were made with the issuer of the CWT and with the country of the entry: both name this one only.
            places = {self.issuer, country}
            found += [("dcc-ccuci", sha256((place + one).encode()).digest()[:_ID_LENGTH]) for place in places]
        return tuple(found)


def _label(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _critical(labels: Any) -> None:
    """RFC 9052 section 3.1: crit is a non-empty array of labels, each of which must be understood."""
    if not isinstance(labels, list) or not labels or not all(_label(one) in _UNDERSTOOD for one in labels):
        raise Malformed("cose header: crit")
