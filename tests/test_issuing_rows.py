"""A table of passes: what is read, and how every error is told with its row and column."""

import csv
import io
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from issuing import VIET_NAM, cells, csv_of, day

from checkpoint.authority import Refused
from checkpoint.authority.issuing import rows
from checkpoint.authority.issuing import table as tables
from checkpoint.authority.issuing.rows import Terms
from checkpoint.trust.records import Record

NOW = time.time()
RECORD = Record("AAAAAAAAAAA=", "native", b"", issuer="hcm.gov.vn", not_after=NOW + 900 * 86400, revocation="permits")
TERMS = Terms(RECORD, NOW, VIET_NAM)
PERMIT = {"kind": "travel-permit", "colour": "", "category": "Lái xe"}
TEST = {
    "kind": "test",
    "colour": "",
    "method": "pcr",
    "result": "negative",
    "sampled": day(-1),
    "laboratory": "Pasteur",
}


def errors(*found: dict[str, str], terms: Terms = TERMS) -> list[str]:
    return [str(one) for one in rows.read(csv_of(*found), terms).errors]


def test_a_good_table_has_no_errors_and_keeps_its_order() -> None:
    found = rows.read(csv_of(cells(), cells(**PERMIT, number="P-1"), cells(**TEST, number="T-1")), TERMS)
    assert not found.errors
    assert [(one.row, one.draft.kind) for one in found.rows] == [(2, "card"), (3, "travel_permit"), (4, "test")]


WRONG = {
    "row 2, kind: one of travel_permit, test, card, ticket, badge": cells(kind="visa"),
    "row 2, number: is missing": cells(number=""),
    "row 2, number: at most 32 characters, not 33": cells(number="9" * 33),
    "row 2, name: is missing": cells(name=""),
    "row 2, name: text without control characters": cells(name="a\x00b"),
    "row 2, birth_date: a date of birth that the calendar has": cells(birth_date="1983-02-30"),
    "row 2, birth_date: a date of birth as 1983-10-10, 1983-10 or 1983": cells(birth_date="10/10/1983"),
    "row 2, valid_until: is missing": cells(valid_until=""),
    "row 2, valid_until: is over already": cells(valid_until=day(-2)),
    "row 2, valid_until: is later than the end of the issuer's key": cells(valid_until=day(901)),
    "row 2, valid_until: a date as 2026-12-31": cells(valid_until="31/12/2026"),
    "row 2, valid_from: is not before valid_until": cells(valid_from=day(40)),
    "row 2, colour: one of green, yellow": cells(colour="red"),
    "row 2, colour: is missing": cells(colour=""),
    "row 2, route: a card has no such field": cells(route="x"),
    "row 2, category: is missing": cells(kind="travel_permit", colour=""),
    "row 2, hours: hours as": cells(**PERMIT, hours="all day"),
    "row 2, method: one of pcr, rapid_antigen": cells(**{**TEST, "method": "swab"}),
    "row 2, sampled: a date as": cells(**{**TEST, "sampled": "yesterday"}),
}


@pytest.mark.parametrize("expected", WRONG)
def test_what_is_wrong_is_named_by_row_and_column(expected: str) -> None:
    (said,) = errors(WRONG[expected])
    assert said.startswith(expected)


def test_every_error_of_every_row_is_told_at_once() -> None:
    found = errors(
        cells(colour="red", valid_until=""), cells(number="C-2"), cells(name="", number=""), cells(number="C-2")
    )
    assert [one.partition(":")[0] for one in found] == [
        "row 2, colour",
        "row 2, valid_until",
        "row 4, number",
        "row 4, name",
        "row 5, number",
    ]
    assert found[-1].endswith("the number of row 3 again")


def test_a_ticket_needs_no_holder_but_half_a_holder_is_none() -> None:
    ticket = {"kind": "ticket", "colour": "", "event": "Đêm nhạc", "name": ""}
    assert errors(cells(**ticket)) == []
    assert errors(cells(**ticket, birth_date="1983")) == ["row 2, name: is missing"]


def test_the_kind_of_the_command_stands_where_a_row_says_none() -> None:
    found = rows.read(csv_of(cells(kind="")), _terms("card"))
    assert [one.draft.kind for one in found.rows] == ["card"]
    assert errors(cells(kind="ticket", colour="", event="x"), terms=_terms("card")) == []


def _terms(kind: str) -> Terms:
    return Terms(RECORD, NOW, VIET_NAM, kind)


