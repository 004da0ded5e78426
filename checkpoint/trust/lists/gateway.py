"""The EU gateway's list (DGCG): certificates of every country, each with a detached CMS signature of who uploaded it.

The gateway's trust anchor signs a country's CSCA and upload certificates; the upload certificates sign its signers,
which its CSCA issued. All three are checked.
"""

from typing import Any

from checkpoint.codec import certificate, cms
from checkpoint.codec.errors import Malformed
from checkpoint.codec.issued import Authorities
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import ANCHOR, add_certificate, base64_bytes, json_of, skip

NAME = "eu-gateway"
_CSCA, _UPLOAD, _SIGNER = "CSCA", "UPLOAD", "DSC"


def matches(data: bytes) -> bool:
    """A JSON array of objects with "certificateType" and "rawData"."""
    head = data.lstrip()[:4096]
    return head[:1] == b"[" and b'"certificateType"' in head and b'"rawData"' in head


def read(data: bytes, options: Options) -> Found:
    """The signers and the CAs above them; raises ListRefused where no entry leads to the trust anchor."""
    entries = json_of(data, "EU gateway list")
    if not options.anchors:
        hint = "give the gateway's trust anchor with --anchor"
        raise ListRefused("the entries of this list are signed, and no anchor says by whom", hint)
    found = Found()
    good = [one for entry in entries if (one := _decoded(found, entry)) is not None]
    uploads: dict[str, list[bytes]] = {}
    above: dict[str, list[bytes]] = {}
    for entry, data_of, signature in good:
        if entry["certificateType"] in (_CSCA, _UPLOAD) and _signed(found, entry, signature, data_of, options.anchors):
            country = str(entry.get("country", ""))
            if entry["certificateType"] == _UPLOAD:
                uploads.setdefault(country, []).append(certificate.read(data_of).spki)
            else:
                above.setdefault(country, []).append(data_of)
                add_certificate(found, data_of, options, str(entry.get("kid", "")), country, format=ANCHOR)
    if not uploads:
        raise ListRefused("no upload certificate of this list leads to the anchor", "is it the right --anchor?")
    authorities = {country: Authorities(one) for country, one in above.items()}
    for entry, data_of, signature in good:
        country = str(entry.get("country", ""))
        if entry["certificateType"] != _SIGNER or not _signed(
            found, entry, signature, data_of, uploads.get(country, [])
        ):
            continue
        if country not in authorities or authorities[country].issuer(data_of) is None:
            skip(found, entry.get("kid"), "bad_entry: not issued by a CSCA of its country")
            continue
        add_certificate(found, data_of, options, str(entry.get("kid", "")), country)
    found.signed_by = "the gateway's trust anchor, entry by entry"
    return found


def _decoded(found: Found, entry: Any) -> tuple[dict[str, Any], bytes, bytes] | None:
    try:
        if not isinstance(entry, dict) or entry.get("certificateType") not in (_CSCA, _UPLOAD, _SIGNER):
            return None  # how machines log in to the gateway is of no use here
        return entry, base64_bytes(entry.get("rawData")), base64_bytes(entry.get("signature"))
    except Malformed as error:
        skip(found, entry.get("kid"), f"bad_entry: {error}")
        return None


def _signed(found: Found, entry: dict[str, Any], signature: bytes, data: bytes, anchors: Any) -> bool:
    try:
        cms.verify(cms.split(signature), anchors, data)
        certificate.read(data)
    except Malformed as error:
        skip(found, entry.get("kid"), f"bad_signature: {error}")
        return False
    return True
