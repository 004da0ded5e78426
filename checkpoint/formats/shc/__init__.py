"""SMART Health Cards: `shc:/` and digits, a JWS (RFC 7515) over deflated JSON, FHIR inside.

SMART Health Cards Framework 1.4 (spec.smarthealth.cards), section names as cited.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec import base64url, deflate, json_strict, numeric
from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import number
from checkpoint.formats.shc import chunks, fhir
from checkpoint.model import Claims, Credential, Envelope, Reason, Refusal, RevocationId, Subject, Verified

NAME = "shc"
ALGORITHMS = {"P-256": "ES256"}  # "Signing Health Cards": this one and no other
MAX_INFLATED = 262_144  # bytes; one code holds 5 KB of JSON, a set of chunks a few times as much
# A NumericDate has no end (RFC 7519 section 2): some issuers write milliseconds, which are seconds of a far future.
_LATEST = 1e15
_RID = re.compile(r"[A-Za-z0-9_-]{1,24}\Z")  # "Revocation"
_JWS = "eyJ"  # how the JSON of a header begins in base64url
_FIRST = b'{"iss":"'
_ISS = re.compile(rb'"iss"\s*:\s*"((?:[^"\\]|\\/)*)"')
_BOM = b"\xef\xbb\xbf"  # RFC 8259 section 8.1 lets a reader pass over it, and issuers write it


def open_pass(text: str) -> Envelope:
    """The JWS inside `text`, unverified; raises Malformed at the step that fails, or Refusal for missing chunks."""
    jws = _plain(text) if text.startswith(_JWS) else numeric.decode(chunks.digits(text))
    header, dot, rest = jws.partition(b".")
    body, second, signature = rest.partition(b".")
    if not dot or not second or b"." in signature:
        raise Malformed("jws: parts")
    kid = _header(header)
    payload = deflate.inflate(base64url.decode(body), MAX_INFLATED, deflate.RAW).removeprefix(_BOM)
    message = jws[: len(header) + 1 + len(body)]
    return Envelope(NAME, kid, "ES256", message, base64url.decode(signature), payload, ALGORITHMS, _issuer(payload))


def _plain(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise Malformed("jws") from None


@lru_cache(maxsize=1024)
def _header(encoded: bytes) -> str:
    """The kid of a protected header; remembered, for an issuer writes them all alike.

    Keys and addresses of keys in it (jwk, jku, x5c, x5u) are not looked at: only a key of this station counts.
    """
    found = json_strict.loads(base64url.decode(encoded))
    if not isinstance(found, dict):
        raise Malformed("jws header")
    if "zip" not in found and "typ" in found:  # a card has zip and no typ: this is somebody else's token
        raise Refusal(Reason.UNSUPPORTED, "note.web_token")
    if found.get("alg") != "ES256" or found.get("zip") != "DEF" or "crit" in found:
        raise Malformed("jws header")
    kid = found.get("kid")
    if not isinstance(kid, str):
        raise Malformed("jws header: kid")
    return kid


def _issuer(payload: bytes) -> str:
    """The issuer to look the key up by, before anything is proven; "" where it is no address an issuer may have.

    The key is known by (iss, kid) alone, and iss stands in what is signed: so the one value of that name is cut out
    of the bytes, nothing is parsed, and `claims` refuses a card whose signed iss is not exactly this text. A card
    without it may meet any key of its kid, only to be told apart from a forgery: `claims` refuses it as well.
    """
    if payload.startswith(_FIRST) and (end := payload.find(b'"', len(_FIRST))) > 0:
        value = payload[len(_FIRST) : end]
    else:
        found = _ISS.findall(payload)
        value = found[0] if len(found) == 1 else b""
    return _address(value)


@lru_cache(maxsize=1024)
def _address(value: bytes) -> str:
    """An issuer's address ("Determining keys associated with an issuer"): https, and no slash at its end."""
    value = value.replace(b"\\/", b"/")  # the one escape that issuers' libraries write into an address
    allowed = value.startswith(b"https://") and not value.endswith(b"/") and value.isascii() and b"\\" not in value
    return value.decode("ascii") if allowed else ""


def claims(verified: Verified) -> Claims:
    """The JWT and the FHIR bundle in it; raises Malformed where it breaks RFC 7519 or the framework."""
    envelope = verified.envelope
    found = json_strict.loads(envelope.payload)
    if not isinstance(found, dict):
        raise Malformed("jwt")
    if not envelope.issuer or found.get("iss") != envelope.issuer:
        raise Malformed("jwt: iss")
    begins = number(found, "nbf", "jwt: nbf", _LATEST)
    if begins is None:
        raise Malformed("jwt: nbf")
    credential = found.get("vc")
    if not isinstance(credential, dict):
        raise Malformed("jwt: vc")
    bundle = fhir.read(credential)
    return Claims(
        NAME,
        envelope.message,
        Statement(bundle, envelope.kid or "", _rid(credential)),
        envelope.issuer,
        kinds=bundle.kinds,
        issued_at=begins,  # "nbf" is the time of issue ("Health Cards are Encoded as Compact ... JWS")
        valid_from=begins,
        valid_until=number(found, "exp", "jwt: exp", _LATEST),
        end_excluded=True,  # RFC 7519 section 4.1.4: on or after exp it is too late
        warnings=() if bundle.patient else (("note.no_holder",),),
        content=found,
    )


def _rid(credential: dict[str, Any]) -> str:
    rid = credential.get("rid", "")
    if rid != "" and not (isinstance(rid, str) and _RID.match(rid)):
        raise Malformed("vc.rid")
    return str(rid)


class Statement(NamedTuple):
    """What the card says and which id revokes it, built on demand from content that was checked."""

    bundle: fhir.Bundle
    kid: str
    rid: str

    @property
    def subject(self) -> Subject | None:
        """The patient."""
        return self.bundle.subject

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Doses, test results, other records."""
        return self.bundle.credentials

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """The rid under this key, as Card Revocation Lists name it; none where the card has no rid."""
        if not self.rid:
            return ()
        from checkpoint.trust.revocations import ids

        return (ids.rid(self.kid, self.rid),)
