"""The one place where things happen: it holds the situation, opens the gate, remembers, and tells the page.

Every method is called in the event loop's own thread, so that nothing needs a lock.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from checkpoint.kiosk import machine
from checkpoint.kiosk.gate import Gate
from checkpoint.kiosk.holder import step_for
from checkpoint.kiosk.pin import Pins
from checkpoint.kiosk.screen import Payload, Sight, screen
from checkpoint.kiosk.states import LIVE, Cause, Event, Kind, Role, Situation, State, Step
from checkpoint.model import Note, Outcome, Reason
from checkpoint.trust.clock import uptime
from checkpoint.verdict import Verdict

MORE_REASONS = frozenset({Reason.MORE_EVIDENCE, Reason.INCOMPLETE})
COUNTED = (Outcome.ADMIT, Outcome.REFUSE, Outcome.CHECK, Outcome.UNREADABLE)

MOST_MISSED = 16  # visits passed over that are remembered: two frames full of codes

_log = logging.getLogger(__name__)


def unheard(*_: object) -> None:
    """For whoever does not want to hear."""


class Decision(NamedTuple):
    """What an officer decided by hand about one verdict, and why; it changes no verdict and opens no gate."""

    visit: int
    decision: str
    why: str
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """For a log or a stream: no name, no content."""
        return {
            "decision": self.decision,
            "why": self.why,
            "outcome": self.verdict.outcome.value,
            "reason": self.verdict.reason.word,
        }


class Ears(NamedTuple):
    """Whom the desk tells what happened. All of them must be quick."""

    judging: Callable[[bool], None] = unheard  # whether codes are to be judged at all
    again: Callable[[int], None] = unheard  # this visit of the station was passed over: judge its pass anew
    forget: Callable[[], None] = unheard  # the pieces of an incomplete pass are no longer wanted
    remember: Callable[[Cause | None], None] = unheard
    judged: Callable[[Verdict], None] = unheard
    decided: Callable[[Decision], None] = unheard


class Desk:
    """The kiosk, running."""

    def __init__(
        self,
        situation: Situation,
        pins: Pins,
        *,
        gate: Gate | None = None,
        ears: Ears | None = None,
        pictures: bool = True,
        clock: Callable[[], float] = uptime,
    ) -> None:
        self.situation = situation
        self.pictures = pictures
        self.revision = 0
        self.frame: Any = None
        self.frame_number = 0
        self._pins = pins
        self._gate = gate
        self._ears = ears or Ears()
        self._clock = clock
        self._verdict: Verdict | None = None
        self._hint: Note = ()
        self._pin_wrong = False
        self._trying = False
        self._missed: deque[int] = deque(maxlen=MOST_MISSED)
        self._judging = True
        self._counts = dict.fromkeys(Outcome, 0)
        self._changed = asyncio.Event()
        self._framed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what happens -------------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """One event of the machine."""
        before = self.situation
        moved = machine.step(before, event, self._clock())
        self.situation = moved.situation
        if moved.open_gate:
            self._open_gate(moved.situation.visit)
        if before.cause is not self.situation.cause:
            self._ears.remember(self.situation.cause)
        if before != self.situation:
            self._tidy(before)
            self.changed()
        self._tell_station()

    def judged(self, verdict: Verdict, visit: int) -> None:
        """A verdict of the station about its visit `visit`, already fit for this kiosk (see holder.py)."""
        if not machine.accepts(self._now(), self._clock()):
            self._missed.append(visit)
            return
        self._verdict = verdict
        self._counts[verdict.outcome] += 1
        self._told(lambda: self._ears.judged(verdict))
        more = verdict.reason in MORE_REASONS
        self.take(Event(Kind.JUDGED, outcome=verdict.outcome, step=step_for(verdict), more=more))

    def decided(self, decision: str, why: str) -> None:
        """An officer decided by hand."""
        situation = self._now()
        if self._verdict is not None and situation.step is Step.DECISION and machine.allowed(situation, Kind.DECIDED):
            decided = Decision(situation.visit, decision, why, self._verdict)
            self._told(lambda: self._ears.decided(decided))
        self.take(Event(Kind.DECIDED))

    def _told(self, tell: Callable[[], None]) -> None:
        """A stream or a log that broke changes no verdict; people are told, and the visitor gets an answer."""
        try:
            tell()
        except OSError as error:
            self.hinted(("scan.log_failed", str(error.strerror or type(error).__name__)))

    def hinted(self, note: Note) -> None:
        """What would help the person who holds the code."""
        if note != self._hint:
            self._hint = note
            self.changed()

    def saw(self, picture: Any) -> None:
        """The newest frame: kept only while the page shows it."""
        if not self.situation.camera:
            self.take(Event(Kind.STARTED))
        if self.situation.state in LIVE:
            self.frame = picture
            self.frame_number += 1
            self._framed.set()

    async def unlock(self, pin: str) -> bool:
        """Try a PIN, beside the loop because the work is hard on purpose; a second try meanwhile is none."""
        waiting = self._pins.attempts.wait(self._clock()) > 0
        if self._trying or waiting or self._now().state is not State.PIN:
            return False
        self._trying = True
        try:
            role = await asyncio.to_thread(self._pins.attempt, pin, self._clock())
        except OSError:  # a try that cannot be counted is no try
            role = None
        finally:
            self._trying = False
        self._pin_wrong = role is None
        self.take(Event(Kind.UNLOCK, role=role or Role.VISITOR))
        self.changed()
        return role is not None

    # --- what is shown ------------------------------------------------------------------------------------------------

    def payload(self) -> Payload:
        """What the page shows now."""
        now = self._clock()
        found = screen(
            Sight(
                situation=self._now(),
                now=now,
                real=time.time(),
                verdict=self._verdict,
                hint=self._hint,
                pin_wait=self._pins.attempts.wait(now),
                pin_wrong=self._pin_wrong,
                pin_set=self._pins.set if self.situation.state is State.PIN else True,
                counter=self._counter(),
                pictures=self.pictures,
            )
        )
        return {**found, "rev": self.revision}

    def changed(self) -> None:
        """Whoever waits for news gets them."""
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def news(self, seen: int, seconds: float) -> bool:
        """Wait until there is something newer than revision `seen`; False when `seconds` went by first."""
        return self.revision != seen or await _within(self._changed, seconds)

    async def next_frame(self, seen: int, seconds: float) -> Any:
        """The newest frame after number `seen`; None when there is none in time, or none is to be shown."""
        if self.frame is None or self.frame_number == seen:
            self._framed.clear()
            await _within(self._framed, seconds)
        return self.frame if self.frame_number != seen else None

    async def keep_time(self) -> None:
        """Let every state end when its time is over; for ever."""
        while True:
            wait = max(0.02, min(0.25, self.situation.until - self._clock()))
            await asyncio.sleep(wait)
            self.take(Event(Kind.TICK))
            if self.situation.state is State.PIN and self._pins.attempts.failures:
                self.changed()  # the seconds to wait count down

    # --- what follows -------------------------------------------------------------------------------------------------

    def _now(self) -> Situation:
        return machine.expire(self.situation, self._clock())

    def _counter(self) -> tuple[int, int, int, int]:
        admit, refuse, check, unreadable = (self._counts[one] for one in COUNTED)
        return admit, refuse, check, unreadable

    def _tidy(self, before: Situation) -> None:
        """Let go of what the new state must not show any more."""
        now = self.situation
        if now.state not in LIVE:
            self.frame = None
        if now.state is not State.VERDICT:
            self._verdict = None
        if now.state is not State.PIN or before.state is not State.PIN:
            self._pin_wrong = False
        if before.state is State.MORE and now.state is State.READY:
            self._ears.forget()

    def _tell_station(self) -> None:
        """Judge while a verdict could be shown; what was passed over meanwhile is judged when it can be."""
        wanted = self.situation.state in (*LIVE, State.VERDICT)
        if wanted is not self._judging:
            self._judging = wanted
            self._ears.judging(wanted)
        # Only what was missed: a pass that was shown and is still in view must not open the gate a second time.
        while self._missed and machine.accepts(self.situation, self._clock()):
            self._ears.again(self._missed.popleft())

    def _open_gate(self, visit: int) -> None:
        if self._gate is not None:
            task = asyncio.get_running_loop().create_task(self._through(self._gate, visit))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _through(self, gate: Gate, visit: int) -> None:
        try:
            await asyncio.to_thread(gate.open, visit)
        except Exception as failed:  # noqa: BLE001 - a gate whose driver breaks has not opened either
            _log.debug("the gate failed: %s", type(failed).__name__)
            self.take(Event(Kind.BROKEN, cause=Cause.GATE))


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
