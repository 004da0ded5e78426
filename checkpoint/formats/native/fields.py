"""One field of a native pass: how it stands on the wire, how people write it, what it is called (section 5)."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import is_normalized, normalize

from checkpoint.codec.errors import Malformed
from checkpoint.formats.fields import EPOCH_LIMIT
from checkpoint.formats.native import hours

Fact = str | int


def _same(value: Fact) -> Fact:
    return value


class Field(NamedTuple):
    """`read` checks a value on the wire (raises Malformed), `show` makes the fact of it, when somebody looks.

    `write` gives the value for what people write, in a time zone in minutes east of UTC; raises ValueError, whose text
    is for people.
    """

    name: str
    read: Callable[[Any], Any]
    write: Callable[[str, int], Any]
    required: bool = False
    help: str = ""
    show: Callable[[Any], Fact] = _same


def text(name: str, limit: int, required: bool = False) -> Field:
    """One line of at most `limit` characters, NFC, printable, no space at its ends."""

    def read(value: Any) -> str:
        if type(value) is str and 0 < len(value) <= limit and value.isprintable():
            plain = value.isascii() or is_normalized("NFC", value)
            if plain and value[0] != " " and value[-1] != " ":
                return value
        raise Malformed(f"pass: {name}")

    def write(words: str, zone: int) -> str:
        found = normalize("NFC", " ".join(words.split()))
        if not found or not found.isprintable():
            raise ValueError("text without control characters")
        if len(found) > limit:
            raise ValueError(f"at most {limit} characters, not {len(found)}")
        return found

    return Field(name, read, write, required, f"text, {limit} characters")


def word(name: str, values: Mapping[int, str], required: bool = False) -> Field:
    """One of a few words, a small number on the wire."""
    numbers = {one: number for number, one in values.items()}

    def read(value: Any) -> str:
        found = values.get(value) if type(value) is int else None
        if found is None:
            raise Malformed(f"pass: {name}")
        return found

    def write(words: str, zone: int) -> int:
        found = numbers.get(words.strip().lower().replace("-", "_").replace(" ", "_"))
        if found is None:
            raise ValueError(f"one of {', '.join(numbers)}")
        return found

    return Field(name, read, write, required, ", ".join(numbers))


def time(name: str, required: bool = False) -> Field:
    """A moment: whole seconds since 1970 UTC."""

    def read(value: Any) -> int:
        if type(value) is not int or not 0 <= value < EPOCH_LIMIT:
            raise Malformed(f"pass: {name}")
        return value

    return Field(name, read, moment, required, "date and time, 2026-12-31 08:00", _show_time)


def _show_time(value: int) -> str:
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(words: str, zone: int, ends: bool = False) -> int:
    """Seconds since 1970 of a date or a date with a time; `ends`: a date alone means its last moment, not its first.

    Raises ValueError. Without a zone of its own the time is in `zone`, minutes east of UTC.
    """
    stated = words.strip()
    try:
        found = datetime.fromisoformat(stated)
    except ValueError:
        raise ValueError("a date as 2026-12-31, or with a time: 2026-12-31 08:00, 2026-12-31T08:00+07:00") from None
    if ends and len(stated) <= 10:
        found += timedelta(days=1)
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone(timedelta(minutes=zone)))
    seconds = int(found.timestamp())
    if not 0 <= seconds < EPOCH_LIMIT:
        raise ValueError("a year from 1970 to 9999")
    return seconds


def born(name: str) -> Field:
    """A date of birth as the number YYYYMMDD; day, or month and day, may be 00 where they are not known."""
    return Field(name, _read_born, _write_born, False, "YYYY-MM-DD, YYYY-MM or YYYY", _show_born)


def _read_born(value: Any) -> int:
    if type(value) is not int or not 10000000 <= value <= 99991231:
        raise Malformed("pass: birth_date")
    return _in_calendar(value)


@lru_cache(maxsize=4096)
def _in_calendar(value: int) -> int:
    year, month, day = value // 10000, value // 100 % 100, value % 100
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise Malformed("pass: birth_date") from None
    if day and not month:
        raise Malformed("pass: birth_date")
    return value


def _show_born(value: int) -> str:
    year, month, day = value // 10000, value // 100 % 100, value % 100
    return "-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part)])


def _write_born(words: str, zone: int) -> int:
    parts = words.strip().split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        raise ValueError("a date of birth as 1983-10-10, 1983-10 or 1983")
    numbers = [*map(int, parts), 0, 0][:3]
    found = numbers[0] * 10000 + numbers[1] * 100 + numbers[2]
    try:
        if any(len(part) != 2 or part == "00" for part in parts[1:]):
            raise Malformed("part")
        _read_born(found)
    except Malformed:
        raise ValueError("a date of birth that the calendar has") from None
    return found


def hours_of_day(name: str) -> Field:
    """The hours in which the pass holds (section 5.4)."""
    return Field(name, hours.read, hours.wire, False, '"Mo-Fr 06:00-18:00, Sa 06:00-12:00"', lambda value: value.text)