@pytest.mark.parametrize("form", ["semicolons", "mark", "windows lines", "spaces in the header", "empty lines"])
def test_tables_are_read_as_offices_write_them(form: str) -> None:
    data = csv_of(cells())
    found = {
        "semicolons": data.replace(b'","', b'";"').replace(b",", b";"),
        "mark": "\ufeff".encode() + data,
        "windows lines": data.replace(b"\n", b"\r\n"),
        "spaces in the header": data.replace(b"valid_until", b" Valid Until "),
        "empty lines": data + b",,,,\n\n",
    }[form]
    table = rows.read(found, TERMS)
    assert not table.errors
    assert len(table.rows) == 1
    assert table.rows[0].draft.holder == {"name": "Trần Thị Bình"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no rows"),
        (b"number,valid_until\n", "no rows"),
        (b"number,colour,nonsense\n1,green,x\n", "unknown columns: 'nonsense'"),
        (b"number,number\n1,1\n", "twice"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"number\n" + b'"' + b"x" * 200_000 + b'"\n', "cannot be read"),
        (b"x" * (tables.MAX_FILE + 1), "larger than"),
        (b"number\n" + b"1\n" * (tables.MAX_ROWS + 1), "more than 100000 rows"),
    ],
    ids=["empty", "header", "unknown", "twice", "utf-16", "cell", "bytes", "rows"],
)
def test_a_table_that_is_none_is_refused_as_a_whole(data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        rows.read(data, TERMS)


def test_a_row_with_more_cells_than_the_header_is_an_error() -> None:
    data = csv_of(cells()).rstrip(b"\n") + b',"x"\n'
    assert [str(one) for one in rows.read(data, TERMS).errors] == ["row 2: more cells than the header has"]


def test_cells_on_several_lines_do_not_shift_the_numbers_of_rows() -> None:
    found = errors(cells(name="Trần\nThị Bình"), cells(number="C-2", colour="red"))
    assert [one.partition(",")[0] for one in found] == ["row 3"]


def test_dates_count_whole_in_the_zone_of_the_issuer() -> None:
    then = Terms(RECORD, datetime(2026, 11, 1, tzinfo=UTC).timestamp(), VIET_NAM)
    (one,) = rows.read(csv_of(cells(valid_from="2026-12-01", valid_until="2026-12-31")), then).rows
    assert one.draft.begins == datetime(2026, 11, 30, 17, tzinfo=UTC).timestamp()
    assert one.draft.expires == datetime(2026, 12, 31, 17, tzinfo=UTC).timestamp()


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(rows.COLUMNS), st.text(max_size=12), max_size=8), max_size=4))
def test_no_table_however_odd_makes_a_traceback_or_a_pass_that_stations_refuse(found: list[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows.COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(found)
    try:
        table = rows.read(out.getvalue().encode("utf-8", "replace"), TERMS)
    except Refused:
        return
    assert len(table.rows) + len({one.row for one in table.errors}) >= 1


HEADER = "kind,number,colour,valid_until,name\n"
ONE = "card,C-1,green,2026-12-31,An\n"


@pytest.mark.parametrize(
    "after",
    [
        'card,C-2,green,2026-12-31,"Bình\ncard,C-3,green,2026-12-31,An\n',
        'card,C-2,green,2026-12-31,"Bình\ncard,C-3,green,2026-12-31,"Quận 7, 5"\n',
        'card,C-2,green,2026-12-31,"Bình" An\n',
        'card,C-2,green,2026-12-31,"' + "Bình\n" * 40_000,
    ],
    ids=["to the end", "to the next mark", "text behind it", "longer than a cell"],
)
def test_a_quotation_mark_that_is_never_closed_swallows_no_row(after: str) -> None:
    with pytest.raises(Refused, match="row 3: the table cannot be read") as refused:
        rows.read((HEADER + ONE + after).encode(), TERMS)
    assert "quotation mark" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (HEADER.replace("\n", ",,\n") + ONE.replace("\n", ",,\n"), 2),
        (HEADER.replace("\n", ",,\n") + ONE, 2),
        ("sep=;\r\n" + (HEADER + ONE).replace(",", ";"), 2),
        ("sep=,\n" + HEADER + ONE, 2),
        ((HEADER + ONE).replace(",", "\t"), 2),
        ("\n" + HEADER + ONE, 3),
        (",,,,\r\n\r\n" + HEADER + "\n" + ONE, 5),
    ],
    ids=["empty columns", "shorter rows", "sep=;", "sep=,", "tabs", "a row above", "rows above"],
)
def test_what_spreadsheets_add_around_a_table_is_no_part_of_it(text: str, row: int) -> None:
    table = rows.read(text.encode(), TERMS)
    assert not table.errors
    assert [(one.row, one.draft.number) for one in table.rows] == [(row, "C-1")]


def test_a_cell_below_a_column_without_a_name_is_an_error() -> None:
    data = (HEADER.replace("\n", ",,\n") + ONE.replace("\n", ",,x\n")).encode()
    assert [str(one) for one in rows.read(data, TERMS).errors] == ["row 2: more cells than the header has"]


@pytest.mark.parametrize(
    "broken", ["7.9083E+10", "7,9083E+10", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "####"]
)
def test_what_a_spreadsheet_spoilt_is_no_number_and_no_name(broken: str) -> None:
    (said,) = errors(cells(document=broken))
    assert said.startswith("row 2, document: the spreadsheet spoilt this cell")
    assert errors(cells(number=broken))[0].startswith("row 2, number: the spreadsheet spoilt this cell")


@pytest.mark.parametrize("kept", ["079083000123", "00012", "E+10", "#7", "12E4", "59-X1 123.45"])
def test_numbers_with_leading_zeros_and_signs_stay_as_written(kept: str) -> None:
    table = rows.read(csv_of(cells(number=kept)), TERMS)
    assert [one.draft.number for one in table.rows] == [kept]
