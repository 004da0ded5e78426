"""Simulated signers of visible digital seals, barcodes and 2D-Docs, under a CA of their state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from checkpoint.codec import c40, signer
from checkpoint.formats.doc2d import issue as doc2d
from checkpoint.formats.icao import mrz
from checkpoint.formats.idb import issue as idb
from checkpoint.formats.vds import issue as vds
from checkpoint.model import Key
from checkpoint.trust import lists, records
from checkpoint.trust.lists import Options
from tests.issuer import DAY, NOW
from tests.seal_issuers import State

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
HASHES: dict[int, hashes.HashAlgorithm] = {32: hashes.SHA256(), 48: hashes.SHA384(), 64: hashes.SHA512()}
RESIDENCE, VISA, TRAVEL, INSURANCE = (0xFB, 0x06), (0x5D, 0x01), (0x5E, 0x03), (0xFC, 0x04)
DAY_SIGNED = "2022-04-01"  # two weeks before tests.issuer.NOW
VACCINATION = (
    ("L0", "NGUYEN"),
    ("L1", "BAO/DUY"),
    ("L2", "10101983"),
    ("L3", "COVID-19"),
    ("L4", "J07BX03"),
    ("L5", "COMIRNATY"),
    ("L6", "BIONTECH"),
    ("L7", "2"),
    ("L8", "2"),
    ("L9", "18012022"),
    ("LA", "TE"),
)
TEST = (("F0", "BAO/DUY"), ("F1", "NGUYEN"), ("F2", "10101983"), ("F4", "945006"), ("F5", "N"), ("F6", "140420220800"))


def zone(kind: str = "TD2", **changes: str) -> str:
    """A machine readable zone, its check digits right; `changes` replace fields before they are computed."""
    found = {
        "code": "AR",
        "state": "D",
        "names": "NGUYEN<<BAO<DUY",
        "number": "652584509",
        "nationality": "VNM",
        "born": "831010",
        "sex": "M",
        "expires": "270131",
        **changes,
    }
    layout = mrz.LAYOUTS[kind]
    lines = [["<"] * size for size in layout.lines]

    def put(place: tuple[int, int, int], text: str) -> None:
        line, start, end = place
        lines[line][start:end] = list(text.ljust(end - start, "<"))

    put((0, 0, 2), found["code"])
    put((0, 2, 5), found["state"])
    for name in ("names", "number", "nationality", "born", "sex", "expires"):
        put(getattr(layout, name), found[name])
    for line, start, end in (layout.number, layout.born, layout.expires):
        lines[line][end] = mrz.check_digit("".join(lines[line][start:end]))
    return "".join("".join(line) for line in lines)


def packed(text: str) -> bytes:
    return c40.encode(text.replace("<", " "))


@dataclass
class Signer:
    """A signer with a certificate of its state's CA; `country` and `name` make its signer identifier."""

    state: State = field(default_factory=lambda: State("DE"))
    name: str = "TS"
    serial: int = 0x5B
    curve: str = "brainpoolP256r1"
    start: float = NOW - 300 * DAY
    end: float = NOW + 300 * DAY

    @cached_property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(CURVES[self.curve])

    @cached_property
    def der(self) -> bytes:
        ca = self.state
        subject = x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COUNTRY_NAME, ca.country),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca.certificate.subject)
            .public_key(self.private.public_key())
            .serial_number(self.serial)
            .not_valid_before(datetime.fromtimestamp(self.start, UTC))
            .not_valid_after(datetime.fromtimestamp(self.end, UTC))
        )
        return builder.sign(ca.private, hashes.SHA384()).public_bytes(Encoding.DER)

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def sign(self, message: bytes, size: int = 0) -> bytes:
        """Raw r‖s with the hash that belongs to the curve, or to one of another `size` in bytes."""
        length = (CURVES[self.curve].key_size + 7) // 8
        digest = HASHES[size or min(length, 64)]
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(digest)))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    def key(self, format: str, **changes: Any) -> Key:
        """The key as `keys import` makes it of the certificate."""
        (record,) = lists.read(self.der, Options(format=format, now=NOW)).records
        return records.key(record)._replace(**changes)

    # --- visible digital seals

    def header(self, document: tuple[int, int] = RESIDENCE, **changes: Any) -> bytes:
        found = {
            "country": "D",
            "signer": self.state.country + self.name,
            "reference": f"{self.serial:X}",
            "issued": DAY_SIGNED,
            "signed": DAY_SIGNED,
            "version": 3,
            **changes,
        }
        return vds.header(document=document, **found)

    def permit(self, text: str = "", **changes: Any) -> bytes:
        """A residence permit's seal."""
        messages = [(2, packed(text or zone())), (3, packed("C01X00T47"))]
        return vds.seal(self.header(**changes), messages, self.sign)

    def seal(self, document: tuple[int, int], messages: Sequence[tuple[int, bytes]], **changes: Any) -> bytes:
        return vds.seal(self.header(document, **changes), messages, self.sign)

    # --- barcodes

    @property
    def reference(self) -> bytes:
        return bytes.fromhex(signer.barcode_kid(self.der))

    def barcode_header(self, **changes: Any) -> bytes:
        algorithm = {32: 1, 48: 2}.get((CURVES[self.curve].key_size + 7) // 8, 3)
        found = {"country": "D", "reference": self.reference, "signed": DAY_SIGNED, "algorithm": algorithm, **changes}
        return idb.header(**found)

    def barcode(self, messages: Iterable[tuple[int, bytes]] | None = None, **more: Any) -> str:
        """A barcode with a TD2 zone; `embedded=True` puts the certificate in."""
        certificate = self.der if more.pop("embedded", False) else more.pop("certificate", b"")
        head = more.pop("head", None) or self.barcode_header(**more.pop("header", {}))
        said = [(0x81, packed(zone()))] if messages is None else messages
        return idb.barcode(head, said, more.pop("sign", self.sign), certificate, **more)

    # --- 2D-Doc

    def document(self, kind: str = "L1", fields: Iterable[tuple[str, str]] = VACCINATION, **changes: Any) -> str:
        found = {"authority": self.state.common, "certificate": self.name, "issued": DAY_SIGNED, "signed": DAY_SIGNED}
        return self.signed_text(doc2d.header(kind=kind, **{**found, **changes}) + doc2d.data(fields))

    def signed_text(self, text: str) -> str:
        return doc2d.code(text, self.sign)


def french(curve: str = "P-256", name: str = "0001", authority: str = "FR00") -> Signer:
    """A signer of 2D-Docs."""
    return Signer(State("FR", authority), name, curve=curve)
