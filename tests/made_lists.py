"""Certificates, CMS, JWS and COSE made for tests by `cryptography` alone: independent of the code that reads them."""

import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7

START = datetime(2021, 1, 1, tzinfo=UTC)
CSCA_NAME = "CSCA"
VACCINATION = "1.3.6.1.4.1.1847.2021.1.2"


@dataclass(frozen=True)
class Made:
    """A certificate and its private key."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def kid(self) -> str:
        return b64encode(sha256(self.der).digest()[:8]).decode()

    def sign(self, message: bytes) -> bytes:
        """ES256 as raw r‖s, or RS256."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def made(
    name: str,
    above: Made | None = None,
    *,
    country: str = "XX",
    ca: bool = False,
    years: int = 10,
    usages: tuple[str, ...] = (),
    bits: int = 0,
    digest: hashes.HashAlgorithm | None = None,
    pss: bool = False,
    documents: bool = False,
) -> Made:
    """A certificate of `name`, issued by `above` or by itself; `bits`: an RSA key of that size.

    `documents`: it says that it signs passports (DocumentTypeList of ICAO 9303-12).
    """
    key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country), x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in usages]), False)
    if documents:
        types = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("2.23.136.1.1.6.2"), b"\x30\x08\x02\x01\x00\x31\x03\x13\x01P"
        )
        builder = builder.add_extension(types, False)
    signer = above.key if above else key
    scheme = padding.PSS(padding.MGF1(digest or hashes.SHA256()), 32) if pss else None
    return Made(key, builder.sign(signer, digest or hashes.SHA256(), rsa_padding=scheme))


def cms_detached(signer: Made, content: bytes, *others: Made) -> bytes:
    """A detached CMS signature in DER with the signer's certificate and `others` inside."""
    builder = (
        pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(signer.certificate, signer.key, hashes.SHA256())
    )
    for other in others:
        builder = builder.add_certificate(other.certificate)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(Encoding.DER, options)


def jws(signer: Made, payload: bytes, *above: Made, plain: bool = False, **header: object) -> bytes:
    """A JWS with x5c; `plain`: the payload stands between the dots as it is."""
    stated = {"alg": "RS256" if isinstance(signer.key, rsa.RSAPrivateKey) else "ES256"}
    stated |= {"x5c": [b64encode(one.der).decode() for one in (signer, *above)], **header}
    if plain:
        stated["b64"] = False
    message = _url(json.dumps(stated).encode()) + b"." + (payload if plain else _url(payload))
    return message + b"." + _url(signer.sign(message))


def cose_sign1(signer: Made, payload: bytes) -> bytes:
    """A COSE_Sign1 with ES256."""
    protected = cbor2.dumps({1: -7})
    message = cbor2.dumps(["Signature1", protected, b"", payload])
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signer.sign(message)]))


def _url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def text(data: bytes) -> str:
    return b64encode(data).decode()
