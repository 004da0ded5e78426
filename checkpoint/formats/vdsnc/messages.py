"""The two data sets: proof of vaccination (`icao.vacc` 1, by WHO) and proof of testing (`icao.test` 1, by CAPSCA).

What a verdict rests on is checked when the seal is read; the rest is put into our shared terms when somebody looks.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import birth_date, full_date, moment
from checkpoint.model import Credential, Subject

MAX_EVENTS = 100  # of vaccination, and doses in each: no code holds half as many
_DOSE_DIGITS = 2  # "seq" has two characters at most
Fields = Mapping[str, Any]
Facts = dict[str, str | int | float | bool]


class Message(NamedTuple):
    """A message whose shape was checked."""

    kind: str
    holder: Fields
    number: str  # of the identity document that it names
    facts: tuple[Facts, ...]

    @property
    def subject(self) -> Subject:
        """The holder. ICAO 9303-3: two spaces part the primary from the secondary identifiers."""
        family, parted, given = text(self.holder, "n").partition("  ")
        name = " ".join(filter(None, (family.strip(), given.strip())))
        known = (family.strip(), given.strip()) if parted else ("", "")
        return Subject(name, text(self.holder, "dob"), *known, document=self.number, sex=text(self.holder, "sex"))

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """One for each dose, or the test."""
        return tuple(Credential(self.kind, facts) for facts in self.facts)


def vaccination(message: Fields) -> Message:
    """A proof of vaccination; raises Malformed."""
    identifier = _needed(message, "uvci", "msg")
    holder = _holder(message)
    number = text(holder, "i")
    if not number and not text(holder, "dob"):  # one of both says who the name is
        raise Malformed("pid")
    doses = tuple(facts for event in _objects(message, "ve", "msg") for facts in _doses(event, identifier))
    return Message("vaccination", holder, number, doses)


def _doses(event: Fields, identifier: str) -> Iterator[Facts]:
    shared = {
        "vaccine": _needed(event, "des", "ve"),
        "product": _needed(event, "nam", "ve"),
        "target": text(event, "dis"),
    }
    for dose in _objects(event, "vd", "ve"):
        yield _stated(
            {
                **shared,
                "dose": _number(dose),
                "date": full_date(_needed(dose, "dvc", "vd"), "vd.dvc"),
                "next_date": _optional_date(dose, "dvn"),
                "country": _needed(dose, "ctr", "vd"),
                "centre": text(dose, "adm"),
                "lot": _needed(dose, "lot", "vd"),
                "id": identifier,
            }
        )


def test(message: Fields) -> Message:
    """A proof of testing; raises Malformed."""
    identifier, holder = _needed(message, "utci", "msg"), _holder(message)
    if not text(holder, "dob") or not text(holder, "dn"):
        raise Malformed("pid")
    dates, result, provider = (_object(message, name) for name in ("dat", "tr", "sp"))
    facts = _stated(
        {
            "test_type": _needed(result, "tc", "tr"),
            "result": _needed(result, "r", "tr"),
            "method": text(result, "m"),
            "sample_time": _moment(dates, "sc"),
            "result_time": _moment(dates, "ri"),
            "centre": _needed(provider, "spn", "sp"),
            "country": _needed(provider, "ctr", "sp"),
            "id": identifier,
        }
    )
    return Message("test", holder, text(holder, "dn"), (facts,))


READERS: Mapping[str, Callable[[Fields], Message]] = MappingProxyType({"icao.vacc": vaccination, "icao.test": test})


def _holder(message: Fields) -> Fields:
    holder = _object(message, "pid")
    _needed(holder, "n", "pid")
    for name in ("i", "ai", "sex", "dt", "dn"):
        text(holder, name)
    birth_date(text(holder, "dob"), "pid.dob")
    return holder


def text(fields: Fields, name: str) -> str:
    """A text field, "" where absent; an array of texts, as one issuer writes them, is joined. Raises Malformed."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return " ".join(value)
    if not isinstance(value, str):
        raise Malformed(name)
    return value


def _needed(fields: Fields, name: str, where: str) -> str:
    found = text(fields, name)
    if not found.strip():
        raise Malformed(f"{where}.{name}")
    return found


def _object(fields: Fields, name: str) -> Fields:
    found = fields.get(name)
    if not isinstance(found, dict):
        raise Malformed(name)
    return found


def _objects(fields: Fields, name: str, where: str) -> list[Fields]:
    found = fields.get(name)
    if not isinstance(found, list) or not 0 < len(found) <= MAX_EVENTS:
        raise Malformed(f"{where}.{name}")
    if not all(isinstance(one, dict) for one in found):
        raise Malformed(f"{where}.{name}")
    return found


def _number(dose: Fields) -> int:
    """The dose number, which some issuers write as a number and some, as the data set says, as text."""
    value = dose.get("seq")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DOSE_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_DOSE_DIGITS:
        return value
    raise Malformed("vd.seq")


def _optional_date(fields: Fields, name: str) -> str:
    found = text(fields, name)
    return full_date(found, f"vd.{name}") if found else ""


def _moment(fields: Fields, name: str) -> str:
    """A date, or a date with its time and zone: the data set allows both."""
    found = _needed(fields, name, "dat")
    return moment(found, f"dat.{name}") if "T" in found else full_date(found, f"dat.{name}")


def _stated(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value != ""}
