"""What the messages of a seal mean: one definition for each kind of document, and codings that they share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from checkpoint.codec import c40
from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import full_date
from checkpoint.formats.icao import mrz
from checkpoint.formats.vds.header import Header
from checkpoint.model import Credential, Note, RevocationId, Subject

Fact = str | int
UNKNOWN = "document"
_PROFILE, _VALIDITY = 0, 1  # messages of an administrative document, TR-03171 section 3.2
_PROFILE_BYTES = 16
_BORDER = b"\0"


class Message(NamedTuple):
    """One message: what it is called, how it is coded, and whether it must be there."""

    name: str
    coding: str
    required: bool = False


class Document(NamedTuple):
    """One kind of document: what it is, and its messages by tag."""

    kind: str
    messages: Mapping[int, Message]


def _document(kind: str, **messages: tuple[int, str, bool]) -> Document:
    return Document(kind, {tag: Message(name, coding, must) for name, (tag, coding, must) in messages.items()})


_STICKER = {"document_number": (1, "C40", True), "municipality": (2, "C40", True)}
# By document feature definition reference and document type category.
DOCUMENTS: Mapping[tuple[int, int], Document] = MappingProxyType(
    {
        (0x5D, 0x01): _document(  # Doc 9303-13 section 3
            "visa",
            mrz_a=(1, "MRV-A", False),
            mrz_b=(2, "MRV-B", False),
            entries=(3, "BYTE", False),
            stay=(4, "STAY", False),
            passport_number=(5, "C40", False),
            visa_type=(6, "HEX", False),
        ),
        (0x5E, 0x03): _document("emergency_travel_document", mrz=(2, "TD2", True)),  # Doc 9303-13 section 4
        (0xFD, 0x02): _document("arrival_attestation", mrz=(2, "TD2", True), azr_number=(3, "C40", True)),
        (0xFC, 0x04): _document(  # TR-03137-1 section 7
            "social_insurance_card",
            social_insurance_number=(1, "C40", True),
            family_name=(2, "UTF8", True),
            given_name=(3, "UTF8", True),
            birth_name=(4, "UTF8", False),
        ),
        (0xFB, 0x06): _document("residence_permit", mrz=(2, "TD2", True), passport_number=(3, "C40", True)),
        (0xFA, 0x06): _document("supplementary_sheet", mrz=(4, "TD2", True), sheet_number=(5, "C40", True)),
        (0xF9, 0x08): _document("address_sticker", **_STICKER, address=(3, "C40", True)),
        (0xF9, 0x0C): _document("address_sticker", **_STICKER, address=(3, "C40", True)),
        (0xF8, 0x0A): _document("address_sticker", **_STICKER, postal_code=(3, "C40", True)),
        (0xF5, 0x0C): _document(
            "fictional_certificate",
            face=(1, "IMAGE", False),
            mrz=(2, "TD2", True),
            document_reference=(3, "C40", False),
            azr_number=(4, "C40", False),
        ),
        (0xF6, 0x0D): _document("temporary_passport", face=(1, "IMAGE", False), mrz=(2, "TD3", True)),
    }
)
ADMINISTRATIVE = frozenset({(0x01, 0xC8), (0x01, 0xC9)})  # TR-03171 section 3.1, and its next version
# Profiles of administrative documents by their number: the federal register of profiles grows, this is what is known.
PROFILES: Mapping[str, Document] = MappingProxyType(
    {
        "9a4223406d374ef99e2cf95e31a23846": _document(
            "registration_certificate",
            family_name=(4, "UTF8", True),
            degree=(5, "UTF8", False),
            given_name=(6, "UTF8", True),
            usual_name=(7, "UTF8", False),
            birth_date=(8, "UTF8", False),
            street=(9, "UTF8", False),
            house_number=(10, "UTF8", False),
            postal_code=(11, "UTF8", False),
            town=(12, "UTF8", False),
        )
    }
)
_ZONES = frozenset(mrz.LAYOUTS)
_NAMES = ("family_name", "given_name", "birth_date")


class Statement(NamedTuple):
    """What a seal says. `begins` and `ends` are ISO dates that count whole, "" where it does not say."""

    kind: str
    facts: Mapping[str, Fact]
    zone: mrz.Mrz | None = None
    begins: str = ""
    ends: str = ""
    warnings: tuple[Note, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """The holder, of the machine readable zone or of plain names; None where it names none."""
        if self.zone is not None:
            return self.zone.subject
        family, given, born = (str(self.facts.get(name, "")) for name in _NAMES)
        if not family and not given:
            return None
        return Subject(" ".join(filter(None, (family, given))), born, family, given)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The document that it seals; who holds it is said once, by the subject."""
        plain = {name: value for name, value in self.facts.items() if name not in _NAMES and value != ""}
        zone = {name: value for name, value in self.zone.facts if value} if self.zone else {}
        return (Credential(self.kind, {**zone, **plain}),)

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """None of its own: seals are revoked by pass_id, or with their signer's certificate."""
        return ()


