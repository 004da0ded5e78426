"""ICAO visible digital seals: 0xDC, header, message zone, signature zone (Doc 9303-13; BSI TR-03137-1, TR-03171)."""

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import in_days
from checkpoint.formats.icao.countries import comparable
from checkpoint.formats.icao.curves import ALGORITHMS, BY_LENGTH
from checkpoint.formats.vds import documents, header, zones
from checkpoint.model import Claims, Envelope, Reason, Refusal, Verified

NAME = "vds"
_SHORT = 56  # bytes: a curve of 224 bits, which the library does not have; 256 is what section 2.2.1 asks for


def open_pass(text: str | bytes) -> Envelope:
    """The seal in `text`, unverified; as text where a scanner gave each byte as one character (ISO 8859-1).

    Raises Malformed at the step that fails, and Refusal for a curve that cannot be checked.
    """
    data = _bytes(text)
    head = header.read(data)
    start, end, behind = _signature(data, head.end)
    signature = data[end:behind]
    if len(signature) == _SHORT:
        raise Refusal(Reason.UNSUPPORTED, "note.seal_curve")
    algorithm = BY_LENGTH.get(len(signature), "")
    return Envelope(NAME, head.kid, algorithm, data[:start], signature, data[head.end : start], ALGORITHMS)


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise Malformed("seal bytes") from None


def _signature(data: bytes, at: int) -> tuple[int, int, int]:
    """Where the signature zone begins, and its content begins and ends.

    What stands behind it is padding or nothing at all: no signature covers it, and nobody looks at it.
    """
    for tag, begins, start, end in zones.items(data, at):
        if tag == zones.SIGNATURE:
            if begins == at:
                raise Malformed("seal without messages")
            return begins, start, end
    raise Malformed("seal without signature")


def claims(verified: Verified) -> Claims:
    """What the seal says; raises Malformed where its messages break the definition of their document."""
    signed = verified.envelope.message
    head = header.read(signed)
    found = documents.read(head, _messages(signed[head.end :]))
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
    return in_days(said, head.signed, found.begins, found.ends)


def _messages(zone: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for tag, _, start, end in zones.items(zone, 0):
        if tag in found:
            raise Malformed("seal: two messages with one tag")
        found[tag] = zone[start:end]
    return found
