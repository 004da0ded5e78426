"""The EU Digital COVID Certificate payload, JSON schema 1.0.0 to 1.3.x (eHealth Network, "Value Sets" and schema).

Read as the schema says, with the tolerances that passes of honest issuers need; docs/formats/hcert.md lists them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.formats.hcert import valuesets
from checkpoint.formats.hcert.content import Content, birth_date, full_date, moment, text, whole
from checkpoint.model import Credential, Note, Subject

CLAIM = 1  # of the hcert claim: eu_dgc_v1, HCERT 1.1 section 3.3.6
_ONE_EACH = (1, 3)  # since schema 1.3.0 each of v, t and r has maxItems 1
Facts = dict[str, str | int | float | bool]


def read(value: Any) -> Content:
    """The certificate in the decoded CBOR `value`; raises Malformed naming the field that breaks the schema."""
    if not isinstance(value, Mapping):
        raise Malformed("dcc")
    single = _version(value) >= _ONE_EACH
    credentials: list[Credential] = []
    for group, (kind, reader) in _GROUPS.items():
        credentials += [Credential(kind, reader(one)) for one in _entries(value, group, single)]
    if not credentials:
        raise Malformed("dcc: no entry")
    return Content(
        subject=_subject(value),
        credentials=tuple(credentials),
        kinds=frozenset(one.kind for one in credentials),
        ids=tuple(str(one.facts["id"]) for one in credentials),
        warnings=(*_implausible_birth(value), *_warnings(credentials)),
        raw=value,
    )


def _implausible_birth(value: Mapping[str, Any]) -> tuple[Note, ...]:
    """Schema 1.3 lets nobody be born outside 1900 to 2099; told, because the issuer vouched for the rest."""
    born = value.get("dob")
    return (("note.birth_year",),) if born and str(born)[:2] not in ("19", "20") else ()


def _entries(value: Mapping[str, Any], group: str, single: bool) -> list[Mapping[str, Any]]:
    found = value.get(group)
    if found is None:  # an explicit null stands for an absent array at some issuers
        return []
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise Malformed(f"dcc.{group}")
    if single and len(found) > 1:
        raise Malformed(f"dcc.{group}: several entries")
    return list(found)


def _version(value: Mapping[str, Any]) -> tuple[int, ...]:
    parts = text(value, "ver", "dcc", required=True).split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise Malformed("dcc.ver")
    return tuple(map(int, parts))


def _subject(value: Mapping[str, Any]) -> Subject:
    name = value.get("nam")
    if not isinstance(name, Mapping):
        raise Malformed("dcc.nam")
    family, given = text(name, "fn", "nam"), text(name, "gn", "nam")
    latin = " ".join(filter(None, (text(name, "fnt", "nam"), text(name, "gnt", "nam")))).replace("<", " ")
    if not (family or given or latin):
        raise Malformed("dcc.nam")
    born = value.get("dob")
    if not isinstance(born, str):
        raise Malformed("dcc.dob")
    return Subject(
        name=" ".join(filter(None, (family, given))) or latin,
        birth_date=birth_date(born, "dcc.dob"),
        family_name=family,
        given_name=given,
        latin_name=latin,
    )


def _vaccination(entry: Mapping[str, Any]) -> Facts:
    return {
        "target": text(entry, "tg", "v", required=True),
        "vaccine": text(entry, "vp", "v", required=True),
        "product": text(entry, "mp", "v", required=True),
        "manufacturer": text(entry, "ma", "v", required=True),
        "dose": whole(entry, "dn", "v"),
        "doses": whole(entry, "sd", "v"),
        "date": full_date(text(entry, "dt", "v", required=True), "v.dt"),
        **_shared(entry, "v"),
    }


def _test(entry: Mapping[str, Any]) -> Facts:
    optional = {"test_name": text(entry, "nm", "t"), "device": text(entry, "ma", "t"), "centre": text(entry, "tc", "t")}
    if entry.get("dr") is not None:
        optional["result_time"] = moment(entry["dr"], "t.dr")
    return {
        "target": text(entry, "tg", "t", required=True),
        "test_type": text(entry, "tt", "t", required=True),
        "sample_time": moment(entry.get("sc"), "t.sc"),
        "result": text(entry, "tr", "t", required=True),
        **{name: found for name, found in optional.items() if found},
        **_shared(entry, "t"),
    }


def _recovery(entry: Mapping[str, Any]) -> Facts:
    return {
        "target": text(entry, "tg", "r", required=True),
        "date": full_date(text(entry, "fr", "r", required=True), "r.fr"),
        "valid_from": full_date(text(entry, "df", "r", required=True), "r.df"),
        "valid_until": full_date(text(entry, "du", "r", required=True), "r.du"),
        **_shared(entry, "r"),
    }


def _shared(entry: Mapping[str, Any], group: str) -> Facts:
    return {
        "country": text(entry, "co", group, required=True),
        "issuer": text(entry, "is", group, required=True),
        "id": text(entry, "ci", group, required=True),
    }


_GROUPS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Facts]]] = {
    "v": ("vaccination", _vaccination),
    "t": ("test", _test),
    "r": ("recovery", _recovery),
}


def _warnings(credentials: list[Credential]) -> tuple[Note, ...]:
    """Codes outside the EU value sets, and passes that state several kinds at once: told, not refused."""
    found: list[Note] = []
    for one in credentials:
        for fact, codes in valuesets.CODES.get(one.kind, {}).items():
            code = one.facts.get(fact)
            if code is not None and code not in codes:
                found.append(("note.unknown_code", fact, str(code)))
        if 0 in (one.facts.get("dose"), one.facts.get("doses")):  # schema 1.3: at least 1; honest issuers write 0
            found.append(("note.dose_zero",))
    if len({one.kind for one in credentials}) > 1:
        found.append(("note.several_kinds",))
    return tuple(found)
