"""Simulated states: a country signing CA, barcode signers under it, seals by them, and lists of revoked signers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checkpoint.codec import issued
from checkpoint.formats.vdsnc import issue as vdsnc
from checkpoint.model import Key
from checkpoint.trust import records
from checkpoint.trust.lists import Found, Options
from checkpoint.trust.lists.entries import add_certificate
from checkpoint.trust.records import Record
from checkpoint.trust.revocation import RevocationSet
from checkpoint.trust.snapshot import Trust
from tests.issuer import DAY, NOW, Keys

USAGE = "2.23.136.1.1.14.2"
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "brainpool": ec.BrainpoolP256R1}
HASHES = {"P-256": hashes.SHA256, "P-384": hashes.SHA384, "P-521": hashes.SHA512, "brainpool": hashes.SHA256}
DOSE = {"dvc": "2022-01-18", "seq": 1, "ctr": "VNM", "lot": "0000001", "adm": "Trạm y tế phường 7"}
EVENT = {"des": "XM68M6", "dis": "RA01.0", "nam": "Comirnaty", "vd": [DOSE]}
HOLDER = {"n": "NGUYEN  BAO DUY", "dob": "1983-10-10", "i": "C1234567", "sex": "M"}


def header(**changes: Any) -> dict[str, Any]:
    return _changed({"t": "icao.vacc", "v": 1, "is": "VNM"}, changes)


def proof(**changes: Any) -> dict[str, Any]:
    """The message of a vaccination; a change to None takes a field away."""
    return _changed({"uvci": "VN0000000001", "pid": HOLDER, "ve": [EVENT]}, changes)


def event(**changes: Any) -> dict[str, Any]:
    return _changed(EVENT, changes)


def dose(**changes: Any) -> dict[str, Any]:
    return proof(ve=[event(vd=[_changed(DOSE, changes)])])


def holder(**changes: Any) -> dict[str, Any]:
    return _changed(HOLDER, changes)


def lab_proof(**changes: Any) -> dict[str, Any]:
    """The message of a test."""
    found = {
        "utci": "VN0000000002",
        "pid": {"n": "NGUYEN  BAO DUY", "dob": "1983-10-10", "dt": "P", "dn": "C1234567"},
        "sp": {"spn": "Trạm y tế phường 7", "ctr": "VNM", "cd": {"p": "0900000001"}},
        "dat": {"sc": "2022-04-14T08:00:00+07:00", "ri": "2022-04-14T09:00:00+07:00"},
        "tr": {"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"},
    }
    return _changed(found, changes)


def _changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def _name(country: str, common: str) -> x509.Name:
    parts = [(x509.NameOID.COUNTRY_NAME, country)] if country else []
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in (*parts, (x509.NameOID.COMMON_NAME, common))])


def _types(*types: str) -> x509.UnrecognizedExtension:
    """DocumentTypeList of ICAO 9303-12."""
    texts = b"".join(bytes((0x13, len(one))) + one.encode() for one in types)
    content = b"\x02\x01\x00" + bytes((0x31, len(texts))) + texts
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.23.136.1.1.6.2"), bytes((0x30, len(content))) + content)


@dataclass
class State:
    """A country signing CA."""

    country: str = "VN"
    common: str = "CSCA"
    by_rsa: bool = False
    ca: bool = True
    end: float = NOW + 3000 * DAY

    @cached_property
    def private(self) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, 2048) if self.by_rsa else ec.generate_private_key(ec.SECP384R1())

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = _name(self.country, self.common)
        return self._builder(name, self.private.public_key(), self.end, ca=self.ca).sign(self.private, hashes.SHA384())

    def _builder(self, subject: x509.Name, public: Any, end: float, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(self.country, self.common))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.fromtimestamp(NOW - 300 * DAY, UTC))
            .not_valid_after(datetime.fromtimestamp(end, UTC))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def record(self) -> Record:
        """As `keys import` reads it."""
        found = Found()
        add_certificate(found, self.der, Options(now=NOW))
        (record,) = found.records
        return record

    def key(self, **changes: Any) -> tuple[bytes, Key]:
        """What a station holds of it: the name it issues under, and its key."""
        return issued.split(self.der).subject, records.key(self.record._replace(**changes))

    def sign(self, message: bytes) -> bytes:
        assert isinstance(self.private, ec.EllipticCurvePrivateKey)
        return raw_signature(self.private, message, hashes.SHA384())

    def revoked(self, *signers: Any, days: float = 10, delta: bool = False, made: float = NOW) -> bytes:
        """Its list of revoked signers of the time `made`, in DER; the next one is due after `days`."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name(self.country, self.common))
            .last_update(datetime.fromtimestamp(made, UTC))
            .next_update(datetime.fromtimestamp(made + days * DAY, UTC))
        )
        if delta:
            builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        for one in signers:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(datetime.fromtimestamp(NOW, UTC)).build())
        return builder.sign(self.private, hashes.SHA384()).public_bytes(Encoding.DER)


@dataclass
class Sealer:
    """A barcode signer under a state."""

    state: State = field(default_factory=State)
    country: str | None = None
    kind: str = "P-256"
    usages: tuple[str, ...] = (USAGE,)
    types: tuple[str, ...] | None = ("NV", "NT")
    end: float = NOW + 300 * DAY

    @cached_property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(CURVES[self.kind]())

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = _name(self.state.country if self.country is None else self.country, "Barcode Signer")
        builder = self.state._builder(name, self.private.public_key(), self.end, ca=False)
        if self.usages:
            usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in self.usages])
            builder = builder.add_extension(usage, critical=True)
        if self.types is not None:
            builder = builder.add_extension(_types(*self.types), critical=False)
        return builder.sign(self.state.private, hashes.SHA384())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def algorithm(self) -> str:
        return {"P-384": "ES384", "P-521": "ES512"}.get(self.kind, "ES256")

    def sign(self, message: bytes) -> bytes:
        return raw_signature(self.private, message, HASHES[self.kind]())

    def seal(self, message: Any = None, head: Any = None, **more: Any) -> str:
        data = {"hdr": header() if head is None else head, "msg": proof() if message is None else message, **more}
        return vdsnc.issue(data, self.der, self.sign, self.algorithm)

    def zone(self, data: Any, **changes: Any) -> dict[str, Any]:
        """The signature zone over `data`; a change to None takes a field away."""
        from checkpoint.codec import jcs

        signature = vdsnc.encoded(self.sign(jcs.encode(data)))
        return _changed({"alg": self.algorithm, "cer": vdsnc.encoded(self.der), "sigvl": signature}, changes)


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes, digest: hashes.HashAlgorithm) -> bytes:
    """Raw r‖s, each as long as the curve."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def trust_under(*states: tuple[bytes, Key], keys: tuple[Key, ...] = (), lists: tuple[RevocationSet, ...] = ()) -> Trust:
    """A station that trusts these CAs, and these keys."""
    return Trust(Keys(keys, states), lists)
