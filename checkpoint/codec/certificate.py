"""X.509 certificates (RFC 5280): what a trust list needs of them, by the library or, where it refuses, by slicing.

About one national certificate in fifty breaks a rule that the library holds to (serial numbers below one, an ECDSA
algorithm with NULL parameters, a wrong BasicConstraints): none of that changes which key signed a pass.
"""

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from checkpoint.codec import der
from checkpoint.codec.errors import Malformed

MAX_SIZE = 65536  # bytes; national signer certificates have about 1,000
_COUNTRY, _ORGANISATION, _COMMON_NAME = "2.5.4.6", "2.5.4.10", "2.5.4.3"
_EKU, _BASIC_CONSTRAINTS, _KEY_USAGE = "2.5.29.37", "2.5.29.19", "2.5.29.15"
_DOCUMENT_TYPES = "2.23.136.1.1.6.2"  # ICAO 9303-12, DocumentTypeList
_KEY_CERT_SIGN = 0x04  # bit 5 of KeyUsage, RFC 5280 section 4.2.1.3


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of one certificate. Times are seconds since 1970 UTC."""

    der: bytes
    spki: bytes
    country: str
    name: str
    not_before: float
    not_after: float
    usages: frozenset[str]  # extended key usage OIDs; empty where there is no such extension
    is_ca: bool
    sliced: bool = False  # the library refused it

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the whole certificate; its first 8 bytes are the HCERT kid (HCERT 1.1 section 3.3.2)."""
        return hashlib.sha256(self.der).hexdigest()


def read(data: bytes) -> Certificate:
    """The certificate in DER `data`; raises Malformed where not even its key can be found."""
    if len(data) > MAX_SIZE:
        raise Malformed("certificate: too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # serial numbers and encodings we know to be odd
            return _by_library(x509.load_der_x509_certificate(data), data)
    except Exception:  # noqa: BLE001
        # Any failure of the library leads to the slicer, which raises Malformed where it finds no key either.
        return _by_slicing(data)


def addresses(data: bytes) -> frozenset[str]:
    """The URIs among the subject's alternative names (RFC 5280 section 4.2.1.6) of the certificate in DER `data`."""
    try:
        found = x509.load_der_x509_certificate(data).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return frozenset()
    return frozenset(found.value.get_values_for_type(x509.UniformResourceIdentifier))


def document_types(data: bytes) -> frozenset[str] | None:
    """The kinds of documents that the certificate in DER `data` is for (ICAO 9303-12), None where it does not say.

    Raises Malformed. DocumentTypeList ::= SEQUENCE { version INTEGER, SET OF PrintableString }
    """
    outer = next(der.children(der.content(data, der.SEQUENCE)))
    found = _extensions(list(der.children(outer[1]))).get(_DOCUMENT_TYPES)
    if found is None:
        return None
    parts = list(der.children(der.content(found, der.SEQUENCE)))
    if len(parts) != 2 or parts[1][0] != der.SET:
        raise Malformed("certificate: document types")
    return frozenset(one.decode("ascii", "replace") for _, one, _ in der.children(parts[1][1]))


def _by_library(found: x509.Certificate, data: bytes) -> Certificate:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    subject: dict[str, str] = {}
    for name in found.subject:
        subject.setdefault(name.oid.dotted_string, _mended(str(name.value)))
    usages: set[str] = set()
    is_ca = False
    for extension in found.extensions:
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            usages |= {usage.dotted_string for usage in extension.value}
        elif isinstance(extension.value, x509.BasicConstraints):
            is_ca = extension.value.ca
    return Certificate(
        der=data,
        spki=found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        country=subject.get(_COUNTRY, "").upper(),
        name=subject.get(_ORGANISATION) or subject.get(_COMMON_NAME, ""),
        not_before=found.not_valid_before_utc.timestamp(),
        not_after=found.not_valid_after_utc.timestamp(),
        usages=frozenset(usages),
        is_ca=is_ca,
    )


def _by_slicing(data: bytes) -> Certificate:
    outer = next(der.children(der.content(data, der.SEQUENCE)), None)
    if outer is None or outer[0] != der.SEQUENCE:
        raise Malformed("certificate")
    fields = [field for field in der.children(outer[1]) if field[0] != der.VERSION]
    if len(fields) < 6:  # serial, algorithm, issuer, validity, subject, key (RFC 5280 section 4.1)
        raise Malformed("certificate: fields")
    validity = [moment(tag, content) for tag, content, _ in der.children(fields[3][1])]
    if len(validity) != 2:
        raise Malformed("certificate: validity")
    subject = names(fields[4][1])
    extensions = _extensions(fields)
    return Certificate(
        der=data,
        spki=fields[5][2],
        country=subject.get(_COUNTRY, "").upper(),
        name=subject.get(_ORGANISATION) or subject.get(_COMMON_NAME, ""),
        not_before=validity[0],
        not_after=validity[1],
        usages=_usages(extensions.get(_EKU)),
        is_ca=_is_ca(extensions),
        sliced=True,
    )


def moment(tag: int, content: bytes) -> float:
    """A UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5) in seconds since 1970 UTC; raises Malformed."""
    pattern = {der.UTC_TIME: "%y%m%d%H%M%SZ", der.GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}.get(tag)
    try:
        return datetime.strptime(content.decode("ascii"), pattern or "").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Malformed("der: time") from None


def names(content: bytes) -> dict[str, str]:
    """OID: first value, of the content of a Name in DER; raises Malformed."""
    found: dict[str, str] = {}
    for _, group, _ in der.children(content):
        for _, pair, _ in der.children(group):
            parts = list(der.children(pair))
            if len(parts) == 2:
                coding = "utf-16-be" if parts[1][0] == 0x1E else "utf-8"
                found.setdefault(der.oid(parts[0][1]), _mended(parts[1][1].decode(coding, "replace")))
    return found


def _mended(name: str) -> str:
    """A name whose issuer put UTF-8 into a Latin-1 string type, as several national authorities do."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _extensions(fields: list[tuple[int, bytes, bytes]]) -> dict[str, bytes]:
    """OID: the DER inside, of every extension of a TBSCertificate."""
    found: dict[str, bytes] = {}
    for tag, content, _ in fields:
        if tag == der.EXTENSIONS:
            for _, extension, _ in der.children(der.content(content, der.SEQUENCE)):
                parts = list(der.children(extension))
                if len(parts) < 2:
                    raise Malformed("certificate: extension")
                found[der.oid(parts[0][1])] = parts[-1][1]
    return found


def _usages(extension: bytes | None) -> frozenset[str]:
    if extension is None:
        return frozenset()
    return frozenset(der.oid(content) for _, content, _ in der.children(der.content(extension, der.SEQUENCE)))


def _is_ca(extensions: dict[str, Any]) -> bool:
    """Whether the certificate may sign others; judged by KeyUsage where BasicConstraints is the broken part."""
    usage = extensions.get(_KEY_USAGE)
    if usage is not None:
        bits = der.content(usage, der.BIT_STRING)
        return len(bits) > 1 and bool(bits[1] & _KEY_CERT_SIGN)
    constraints = extensions.get(_BASIC_CONSTRAINTS)
    return constraints is not None and b"\x01\x01\xff" in constraints
