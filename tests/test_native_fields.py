"""The fields of a native pass one by one: what people write, what stands on the wire, and when a permit is open."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.codec.errors import Malformed
from checkpoint.formats.native import content, hours
from checkpoint.formats.native.content import HOLDERS, SCOPES
from checkpoint.formats.native.fields import moment
from checkpoint.formats.native.hours import Hours, Window

VIET_NAM = 420


def at(text: str) -> float:
    """Seconds since 1970 of a time in Viet Nam."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=7)).timestamp()


@pytest.mark.parametrize(
    ("words", "wire", "shown"),
    [
        ("06:00-18:00", [420, [360, 1080]], "06:00-18:00"),
        ("6:00 – 18:00", [420, [360, 1080]], "06:00-18:00"),
        ("00:00-24:00", [420, [0, 1440]], "00:00-24:00"),
        ("22:00-04:00", [420, [1320, 240]], "22:00-04:00"),
        ("Mo-Fr 06:00-18:00, Sa 06:00-12:00", [420, [360, 1080, 31], [360, 720, 32]], None),
        ("mo,we 06:00-18:00", [420, [360, 1080, 5]], "Mo,We 06:00-18:00"),
        ("Sa-Mo 06:00-18:00", [420, [360, 1080, 97]], "Mo,Sa,Su 06:00-18:00"),
        ("Mo-Su 06:00-18:00", [420, [360, 1080]], "06:00-18:00"),
    ],
)
def test_hours_go_from_words_to_the_wire_and_back(words: str, wire: list[object], shown: str | None) -> None:
    assert hours.wire(words, VIET_NAM) == wire
    assert hours.read(wire).text == (shown or words)


@pytest.mark.parametrize(
    "words",
    [
        *("", "6-18", "06:00", "06:00-06:00", "24:00-06:00", "06:00-24:30", "06:60-18:00", "Xx 06:00-18:00"),
        *("06:00-18:00, " * 4 + "06:00-18:00", "Mo- 06:00-18:00x", "Thứ 06:00-18:00"),
    ],
)
def test_hours_that_mean_nothing_are_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match=r"hours|windows|days|start"):
        hours.wire(words, VIET_NAM)


@pytest.mark.parametrize(
    "wire",
    [
        *(None, {}, [], [420], [420, []], [420, [1]], [420, [360, 1080, 31, 0]], [True, [1, 2]], ["420", [1, 2]]),
        *([841, [1, 2]], [-721, [1, 2]], [420, [-1, 60]], [420, [1440, 60]], [420, [60, 1441]], [420, [60, 0]]),
        *([420, [60, 60]], [420, [60, 90, 0]], [420, [60, 90, 127]], [420, [60, 90, 128]], [420, [60.0, 90]]),
        *([420, [60, True]], [420, *([[60, 90]] * 5)], [420, 60, 90]),
    ],
)
def test_hours_with_another_shape_are_malformed(wire: object) -> None:
    with pytest.raises(Malformed):
        hours.read(wire)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2022-04-15 05:59:59", "2022-04-15 06:00"),
        ("2022-04-15 06:00", "2022-04-15 06:00"),
        ("2022-04-15 17:59:59", "2022-04-15 17:59:59"),
        ("2022-04-15 18:00", "2022-04-15 22:00"),
        ("2022-04-15 23:59", "2022-04-15 23:59"),
        ("2022-04-16 03:59", "2022-04-16 03:59"),  # the night of Friday
        ("2022-04-16 04:00", "2022-04-18 06:00"),  # Saturday and Sunday are closed
        ("2022-04-18 03:00", "2022-04-18 06:00"),  # and so is the night of Sunday
    ],
)
def test_the_next_opening_is_found_over_nights_and_weekends(now: str, opens: str) -> None:
    found = hours.read(hours.wire("Mo-Fr 06:00-18:00, Mo-Fr 22:00-04:00", VIET_NAM))
    assert found.next_open(at(now)) == at(opens)