def read(head: Header, messages: Mapping[int, bytes]) -> Statement:
    """What the messages of a seal say; raises Malformed where they break the definition of its document."""
    number = (head.feature, head.category)
    facts: dict[str, Fact] = {"issued": head.issued, "signed": head.signed}
    if number in ADMINISTRATIVE:
        return _administrative(head, messages, facts)
    document = DOCUMENTS.get(number)
    if document is None:
        shown = bytes(number).hex()
        return Statement(UNKNOWN, {**facts, "definition": shown}, warnings=(("note.seal_unknown", shown),))
    return _known(document, head, messages, facts)


def _known(document: Document, head: Header, messages: Mapping[int, bytes], facts: dict[str, Fact]) -> Statement:
    zones: list[mrz.Mrz] = []
    for tag, message in document.messages.items():
        value = messages.get(tag)
        if value is None:
            if message.required:
                raise Malformed(f"seal: no {message.name}")
        elif message.coding in _ZONES:
            zones.append(zone(value, message.coding, head.signed))
        else:
            facts |= _decoded(message, value)
    if len(zones) > 1 or (document.kind == "visa" and not zones):
        raise Malformed("seal: machine readable zone")
    found = zones[0] if zones else None
    return Statement(
        document.kind, facts, found, ends=found.expires if found else "", warnings=faults(found) if found else ()
    )


def zone(value: bytes, kind: str, signed: str) -> mrz.Mrz:
    """The machine readable zone in C40; raises Malformed, for another length than its kind has as well."""
    if len(value) != c40.size(mrz.LAYOUTS[kind].characters):
        raise Malformed("mrz length")
    return mrz.read(c40.decode(value), kind, signed)


def faults(found: mrz.Mrz) -> tuple[Note, ...]:
    """A warning for each check digit of the zone that does not fit."""
    return tuple(("note.mrz_check", name) for name in found.faults)


def _decoded(message: Message, value: bytes) -> dict[str, Fact]:
    name, coding = message.name, message.coding
    if coding == "C40":
        return {name: c40.decode(value).strip()}
    if coding == "UTF8":
        return {name: _utf8(value, name)}
    if coding == "IMAGE":
        return {f"{name}_bytes": len(value)}  # a picture is compared by eye and stands on the document
    if coding == "HEX":
        return {name: value.hex()}
    if coding == "BYTE":
        return {name: _sized(value, 1, name)[0]}
    days, months, years = _sized(value, 3, name)  # STAY, Doc 9303-13 section 3.2.2
    return {f"{name}_days": days, f"{name}_months": months, f"{name}_years": years}


def _sized(value: bytes, size: int, name: str) -> bytes:
    if len(value) != size:
        raise Malformed(f"seal: {name}")
    return value


def _utf8(value: bytes, name: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"seal: {name}") from None


def _administrative(head: Header, messages: Mapping[int, bytes], facts: dict[str, Fact]) -> Statement:
    number = messages.get(_PROFILE)
    if number is None or len(number) != _PROFILE_BYTES:
        raise Malformed("seal: profile")
    begins, ends = _validity(messages.get(_VALIDITY, _BORDER))
    document = PROFILES.get(number.hex())
    facts["profile"] = number.hex()
    if document is None:
        note = ("note.seal_unknown", number.hex())
        return Statement("administrative_document", facts, begins=begins, ends=ends, warnings=(note,))
    found = _known(document, head, messages, facts)
    return found._replace(begins=begins, ends=ends)


def _validity(value: bytes) -> tuple[str, str]:
    """(first day, last day), each YYYYMMDD or nothing, a zero byte between them (TR-03171 section 3.2)."""
    begins, border, ends = value.partition(_BORDER)
    if not border:
        raise Malformed("seal: validity")
    return _day(begins), _day(ends)


def _day(digits: bytes) -> str:
    if not digits:
        return ""
    text = digits.decode("ascii", "replace")
    if len(text) != len("YYYYMMDD") or not text.isdecimal():
        raise Malformed("seal: validity")
    return full_date(f"{text[:4]}-{text[4:6]}-{text[6:]}", "seal: validity")
