"""The door's loop: reader → verify → present → log. One for every front end; each pass is judged once a visit.

`Station.run` drives it in its own thread; `Station.ask` may be called from any other. Nothing a code holds can stop
it: a code that is no pass is passed over, a frame that does not read is no verdict, a log that fails is said aloud.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, unique
from queue import Empty, SimpleQueue
from typing import Protocol

from checkpoint import events, formats
from checkpoint.events import Event, Presenter
from checkpoint.model import Note, Reason
from checkpoint.readers import layouts
from checkpoint.readers.code import Code
from checkpoint.readers.events import Back, Looked, Lost, ReaderEvent
from checkpoint.readers.hints import Steady
from checkpoint.trust.clock import uptime
from checkpoint.verdict import Verdict
from checkpoint.verifier import unread
from checkpoint.visit import Decoys, Joined, Pieces, Text, Visits, of_one_pass, piece, what_it_is

TICK_SECONDS = 0.25  # between two ticks for the presenter
TRUST_SECONDS = 0.5  # between two looks whether the trust on disk has changed
MOST_CODES = 8  # of one frame; a wall of codes must not hold up the queue

_log = logging.getLogger(__name__)


class Judge(Protocol):
    """The part of Verifier that the loop needs; `changed` and `reload` are used where it has them."""

    def verify(self, text: Text, *, policy: str | None = None) -> Verdict:
        """The verdict for one pass."""


class Journal(Protocol):
    """Where verdicts are written down. OSError: it could not be written; the verdict stands and people are told."""

    def record(self, verdict: Verdict, visit: int) -> None:
        """Write one verdict."""

    def undo(self, verdict: Verdict, visit: int) -> None:
        """Write that it was taken back."""


@unique
class Command(Enum):
    """What an officer or a front end may ask of the running loop."""

    CANCEL = "cancel"  # forget the pieces of an incomplete pass
    NEXT = "next"  # the next person: a pass still in view is judged again
    AGAIN = "again"  # one visit that could not be shown: its pass alone is judged again
    UNDO = "undo"  # take the last verdict back
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(slots=True)
class Station:
    """One door. `take` is the loop's step, pure but for the verifier and the journal; `run` calls it for ever."""

    verifier: Judge
    policy: str | None = None
    journal: Journal | None = None
    clock: Callable[[], float] = uptime
    visits: Visits = field(default_factory=Visits)
    pieces: Pieces = field(default_factory=Pieces)
    decoys: Decoys = field(default_factory=Decoys)
    paused: bool = False
    stopping: bool = False
    _asked: SimpleQueue[tuple[Command, int | None]] = field(default_factory=SimpleQueue)
    _steady: Steady = field(default_factory=Steady)
    _source: str = ""  # of the last look
    _last: events.Judged | None = None
    _ticked: float = float("-inf")
    _looked_at_trust: float = float("-inf")
    _stale: bool = False  # new trust is there and could not be loaded

    def run(self, reader: Iterable[ReaderEvent], presenter: Presenter) -> None:
        """Go on until the reader ends or STOP is asked for; the presenter hears Stopped whatever happens."""
        try:
            presenter.show(events.Ready())
            for event in reader:
                for told in self.take(event):
                    presenter.show(told)
                if self.stopping:
                    return
            for told in self._finish():
                presenter.show(told)
        finally:
            presenter.show(events.Stopped())

    def ask(self, command: Command, visit: int | None = None) -> None:
        """Have `command` carried out before the next look; from any thread. `visit` is for AGAIN alone."""
        self._asked.put((command, visit))

    def take(self, event: ReaderEvent) -> Iterator[Event]:
        """What follows from one event of a reader."""
        now = self.clock()
        yield from self._obey()
        yield from self._renew_trust(now)
        if self.pieces.expire(now):
            yield events.ProgressEnded(events.Ending.TOO_LATE)
        match event:
            case Looked():
                yield from self._look(event, now)
            case Lost():
                yield events.ReaderLost(event.source, event.note)
            case Back():
                yield events.ReaderBack(event.source)
            case _:
                yield from self._hint((), now)
        if now - self._ticked >= TICK_SECONDS:
            self._ticked = now
            self.visits.forget(now)
            yield events.Tick(now)

    def _finish(self) -> Iterator[Event]:
        """The reader has ended: what is still incomplete stays so, and somebody must hear it."""
        rest = self.pieces.rest()
        if rest is not None:
            now = self.clock()
            yield from self._settle(rest, self._verified(rest, self._source), Looked(self._source, now))

    # --- what was seen ------------------------------------------------------------------------------------------------

    def _look(self, seen: Looked, now: float) -> Iterator[Event]:
        if seen.picture is not None:
            yield events.Sight(seen.picture, tuple(code.corners for code in seen.codes))
        if self.paused:
            return
        self._source = seen.source
        codes = {code.text: code for code in seen.codes[:MOST_CODES]}
        passes = [text for text in codes if formats.recognise(text) is not None and piece(text) is None]
        parts = [text for text in codes if piece(text) is not None]
        for text in passes:
            yield from self._judge(text, seen, now)
        apart = of_one_pass(parts)  # pieces of two passes at once would be put together wrongly
        for text in parts if apart else ():
            yield from self._gather(text, seen, now)
        if passes or parts:
            yield from self._hint(() if apart and len(passes) < 2 else ("scan.one",), now)
        else:
            yield from self._look_at_decoys(codes, seen, now)

    def _look_at_decoys(self, codes: dict[Text, Code], seen: Looked, now: float) -> Iterator[Event]:
        """Codes that are no passes, none beside them: say what they are; a verdict only where that was wanted."""
        for text in codes:
            if seen.deliberate:
                yield from self._read_by_scanner(text, seen, now)
            elif not self.visits.goes_on(text, now) and self.decoys.deserves_answer(text, now):
                yield from self._judge(text, seen, now)
        yield from self._hint(what_it_is(next(iter(codes))) if codes else seen.hint, now)

    def _read_by_scanner(self, text: Text, seen: Looked, now: float) -> Iterator[Event]:
        """A text that no format knows, from a scanner that types: the keyboard's layout may have changed it."""
        for repair in layouts.repairs(text):
            verdict = self._verified(repair.text, seen.source)
            if verdict.passes and any(one.claims is not None for one in verdict.passes):
                yield from self._settle(repair.text, verdict, seen)
                yield from self._hint(("scan.layout", repair.layout), now)
                return
        damage = layouts.named(text)
        if damage is None:
            yield from self._judge(text, seen, now)
        elif not self.visits.goes_on(text, now):
            note = ("note.layout", damage)
            yield from self._settle(text, unread(Reason.DAMAGED, note)._replace(source=seen.source), seen)

    def _gather(self, text: Text, seen: Looked, now: float) -> Iterator[Event]:
        """One piece of a pass: the verdict where it is the last one, else how many are still missing."""
        if not isinstance(text, str) or (self.visits.goes_on(text, now) and not self.pieces.wants(text)):
            return
        before = self.pieces.read
        whole = self.pieces.add(text, now)
        if self.pieces.replaced:
            yield events.ProgressEnded(events.Ending.REPLACED)
        if whole is None:
            if self.pieces.replaced or self.pieces.read != before:
                yield events.Progress(self.pieces.read, self.pieces.total, self.pieces.until)
            return
        yield events.ProgressEnded(events.Ending.COMPLETE)
        yield from self._judge_joined(whole, seen, now)

    def _judge_joined(self, whole: Joined, seen: Looked, now: float) -> Iterator[Event]:
        if self.visits.goes_on(whole.text, now):
            return
        verdict = self._verified(whole.text, seen.source)
        parts = whole.text.split("\n")
        if verdict.reason in (Reason.SIGNATURE_INVALID, Reason.DAMAGED):
            self.pieces.doubt(parts)
            if not whole.one_hand:
                # Pieces of two people do not fit together, and neither of them has forged anything.
                verdict = unread(Reason.INCOMPLETE, ("note.pieces_mixed",))._replace(source=seen.source)
        yield from self._settle(whole.text, verdict, seen, parts=parts)

    # --- verdicts -----------------------------------------------------------------------------------------------------

    def _judge(self, text: Text, seen: Looked, now: float) -> Iterator[Event]:
        if self.visits.goes_on(text, now):
            return
        yield events.Reading(seen.source)
        verdict = self._verified(text, seen.source)
        if seen.deliberate and verdict.reason is Reason.SIGNATURE_INVALID and layouts.separators_lost(text):
            verdict = unread(Reason.DAMAGED, ("note.separators",))._replace(source=seen.source)
        yield from self._settle(text, verdict, seen)

    def _verified(self, text: Text, source: str) -> Verdict:
        return self.verifier.verify(text, policy=self.policy)._replace(source=source)

    def _settle(self, text: Text, verdict: Verdict, seen: Looked, parts: Iterable[str] = ()) -> Iterator[Event]:
        """Present and log `verdict`, unless its pass was shown a moment ago in other words."""
        now = self.clock()
        # One pass can be written as many texts: the id, from signed bytes, says whether it is the same visit.
        pass_id = next((one.claims.pass_id for one in verdict.passes if one.claims), None)
        visit = self.visits.begins(text, pass_id, now)
        for part in parts:  # the last piece is still in view: it must not begin another pass
            self.visits.joins(part, text)
        if visit is None:
            return
        told = events.Judged(verdict, visit, max(0.0, now - seen.at))
        # For an undo the outcome is enough: nobody's name stays until the next one comes.
        self._last = told._replace(verdict=verdict._replace(passes=(), checks=(), note=()))
        yield told
        yield from self._written(lambda journal: journal.record(verdict, visit))

    def _written(self, write: Callable[[Journal], None]) -> Iterator[Event]:
        if self.journal is None:
            return
        try:
            write(self.journal)
        except OSError as error:
            yield events.Trouble(("scan.log_failed", str(error.strerror or type(error).__name__)))

    def _hint(self, note: Note, now: float) -> Iterator[Event]:
        if self._steady.follows(note, now):
            yield events.Hinted(self._steady.shown)

    # --- what was asked -----------------------------------------------------------------------------------------------

    def _obey(self) -> Iterator[Event]:
        while True:
            try:
                command, visit = self._asked.get_nowait()
            except Empty:
                return
            yield from self._carry_out(command, visit)

    def _carry_out(self, command: Command, visit: int | None) -> Iterator[Event]:
        match command:
            case Command.CANCEL | Command.NEXT:
                if self.pieces.clear():
                    yield events.ProgressEnded(events.Ending.CANCELLED)
                if command is Command.NEXT:
                    self.visits.end()
                    yield events.Ready()
            case Command.AGAIN:
                self.visits.end(visit)
            case Command.UNDO:
                yield from self._undo()
            case Command.PAUSE | Command.RESUME:
                self.paused = command is Command.PAUSE
                yield events.Paused(self.paused)
            case Command.STOP:
                self.stopping = True

    def _undo(self) -> Iterator[Event]:
        if self._last is None:
            return
        verdict, visit, _ = self._last
        self._last = None
        yield events.Undone(verdict, visit)
        yield from self._written(lambda journal: journal.undo(verdict, visit))

    # --- trust --------------------------------------------------------------------------------------------------------

    def _renew_trust(self, now: float) -> Iterator[Event]:
        """Take up what was synced or imported meanwhile: between two passes, never during one."""
        changed = getattr(self.verifier, "changed", None)
        if changed is None or now - self._looked_at_trust < TRUST_SECONDS:
            return
        self._looked_at_trust = now
        try:
            if not (changed() or self._stale):
                return
            self._stale = True
            self.verifier.reload()  # type: ignore[attr-defined]  # whoever has `changed` has it
        except Exception as error:  # noqa: BLE001
            # The trust in use stays in use, with its age; the next look tries again.
            _log.debug("reload failed: %s", type(error).__name__)
            yield events.Trouble(("scan.reload_failed", type(error).__name__))
            return
        self._stale = False
        yield events.TrustChanged()
