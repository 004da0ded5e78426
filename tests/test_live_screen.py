"""The terminal's live screen: whose verdict stands on it, and for how long."""

import io
import time
from typing import Any

import pytest
from test_kiosk_app import NAMED, verdict

from checkpoint import events
from checkpoint.kiosk import machine
from checkpoint.kiosk.desk import Desk
from checkpoint.kiosk.pin import Pins
from checkpoint.kiosk.states import HOLD, Event, Kind, State, Step
from checkpoint.model import Outcome, Reason
from checkpoint.present.door import SHOWN_SECONDS, JsonLines, LiveScreen
from checkpoint.station import Station
from checkpoint.verdict import Verdict
from checkpoint.visit import PIECES_SECONDS
from checkpoint.words import say

ADMIT = say("en", "outcome.admit")
NAME = "Duy"
NIGHT = 8 * 3600.0


def named(reason: Reason = Reason.OK) -> Verdict:
    return verdict(reason, NAMED)


class Screen:
    """A live screen under a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.out = io.StringIO()
        self.live = LiveScreen("en", self.out, sound=False, clock=lambda: self.now)

    def gets(self, *told: events.Event) -> str:
        for one in told:
            self.live.show(one)
        return self.shown

    @property
    def shown(self) -> str:
        return self.out.getvalue().rpartition("\x1b[H")[2]


def admitted(visit: int = 1) -> tuple[events.Judged, events.Undone]:
    one = named()
    return events.Judged(one, visit, 0.0), events.Undone(one, visit)


def test_a_verdict_and_the_name_in_it_leave_the_screen_when_their_time_is_over() -> None:
    screen = Screen()
    shown = screen.gets(admitted()[0])
    assert ADMIT in shown
    assert NAME in shown
    screen.now += SHOWN_SECONDS[Outcome.ADMIT]
    assert NAME not in screen.gets(events.Tick(screen.now))


def test_a_verdict_that_was_taken_back_is_no_longer_shown_nor_among_the_last_ones() -> None:
    screen = Screen()
    judged, undone = admitted()
    screen.gets(judged)
    shown = screen.gets(undone)
    assert NAME not in shown
    assert say("en", "scan.undone", ADMIT) in shown
    assert ADMIT not in shown.replace(say("en", "scan.undone", ADMIT), "").replace(screen.live.totals(), "")


def test_what_was_taken_back_after_its_time_leaves_the_verdict_before_it_among_the_last_ones() -> None:
    screen = Screen()
    screen.gets(events.Judged(named(Reason.EXPIRED), 1, 0.0))
    judged, undone = admitted(2)
    screen.gets(judged)
    screen.now += SHOWN_SECONDS[Outcome.ADMIT]
    shown = screen.gets(events.Tick(screen.now), undone)
    assert say("en", f"title.{Reason.EXPIRED.word}") in shown


@pytest.mark.parametrize("next_one", [events.Ready(), events.Progress(1, 2, 200.0)])
def test_the_next_person_is_not_shown_under_the_verdict_of_the_one_before(next_one: events.Event) -> None:
    screen = Screen()
    assert NAME in screen.gets(admitted()[0])
    assert NAME not in screen.gets(next_one)


def test_a_gate_that_reads_json_is_not_told_of_an_undo_but_the_officer_is() -> None:
    out, aside = io.StringIO(), io.StringIO()
    lines = JsonLines("en", out, aside)
    judged, undone = admitted()
    lines.show(judged)
    lines.show(undone)
    assert len(out.getvalue().splitlines()) == 1
    assert say("en", "scan.undone", ADMIT) in aside.getvalue()


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Close the laptop for a night: only the clock that counts suspended time goes on."""
    real = time.clock_gettime
    slept = [0.0]
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    if boot is None:
        pytest.skip("this system has no clock that counts suspended time")
    monkeypatch.setattr(time, "clock_gettime", lambda which: real(which) + (slept[0] if which == boot else 0.0))
    return lambda: slept.__setitem__(0, NIGHT)


def test_a_laptop_that_was_closed_shows_no_verdict_of_yesterday(asleep: Any) -> None:
    out = io.StringIO()
    live = LiveScreen("en", out, sound=False)
    live.show(admitted()[0])
    asleep()
    live.show(events.Tick(0.0))
    assert NAME not in out.getvalue().rpartition("\x1b[H")[2]


def test_a_kiosk_that_slept_opens_no_gate_for_the_visitor_of_yesterday(asleep: Any, tmp_path: Any) -> None:
    from checkpoint.trust.clock import uptime

    opened: list[int] = []

    class Turnstile:
        def open(self, visit: int) -> None:
            opened.append(visit)

    desk = Desk(machine.begin(uptime(), "en", attended=True), Pins(tmp_path / "pins.json", uptime()), gate=Turnstile())
    desk.take(Event(Kind.STARTED))
    desk.judged(named(), 1)
    assert (desk.situation.state, desk.situation.step) == (State.VERDICT, Step.IDENTITY)
    asleep()
    desk.take(Event(Kind.MATCH))
    assert desk.situation.state is State.READY
    assert opened == []
    assert max(HOLD.values()) < NIGHT


def test_a_piece_of_yesterdays_card_is_not_joined_with_one_of_today(asleep: Any) -> None:
    class Nobody:
        def verify(self, text: Any, *, policy: str | None = None) -> Verdict:
            raise AssertionError("nothing is whole")

    from checkpoint.readers.code import Code
    from checkpoint.readers.events import Looked

    station = Station(Nobody())
    found = list(station.take(Looked("camera", 0.0, (Code(b"shc:/1/2/5676", "QRCode"),))))
    assert any(isinstance(one, events.Progress) for one in found)
    asleep()
    found = list(station.take(Looked("camera", 0.0, (Code(b"shc:/2/2/5676", "QRCode"),))))
    assert events.ProgressEnded(events.Ending.TOO_LATE) in found
    assert PIECES_SECONDS < NIGHT
