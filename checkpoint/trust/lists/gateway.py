"""The EU gateway's list (DGCG): certificates of every country, each with a detached CMS signature of who uploaded it.

The gateway's trust anchor signs a country's CSCA and upload certificates; the upload certificates sign its signers,
which its CSCA issued. All three are checked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checkpoint.codec import certificate, cms
from checkpoint.codec.errors import Malformed
from checkpoint.codec.issued import Authorities
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import ANCHOR, add_certificate, base64_bytes, json_of, skip

NAME = "eu-gateway"
_CSCA, _UPLOAD, _SIGNER = "CSCA", "UPLOAD", "DSC"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry, decoded and not believed."""

    kind: str
    kid: str
    country: str
    data: bytes
    signature: bytes


def matches(data: bytes) -> bool:
    """A JSON array of objects with "certificateType" and "rawData"."""
    head = data.lstrip()[:4096]
    return head[:1] == b"[" and b'"certificateType"' in head and b'"rawData"' in head


def read(data: bytes, options: Options) -> Found:
    """The signers and the CAs above them; raises ListRefused where no entry leads to the trust anchor."""
    values = json_of(data, "EU gateway list")
    if not options.anchors:
        hint = "give the gateway's trust anchor with --anchor"
        raise ListRefused("the entries of this list are signed, and no anchor says by whom", hint)
    found = Found(signed_by="the gateway's trust anchor, entry by entry")
    entries = [one for value in values if (one := _decoded(found, value)) is not None]
    uploads: dict[str, list[bytes]] = {}
    above: dict[str, list[bytes]] = {}
    for one in entries:
        if one.kind in (_CSCA, _UPLOAD) and _signed(found, one, options.anchors):
            if one.kind == _UPLOAD:
                uploads.setdefault(one.country, []).append(certificate.read(one.data).spki)
            else:
                above.setdefault(one.country, []).append(one.data)
                add_certificate(found, one.data, options, one.kid, one.country, format=ANCHOR)
    if not uploads:
        raise ListRefused("no upload certificate of this list leads to the anchor", "is it the right --anchor?")
    authorities = {country: Authorities(certificates) for country, certificates in above.items()}
    for one in entries:
        if one.kind == _SIGNER and _signed(found, one, uploads.get(one.country, [])):
            if one.country in authorities and authorities[one.country].issuer(one.data) is not None:
                add_certificate(found, one.data, options, one.kid, one.country)
            else:
                skip(found, one.kid, "bad_entry: not issued by a CSCA of its country")
    return found


def _decoded(found: Found, value: Any) -> _Entry | None:
    if not isinstance(value, dict) or value.get("certificateType") not in (_CSCA, _UPLOAD, _SIGNER):
        return None  # how machines log in to the gateway is of no use here
    kid, country = str(value.get("kid", "")), str(value.get("country", ""))
    try:
        data, signature = base64_bytes(value.get("rawData")), base64_bytes(value.get("signature"))
    except Malformed as error:
        skip(found, kid, f"bad_entry: {error}")
        return None
    return _Entry(value["certificateType"], kid, country, data, signature)


def _signed(found: Found, entry: _Entry, anchors: Iterable[bytes]) -> bool:
    try:
        cms.verify(cms.split(entry.signature), anchors, entry.data)
        certificate.read(entry.data)
    except Malformed as error:
        skip(found, entry.kid, f"bad_signature: {error}")
        return False
    return True
