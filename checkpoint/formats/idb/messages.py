"""The messages of a barcode (ICAO Datastructure for Barcode, section 4): what they mean, those of Germany alone too."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from checkpoint.codec import c40
from checkpoint.codec.errors import Malformed
from checkpoint.formats.icao import dates, mrz
from checkpoint.formats.idb.payload import items
from checkpoint.model import Credential, Note, RevocationId, Subject

Fact = str | int
LATEST = "2099-12-31"  # what birth years count back from where no date is proven
OTHER = "document"
_ZONES: Mapping[int, str] = MappingProxyType({0x07: "TD1", 0x08: "TD3", 0x81: "TD2"})
_VISA, _TRAVEL = 0x01, 0x02  # messages that hold messages
# By the tag of the outer message, that of the one inside, and its length in bytes: whole zones, or as seals cut them.
_INNER: Mapping[tuple[int, int, int], str] = MappingProxyType(
    {
        (_VISA, 0x01, 60): "TD3",
        (_VISA, 0x01, 48): "MRV-A",
        (_VISA, 0x02, 48): "TD2",
        (_VISA, 0x02, 44): "MRV-B",
        (_TRAVEL, 0x02, 48): "TD2",
    }
)
_INNER_ZONES = frozenset({(_VISA, 0x01), (_VISA, 0x02), (_TRAVEL, 0x02)})
_ENTRIES, _PASSPORT = 0x03, 0x05  # messages of a visa
_KINDS: Mapping[int, str] = MappingProxyType(
    {
        _VISA: "visa",
        _TRAVEL: "emergency_travel_document",
        0x03: "test",
        0x04: "vaccination",
        0x05: "recovery",
        0x06: "travel_authorization",
    }
)
_TEXTS: Mapping[int, str] = MappingProxyType(
    {0x09: "card_access_number", 0x82: "document_reference", 0x83: "azr_number", 0x85: "document_number"}
)
_FACE, _EXPIRY, _NATIONAL = 0x80, 0x84, 0x86
_NATIONAL_TAGS = 0x80  # from here on each state has its own (section 4): those of Germany are known here
GERMANY = "D"
# German document types: the number in the message "national document identifier".
_GERMAN: Mapping[int, str] = MappingProxyType(
    {
        1: "substitute_identity_document",
        2: "substitute_passport",
        3: "emergency_travel_document",
        4: "temporary_identity_card",
        5: "temporary_official_passport",
        6: "temporary_passport",
        7: "temporary_diplomatic_passport",
        8: "temporary_refugee_travel_document",
        9: "temporary_stateless_travel_document",
        10: "temporary_foreigner_travel_document",
        11: "asylum_attestation",
        12: "suspension_of_deportation",
        13: "arrival_attestation",
        14: "provisional_residence_document",
        15: "temporary_identity_document",
        16: "permanent_residence_certificate",
        17: "frontier_worker_permit",
        18: "supplementary_sheet",
    }
)


class Statement(NamedTuple):
    """What a barcode says; `ends` is an ISO date that counts whole, "" where it does not say."""

    kind: str
    facts: Mapping[str, Fact]
    zone: mrz.Mrz | None
    ends: str
    warnings: tuple[Note, ...]
    # Barcodes are revoked by pass_id; this is the certificate inside, as its CA's revocation list names it.
    revocation_ids: tuple[RevocationId, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """The holder, of the machine readable zone; None where there is none."""
        return self.zone.subject if self.zone else None

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The document that it belongs to."""
        zone = {name: value for name, value in self.zone.facts if value} if self.zone else {}
        return (Credential(self.kind, {**zone, **self.facts}),)


def read(zone: bytes, signed: str, country: str) -> Statement:
    """What the messages in `zone` say, of a barcode of `country` from the ISO date `signed`; raises Malformed."""
    found = _by_tag(zone)
    facts: dict[str, Fact] = {}
    zones: list[mrz.Mrz] = []
    unknown: list[str] = []
    for tag, value in found.items():
        if tag >= _NATIONAL_TAGS and country != GERMANY:
            unknown.append(f"{tag:02x}")
        elif tag in _ZONES:
            zones.append(_zone(value, _ZONES[tag], signed))
        elif tag in (_VISA, _TRAVEL):
            zones += _inner(tag, _by_tag(value), signed, facts)
        elif not _told(tag, value, facts):
            unknown.append(f"{tag:02x}")
    if len(zones) > 1:
        raise Malformed("barcode: two machine readable zones")
    return _statement(_kind(found, country), facts, zones[0] if zones else None, unknown)


def _statement(kind: str, facts: dict[str, Fact], zone: mrz.Mrz | None, unknown: list[str]) -> Statement:
    """The narrowest of the ends that are stated counts."""
    warnings: list[Note] = [("note.fields_unknown", " ".join(unknown))] if unknown else []
    warnings += [("note.mrz_check", name) for name in (zone.faults if zone else ())]
    ends = [end for end in (str(facts.get("expires", "")), zone.expires if zone else "") if end]
    return Statement(kind, facts, zone, min(ends, default=""), tuple(warnings))


def _inner(outer: int, found: Mapping[int, bytes], signed: str, facts: dict[str, Fact]) -> list[mrz.Mrz]:
    """The machine readable zone inside a visa or an emergency travel document; what else is in there, into `facts`."""
    zones = []
    for tag, value in found.items():
        if (outer, tag) in _INNER_ZONES:
            zones.append(_zone(value, _INNER.get((outer, tag, len(value)), ""), signed))
        elif outer == _VISA and tag == _PASSPORT:
            facts["passport_number"] = c40.decode(value).strip()
        elif outer == _VISA and tag == _ENTRIES and len(value) == 1:
            facts["entries"] = value[0]
    if not zones:
        raise Malformed("barcode: no machine readable zone")
    return zones


def _by_tag(zone: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for tag, value, _ in items(zone):
        if tag in found:
            raise Malformed("barcode: two messages with one tag")
        found[tag] = value
    if not found:
        raise Malformed("barcode without messages")
    return found


def _zone(value: bytes, kind: str, signed: str) -> mrz.Mrz:
    if not kind or len(value) != c40.size(mrz.LAYOUTS[kind].characters):
        raise Malformed("mrz length")
    return mrz.read(c40.decode(value), kind, signed)


def _told(tag: int, value: bytes, facts: dict[str, Fact]) -> bool:
    """Put into `facts` what a message says; False where nobody here knows what it means."""
    if tag in _TEXTS:
        facts[_TEXTS[tag]] = c40.decode(value).strip()
    elif tag == _FACE:
        facts["face_bytes"] = len(value)  # compared by eye, with the picture on the document
    elif tag == _EXPIRY:
        facts["expires"] = _expiry(value)
    elif tag == _NATIONAL:
        facts["national_type"] = _byte(value)
    return tag in _TEXTS or tag in (_FACE, _EXPIRY, _NATIONAL)


def _expiry(value: bytes) -> str:
    """A date in full: one that is known in part would leave open whether the document has ended."""
    found = dates.masked_date(value, "barcode date of expiry")
    if found and len(found) != len("YYYY-MM-DD"):
        raise Malformed("barcode date of expiry")
    return found


def _byte(value: bytes) -> int:
    if len(value) != 1:
        raise Malformed("barcode: national document identifier")
    return value[0]


def _kind(found: Mapping[int, bytes], country: str) -> str:
    national = found.get(_NATIONAL) if country == GERMANY else None
    if national:
        return _GERMAN.get(national[0], OTHER)
    return next((_KINDS[tag] for tag in found if tag in _KINDS), OTHER)
