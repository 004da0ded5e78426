"""The kiosk's states: every state against every event, no dead end, and a gate that opens for nothing but an admit."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from checkpoint.kiosk.machine import accepts, allowed, begin, expire, step
from checkpoint.kiosk.states import (
    HOLD,
    IDLE_SECONDS,
    LEAST_SHOWN,
    LIVE,
    MENU_SECONDS,
    MORE_SECONDS,
    PAUSE_SECONDS,
    PIN_SECONDS,
    READING_SECONDS,
    RETRY_SECONDS,
    START_SECONDS,
    STEP_SECONDS,
    STICKY,
    Cause,
    Event,
    Kind,
    Moved,
    Role,
    Situation,
    State,
    Step,
)
from checkpoint.model import Outcome

NOW = 1000.0
LONGEST = max(PAUSE_SECONDS, IDLE_SECONDS)
EVENTS = [
    *(Event(kind) for kind in Kind if kind not in (Kind.JUDGED, Kind.UNLOCK, Kind.BROKEN, Kind.LANGUAGE)),
    *(Event(Kind.JUDGED, outcome=one, step=step, more=more) for one, step, more in product(Outcome, Step, (0, 1))),
    *(Event(Kind.UNLOCK, role=role) for role in Role),
    *(Event(Kind.BROKEN, cause=cause) for cause in Cause),
    *(Event(Kind.LANGUAGE, lang=lang) for lang in ("vi", "en", "")),
]


def ready(attended: bool = False) -> Situation:
    return step(begin(NOW, "vi", attended=attended), Event(Kind.STARTED), NOW).situation


def after(situation: Situation, *events: Event | Kind, now: float = NOW) -> Situation:
    for event in events:
        situation = step(situation, event if isinstance(event, Event) else Event(event), now).situation
    return situation


def judged(outcome: Outcome, what: Step = Step.NONE, *, more: bool = False) -> Event:
    return Event(Kind.JUDGED, outcome=outcome, step=what, more=more)


def menu(situation: Situation, role: Role = Role.OFFICER) -> Situation:
    return after(situation, Kind.ASK_MENU, Event(Kind.UNLOCK, role=role))


def everywhere() -> Iterator[Situation]:
    """Every situation that can be reached in a few steps, found by walking."""
    seen: set[Situation] = set()
    edge = {begin(NOW, "vi", attended=attended, cause=cause) for attended in (False, True) for cause in (None, *Cause)}
    for _ in range(4):
        seen |= edge
        found = (step(one, event, NOW).situation for one in edge for event in EVENTS)
        edge = {one._replace(visit=0) for one in found} - seen
    return iter(sorted(seen | edge, key=repr))


EVERYWHERE = list(everywhere())


def test_the_walk_reaches_every_state_with_and_without_an_officer() -> None:
    assert {(one.state, one.attended) for one in EVERYWHERE} == set(product(State, (False, True)))


def test_every_state_takes_every_event_and_ends_in_time() -> None:
    for before, event in product(EVERYWHERE, EVENTS):
        moved = step(before, event, NOW)
        after_it = moved.situation
        assert NOW < after_it.until <= NOW + LONGEST
        if moved.open_gate:
            assert after_it.outcome is Outcome.ADMIT
            assert after_it.state is State.VERDICT
            assert event.kind in (Kind.JUDGED, Kind.MATCH)
        assert (after_it.outcome is not None) == (after_it.state is State.VERDICT), "a verdict is gone with its state"
        own = Role.OFFICER if before.attended else Role.VISITOR
        assert after_it.role is own or after_it.state is State.MENU


def test_no_state_is_a_dead_end() -> None:
    for start in EVERYWHERE:
        now, one = NOW, start
        for _ in range(4):  # left alone, it comes to rest
            now = one.until
            one = expire(one, now)
        assert one.state in (State.READY, State.OUT_OF_ORDER)
        now += PAUSE_SECONDS
        one = expire(one, now)
        if one.cause in STICKY:  # then staff brings it back
            one = after(one, Kind.ASK_MENU, Event(Kind.UNLOCK, role=Role.ADMIN), Kind.REPAIRED, now=now)
        assert after(one, Kind.STARTED, now=now).state is State.READY


@pytest.mark.parametrize(
    ("situation", "seconds", "then"),
    [
        (begin(NOW, "vi"), START_SECONDS, State.OUT_OF_ORDER),
        (ready(), IDLE_SECONDS, State.READY),
        (after(ready(), Kind.CODE), READING_SECONDS, State.READY),
        (after(ready(), judged(Outcome.ADMIT)), HOLD[Outcome.ADMIT], State.READY),
        (after(ready(), judged(Outcome.REFUSE)), HOLD[Outcome.REFUSE], State.READY),
        (after(ready(True), judged(Outcome.ADMIT, Step.IDENTITY)), STEP_SECONDS, State.READY),
        (after(ready(), Event(Kind.PART, read=1, total=2)), MORE_SECONDS, State.READY),
        (after(ready(), judged(Outcome.CHECK, more=True)), MORE_SECONDS, State.READY),
        (after(menu(ready()), Kind.PAUSE), PAUSE_SECONDS, State.READY),
        (after(menu(ready()), Kind.CLOSE), RETRY_SECONDS, State.OUT_OF_ORDER),
        (after(ready(), Kind.ASK_MENU), PIN_SECONDS, State.READY),
        (menu(ready()), MENU_SECONDS, State.READY),
    ],
    ids=lambda value: value.state.value if isinstance(value, Situation) else str(value),
)
def test_each_state_lasts_as_long_as_it_should(situation: Situation, seconds: float, then: State) -> None:
    assert expire(situation, NOW + seconds - 0.001) == situation
    assert expire(situation, NOW + seconds).state is then


def test_out_of_order_outlasts_everything_but_a_repair() -> None:
    for cause in STICKY:
        broken = after(ready(), Event(Kind.BROKEN, cause=cause))
        for event in EVENTS:
            if event.kind not in (Kind.ASK_MENU, Kind.BROKEN):
                assert after(broken, event).cause is cause
        assert after(menu(broken, Role.ADMIN), Kind.REPAIRED).state is State.READY


def test_an_officer_opens_what_staff_closed_but_not_what_broke() -> None:
    closed = after(menu(ready()), Kind.CLOSE)
    assert after(menu(closed), Kind.REPAIRED).state is State.READY
    broken = after(ready(), Event(Kind.BROKEN, cause=Cause.GATE))
    assert after(menu(broken), Kind.REPAIRED).cause is Cause.GATE


def test_a_camera_that_comes_back_ends_what_its_absence_began() -> None:
    out = expire(begin(NOW, "vi"), NOW + START_SECONDS)
    assert (out.state, out.cause) == (State.OUT_OF_ORDER, Cause.CAMERA)
    assert step(out, Event(Kind.STARTED), out.since + 1).situation.state is State.READY
    assert after(ready(), Kind.LOST).state is State.STARTING


def test_the_menu_is_behind_the_pin_and_its_actions_behind_the_menu() -> None:
    for kind in (Kind.PAUSE, Kind.RESUME, Kind.CLOSE, Kind.REPAIRED):
        for one in EVERYWHERE:
            assert allowed(one, kind) == (one.state is State.MENU and one.role >= Role.OFFICER)
    assert after(ready(), Event(Kind.UNLOCK, role=Role.ADMIN)).state is State.READY
    assert after(ready(), Kind.ASK_MENU, Event(Kind.UNLOCK, role=Role.VISITOR)).state is State.PIN


def test_a_visitor_decides_nothing() -> None:
    asked = after(ready(), judged(Outcome.ADMIT, Step.IDENTITY))
    assert asked.step is Step.NONE, "nobody is beside an unattended kiosk"
    for kind in (Kind.MATCH, Kind.MISMATCH, Kind.DECIDED):
        assert not allowed(asked, kind)


def test_beside_an_officer_the_gate_waits_for_the_comparison_and_opens_once() -> None:
    asked = step(ready(True), judged(Outcome.ADMIT, Step.IDENTITY), NOW)
    assert not asked.open_gate
    matched = step(asked.situation, Event(Kind.MATCH), NOW)
    assert matched.open_gate
    assert not step(matched.situation, Event(Kind.MATCH), NOW).open_gate
    other = step(asked.situation, Event(Kind.MISMATCH), NOW)
    assert (other.open_gate, other.situation.outcome, other.situation.step) == (False, Outcome.CHECK, Step.DECISION)
    assert not step(other.situation, Event(Kind.MATCH), NOW).open_gate
    late = step(asked.situation, Event(Kind.MATCH), NOW + STEP_SECONDS)
    assert not late.open_gate


def test_a_decision_by_hand_opens_no_gate() -> None:
    deciding = after(ready(True), judged(Outcome.REFUSE, Step.DECISION))
    assert step(deciding, Event(Kind.DECIDED), NOW) == Moved(after(deciding, Kind.CANCEL))


def test_a_verdict_is_read_before_the_next_one_replaces_it() -> None:
    shown = after(ready(), judged(Outcome.REFUSE))
    assert not accepts(shown, NOW + LEAST_SHOWN - 0.01)
    assert step(shown, judged(Outcome.ADMIT), NOW + LEAST_SHOWN - 0.01) == Moved(shown)
    assert step(shown, judged(Outcome.ADMIT), NOW + LEAST_SHOWN).open_gate
    waiting = after(ready(True), judged(Outcome.ADMIT, Step.IDENTITY))
    assert not accepts(waiting, NOW + LEAST_SHOWN), "an officer is not interrupted"


def test_nothing_is_judged_while_the_kiosk_is_not_serving() -> None:
    for one in EVERYWHERE:
        if one.state not in (*LIVE, State.VERDICT):
            assert not accepts(one, NOW)
            assert not step(one, judged(Outcome.ADMIT), NOW).open_gate


def test_the_visitors_language_lasts_as_long_as_the_visitor() -> None:
    english = after(ready(), Event(Kind.LANGUAGE, lang="en"))
    verdict = step(english, judged(Outcome.ADMIT), NOW + 5).situation
    assert verdict.lang == "en"
    back = expire(verdict, verdict.until)
    assert (back.state, back.lang) == (State.READY, "en")
    assert expire(back, back.until).lang == "vi"


class Door(RuleBasedStateMachine):
    """Anything, in any order, at any pace."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.one = begin(NOW, "vi")
        self.opened: list[int] = []

    @rule(attended=st.booleans(), cause=st.sampled_from([None, *Cause]))
    def restart(self, attended: bool, cause: Cause | None) -> None:
        keeps = self.one.cause if self.one.cause in STICKY else cause
        self.one = begin(self.now, "vi", attended=attended, cause=keeps)._replace(visit=self.one.visit)

    @rule(seconds=st.floats(0, 2000))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.happen(Event(Kind.TICK))

    @rule(event=st.sampled_from(EVENTS))
    def happen(self, event: Event) -> None:
        moved = step(self.one, event, self.now)
        if moved.open_gate:
            assert moved.situation.outcome is Outcome.ADMIT
            self.opened.append(moved.situation.visit)
        self.one = moved.situation

    @invariant()
    def it_ends_in_time_and_opens_once_a_visit(self) -> None:
        assert self.now < self.one.until <= self.now + LONGEST
        assert len(self.opened) == len(set(self.opened))
        assert not (self.one.cause in STICKY and self.one.state in LIVE)


TestDoor = Door.TestCase
TestDoor.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
