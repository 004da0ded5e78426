"""How seals and barcodes refer to the certificate of their signer: by names and numbers in it, or by a hash of it."""

import hashlib
from typing import NamedTuple

from checkpoint.codec import der, issued
from checkpoint.codec.certificate import names
from checkpoint.codec.errors import Malformed

MAX_SERIAL = 32  # bytes; RFC 5280 section 4.1.2.2 allows 20, some issuers take more
_COUNTRY, _COMMON_NAME = "2.5.4.6", "2.5.4.3"
_REFERENCE = 5  # bytes at the end of SHA-1


class Naming(NamedTuple):
    """What of a certificate references are made of; "" where it is not in there."""

    country: str
    name: str  # commonName of the subject
    issuer: str  # commonName of the issuer
    serial: int


def naming(data: bytes) -> Naming:
    """The names and the number in the certificate in DER `data`; raises Malformed."""
    found = issued.split(data)
    subject, issuer = (names(der.content(one, der.SEQUENCE)) for one in (found.subject, found.issuer))
    serial = der.content(found.serial, der.INTEGER)
    if not 1 <= len(serial) <= MAX_SERIAL:
        raise Malformed("certificate: serial number")
    return Naming(
        subject.get(_COUNTRY, "").upper(),
        subject.get(_COMMON_NAME, ""),
        issuer.get(_COMMON_NAME, ""),
        int.from_bytes(serial, "big"),
    )


def seal_kid(signer: str, reference: str) -> str:
    """Signer identifier and certificate reference of a seal as one name, "DETS27": zeros in front say nothing.

    Doc 9303-13 section 2.2.2: country and commonName of the signer's subject, and its serial number in hex.
    """
    return signer.upper() + (reference.upper().lstrip("0") or "0")


def barcode_kid(data: bytes) -> str:
    """The end of SHA-1 over the certificate in DER `data`, in hex (ICAO Datastructure for Barcode section 3.2.3).

    Five bytes are a name and no proof: every key under one is tried, and nothing rests on who has it.
    """
    return hashlib.sha1(data, usedforsecurity=False).digest()[-_REFERENCE:].hex()
