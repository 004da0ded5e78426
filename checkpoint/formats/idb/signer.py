"""The certificate that a barcode may carry (section 3.4): whose it is, read once for all its barcodes."""

from functools import lru_cache

from checkpoint.codec import certificate, issued, keys
from checkpoint.codec.errors import Malformed
from checkpoint.codec.signer import barcode_kid
from checkpoint.model import RevocationId, Signer

MAX_CERTIFICATE = 4096  # bytes; the largest symbol has 2,953


@lru_cache(maxsize=256)
def read_signer(data: bytes, kid: str) -> Signer:
    """The signer whose certificate is in DER `data`; raises Malformed where the header refers to another one.

    It counts for nothing by itself: `trust.vouched` asks for a pin of it, or for a trusted CA of its state.
    """
    if len(data) > MAX_CERTIFICATE:
        raise Malformed("barcode certificate")
    if barcode_kid(data) != kid:
        raise Malformed("barcode certificate: not the one that is referred to")
    read, taken = certificate.read(data), issued.split(data)
    return Signer(
        certificate=data,
        issuer=taken.issuer,
        public=keys.load(read.spki),
        kid=kid,
        spki=read.spki,
        name=read.name,
        country=read.country,
        kinds=frozenset() if read.is_ca else None,  # a CA signs certificates, never a barcode
        not_before=read.not_before,
        not_after=read.not_after,
        fingerprint=read.fingerprint,
    )


@lru_cache(maxsize=256)
def certificate_ids(data: bytes) -> tuple[RevocationId, ...]:
    """The id under which its CA's revocation list would name the certificate in DER `data`."""
    from checkpoint.trust.revocations import ids

    found = issued.split(data)
    return (ids.certificate(found.issuer, found.serial),)
