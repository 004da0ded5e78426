"""One certificate or bare key as a record: what every list format shares."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256

from checkpoint.codec import certificate, keys
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, Options, Skipped
from checkpoint.trust.records import Record

DEFAULT_FORMAT = "hcert"
_KID_BYTES = 8  # HCERT 1.1 section 3.3.2: the first bytes of SHA-256 of the certificate
# Both arcs: the one of the specification, and the one an early draft misspelt and many signers carry.
_USAGES = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": kind
    for arc in ("", "0.")
    for number, kind in ((1, "test"), (2, "vaccination"), (3, "recovery"))
}


def add_certificate(found: Found, der: bytes, options: Options, kid: str = "", country: str = "") -> None:
    """Add the certificate in `der` to `found`, or the reason why not; expired ones are kept, their passes are known."""
    kid = options.kid or kid
    try:
        read = certificate.read(der)
        kid = kid or b64encode(sha256(der).digest()[:_KID_BYTES]).decode("ascii")
        keys.load(read.spki)
    except Malformed as error:
        found.skipped.append(Skipped(kid or b64encode(sha256(der).digest()[:_KID_BYTES]).decode("ascii"), why(error)))
        return
    kinds = {_USAGES[usage] for usage in read.usages if usage in _USAGES}
    found.records.append(
        Record(
            kid=kid,
            format=options.format or DEFAULT_FORMAT,
            spki=read.spki,
            issuer=options.issuer,
            name=read.name,
            country=options.country or country or read.country,
            kinds=tuple(sorted(kinds)) or None,
            not_before=read.not_before,
            not_after=read.not_after,
            fingerprint=read.fingerprint,
            added=options.now,
            origin=options.origin,
            revocation=options.revocation,
            certificate=der if read.is_ca else b"",
        )
    )


def add_key(found: Found, spki: bytes, options: Options, kid: str = "") -> None:
    """Add the bare public key in `spki` to `found`, or the reason why not."""
    fingerprint = sha256(spki).hexdigest()
    kid = options.kid or kid or b64encode(bytes.fromhex(fingerprint)[:_KID_BYTES]).decode("ascii")
    try:
        keys.load(spki)
    except Malformed as error:
        found.skipped.append(Skipped(kid, why(error)))
        return
    found.records.append(
        Record(
            kid=kid,
            format=options.format or DEFAULT_FORMAT,
            spki=spki,
            issuer=options.issuer,
            name=options.issuer,
            country=options.country,
            fingerprint=fingerprint,
            added=options.now,
            origin=options.origin,
            revocation=options.revocation,
        )
    )


def why(error: Malformed) -> str:
    """The reason word and its detail for an entry that is left out."""
    word = "weak_key" if isinstance(error, keys.WeakKey) else "bad_entry"
    return f"{word}: {error}"


def base64_bytes(text: str) -> bytes:
    """Standard or URL-safe base64, padded or not; raises Malformed."""
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Base64Error, ValueError):
        raise Malformed("base64") from None
