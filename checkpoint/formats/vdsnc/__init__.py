"""ICAO VDS-NC: JSON with a message, a signature over its canonical form (RFC 8785), and the signer's certificate.

ICAO Technical Report "VDS-NC, Visible Digital Seal for non-constrained environments" 1.1, and the data sets of ICAO
(proof of testing, CAPSCA) and WHO (proof of vaccination) under it. Parts of the report are cited by their names.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec import jcs, json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.formats.icao.countries import two_letters
from checkpoint.formats.vdsnc import messages
from checkpoint.formats.vdsnc.signer import base64_bytes, read_signer
from checkpoint.model import Claims, Credential, Envelope, Reason, Refusal, RevocationId, Subject, Verified

NAME = "vdsnc"
VERSION = 1
# "Signature zone": ECDSA as RFC 7518 section 3.4 has it, each with its own curve.
ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
MAX_DEPTH = 8  # data, msg, ve, event, vd, dose: six, and room for what is not known
_BOM = "\ufeff"
_WHITE = " \t\r\n"


def open_pass(text: str) -> Envelope:
    """The parts of `text`, unverified; raises Malformed at the step that fails, or Refusal: unsupported."""
    try:
        data = text.lstrip(_BOM + _WHITE).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("json: half a character") from None
    seal = json_strict.loads(data, MAX_DEPTH)
    if isinstance(seal, list) and len(seal) == 1:  # some issuers write an array of one
        seal = seal[0]
    sealed, zone = _zones(seal)
    algorithm = zone.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.values():
        raise Malformed("sig.alg")
    signer, signature = read_signer(_text(zone, "cer")), base64_bytes(_text(zone, "sigvl"))
    if signer.public.type not in ALGORITHMS:  # no seal can be signed with it: its issuer's error, not a forger's
        raise Malformed("sig.cer: kind of key")
    message = jcs.encode(sealed)
    return Envelope(NAME, signer.kid, algorithm, message, signature, message, ALGORITHMS, signer=signer)


def _zones(seal: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what is signed, the signature zone); raises Refusal where the JSON is no VDS-NC, or one of another type."""
    sealed = seal.get("data") if isinstance(seal, dict) else None
    header = sealed.get("hdr") if isinstance(sealed, dict) else None
    if not isinstance(sealed, dict) or not isinstance(header, dict):
        raise Refusal(Reason.UNSUPPORTED, "note.not_a_pass")
    kind, version = header.get("t"), header.get("v")
    if not isinstance(kind, str) or isinstance(version, bool) or not isinstance(version, int):
        raise Malformed("hdr")
    if kind not in messages.READERS or version != VERSION:
        raise Refusal(Reason.UNSUPPORTED, "note.vdsnc_type", kind, str(version))
    zone = seal.get("sig")
    if not isinstance(zone, dict):
        raise Malformed("sig")
    return sealed, zone


def _text(zone: dict[str, Any], name: str) -> str:
    found = zone.get(name)
    if not isinstance(found, str):
        raise Malformed(f"sig.{name}")
    return found


def claims(verified: Verified) -> Claims:
    """The message; raises Malformed where it breaks its data set."""
    envelope = verified.envelope
    found = json_strict.loads(envelope.payload, MAX_DEPTH)
    header, message = found["hdr"], found.get("msg")
    state = header.get("is")
    if not isinstance(state, str) or not state:
        raise Malformed("hdr.is")
    if not isinstance(message, dict):
        raise Malformed("msg")
    read = messages.READERS[header["t"]](message)
    return Claims(
        NAME,
        envelope.message,
        Statement(read, _certificate_ids(envelope.signer)),
        state,
        two_letters(state),
        frozenset({read.kind}),
        content=found,
    )


def _certificate_ids(signer: Any) -> tuple[RevocationId, ...]:
    """The id under which its issuer's revocation list would name the certificate."""
    return () if signer is None else _ids_of(signer.certificate)


@lru_cache(maxsize=256)
def _ids_of(certificate: bytes) -> tuple[RevocationId, ...]:
    from checkpoint.codec import issued
    from checkpoint.trust.revocations import ids

    found = issued.split(certificate)
    return (ids.certificate(found.issuer, found.serial),)


class Statement(NamedTuple):
    """What the message says, built on demand, and what revokes its signer."""

    read: messages.Message
    revocation_ids: tuple[RevocationId, ...]

    @property
    def subject(self) -> Subject | None:
        """The holder."""
        return self.read.subject

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The doses, or the test."""
        return self.read.credentials
