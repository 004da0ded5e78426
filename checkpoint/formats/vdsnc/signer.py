"""The certificate of a barcode signer ("Barcode signer certificate profile"), read once for all its seals."""

from base64 import b64encode
from binascii import Error, a2b_base64, b2a_base64
from functools import lru_cache
from hashlib import sha256

from checkpoint.codec import certificate, issued, keys
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed
from checkpoint.model import Signer

EXTENDED_KEY_USAGE = "2.23.136.1.1.14.2"  # VDS-NC barcode signer
# What the document types of the certificate stand for: proof of testing, proof of vaccination.
KINDS = {"NT": "test", "NV": "vaccination"}
MAX_CERTIFICATE = 16384  # characters; the largest code carries 4,296
_KID_BYTES = 8
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")


@lru_cache(maxsize=256)
def read_signer(text: str) -> Signer:
    """The signer whose certificate `text` is, in base64 of either alphabet; raises Malformed."""
    if len(text) > MAX_CERTIFICATE:
        raise Malformed("sig.cer")
    data = base64_bytes(text)
    read, taken = certificate.read(data), issued.split(data)
    try:
        public = keys.load(read.spki)
    except keys.WeakKey:
        raise Malformed("sig.cer: key") from None
    return Signer(
        certificate=data,
        issuer=taken.issuer,
        public=public,
        kid=b64encode(sha256(data).digest()[:_KID_BYTES]).decode("ascii"),
        spki=read.spki,
        name=read.name,
        country=read.country,
        kinds=_kinds(read),
        not_before=read.not_before,
        not_after=read.not_after,
        fingerprint=read.fingerprint,
    )


def _kinds(read: Certificate) -> frozenset[str] | None:
    """What the certificate may sign: nothing without the usage of VDS-NC, or a passport's signer could seal health."""
    if EXTENDED_KEY_USAGE not in read.usages:
        return frozenset()
    types = certificate.document_types(read.der)
    return None if types is None else frozenset(KINDS[one] for one in types if one in KINDS)


def base64_bytes(text: str) -> bytes:
    """Base64 of either alphabet, padded in full or not at all; raises Malformed.

    The report says base64url (RFC 4648 section 5); issuers write both. Bits that stand for nothing are 0.
    """
    try:
        plain = text.encode("ascii").translate(_TO_PLAIN)
        bare = plain.rstrip(b"=")
        if plain not in (bare, padded := bare + b"=" * (-len(bare) % 4)):
            raise Malformed("base64: padding")
        found = a2b_base64(padded, strict_mode=True)
    except (Error, UnicodeEncodeError):
        raise Malformed("base64") from None
    if not found or b2a_base64(found, newline=False) != padded:
        raise Malformed("base64")
    return found
