"""WHO payloads in an HCERT: the ICVP (smart-icvp, IHR Annex 6) and the DDCC core data set (smart-ddcc)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import birth_date, full_date, moment, text, whole
from checkpoint.model import Credential, Note, Subject

ICVP_CLAIMS = (-6,)  # of the hcert claim; still "proposed" at the WHO, so a number kept as data
_DDCC_MARKS = ("name", "birthDate")  # the core data set stands directly in the claim set, under text keys
Facts = dict[str, str | int | float | bool]


class Record(NamedTuple):
    """An ICVP or DDCC: one holder, one credential, and the dates of its own that bound it."""

    raw: Any
    subject: Subject
    credential: Credential
    identifier: str
    warnings: tuple[Note, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The one kind it states."""
        return frozenset({self.credential.kind})

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The one credential it states."""
        return (self.credential,)

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """(the identifier that revocation lists hash, ""), where there is one."""
        return ((self.identifier, ""),) if self.identifier else ()

    @property
    def period(self) -> tuple[str, str]:
        """Its first day and its last one, ISO dates."""
        return str(self.credential.facts.get("valid_from", "")), str(self.credential.facts.get("valid_until", ""))


def icvp(value: Any) -> Record:
    """The International Certificate of Vaccination or Prophylaxis in `value`; raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed("icvp")
    given = value.get("v")
    if not isinstance(given, dict):
        raise Malformed("icvp.v")
    names = {"tg": "target", "vp": "vaccine", "mp": "product", "ma": "manufacturer", "bo": "batch", "is": "issuer"}
    facts: Facts = {ours: found for theirs, ours in names.items() if (found := text(given, theirs, "icvp.v"))}
    if given.get("dn") is not None:
        facts["dose"] = _dose(given["dn"])
    for theirs, ours in (("dt", "date"), ("vls", "valid_from"), ("vle", "valid_until")):
        if given.get(theirs) is not None:
            facts[ours] = full_date(text(given, theirs, "icvp.v", required=True), f"icvp.v.{theirs}")
    identifier = text(value, "nid", "icvp")
    subject = Subject(
        name=text(value, "n", "icvp", required=True),
        birth_date=birth_date(text(value, "dob", "icvp"), "icvp.dob"),
        document=identifier,
    )
    return Record(value, subject, Credential("vaccination", facts), identifier)


def is_ddcc(claimset: Mapping[Any, Any]) -> bool:
    """Whether a claim set without an hcert claim is a DDCC core data set."""
    return all(isinstance(claimset.get(mark), str) for mark in _DDCC_MARKS)


def ddcc(claimset: Mapping[Any, Any]) -> Record:
    """The DDCC core data set that `claimset` is; raises Malformed."""
    subject = Subject(
        name=text(claimset, "name", "ddcc", required=True),
        birth_date=birth_date(text(claimset, "birthDate", "ddcc"), "ddcc.birthDate"),
        document=text(claimset, "identifier", "ddcc"),
    )
    test = claimset.get("test")
    credential = _ddcc_vaccination(claimset) if test is None else _ddcc_test(test)
    return Record(claimset, subject, credential, text(claimset, "hcid", "ddcc"))


def _ddcc_vaccination(fields: Mapping[Any, Any]) -> Credential:
    codes = {"disease": "target", "vaccine": "vaccine", "brand": "product", "manufacturer": "manufacturer"}
    facts: Facts = {ours: found for theirs, ours in codes.items() if (found := _code(fields, theirs))}
    for theirs, ours in (("dose", "dose"), ("total_doses", "doses")):
        if fields.get(theirs) is not None:
            facts[ours] = whole(fields, theirs, "ddcc")
    for theirs, ours in (("date", "date"), ("valid_from", "valid_from"), ("valid_until", "valid_until")):
        if fields.get(theirs) is not None:
            facts[ours] = full_date(text(fields, theirs, "ddcc", required=True), f"ddcc.{theirs}")
    if country := _code(fields, "country"):
        facts["country"] = country
    return Credential("vaccination", facts)


def _ddcc_test(test: Any) -> Credential:
    if not isinstance(test, dict):
        raise Malformed("ddcc.test")
    codes = {"pathogen": "target", "type": "test_type", "result": "result", "country": "country"}
    facts: Facts = {ours: found for theirs, ours in codes.items() if (found := _code(test, theirs))}
    if test.get("date") is not None:
        facts["sample_time"] = moment(test["date"], "ddcc.test.date")
    if centre := text(test, "centre", "ddcc.test"):
        facts["centre"] = centre
    return Credential("test", facts)


def _code(fields: Mapping[Any, Any], key: str) -> str:
    """The code of a FHIR Coding, or the text where one stands instead; "" where absent."""
    value = fields.get(key)
    if isinstance(value, dict):
        return text(value, "code", f"ddcc.{key}")
    return text(fields, key, "ddcc")


def _dose(value: Any) -> str | int:
    """ICVP writes the dose as a number or as words ("Primary")."""
    if isinstance(value, str):
        return value
    return whole({"dn": value}, "dn", "icvp.v")
