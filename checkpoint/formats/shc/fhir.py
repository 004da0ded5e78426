"""The FHIR bundle of a SMART Health Card (FHIR R4): one patient, and records as credentials in our shared terms.

What a verdict rests on is checked when the card is read; codes and names are read when somebody looks, and a field
that is not as FHIR wants it is then left out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import birth_date
from checkpoint.model import Credential, Subject

CARD_TYPE = "https://smarthealth.cards#health-card"
MAX_ENTRIES = 1000  # a life of records has some hundred
# Kind of a resource, and what its status must be for it to have happened (FHIR R4 Immunization.status and so on).
_COUNTED = {
    "Immunization": ("vaccination", frozenset({"completed"})),
    "Observation": ("test", frozenset({"final", "amended", "corrected"})),
}
_OTHER = "other"
_NO_RECORD = ("Patient",)
_DATE_TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d.*)?)?)?\Z", re.ASCII)
Resource = dict[str, Any]
Facts = dict[str, str | int | float | bool]


class Bundle(NamedTuple):
    """The patient and the records whose shape was checked."""

    patient: Resource | None
    records: tuple[tuple[str, Resource], ...]  # kind and resource
    kinds: frozenset[str]

    @property
    def subject(self) -> Subject | None:
        """Who the records are of; None where the card names nobody."""
        return None if self.patient is None else _subject(self.patient)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """One for each record."""
        return tuple(Credential(kind, _facts(kind, resource)) for kind, resource in self.records)


def read(credential: dict[str, Any]) -> Bundle:
    """The bundle in a `vc` claim; raises Malformed ("Modeling Verifiable Credentials in FHIR")."""
    types = credential.get("type")
    if not isinstance(types, list) or CARD_TYPE not in types:
        raise Malformed("vc.type")
    holder = credential.get("credentialSubject")
    if not isinstance(holder, dict) or not isinstance(holder.get("fhirVersion"), str):
        raise Malformed("vc.credentialSubject")
    bundle = holder.get("fhirBundle")
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise Malformed("fhirBundle")
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_ENTRIES:
        raise Malformed("fhirBundle.entry")
    return _sorted(entries)


def _sorted(entries: list[Any]) -> Bundle:
    patient: Resource | None = None
    records = []
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(resource, dict) or not isinstance(kind, str):
            raise Malformed("fhirBundle.entry.resource")
        if kind not in _NO_RECORD:
            records.append((_kind(kind, resource), resource))
        elif patient is not None:  # whose record a dose is would be a guess
            raise Malformed("fhirBundle: several patients")
        else:
            patient = _checked_patient(resource)
    return Bundle(patient, tuple(records), frozenset([kind for kind, _ in records]))


def _kind(name: str, resource: Resource) -> str:
    """What a record counts as: a dose that was not given, or was entered in error, is no vaccination."""
    counted = _COUNTED.get(name)
    if counted is None:
        return _OTHER
    moment = resource.get("occurrenceDateTime", resource.get("effectiveDateTime"))
    if moment is not None:
        _check_moment(moment)
    kind, done = counted
    status = resource.get("status")
    return kind if isinstance(status, str) and status in done else _OTHER


@lru_cache(maxsize=2048)
def _check_text_moment(value: str) -> None:
    if not _DATE_TIME.match(value):
        raise Malformed("fhir dateTime")


def _check_moment(value: Any) -> None:
    if not isinstance(value, str):
        raise Malformed("fhir dateTime")
    _check_text_moment(value)


def _checked_patient(patient: Resource) -> Resource:
    names = patient.get("name", [])
    if not isinstance(names, list) or not all(isinstance(name, dict) for name in names):
        raise Malformed("Patient.name")
    born = patient.get("birthDate", "")
    if not isinstance(born, str):
        raise Malformed("Patient.birthDate")
    birth_date(born, "Patient.birthDate")
    return patient


def _subject(patient: Resource) -> Subject:
    names = patient.get("name") or [{}]
    name = next((one for one in names if one.get("use") in ("official", None)), names[0])
    family = _text(name, "family")
    given = " ".join(part for part in _items(name, "given") if isinstance(part, str))
    whole = " ".join(filter(None, (family, given))) or _text(name, "text")
    return Subject(whole, birth_date(patient.get("birthDate", ""), "Patient.birthDate"), family, given)


def _facts(kind: str, resource: Resource) -> Facts:
    reader = {"vaccination": _vaccination, "test": _test}.get(kind, _other)
    return {name: value for name, value in reader(resource) if value not in ("", None)}


def _vaccination(resource: Resource) -> Iterator[tuple[str, Any]]:
    system, code = _coding(resource.get("vaccineCode"))
    yield "vaccine", code
    yield "vaccine_system", system
    for applied in _items(resource, "protocolApplied")[:1]:
        if isinstance(applied, dict):
            yield "dose", _count(applied, "doseNumberPositiveInt")
            yield "doses", _count(applied, "seriesDosesPositiveInt")
    yield "date", _text(resource, "occurrenceDateTime")
    yield "lot", _text(resource, "lotNumber")
    yield "performer", _performer(resource)


def _test(resource: Resource) -> Iterator[tuple[str, Any]]:
    system, code = _coding(resource.get("code"))
    yield "test_type", code
    yield "test_system", system
    yield "result", _coding(resource.get("valueCodeableConcept"))[1] or _text(resource, "valueString")
    yield "sample_time", _text(resource, "effectiveDateTime")
    yield "performer", _performer(resource)


def _other(resource: Resource) -> Iterator[tuple[str, Any]]:
    yield "record", _text(resource, "resourceType")
    yield "status", _text(resource, "status")


def _performer(resource: Resource) -> str:
    for one in _items(resource, "performer"):
        actor = one.get("actor", one) if isinstance(one, dict) else None
        if isinstance(actor, dict) and (name := _text(actor, "display")):
            return name
    return ""


def _coding(concept: Any) -> tuple[str, str]:
    """(system, code) of the first coding of a CodeableConcept that has a code."""
    for coding in _items(concept, "coding") if isinstance(concept, dict) else ():
        if isinstance(coding, dict) and (code := _text(coding, "code")):
            return _text(coding, "system"), code
    return "", ""


def _items(fields: dict[str, Any], name: str) -> list[Any]:
    found = fields.get(name)
    return found if isinstance(found, list) else []


def _text(fields: dict[str, Any], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""


def _count(fields: dict[str, Any], name: str) -> int | None:
    found = fields.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
