"""What a native pass says: the tables of its kinds and fields, and their strict reading (section 5)."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.native.fields import Fact, Field, born, hours_of_day, text, time, word
from checkpoint.formats.native.hours import Hours
from checkpoint.model import Note

KIND, NUMBER, HOLDER, SCOPE, PLACE = 0, 1, 2, 3, 4
KINDS = {1: "travel_permit", 2: "test", 3: "card", 4: "ticket", 5: "badge"}
BEARER = frozenset({"ticket"})  # whoever brings it may use it: no holder need be named
HOURS = "hours"
MOST_TOLD = 4  # unknown fields that are named
PLACE_LIMIT = 1 << 32  # of a list's number and an index: u32 each, as status lists have them

PASS_NUMBER = text("number", 32, required=True)
HOLDERS: Mapping[int, Field] = {1: text("name", 100, required=True), 2: born("birth_date"), 3: text("document", 24)}
SCOPES: Mapping[str, Mapping[int, Field]] = {
    "travel_permit": {
        1: text("category", 60, required=True),
        2: text("area", 100),
        3: text("route", 160),
        4: text("vehicle", 20),
        5: hours_of_day(HOURS),
        6: text("organisation", 80),
    },
    "test": {
        1: word("method", {1: "pcr", 2: "rapid_antigen", 3: "antibody", 4: "other"}, required=True),
        2: word("result", {1: "negative", 2: "positive", 3: "inconclusive"}, required=True),
        3: time("sampled", required=True),
        4: text("laboratory", 80, required=True),
        5: text("target", 40),
    },
    "card": {
        1: word("colour", {1: "green", 2: "yellow"}, required=True),
        2: text("area", 100),
    },
    "ticket": {
        1: text("event", 80, required=True),
        2: text("place", 80),
        3: time("starts"),
        4: text("seat", 32),
        5: text("class", 32),
    },
    "badge": {
        1: text("organisation", 80, required=True),
        2: text("role", 60),
        3: text("area", 100),
        4: hours_of_day(HOURS),
    },
}
_KIND_SETS = {kind: frozenset({kind}) for kind in KINDS.values()}
_REQUIRED = {kind: frozenset(key for key, one in fields.items() if one.required) for kind, fields in SCOPES.items()}
_NOT_NEGATIVE: tuple[Note, ...] = (("note.test_not_negative",),)


class Pass(NamedTuple):
    """The private claim, read. `place`: (number of the status list, index in it), None where it has none."""

    kind: str
    number: str
    holder: Mapping[str, Any]
    scope: Mapping[str, Any]
    place: tuple[int, int] | None
    hours: Hours | None
    warnings: tuple[Note, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The kind as a set, for the question whether its key may sign it."""
        return _KIND_SETS[self.kind]


def read(value: Any) -> Pass:
    """The private claim of a verified pass; raises Malformed where it breaks section 5."""
    if not isinstance(value, dict):
        raise Malformed("pass")
    number = value.get(KIND)
    kind = KINDS.get(number) if type(number) is int else None
    if kind is None:
        raise Malformed("pass: kind")
    unknown: list[str] = []
    holder = _holder(value, kind, unknown)
    stated = value.get(SCOPE)
    scope = _fields(stated, SCOPES[kind], "scope", unknown)
    if not isinstance(stated, dict) or not _REQUIRED[kind] <= stated.keys():
        raise Malformed("pass: scope")
    place = _place(value[PLACE]) if PLACE in value else None
    if len(value) > 3 + (HOLDER in value) + (PLACE in value):
        _note_unknown(value, range(PLACE + 1), "pass", unknown)
    warnings = told(unknown) if unknown else ()
    if kind == "test" and scope["result"] != "negative":
        warnings += _NOT_NEGATIVE
    return Pass(kind, PASS_NUMBER.read(value.get(NUMBER)), holder, scope, place, scope.get(HOURS), warnings)


def _holder(value: dict[Any, Any], kind: str, unknown: list[str]) -> Mapping[str, Any]:
    if HOLDER not in value and kind in BEARER:
        return {}
    holder = _fields(value.get(HOLDER), HOLDERS, "holder", unknown)
    if "name" not in holder:
        raise Malformed("pass: name")
    return holder


def _fields(value: Any, fields: Mapping[int, Field], where: str, unknown: list[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"pass: {where}")
    found: dict[str, Any] = {}
    for key, one in value.items():
        field = fields.get(key) if type(key) is int else None
        if field is None:
            _note_unknown({key: one}, (), where, unknown)
        else:
            found[field.name] = field.read(one)
    return found


def told(unknown: Iterable[str]) -> tuple[Note, ...]:
    """A warning for each of the first MOST_TOLD: a pass must not flood a screen."""
    return tuple(("note.native_unknown", one) for one in islice(unknown, MOST_TOLD))


def _note_unknown(value: Mapping[Any, Any], known: Any, where: str, unknown: list[str]) -> None:
    """Section 5.1: a field of a later edition is told where its key is positive, and refused otherwise."""
    for key in value:
        if type(key) is not int or key < 0:
            raise Malformed(f"pass: {where}")
        if key not in known:
            unknown.append(f"{where} {key}")


def _place(value: Any) -> tuple[int, int]:
    """(number of the status list, index in it), both u32 (section 6)."""
    if isinstance(value, list) and len(value) == 2:
        number, index = value
        if type(number) is int and type(index) is int and 0 <= number < PLACE_LIMIT and 0 <= index < PLACE_LIMIT:
            return number, index
    raise Malformed("pass: place")


def shown(values: Mapping[str, Any], fields: Mapping[int, Field]) -> dict[str, Fact]:
    """What was read, as people and programs see it."""
    return {one.name: one.show(values[one.name]) for one in fields.values() if one.name in values}
