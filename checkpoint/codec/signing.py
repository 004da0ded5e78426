"""The other side: keys, certificates and signatures made here, for demonstrations, tests and the authority."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_RSA_BITS = 2048


def new_key(kind: str = "P-256") -> PrivateKey:
    """A fresh private key: "P-256", "P-384", "Ed25519" or "RSA"."""
    if kind == "RSA":
        return rsa.generate_private_key(65537, _RSA_BITS)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind])


def sign(key: PrivateKey, message: bytes) -> bytes:
    """ES256 (raw r‖s as long as the curve, RFC 9053 section 2.1), EdDSA or PS256 (RFC 8230), by the kind of key."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def public_der(key: PrivateKey) -> bytes:
    """The DER SubjectPublicKeyInfo of a private key."""
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def self_signed(
    key: PrivateKey, name: str, country: str, start: float, end: float, usages: tuple[str, ...] = ()
) -> bytes:
    """A self-signed certificate in DER; `start` and `end` in seconds since 1970, `usages` as dotted OIDs."""
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(start, UTC))
        .not_valid_after(datetime.fromtimestamp(end, UTC))
    )
    if usages:
        oids = [x509.ObjectIdentifier(usage) for usage in usages]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)