def test_every_moment_agrees_with_looking_at_the_clock_minute_by_minute() -> None:
    chance = random.Random(7)
    for _ in range(60):
        window = Window(chance.randrange(1440), chance.randrange(1, 1441), chance.randrange(1, 128))
        if window.start == window.end:
            continue
        found = Hours(chance.choice((-300, 0, 420, 840)), (window,))
        start = chance.randrange(0, 2_000_000_000)
        opens = found.next_open(start)
        assert opens >= start
        assert _is_open(found, opens)
        for moment_before in range(start, min(int(opens), start + 7 * 86400), 1800):
            assert not _is_open(found, moment_before)


def _is_open(found: Hours, seconds: float) -> bool:
    """By the calendar: today's window, or the one that began yesterday."""
    local = datetime.fromtimestamp(seconds, UTC) + timedelta(minutes=found.zone)
    (window,) = found.windows
    minute = local.hour * 60 + local.minute
    today, yesterday = (window.days >> (local.weekday() - back) % 7 & 1 for back in (0, 1))
    if window.end > window.start:
        return bool(today) and window.start <= minute < window.end
    return (bool(today) and minute >= window.start) or (bool(yesterday) and minute < window.end)


@pytest.mark.parametrize(
    ("words", "ends", "expected"),
    [
        ("2026-12-31", False, "2026-12-31 00:00"),
        ("2026-12-31", True, "2027-01-01 00:00"),
        ("2026-12-31 08:30", True, "2026-12-31 08:30"),
        ("2026-12-31T08:30+07:00", False, "2026-12-31 08:30"),
        ("2026-12-31T01:30Z", False, "2026-12-31 08:30"),
    ],
)
def test_a_date_counts_whole_and_a_time_without_a_zone_is_local(words: str, ends: bool, expected: str) -> None:
    assert moment(words, VIET_NAM, ends) == at(expected)


@pytest.mark.parametrize("words", ["", "31/12/2026", "2026-02-30", "tomorrow", "1969-01-01", "2026-12-31 25:00"])
def test_a_time_that_is_none_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match=r"2026-12-31|1970"):
        moment(words, VIET_NAM)


@pytest.mark.parametrize("words", ["83-10-10", "1983-1-1", "1983-00-10", "1983-02-30", "10/10/1983", "1983-10-", "x"])
def test_a_date_of_birth_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="date of birth"):
        HOLDERS[2].write(words, 0)


@pytest.mark.parametrize("words", ["1983-10-10", "1983-10", "1983"])
def test_a_date_of_birth_keeps_the_precision_it_was_stated_at(words: str) -> None:
    assert HOLDERS[2].show(HOLDERS[2].read(HOLDERS[2].write(words, 0))) == words


@given(st.text(max_size=60))
def test_whatever_text_can_be_written_can_be_read_and_nothing_else(words: str) -> None:
    field = HOLDERS[1]
    try:
        wire = field.write(words, 0)
    except ValueError:
        return
    assert field.read(wire) == wire
    assert wire.split() == wire.split(" ")


def test_text_is_composed_and_its_spaces_are_single() -> None:
    assert HOLDERS[1].write("  Nguye\u0302\u0303n \t Duy ", 0) == "Nguyễn Duy"


def test_a_word_is_read_however_it_is_spelt_and_its_list_is_told() -> None:
    method = SCOPES["test"][1]
    assert method.write("Rapid-antigen", 0) == method.write("rapid antigen", 0) == 2
    with pytest.raises(ValueError, match="pcr, rapid_antigen"):
        method.write("swab", 0)


def test_every_kind_has_its_fields_and_its_words() -> None:
    assert set(SCOPES) == set(content.KINDS.values())
    for kind, fields in SCOPES.items():
        assert any(one.required for one in fields.values()), kind
        assert len({one.name for one in fields.values()}) == len(fields)
        assert not {one.name for one in fields.values()} & {"kind", "number", "name", "birth_date", "document"}
