"""What seals and barcodes call the certificate of their signer: the kid of a record, made of the certificate."""

from checkpoint.codec import issued, signer
from checkpoint.codec.errors import Malformed
from checkpoint.trust.revocations import ids

_SIGNER = 4  # characters of a seal's signer identifier: two of the country, two of the commonName
_HALF = 4  # characters of a 2D-Doc CA identifier, and of a certificate identifier
# Formats whose kid is text, as it stands in the code. Their signers are issued by CAs that never sign a code.
NAMED = frozenset({"vds", "idb", "doc2d"})
OF_STATES = frozenset({"vds", "idb"})  # of these, whose signers are issued by the CA of their own state (ICAO 9303-12)


def kid(format: str, der: bytes) -> str:
    """The kid of the certificate in `der` for passes of `format`, "" where it is the hash that HCERT has.

    Raises Malformed where the certificate does not carry the names that the format refers to it by.
    """
    if format not in NAMED:
        return ""
    if format == "idb":
        return signer.barcode_kid(der)
    found = signer.naming(der)
    if format == "vds":
        return _seal(found)
    both = found.issuer + found.name  # 2D-Doc: commonName of the CA, commonName of the certificate
    if len(found.issuer) != _HALF or len(found.name) != _HALF or not both.isascii() or not both.isalnum():
        raise Malformed("no CA and certificate identifier in the names: give --kid")
    return both.upper()


def certificate_facts(der: bytes) -> dict[str, bytes]:
    """How its CA's list of revoked certificates names the one in `der`, and that CA; {} for one that has no parts.

    Kept with the key, for codes of these formats need not carry the certificate, and whoever shows one may take it out.
    """
    try:
        found = issued.split(der)
    except Malformed:
        return {}
    named = ids.certificate(found.issuer, found.serial)[1]
    return {"certificate_id": named, "certificate_issuer": ids.authority(found.issuer)}


def stated(format: str, text: str) -> str:
    """A kid that a person typed, as the codes of `format` have it."""
    if format == "vds":
        return signer.seal_kid(text[:_SIGNER], text[_SIGNER:])
    return text.lower() if format == "idb" else text.upper()


def _seal(found: signer.Naming) -> str:
    name = found.country + found.name
    if len(name) != _SIGNER or not name.isascii() or not name.isalnum():
        raise Malformed("no signer identifier in the subject: give --kid")
    return signer.seal_kid(name, f"{found.serial:X}")
