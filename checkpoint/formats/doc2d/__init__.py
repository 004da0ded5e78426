"""French 2D-Doc: `DC02` to `DC04`, header, data, US, signature in base32 (ANTS, specification of the 2D-Doc codes)."""

from checkpoint.codec import base32
from checkpoint.codec.errors import Malformed
from checkpoint.formats.doc2d import document, header
from checkpoint.formats.doc2d.data import GROUP, fields
from checkpoint.formats.fields import in_days
from checkpoint.model import Claims, Envelope, Note, Verified

NAME = "doc2d"
# Specification section 3.5: these curves, each with the hash as long as it.
ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_BY_LENGTH = {64: "ES256", 96: "ES384", 132: "ES512"}
_BYTES = "latin-1"  # a byte as a character, so that none is lost
_UNIT = "\x1f"  # between what is signed and the signature
_ANNEX_SINCE = 4


def open_pass(text: str | bytes) -> Envelope:
    """The code in `text`, unverified; raises Malformed at the step that fails.

    Behind the signature version 4 may have an annex that no signature covers: it is cut off and never read.
    """
    head, data, tail = _split(text)
    signature, group, _ = tail.partition(GROUP)
    if group and head.version < _ANNEX_SINCE:
        raise Malformed("2d-doc: behind the signature")
    raw = base32.decode(_encoded(signature, "ascii"))
    message = _encoded(data, _BYTES if isinstance(text, bytes) else "utf-8")
    return Envelope(NAME, head.kid, _BY_LENGTH.get(len(raw), ""), message, raw, message[head.end :], ALGORITHMS)


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        raise Malformed("2d-doc characters") from None


def _split(text: str | bytes) -> tuple[header.Header, str, str]:
    """(header, what is signed, what is behind it) of a code."""
    if isinstance(text, bytes):
        text = text.decode(_BYTES)
    if GROUP not in text:  # no line feed can stand in it: some scanners type one where a separator was
        text = text.replace("\r\n", GROUP).replace("\n", GROUP)
    signed, unit, behind = text.partition(_UNIT)
    if not unit:
        raise Malformed("2d-doc: no signature")
    return header.read(signed), signed, behind


def claims(verified: Verified) -> Claims:
    """What the code says; raises Malformed where its data break the specification."""
    signed = verified.envelope.message
    text = _text(signed)
    head = header.read(text)
    found, rest = fields(text[head.end :], head.perimeter)
    statement = document.read(head, found)
    begins, ends = document.validity(found)
    warnings: tuple[Note, ...] = (("note.fields_unknown", rest[:2]),) if rest else ()
    said = Claims(
        NAME,
        signed,
        statement,
        head.authority,
        country=head.country,
        kinds=frozenset({statement.kind}),
        warnings=warnings,
        content=found,
    )
    return in_days(said, head.signed or head.issued, begins, ends)


def _text(signed: bytes) -> str:
    try:
        return signed.decode("utf-8")
    except UnicodeDecodeError:
        return signed.decode(_BYTES)
