"""What a 2D-Doc states, by its type (specification sections 6 and 8): whom it names, and what of it a door compares."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.doc2d.header import FIRST_PERIMETER, Header, day
from checkpoint.formats.fields import full_date
from checkpoint.model import Credential, RevocationId, Subject

Fields = Mapping[str, str]
OTHER = "document"
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "L1": "vaccination",
        "B2": "test",
        "00": "proof_of_address",
        "01": "invoice",
        "02": "tax_notice",
        "04": "tax_notice",
        "18": "tax_notice",
        "24": "tax_notice",
        "27": "tax_notice",
        "28": "tax_notice",
        "06": "payslip",
        "07": "identity_document",
        "15": "work_permit",
        "16": "asylum_attestation",
        "B0": "diploma",
    }
)
# Where holders stand: identifiers of family name, given names and birth date, the first that has any.
_HOLDERS = (
    ("L0", "L1", "L2"),
    ("F1", "F0", "F2"),
    ("B2", "B0", "B7"),
    ("B2", "B1", "B7"),
    ("62", "60", "69"),
    ("62", "61", "69"),
    ("6G", "60", "69"),
    ("80", "81", ""),
    ("I3", "I4", ""),
    ("13", "12", ""),
)
_LINES = ("10", "46", "30")  # names in one line, "MME/SPECIMEN/NATACHA"
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "L3": "disease",
        "L4": "vaccine",
        "L5": "product",
        "L6": "manufacturer",
        "LA": "state",
        "F4": "test_type",
        "82": "card_number",
        "66": "document_number",
        "44": "reference",
        "18": "invoice_number",
    }
)
_RESULTS = {"P": "positive", "N": "negative", "I": "indeterminate", "X": "not_conclusive"}
_STARTS, _ENDS = ("6N", "D3"), ("6O", "D4", "D9", "HO")
_ENDS_HEX = "08"
_DATES = ("L9", "AA", "4A", "96", "6L", "C4", "D7", *_STARTS, *_ENDS)


class Statement(NamedTuple):
    """What a 2D-Doc says: read on demand from fields that were checked."""

    kind: str
    type: str
    holder: Subject | None
    fields: Fields

    @property
    def subject(self) -> Subject | None:
        """Whom the document names; None where it names nobody that can be told apart from other fields."""
        return self.holder

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The document, with every field that was understood: those without a shared name by their identifier."""
        facts: dict[str, str | int | float | bool] = {"document_type": self.type}
        for tag, value in self.fields.items():
            name, shown = _fact(tag, value)
            facts.setdefault(name, shown)
        return (Credential(self.kind, facts),)

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """None of its own: there is no list of single codes; pass_id names it."""
        return ()


def read(head: Header, found: Fields) -> Statement:
    """What the fields state; raises Malformed for a date that is none, or where a dose or a test lacks its date."""
    for tag in _DATES:
        if tag in found:
            date_of(found[tag], tag)
    kind = KINDS.get(head.type, OTHER) if head.perimeter == FIRST_PERIMETER else OTHER
    needed = {"vaccination": ("L0", "L2", "L9"), "test": ("F1", "F2", "F5", "F6")}.get(kind, ())
    for tag in needed:
        if not found.get(tag):
            raise Malformed(f"2d-doc: no {tag}")
    for tag in ("L7", "L8"):
        if tag in found and not _is_number(found[tag]):
            raise Malformed(f"2d-doc: {tag}")
    if "F6" in found:
        _moment(found["F6"])
    return Statement(kind, head.type, _holder(found), found)


def validity(found: Fields) -> tuple[str, str]:
    """(first day, last day) as ISO dates, "" where the document does not say; the narrowest of what it says."""
    starts = [date_of(found[tag], tag) for tag in _STARTS if found.get(tag)]
    ends = [date_of(found[tag], tag) for tag in _ENDS if found.get(tag)]
    if found.get(_ENDS_HEX):
        ends.append(day(found[_ENDS_HEX].upper()))
    return max(starts, default=""), min((end for end in ends if end), default="")


def date_of(digits: str, tag: str) -> str:
    """DDMMYYYY as an ISO date; raises Malformed."""
    if not digits:
        return ""
    if len(digits) != len("DDMMYYYY") or not _is_number(digits):
        raise Malformed(f"2d-doc: {tag}")
    return full_date(f"{digits[4:]}-{digits[2:4]}-{digits[:2]}", f"2d-doc: {tag}")


def _birth(digits: str) -> str:
    """DDMMYYYY as an ISO date, at the precision stated: an unknown day or month is 00."""
    if not digits:
        return ""
    if len(digits) != len("DDMMYYYY") or not _is_number(digits):
        raise Malformed("2d-doc: date of birth")
    days, month, year = digits[:2], digits[2:4], digits[4:]
    if month == "00":
        return year
    if days == "00":
        return full_date(f"{year}-{month}-01", "2d-doc: date of birth")[: len("YYYY-MM")]
    return full_date(f"{year}-{month}-{days}", "2d-doc: date of birth")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _moment(digits: str) -> str:
    """DDMMYYYYHHMM as an ISO date-time; raises Malformed."""
    date = date_of(digits[:8], "F6")
    hours, minutes = digits[8:10], digits[10:]
    if len(digits) != len("DDMMYYYYHHMM") or not _is_number(digits) or int(hours) > 23 or int(minutes) > 59:
        raise Malformed("2d-doc: F6")
    return f"{date}T{hours}:{minutes}"


def _holder(found: Fields) -> Subject | None:
    for family, given, born in _HOLDERS:
        if found.get(family):
            return _named(found[family], found.get(given, ""), _birth(found.get(born, "")))
    line = next((found[tag] for tag in _LINES if found.get(tag)), "")
    return _named(line, "", "") if line else None


def _named(family: str, given: str, born: str) -> Subject:
    """A holder; names are joined by slashes in the code."""
    family, given = family.replace("/", " "), given.replace("/", " ")
    return Subject(" ".join(filter(None, (family, given))), born, family, given)


def _fact(tag: str, value: str) -> tuple[str, str | int]:
    if tag in ("L7", "L8"):
        return {"L7": "dose", "L8": "doses"}[tag], int(value)
    if tag == "L9":
        return "date", date_of(value, tag)
    if tag == "F6":
        return "sample_time", _moment(value)
    if tag == "F5":
        return "result", _RESULTS.get(value, value)
    return _NAMES.get(tag, f"field_{tag}"), value
