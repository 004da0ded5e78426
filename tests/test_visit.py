"""Visits: one per person, whatever the code's text; pieces joined in time; nothing personal kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.visit import (
    FIXTURE_SECONDS,
    HELD_GAP,
    HELD_SECONDS,
    MOST_PIECES_CHARACTERS,
    MOST_REMEMBERED,
    ONE_HAND_SECONDS,
    PIECES_SECONDS,
    SAME_VISIT,
    Decoys,
    Pieces,
    Visits,
    piece,
)


def test_a_pass_held_in_view_for_a_minute_is_one_visit() -> None:
    visits = Visits()
    assert visits.begins("text", "id", 0.0) == 1
    assert all(visits.goes_on("text", now / 10) for now in range(600))


def test_the_same_pass_in_another_text_is_the_same_visit_as_long_as_either_is_in_view() -> None:
    visits = Visits()
    assert visits.begins("text", "id", 0.0) == 1
    for now in range(1, 11):
        assert visits.goes_on("text", float(now))
    assert visits.begins("other text", "id", 11.0) is None
    assert visits.goes_on("other text", 13.0)


def test_a_pass_that_was_away_longer_is_a_new_visit() -> None:
    visits = Visits()
    visits.begins("text", "id", 0.0)
    assert not visits.goes_on("text", SAME_VISIT + 0.1)
    assert visits.begins("text", "id", SAME_VISIT + 0.1) == 2


def test_two_passes_are_two_visits() -> None:
    visits = Visits()
    assert (visits.begins("a", "id a", 0.0), visits.begins("b", "id b", 0.1)) == (1, 2)


def test_a_look_that_began_before_the_verdict_does_not_end_the_visit() -> None:
    visits = Visits()
    visits.begins("text", "id", 100.0)
    visits.forget(99.0)
    assert visits.goes_on("text", 99.5)


def test_what_is_remembered_is_bounded_and_forgotten() -> None:
    visits = Visits()
    for number in range(5 * MOST_REMEMBERED):
        visits.begins(f"text {number}", f"id {number}", 1.0)
    assert len(visits) <= MOST_REMEMBERED
    visits.forget(1.0 + SAME_VISIT + 1)
    assert len(visits) == 0


def test_no_text_and_no_pass_id_is_kept_in_clear() -> None:
    visits, decoys = Visits(), Decoys()
    visits.begins("Nguyen Bao Duy", "hcert-0123", 0.0)
    decoys.deserves_answer("Nguyen Bao Duy", 0.0)
    kept = f"{visits._visit_of} {visits._last} {decoys._seen}"
    assert "Nguyen" not in kept
    assert "0123" not in kept
    assert Visits().key("x") != Visits().key("x"), "the key dies with the process"


@pytest.mark.parametrize("text", ["\ud800", b"\xff\x00", "", "a\x00b"])
def test_any_text_can_begin_a_visit(text: str | bytes) -> None:
    visits = Visits()
    assert visits.begins(text, None, 0.0) == 1
    assert visits.goes_on(text, 0.1)


@given(st.permutations([1, 2, 3, 4]))
def test_pieces_in_any_order_give_the_pass(order: list[int]) -> None:
    pieces = Pieces()
    joined = [pieces.add(f"shc:/{number}/4/{number}{number}", now) for now, number in enumerate(order)]
    assert joined[:3] == [None] * 3
    assert joined[3] is not None
    assert joined[3].text == "shc:/1/4/11\nshc:/2/4/22\nshc:/3/4/33\nshc:/4/4/44"
    assert pieces.read == 0


def test_a_piece_that_stays_in_view_counts_once() -> None:
    pieces = Pieces()
    for now in range(5):
        assert pieces.add("shc:/1/3/11", float(now)) is None
        assert (pieces.read, pieces.total) == (1, 3)


def test_pieces_are_dropped_when_the_next_one_does_not_come() -> None:
    pieces = Pieces()
    pieces.add("shc:/1/2/11", 0.0)
    assert not pieces.expire(PIECES_SECONDS)
    assert pieces.expire(PIECES_SECONDS + 0.1)
    assert pieces.add("shc:/2/2/22", PIECES_SECONDS + 0.2) is None


@pytest.mark.parametrize("other", ["shc:/1/2/99", "shc:/2/3/22"])
def test_a_piece_of_another_pass_begins_anew(other: str) -> None:
    pieces = Pieces()
    pieces.add("shc:/1/2/11", 0.0)
    assert pieces.add(other, 1.0) is None
    assert pieces.replaced
    assert pieces.read == 1


def test_pieces_with_a_long_pause_between_them_may_come_from_two_people() -> None:
    pieces = Pieces()
    pieces.add("shc:/1/2/11", 0.0)
    joined = pieces.add("shc:/2/2/22", ONE_HAND_SECONDS + 1)
    assert joined is not None
    assert not joined.one_hand


def test_pieces_of_any_size_take_bounded_memory() -> None:
    pieces = Pieces()
    for number in range(1, 90):
        pieces.add(f"shc:/{number}/90/" + "1" * 7000, float(number) / 10)
        assert sum(map(len, pieces._parts.values())) <= MOST_PIECES_CHARACTERS


@pytest.mark.parametrize(
    "text",
    ["shc:/0/2/1", "shc:/3/2/1", "shc:/1/2/", "shc:/1/2/x", "shc:/100/100/1", "shc:/1", "SHC:/1/2/1", b"shc:/1/2/1"],
)
def test_what_is_no_piece_is_not_gathered(text: str | bytes) -> None:
    assert piece(text) is None


def test_a_code_that_is_no_pass_is_answered_once_when_it_is_held_up_and_not_when_it_passes_by() -> None:
    decoys = Decoys()
    answers = [decoys.deserves_answer("poster", now / 10) for now in range(100)]
    assert answers.count(True) == 1
    assert answers.index(True) / 10 >= HELD_SECONDS - 0.05
    passing = Decoys()
    assert not any(passing.deserves_answer("bus", now * (HELD_GAP + 0.1)) for now in range(20))


def test_a_poster_that_was_covered_by_a_person_is_not_answered_again() -> None:
    decoys = Decoys()
    first = [decoys.deserves_answer("poster", now / 10) for now in range(20)]
    again = [decoys.deserves_answer("poster", 60 + now / 10) for now in range(20)]
    later = [decoys.deserves_answer("poster", 70 + 2 * FIXTURE_SECONDS + now / 10) for now in range(20)]
    assert (any(first), any(again), any(later)) == (True, False, True)
