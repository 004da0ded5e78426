"""A table as spreadsheets write it: UTF-8, commas, semicolons or tabs, and what they add around it left out.

Rows are counted as a spreadsheet counts them. Quoting is read strictly: a quotation mark that is never closed would
swallow the rows behind it.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from checkpoint.authority import Refused

MAX_FILE = 64 * 1024 * 1024  # bytes
MAX_ROWS = 100_000
_SEPARATOR = re.compile(r"sep=(.)\r?\n")  # a first line of Excel's own; it does not count it as a row
# What Excel shows instead of a long number, of a formula that failed, and of a column that is too narrow.
_SPOILT = re.compile(r"\d+(?:[.,]\d+)?E\+\d+|#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|#{3,}")

Cells = tuple[int, Mapping[str, str]]


def read(data: bytes, columns: Sequence[str]) -> Iterator[Cells]:
    """(row, column: words) of every row below the header; cells beyond it under "". Raises Refused."""
    if len(data) > MAX_FILE:
        raise Refused(f"the table is larger than {MAX_FILE} bytes", "split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"the table is not UTF-8 at byte {error.start}", "save it as CSV UTF-8") from None
    rows = _rows(text)
    above, header = next(rows, (0, []))
    names = _names(header, columns)
    for row, cells in rows:
        if row - above > MAX_ROWS:
            raise Refused(f"the table has more than {MAX_ROWS} rows", "split it")
        more = " ".join(cells[len(names) :]).strip()
        yield row, dict(zip(names, cells, strict=False)) | ({"": more} if more else {})


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not empty, the header first; raises Refused where the quoting does not hold."""
    stated = _SEPARATOR.match(text)
    text = text[stated.end() :] if stated else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=stated[1] if stated else _delimiter(text), strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            if any(one.strip() for one in cells):
                yield row, cells
    except csv.Error as error:
        hint = 'is a quotation mark (") opened there and not closed? save it as CSV UTF-8'
        raise Refused(f"row {row + 1}: the table cannot be read: {error}", hint) from None


def _delimiter(text: str) -> str:
    first = next((line for line in io.StringIO(text) if line.strip(" ,;\t\r\n")), "")
    return max(",;\t", key=first.count)


def _names(header: list[str], columns: Sequence[str]) -> list[str]:
    """The columns of a table; raises Refused for a header that is not understood."""
    names = [one.strip().lower().replace(" ", "_") for one in header]
    while names and not names[-1]:
        names.pop()
    unknown = [one for one in names if one not in columns]
    if unknown or len(set(names)) != len(names):
        named = f"unknown columns: {', '.join(map(repr, unknown[:5]))}" if unknown else "a column stands there twice"
        raise Refused(f"header: {named}", f"columns: {', '.join(columns)}")
    return names


def is_spoilt(cell: str) -> bool:
    """Whether a spreadsheet wrote something else than what somebody had typed."""
    return _SPOILT.fullmatch(cell.strip()) is not None
