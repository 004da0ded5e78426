"""HCERT, the envelope of the EU Digital COVID Certificate, of Viet Nam's vaccine passport and of the WHO's ICVP.

`HC1:` base45 (RFC 9285), zlib (RFC 1950), COSE_Sign1 (RFC 9052) over a CWT (RFC 8392);
Electronic Health Certificate Specification 1.1 (eHealth Network) and the WHO's hcert_spec, section numbers as cited.
"""

import hashlib
from typing import Any

from checkpoint.codec import base45, cbor, cose, deflate
from checkpoint.codec.errors import Malformed
from checkpoint.formats.hcert import dcc, who
from checkpoint.formats.hcert.content import Content, country_of, number
from checkpoint.model import Claims, Envelope, RevocationId, Verified

NAME = "hcert"
PREFIXES = ("HC1:",)
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
    protected, unprotected = cose.header(signed.protected), cose.header(signed.unprotected)
    if cose.CRITICAL in protected or cose.CRITICAL in unprotected:
        _critical(protected.get(cose.CRITICAL))
    # HCERT 1.1 section 3.3.2: kid in either header, the protected one first; real issuers do the same with alg.
    kid = protected.get(cose.KID, unprotected.get(cose.KID))
    if kid is not None and not isinstance(kid, bytes):
        raise Malformed("cose header: kid")
    algorithm = _ALGORITHM_NAMES.get(_label(protected.get(cose.ALGORITHM, unprotected.get(cose.ALGORITHM))))
    if algorithm is None:
        raise Malformed("cose header: algorithm")
    return Envelope(
        format=NAME,
        kid=None if kid is None else kid_text(kid),
        algorithm=algorithm,
        message=signed.message,
        signature=signed.signature,
        payload=signed.payload,
        algorithms=ALGORITHMS,
    )


def claims(verified: Verified) -> Claims:
    """The CWT and the certificate in it; raises Malformed where it breaks RFC 8392 or its schema."""
    claimset = cbor.decode(verified.envelope.payload)
    if not isinstance(claimset, dict):
        raise Malformed("cwt")
    issuer = claimset.get(_ISS, "")
    if not isinstance(issuer, str):
        raise Malformed("cwt: iss")
    content = _content(claimset)
    expires, ends = number(claimset, _EXP, "cwt: exp"), content.valid_until
    starts, begins = number(claimset, _NBF, "cwt: nbf"), content.valid_from
    digest = hashlib.sha256(verified.envelope.message).digest()[:_ID_LENGTH]
    return Claims(
        pass_id=f"{NAME}-{digest.hex()}",
        issuer=issuer,
        country=country_of(issuer),
        subject=content.subject,
        credentials=content.credentials,
        kinds=content.kinds,
        issued_at=number(claimset, _IAT, "cwt: iat"),
        valid_from=starts if begins is None else begins if starts is None else max(starts, begins),
        valid_until=expires if ends is None else ends if expires is None else min(expires, ends),
        warnings=content.warnings,
        revocation_ids=(("pass_id", digest), *_revocation_ids(verified, issuer, content)),
        content=content.raw,
    )


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


def kid_text(kid: bytes) -> str:
    """A COSE kid as this tool writes it: standard base64."""
    from binascii import b2a_base64

    return b2a_base64(kid, newline=False).decode("ascii")


def _label(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _critical(labels: Any) -> None:
    """RFC 9052 section 3.1: crit is a non-empty array of labels, each of which must be understood."""
    if not isinstance(labels, list) or not labels or not all(_label(one) in _UNDERSTOOD for one in labels):
        raise Malformed("cose header: crit")


def _revocation_ids(verified: Verified, issuer: str, content: Content) -> tuple[RevocationId, ...]:
    """The three hashes of the EU's revocation lists (dgc-gateway): first 16 bytes of SHA-256 each."""
    signature = verified.envelope.signature
    # ECDSA signatures can be changed and still hold: only r is hashed.
    fixed = signature if verified.envelope.algorithm == "PS256" else signature[: len(signature) // 2]
    found: list[RevocationId] = [("dcc-sig", hashlib.sha256(fixed).digest()[:_ID_LENGTH])]
    # Some publishers hash the CWT's iss, others the entry's country; passes of CNAM, or of Aruba under NL, have two.
    countries = dict.fromkeys((issuer, *(str(one.facts.get("country", issuer)) for one in content.credentials)))
    for one in content.ids:
        found.append(("dcc-uci", hashlib.sha256(one.encode()).digest()[:_ID_LENGTH]))
        ids = (hashlib.sha256((country + one).encode()).digest()[:_ID_LENGTH] for country in countries)
        found += [("dcc-ccuci", value) for value in ids]
    return tuple(found)
