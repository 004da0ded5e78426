"""The EU Digital COVID Certificate payload, JSON schema 1.0.0 to 1.3.x (eHealth Network).

Checked whole as the schema says, with the tolerances that passes of honest issuers need (docs/formats/hcert.md);
what it states is put into the shared terms only when somebody looks.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import birth_date, full_date, moment, text, whole
from checkpoint.formats.hcert import valuesets
from checkpoint.model import Credential, Note, Subject

CLAIM = 1  # of the hcert claim: eu_dgc_v1, HCERT 1.1 section 3.3.6
_ONE_EACH = (1, 3)  # since schema 1.3.0 each of v, t and r has maxItems 1
_NO_BOUNDS = ("", "")
_KINDS = {"v": frozenset({"vaccination"}), "t": frozenset({"test"}), "r": frozenset({"recovery"})}
Entry = dict[str, Any]
Facts = dict[str, str | int | float | bool]


class Certificate(NamedTuple):
    """A DCC that keeps its schema; `entries` are (group, entry) in the order v, t, r."""

    raw: dict[str, Any]
    entries: tuple[tuple[str, Entry], ...]
    kinds: frozenset[str]
    warnings: tuple[Note, ...]

    @property
    def period(self) -> tuple[str, str]:
        """No bounds beside those of the CWT: which entry still counts is a policy's business."""
        return _NO_BOUNDS

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """(UVCI, country) of each entry."""
        return tuple((entry["ci"], entry["co"]) for _, entry in self.entries)

    @property
    def subject(self) -> Subject:
        """The holder, family name first."""
        name = self.raw["nam"]
        family, given = name.get("fn") or "", name.get("gn") or ""
        latin = " ".join(filter(None, (name.get("fnt"), name.get("gnt")))).replace("<", " ")
        stated = " ".join(filter(None, (family, given)))
        return Subject(stated or latin, birth_date(self.raw["dob"], "dcc.dob"), family, given, latin)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Each entry in the shared terms."""
        return tuple(_GROUPS[group].credential(entry) for group, entry in self.entries)


def read(value: Any) -> Certificate:
    """The certificate in the decoded CBOR `value`; raises Malformed naming the field that breaks the schema."""
    if not isinstance(value, dict):
        raise Malformed("dcc")
    single = _version(text(value, "ver", "dcc", required=True)) >= _ONE_EACH
    _check_holder(value)
    entries: list[tuple[str, Entry]] = []
    warnings: list[Note] = []
    for group in _GROUPS:
        if (found := value.get(group)) is not None:  # an explicit null stands for an absent array at some issuers
            _check_entries(group, found, single, warnings)
            entries += [(group, entry) for entry in found]
    if not entries:
        raise Malformed("dcc: no entry")
    kinds = _KINDS[entries[0][0]]
    if entries[-1][0] != entries[0][0]:
        kinds = frozenset().union(*(_KINDS[group] for group, _ in entries))
        warnings.append(("note.several_kinds",))
    if value["dob"] and value["dob"][:2] not in ("19", "20"):
        warnings.append(("note.birth_year",))  # schema 1.3 lets nobody be born outside 1900 to 2099
    return Certificate(value, tuple(entries), kinds, tuple(warnings))


@lru_cache(maxsize=64)
def _version(stated: str) -> tuple[int, ...]:
    parts = stated.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise Malformed("dcc.ver")
    return tuple(map(int, parts))


def _check_holder(value: dict[str, Any]) -> None:
    name, born = value.get("nam"), value.get("dob")
    if not isinstance(name, dict):
        raise Malformed("dcc.nam")
    parts = (name.get("fn"), name.get("gn"), name.get("fnt"), name.get("gnt"))
    for part in parts:
        if part is not None and not isinstance(part, str):
            raise Malformed("dcc.nam")
    if not any(parts):
        raise Malformed("dcc.nam: empty")
    if not isinstance(born, str):
        raise Malformed("dcc.dob")
    birth_date(born, "dcc.dob")


def _check_entries(group: str, found: Any, single: bool, warnings: list[Note]) -> None:
    if not isinstance(found, list):
        raise Malformed(f"dcc.{group}")
    if single and len(found) > 1:
        raise Malformed(f"dcc.{group}: several entries")
    shape = _GROUPS[group]
    for entry in found:
        if not isinstance(entry, dict):
            raise Malformed(f"dcc.{group}")
        for field in shape.texts:
            if not isinstance(entry.get(field), str):
                raise Malformed(f"{group}.{field}")
        shape.check(entry)
        for field, codes in shape.codes:
            code = entry.get(field)
            if code is not None and code not in codes:  # told, not refused: lists of codes grow
                warnings.append(("note.unknown_code", field, str(code)))
        if group == "v" and not (entry["dn"] and entry["sd"]):  # schema 1.3: at least 1; honest issuers write 0
            warnings.append(("note.dose_zero",))


def _check_vaccination(entry: Entry) -> None:
    full_date(entry["dt"], "v.dt")
    whole(entry, "dn", "v")
    whole(entry, "sd", "v")


def _check_test(entry: Entry) -> None:
    moment(entry.get("sc"), "t.sc")
    if entry.get("dr") is not None:
        moment(entry["dr"], "t.dr")
    for field in ("nm", "ma", "tc"):
        text(entry, field, "t")


def _check_recovery(entry: Entry) -> None:
    for field in ("fr", "df", "du"):
        full_date(entry[field], f"r.{field}")


def _vaccination(entry: Entry) -> Credential:
    facts: Facts = {
        "target": entry["tg"],
        "vaccine": entry["vp"],
        "product": entry["mp"],
        "manufacturer": entry["ma"],
        "dose": int(entry["dn"]),
        "doses": int(entry["sd"]),
        "date": full_date(entry["dt"], "v.dt"),
    }
    return Credential("vaccination", facts | _shared(entry))


def _test(entry: Entry) -> Credential:
    optional = {"test_name": entry.get("nm"), "device": entry.get("ma"), "centre": entry.get("tc")}
    facts: Facts = {
        "target": entry["tg"],
        "test_type": entry["tt"],
        "sample_time": moment(entry["sc"], "t.sc"),
        "result": entry["tr"],
        **{name: found for name, found in optional.items() if found},
    }
    if entry.get("dr") is not None:
        facts["result_time"] = moment(entry["dr"], "t.dr")
    return Credential("test", facts | _shared(entry))


def _recovery(entry: Entry) -> Credential:
    dates = {"date": "fr", "valid_from": "df", "valid_until": "du"}
    facts: Facts = {"target": entry["tg"]}
    facts |= {name: full_date(entry[field], f"r.{field}") for name, field in dates.items()}
    return Credential("recovery", facts | _shared(entry))


def _shared(entry: Entry) -> Facts:
    return {"country": entry["co"], "issuer": entry["is"], "id": entry["ci"]}


class _Group(NamedTuple):
    """One of v, t and r: fields that must be text, further checks, known codes, and the way into the shared terms."""

    texts: tuple[str, ...]
    check: Callable[[Entry], None]
    codes: tuple[tuple[str, frozenset[str]], ...]
    credential: Callable[[Entry], Credential]


_GROUPS = {
    "v": _Group(
        ("ci", "tg", "vp", "mp", "ma", "dt", "co", "is"), _check_vaccination, valuesets.VACCINATION, _vaccination
    ),
    "t": _Group(("ci", "tg", "tt", "tr", "co", "is"), _check_test, valuesets.TEST, _test),
    "r": _Group(("ci", "tg", "fr", "df", "du", "co", "is"), _check_recovery, valuesets.RECOVERY, _recovery),
}
