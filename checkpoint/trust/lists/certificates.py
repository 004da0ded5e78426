"""Plain certificates and public keys: PEM (RFC 7468, any number in one file) and DER."""

import re
from collections.abc import Iterator
from itertools import islice

from checkpoint.codec import der
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, Options, Skipped
from checkpoint.trust.lists.entries import add_certificate, add_key, base64_bytes

NAME = "pem"
# A body ends where the next five dashes stand: a block that is cut off takes none of those behind it along.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----((?:[^-]|-(?!----))*+)(-----END \1-----)?")
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, NULL (RFC 3279 section 2.3.1)
MAX_ELEMENTS = 100_000  # of one DER file: more than there are signers; each costs memory, and may have two bytes
_CERTIFICATES = {b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"}


def matches(data: bytes) -> bool:
    """A PEM block anywhere, or a DER SEQUENCE at the start."""
    return b"-----BEGIN " in data or data[:1] == b"\x30"


def read(data: bytes, options: Options) -> Found:
    """Every certificate and public key in `data`; private keys are refused, never stored."""
    found = Found()
    if data[:1] == b"\x30" and b"-----BEGIN " not in data:
        for one in islice(_elements(data), MAX_ELEMENTS):
            _add_der(found, one, options)
        return found
    for label, body, end in _BLOCK.findall(data):
        if not end:
            found.skipped.append(Skipped("", "bad_entry: the PEM block is cut off"))
            continue
        try:
            whole = base64_bytes(body.decode("ascii", "replace"))
        except Malformed:
            found.skipped.append(Skipped("", "bad_entry: PEM block is no base64"))
            continue
        if label in _CERTIFICATES:
            add_certificate(found, whole, options)
        elif label == b"PUBLIC KEY":
            add_key(found, whole, options)
        elif label == b"RSA PUBLIC KEY":
            add_key(found, _rsa_spki(whole), options)
        else:
            why = "private_key: remove it from this file" if b"PRIVATE KEY" in label else "unsupported PEM block"
            found.skipped.append(Skipped("", f"{why} ({label.decode('ascii').lower()})"))
    if not found.records and not found.skipped:
        found.skipped.append(Skipped("", "bad_entry: the PEM block is cut off"))
    return found


def _elements(data: bytes) -> Iterator[bytes]:
    """The certificates and keys that stand one behind the other in DER; a rest that is none comes as it is."""
    at = 0
    while at < len(data):
        try:
            tag, _, end = der.item(data, at)
        except Malformed:
            tag, end = 0, len(data)
        if tag != der.SEQUENCE:
            end = len(data)
        if data[at:end].strip(b"\r\n"):  # the line end that somebody's shell put behind it
            yield data[at:end]
        at = end


def _rsa_spki(key: bytes) -> bytes:
    """An RSAPublicKey (RFC 8017 appendix A.1.1) as SubjectPublicKeyInfo."""
    return der.sequence(_RSA_ALGORITHM + der.wrap(der.BIT_STRING, b"\0" + key))


def _add_der(found: Found, data: bytes, options: Options) -> None:
    """A SubjectPublicKeyInfo is SEQUENCE { SEQUENCE, BIT STRING }, a certificate has a SEQUENCE of fields inside."""
    attempt = Found()
    add_key(attempt, data, options)
    if attempt.records or any(one.reason.startswith("weak_key") for one in attempt.skipped):
        found.records += attempt.records
        found.skipped += attempt.skipped
    else:
        add_certificate(found, data, options)
