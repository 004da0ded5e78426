"""ICAO Datastructure for Barcode: `RDB1`, a flag, base32 of header, messages, maybe a certificate, and a signature.

ICAO Technical Report "Datastructure for Barcode", section numbers as there.
"""

from checkpoint.codec import base32, deflate
from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import in_days
from checkpoint.formats.icao.countries import comparable, two_letters
from checkpoint.formats.icao.curves import ALGORITHMS
from checkpoint.formats.idb import messages, payload
from checkpoint.formats.idb.signer import certificate_ids, read_signer
from checkpoint.model import Claims, Envelope, Verified

NAME = "idb"
_HEADS = ("RDB1", "NDB1")  # the second is what drafts of the report said
_FLAG_AT, _DATA_AT = 4, 5
_SIGNED, _ZIPPED = 1, 2  # bits of the flag, counted from "A" (section 2)
_FLAGS = "ABCD"
MAX_INFLATED = 65536  # bytes; the largest symbol carries 4,296 characters, a picture inside is compressed already


def open_pass(text: str) -> Envelope | Claims:
    """The barcode in `text`, unverified; what it claims, where it says that nobody signed it. Raises Malformed."""
    flag = _FLAGS.find(text[_FLAG_AT : _FLAG_AT + 1] or "?")
    if not text.startswith(_HEADS) or flag < 0:
        raise Malformed("barcode flag")
    try:
        data = base32.decode(text[_DATA_AT:].encode("ascii"))
    except UnicodeEncodeError:
        raise Malformed("base32 symbol") from None
    if flag & _ZIPPED:
        data = deflate.inflate(data, MAX_INFLATED)
    if not flag & _SIGNED:
        return _claimed(payload.read_unsigned(data))
    found = payload.read(data)
    signer = read_signer(found.certificate, found.kid) if found.certificate else None
    signed, signature = found.signed, found.signature
    return Envelope(NAME, found.kid, found.algorithm, signed, signature, found.zone, ALGORITHMS, signer=signer)


def claims(verified: Verified) -> Claims:
    """What the barcode says; raises Malformed where its messages break the report."""
    signed = verified.envelope.message
    head = payload.header(signed, verified.envelope.payload)
    found = messages.read(verified.envelope.payload, head.signed, head.country)
    if verified.envelope.signer is not None:
        found = found._replace(revocation_ids=certificate_ids(verified.envelope.signer.certificate))
    said = Claims(
        NAME,
        signed,
        found,
        head.country,
        country=comparable(head.country, verified.key.country),
        kinds=frozenset({found.kind}),
        warnings=found.warnings,
        content=found.facts,
    )
    return in_days(said, head.signed, ends=found.ends)


def _claimed(found: payload.Unsigned) -> Claims:
    """What a barcode without a signature claims. No date in it can be relied on, not even to count years from."""
    said = messages.read(found.zone, messages.LATEST, found.country)
    return Claims(
        NAME,
        found.data,
        said,
        found.country,
        two_letters(found.country),
        frozenset({said.kind}),
        warnings=said.warnings,
    )
