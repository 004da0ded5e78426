"""CMS SignedData (RFC 5652), read by slicing DER: just what master lists and detached list signatures need.

No library here verifies CMS, and the one that parses it has had no release since 2022: these are a hundred lines on
the slicer that reads certificates already. BER with indefinite lengths is refused, ICAO 9303-12 asks for DER.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from checkpoint.codec import certificate, der, issued
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"  # signed attributes, RFC 5652 section 11
_CONTEXT_0, _SKI_SID = 0xA0, 0x80
MAX_SIGNERS = 8


@dataclass(frozen=True, slots=True)
class SignedData:
    """A SignedData taken apart, nothing in it believed yet. `content` is None where it is detached."""

    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    signers: tuple[bytes, ...]  # contents of the SignerInfos


def split(data: bytes) -> SignedData:
    """The SignedData in a DER ContentInfo; raises Malformed."""
    outer = list(der.children(der.content(data, der.SEQUENCE)))
    if len(outer) != 2 or der.oid(outer[0][1]) != _SIGNED_DATA or outer[1][0] != _CONTEXT_0:
        raise Malformed("cms: no signed data")
    fields = list(der.children(der.content(outer[1][1], der.SEQUENCE)))
    if len(fields) < 4 or fields[-1][0] != der.SET or fields[2][0] != der.SEQUENCE:
        raise Malformed("cms: fields")
    inner = list(der.children(fields[2][1]))
    content = der.content(inner[1][1], der.OCTET_STRING) if len(inner) > 1 else None
    certificates = [whole for tag, body, _ in fields[3:-1] if tag == _CONTEXT_0 for _, _, whole in der.children(body)]
    signers = [body for _, body, _ in der.children(fields[-1][1])]
    if not 1 <= len(signers) <= MAX_SIGNERS:
        raise Malformed("cms: signers")
    return SignedData(der.oid(inner[0][1]), content, tuple(certificates), tuple(signers))


def verify(found: SignedData, anchors: Iterable[bytes], content: bytes | None = None) -> Certificate:
    """The certificate of a signer whose signature over the content holds and which chains to one of `anchors`.

    `anchors` are SubjectPublicKeyInfos; `content` is what a detached signature is about. Raises Malformed: "cms:
    signature" where no signature holds, "cms: anchor" where one holds, but its signer leads to no anchor.
    """
    signed = found.content if content is None else content
    wanted = tuple(anchors)
    if signed is None:
        raise Malformed("cms: no content")
    why = "cms: signature"
    for signer in found.signers:
        for one in found.certificates:
            if _holds(signer, one, found.content_type, signed):
                if issued.chains(one, wanted, found.certificates):
                    return certificate.read(one)
                why = "cms: anchor"
        for spki in wanted:  # some senders leave their certificate out: then the anchor itself must be the signer
            if not found.certificates and _holds_with(signer, spki, found.content_type, signed):
                return certificate.Certificate(b"", spki, "", "the anchor itself", 0.0, 0.0, frozenset(), False)
    raise Malformed(why)


def _holds(signer: bytes, data: bytes, content_type: str, signed: bytes) -> bool:
    try:
        spki = certificate.read(data).spki
    except Malformed:
        return False
    return _holds_with(signer, spki, content_type, signed)


def _holds_with(signer: bytes, spki: bytes, content_type: str, signed: bytes) -> bool:
    """Whether a SignerInfo is by this key: its signature, and the digest and type that the signature covers."""
    fields = list(der.children(signer))
    if len(fields) < 5:
        return False
    digest = issued.hash_name(fields[2][1])
    attributes = fields[3] if fields[3][0] == _CONTEXT_0 else None
    rest = fields[4:] if attributes else fields[3:]
    if len(rest) < 2 or rest[1][0] != der.OCTET_STRING:
        return False
    message = signed
    if attributes is not None:
        if not _covers(attributes[1], digest, content_type, signed):
            return False
        message = der.wrap(der.SET, attributes[1])  # RFC 5652 section 5.4: signed as a SET, whatever its tag here
    return issued.holds(spki, rest[0][1], rest[1][1], message, digest)


def _covers(attributes: bytes, digest: str, content_type: str, signed: bytes) -> bool:
    found: dict[str, bytes] = {}
    for _, attribute, _ in der.children(attributes):
        name, values = list(der.children(attribute))[:2]
        found[der.oid(name[1])] = values[1]
    stated = found.get(_DIGEST, b"")
    about = found.get(_CONTENT_TYPE, b"")
    return (
        stated == der.wrap(der.OCTET_STRING, hashlib.new(digest, signed).digest())
        and about[:1] == bytes((der.OID,))
        and der.oid(der.content(about, der.OID)) == content_type
    )
