"""Signatures as X.509 and CMS write them, and whether one certificate was issued by the holder of a key.

The signed bytes are sliced, not encoded again: what was signed is what stood there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checkpoint.codec import certificate, der, explicit_curve, keys
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed

MAX_PATH = 4  # certificates from a list's signer to the anchor; the longest known, PKIoverheid, has 4
_PSS = "1.2.840.113549.1.1.10"
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
}
# OID: (kind of key, hash); "" where another field names it. SHA-1 is not among them.
_SCHEMES = {
    "1.2.840.10045.4.3.2": ("EC", "SHA256"),
    "1.2.840.10045.4.3.3": ("EC", "SHA384"),
    "1.2.840.10045.4.3.4": ("EC", "SHA512"),
    "1.2.840.10045.2.1": ("EC", ""),
    "1.2.840.113549.1.1.1": ("RSA", ""),
    "1.2.840.113549.1.1.11": ("RSA", "SHA256"),
    "1.2.840.113549.1.1.12": ("RSA", "SHA384"),
    "1.2.840.113549.1.1.13": ("RSA", "SHA512"),
    _PSS: ("PSS", ""),
    "1.3.101.112": ("Ed25519", "none"),
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as its issuer signed it: names as they stand in DER, so that they compare byte by byte."""

    signed: bytes
    algorithm: bytes  # content of the AlgorithmIdentifier
    signature: bytes
    issuer: bytes
    subject: bytes
    serial: bytes


def split(data: bytes) -> Issued:
    """The certificate in DER `data` taken apart; raises Malformed."""
    parts = list(der.children(der.content(data, der.SEQUENCE)))
    if [tag for tag, _, _ in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise Malformed("certificate")
    fields = [whole for tag, _, whole in der.children(parts[0][1]) if tag != der.VERSION]
    if len(fields) < 6:
        raise Malformed("certificate: fields")
    if fields[1] != parts[1][2]:  # RFC 5280 section 4.1.1.2: the algorithm outside is unsigned, the one inside is not
        raise Malformed("certificate: two algorithms")
    if parts[2][1][:1] != b"\0":  # unused bits of the signature, unsigned as they are: no algorithm has any
        raise Malformed("certificate: signature")
    return Issued(parts[0][2], parts[1][1], parts[2][1][1:], issuer=fields[2], subject=fields[4], serial=fields[0])


def hash_name(algorithm: bytes) -> str:
    """The hash that an AlgorithmIdentifier's content names: "SHA256", ...; raises Malformed for another."""
    found = next(der.children(algorithm), None)
    name = None if found is None else _HASHES.get(der.oid(found[1]))
    if name is None:
        raise Malformed("hash algorithm")
    return name


def holds(spki: bytes, algorithm: bytes, signature: bytes, message: bytes, digest: str = "") -> bool:
    """Whether `signature` over `message` is by the key `spki`, as the AlgorithmIdentifier `algorithm` says.

    `digest` names the hash where the algorithm does not. False for weak keys and unknown algorithms as well.
    """
    try:
        keys.load(spki)  # refuses what must not be trusted
        return _holds(spki, list(der.children(algorithm)), signature, message, digest)
    except Malformed:
        return False


def _holds(
    spki: bytes, algorithm: list[tuple[int, bytes, bytes]], signature: bytes, message: bytes, digest: str
) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if not algorithm or (scheme := _SCHEMES.get(der.oid(algorithm[0][1]))) is None:
        return False
    kind, name = scheme
    salt = 0
    if kind == "PSS":
        name, salt = _pss(algorithm[1][1] if len(algorithm) > 1 else b"")
    chosen: Any = None if kind == "Ed25519" else getattr(hashes, name or digest or "", lambda: None)()
    key = load_der_public_key(explicit_curve.named(spki))
    try:
        if kind == "EC" and chosen and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(chosen))
        elif kind in ("RSA", "PSS") and chosen and isinstance(key, rsa.RSAPublicKey):
            scheme_of = padding.PSS(padding.MGF1(chosen), salt) if kind == "PSS" else padding.PKCS1v15()
            key.verify(signature, message, scheme_of, chosen)
        elif kind == "Ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _pss(parameters: bytes) -> tuple[str, int]:
    """(hash, length of the salt) of RSASSA-PSS-params (RFC 4055 section 3.1); its default, SHA-1, is refused."""
    found = {tag: content for tag, content, _ in der.children(parameters)}
    if 0xA0 not in found:
        raise Malformed("RSA-PSS with SHA-1")
    salt = der.content(found[0xA2], der.INTEGER) if 0xA2 in found else b"\x14"
    return hash_name(der.content(found[0xA0], der.SEQUENCE)), int.from_bytes(salt, "big")


def issued_by(data: bytes, spki: bytes) -> bool:
    """Whether the certificate in DER `data` was signed with the key `spki`; never raises."""
    try:
        found = split(data)
    except Malformed:
        return False
    return holds(spki, found.algorithm, found.signature, found.signed)


class Authorities:
    """CA certificates that may have issued others, found by name."""

    def __init__(self, certificates: Iterable[bytes]) -> None:
        self._by_name: dict[bytes, list[Certificate]] = {}
        for data in certificates:
            try:
                read = certificate.read(data)
                if read.is_ca:
                    self._by_name.setdefault(split(data).subject, []).append(read)
            except Malformed:
                continue  # one bad CA certificate only means that nothing chains to it

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def issuer(self, data: bytes) -> Certificate | None:
        """The one that issued the certificate in DER `data`, None where none of them did."""
        try:
            wanted = split(data).issuer
        except Malformed:
            return None
        return next((one for one in self._by_name.get(wanted, ()) if issued_by(data, one.spki)), None)


def chains(data: bytes, anchors: Iterable[bytes], between: Iterable[bytes] = ()) -> bool:
    """Whether the certificate in DER `data` holds an anchor's key, or chains to one, by way of the CAs `between`.

    `anchors` are SubjectPublicKeyInfos.
    """
    wanted, middle = tuple(anchors), Authorities(between)
    for _ in range(MAX_PATH):
        if certificate.read(data).spki in wanted or any(issued_by(data, spki) for spki in wanted):
            return True
        above = middle.issuer(data)
        if above is None or above.der == data:
            return False
        data = above.der
    return False
