"""What people ask for, row by row: a CSV of passes read whole, every error with its row and column, nothing guessed.

Rows are counted as a spreadsheet counts them; what it adds around a table is `table.py`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checkpoint.authority import Refused
from checkpoint.authority.issuing import table
from checkpoint.codec.errors import Malformed
from checkpoint.formats.native import issue
from checkpoint.formats.native.content import BEARER, HOLDERS, KINDS, PASS_NUMBER, SCOPES
from checkpoint.formats.native.fields import Field, moment
from checkpoint.formats.native.issue import Draft
from checkpoint.trust.records import Record

FRAME = ("kind", "number", "valid_from", "valid_until")
HOLDER_COLUMNS = tuple(one.name for one in HOLDERS.values())
SCOPE_COLUMNS = tuple(dict.fromkeys(one.name for fields in SCOPES.values() for one in fields.values()))
COLUMNS = (*FRAME, *HOLDER_COLUMNS, *SCOPE_COLUMNS)
REQUIRED = ("number", "valid_until")
SPOILT = "the spreadsheet spoilt this cell: make its column text, widen it, and type it again"


class RowError(NamedTuple):
    """What is wrong with one cell; `column` is "" for the row as a whole."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.why}"


class Row(NamedTuple):
    """One pass to make, and where it was asked for."""

    row: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows: whose record they must fit, the time, the zone of times (minutes east of UTC)."""

    record: Record
    now: float
    zone: int
    kind: str = ""  # of rows that do not say


@dataclass(slots=True)
class Table:
    """Every row that can be issued, and everything that stands against issuing the file."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def read(data: bytes, terms: Terms) -> Table:
    """The whole table; raises Refused where it cannot be read as one."""
    found = Table()
    numbers: dict[str, int] = {}
    for row, cells in table.read(data, COLUMNS):
        _add(found, row, cells, terms, numbers)
    if not found.rows and not found.errors:
        raise Refused("the table has no rows", "one pass a row below the header")
    return found


def _add(found: Table, row: int, cells: Mapping[str, str], terms: Terms, numbers: dict[str, int]) -> None:
    stated = {name: one for name, one in cells.items() if one.strip()}
    spoilt = [name for name, one in stated.items() if table.is_spoilt(one)]
    draft, errors = draft_of(stated, terms) if not spoilt else (None, [(name, SPOILT) for name in spoilt])
    found.errors += [RowError(row, column, why) for column, why in errors]
    if draft is None:
        return
    before = numbers.setdefault(draft.number, row)
    if before != row:
        found.errors.append(RowError(row, "number", f"the number of row {before} again"))
    found.rows.append(Row(row, draft))


def draft_of(stated: Mapping[str, str], terms: Terms) -> tuple[Draft | None, list[tuple[str, str]]]:
    """The pass that these words ask for, or what is wrong with them as (column, why)."""
    errors: list[tuple[str, str]] = [("", "more cells than the header has")] if "" in stated else []
    kind = stated.get("kind", terms.kind).strip().lower().replace("-", "_").replace(" ", "_")
    if kind not in SCOPES:
        return None, [*errors, ("kind", f"one of {', '.join(KINDS.values())}")]
    if terms.record.kinds is not None and kind not in terms.record.kinds:
        errors.append(("kind", f"this issuer may sign {', '.join(terms.record.kinds)}"))
    errors += [(name, f"a {kind} has no such field") for name in _foreign(stated, kind)]
    number = _written({1: PASS_NUMBER}, stated, terms.zone, errors)
    holder = _written(HOLDERS, stated, terms.zone, errors, required=kind not in BEARER or _names_holder(stated))
    scope = _written(SCOPES[kind], stated, terms.zone, errors)
    begins, expires = _period(stated, terms, errors)
    if errors or expires is None:
        return None, errors
    draft = Draft(kind, number["number"], holder, scope, expires, begins)
    try:
        issue.claims(draft, terms.record.issuer, int(terms.now), bytes(8), (0, 0))
    except Malformed as error:  # what no field alone shows
        return None, [("", str(error))]
    return draft, []


def _foreign(stated: Mapping[str, str], kind: str) -> list[str]:
    mine = {one.name for one in SCOPES[kind].values()}
    return [name for name in stated if name in SCOPE_COLUMNS and name not in mine]


def _names_holder(stated: Mapping[str, str]) -> bool:
    return any(name in stated for name in HOLDER_COLUMNS)


def _written(
    fields: Mapping[int, Field],
    stated: Mapping[str, str],
    zone: int,
    errors: list[tuple[str, str]],
    required: bool = True,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields.values():
        if one.name in stated:
            try:
                found[one.name] = one.write(stated[one.name], zone)
            except ValueError as error:
                errors.append((one.name, str(error)))
        elif one.required and required:
            errors.append((one.name, "is missing"))
    return found


def _period(stated: Mapping[str, str], terms: Terms, errors: list[tuple[str, str]]) -> tuple[int | None, int | None]:
    """(nbf, exp); a date alone counts whole."""
    found: dict[str, int] = {}
    for name in ("valid_from", "valid_until"):
        try:
            if name in stated:
                found[name] = moment(stated[name], terms.zone, ends=name == "valid_until")
        except ValueError as error:
            errors.append((name, str(error)))
    begins, expires = found.get("valid_from"), found.get("valid_until")
    if expires is None:
        if "valid_until" not in stated:
            errors.append(("valid_until", "is missing"))
    elif expires <= terms.now:
        errors.append(("valid_until", "is over already"))
    elif terms.record.not_after is not None and expires > terms.record.not_after:
        errors.append(("valid_until", "is later than the end of the issuer's key"))
    elif begins is not None and begins >= expires:
        errors.append(("valid_from", "is not before valid_until"))
    return begins, expires
