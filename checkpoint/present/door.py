"""The loop's events on a terminal: as lines (pipes, screen readers), as JSON for a turnstile, or as a live screen."""

import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

from checkpoint import events
from checkpoint.events import Ending, Event
from checkpoint.model import Outcome
from checkpoint.present.page import compose
from checkpoint.present.terminal import Look, bell, drawn, history, in_ascii, look
from checkpoint.tally import Tally
from checkpoint.trust.clock import uptime
from checkpoint.verdict import Verdict
from checkpoint.words import age, safe, say

# Seconds until a verdict, and the name in it, leaves the screen by itself.
SHOWN_SECONDS = {
    Outcome.ADMIT: 8.0,
    Outcome.REFUSE: 30.0,
    Outcome.CHECK: 30.0,
    Outcome.NOT_READY: 30.0,
    Outcome.UNREADABLE: 8.0,
}
NOTICE_SECONDS = 6.0  # how long a notice (light on, camera back) stays
HISTORY = 8  # verdicts remembered, without names
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"  # the other screen, cursor off; and back
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def sentence(event: Event, lang: str) -> str:
    """What `event` says in one line; "" for what is not told in words."""
    match event:
        case events.Ready():
            return say(lang, "scan.ready")
        case events.Hinted(note) | events.Trouble(note):
            return say(lang, *note) if note else ""
        case events.Progress(read, total, _):
            return say(lang, "scan.part", str(read), str(total))
        case events.ProgressEnded(Ending.TOO_LATE):
            return say(lang, "scan.pieces_late")
        case events.ProgressEnded(Ending.CANCELLED):
            return say(lang, "scan.pieces_cancelled")
        case events.ReaderLost(source, note):
            return f"{say(lang, 'scan.reader_lost', source)} {say(lang, *note)}"
        case events.ReaderBack(source):
            return say(lang, "scan.reader_back", source)
        case events.TrustChanged():
            return say(lang, "scan.trust_changed")
        case events.Undone(verdict, _):
            return say(lang, "scan.undone", say(lang, f"outcome.{verdict.outcome.value}"))
        case events.Paused(True):
            return say(lang, "scan.pause")
        case _:
            return ""


class Told:
    """What every way of telling keeps: the language, which may change meanwhile, and the counts."""

    def __init__(self, lang: str, clock: Callable[[], float] = uptime) -> None:
        self.lang = lang
        self.tally = Tally()
        self._clock = clock

    def counted(self, event: Event) -> None:
        """Count what there is to count in `event`."""
        if isinstance(event, events.Judged):
            self.tally.count(event.verdict.outcome, self._clock())
        elif isinstance(event, events.Undone):
            self.tally.undo(event.verdict.outcome)

    def totals(self) -> str:
        """The counts and the people per minute, in one line."""
        order = (Outcome.ADMIT, Outcome.REFUSE, Outcome.CHECK, Outcome.UNREADABLE)
        counter = say(self.lang, "scan.counter", *(str(self.tally.outcomes[one]) for one in order))
        undone = say(self.lang, "scan.undone_count", str(self.tally.undone)) if self.tally.undone else ""
        rate = say(self.lang, "scan.rate", f"{self.tally.per_minute(self._clock()):.1f}")
        return " · ".join(filter(None, (counter, undone, rate)))

    def notice(self, text: str) -> None:
        """Tell something that is no event of the loop."""
        raise NotImplementedError


class JsonLines(Told):
    """One verdict a line on `out`, at once; whatever else happens on `aside`, so that a gate reads verdicts alone."""

    def __init__(self, lang: str, out: TextIO, aside: TextIO) -> None:
        super().__init__(lang)
        self._out, self._aside = out, aside

    def show(self, event: Event) -> None:
        """Take one event."""
        self.counted(event)
        if isinstance(event, events.Judged):
            self._out.write(event.verdict.as_json(self.lang) + "\n")
            self._out.flush()
        elif isinstance(event, events.ReaderLost | events.ReaderBack | events.Trouble | events.Undone):
            self.notice(sentence(event, self.lang))

    def notice(self, text: str) -> None:
        """Tell something beside the verdicts."""
        _put(self._aside, f"{text}\n")


class PlainLines(Told):
    """Everything as lines that follow one another: for pipes, screen readers and terminals that can do no more."""

    def __init__(self, lang: str, out: TextIO, sound: bool = False) -> None:
        super().__init__(lang)
        self._out = out
        self._bells = Bells(out) if sound else None

    def show(self, event: Event) -> None:
        """Take one event."""
        self.counted(event)
        if isinstance(event, events.Judged):
            page = compose(event.verdict, self.lang, time.time())
            _put(self._out, drawn(page, Look(plain=True)))
            if self._bells:
                self._bells.ring(event.verdict.outcome)
        elif isinstance(event, events.Tick) and self._bells:
            self._bells.tick()
        elif text := sentence(event, self.lang):
            self.notice(text)

    def notice(self, text: str) -> None:
        """Tell one line."""
        _put(self._out, f"{text}\n")


class Bells:
    """The sound of an outcome, one BEL a tick: terminals run those together that come at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._due = 0

    def ring(self, outcome: Outcome) -> None:
        """Begin the sound of `outcome`; what still sounds of the one before is cut off."""
        self._due = len(bell(outcome))
        self.tick()

    def tick(self) -> None:
        """The next BEL, if one is due."""
        if self._due:
            self._due -= 1
            _put(self._out, "\a")


class LiveScreen(Told):
    """One screen that is drawn over again: state, verdict, the last verdicts, freshness, counts, keys.

    It is the terminal's other screen: after the shift nothing of it, no name above all, can be scrolled back to.
    """

    def __init__(
        self,
        lang: str,
        out: TextIO,
        sound: bool = True,
        readiness: Callable[[str], str] | None = None,
        clock: Callable[[], float] = uptime,
    ) -> None:
        super().__init__(lang, clock)
        self._out = out
        self._readiness = readiness
        self._bells = Bells(out) if sound else None
        self._verdict: Verdict | None = None
        self._until = 0.0
        self._last: deque[tuple[str, Verdict]] = deque(maxlen=HISTORY)
        self._state: Event = events.Ready()
        self._notice, self._notice_until = "", 0.0
        self._drawn = ""

    def __enter__(self) -> "LiveScreen":
        _put(self._out, _ENTER)
        return self

    def __exit__(self, *_: object) -> None:
        _put(self._out, _LEAVE)

    def show(self, event: Event) -> None:
        """Take one event."""
        self.counted(event)
        match event:
            case events.Sight() | events.Reading() | events.Stopped():
                return
            case events.Judged(verdict, _, _):
                self._judged(verdict)
            case events.Tick():
                self._tick()
            case events.Ready() | events.Progress():  # the next person: not under the verdict of the one before
                self._state, self._verdict = event, None
            case events.Undone():
                self._taken_back()
                self.notice(sentence(event, self.lang))
            case events.Hinted() | events.ReaderLost() | events.Paused(True):
                self._state = event
            case events.ReaderBack() | events.ProgressEnded() | events.Paused():
                self._state = events.Ready()
                self.notice(sentence(event, self.lang))
            case _:
                self.notice(sentence(event, self.lang))
        self.redraw()

    def notice(self, text: str) -> None:
        """Show `text` for a while."""
        if text:
            self._notice, self._notice_until = text, self._clock() + NOTICE_SECONDS

    def redraw(self) -> None:
        """Draw what has changed; nothing is sent down a slow line where nothing has."""
        view = look(self._out)
        height = max(8, _height())
        # Erased before it is written: after the last column, erasing would take that column's letter.
        text = "".join(f"{_END_OF_LINE}{line}\r\n" for line in self._lines(view)[: height - 1])
        if text != self._drawn:
            self._drawn = text
            _put(self._out, f"{_HOME}{text}{_END_OF_SCREEN}")

    def _judged(self, verdict: Verdict) -> None:
        self._verdict, self._until = verdict, self._clock() + SHOWN_SECONDS[verdict.outcome]
        # Of the past only outcome and reason are kept: the passes, and the names in them, are let go.
        self._last.appendleft((time.strftime("%H:%M:%S"), verdict._replace(passes=(), note=(), checks=())))
        if self._bells:
            self._bells.ring(verdict.outcome)

    def _taken_back(self) -> None:
        """Only the last verdict can be."""
        self._verdict = None
        if self._last:
            self._last.popleft()

    def _tick(self) -> None:
        if self._verdict is not None and self._clock() >= self._until:
            self._verdict = None
        if self._clock() >= self._notice_until:
            self._notice = ""
        if self._bells:
            self._bells.tick()

    def _lines(self, view: Look) -> list[str]:
        wide = max(20, min(view.width, 100))
        state = sentence(self._state, self.lang) or say(self.lang, "scan.ready")
        foot = [self.totals(), self._freshness(), say(self.lang, "scan.control_keys")]
        return [
            f" {_cut(state, wide)}",
            f" {_cut(self._notice, wide)}",
            *self._page(view),
            f" {_cut(say(self.lang, 'scan.history'), wide)}",
            *(f"   {at}  {_cut(history(one, self.lang), wide - 13)}" for at, one in self._last),
            "",
            *(f" {part}" for line in filter(None, foot) for part in _folded(line, wide - 1)),
        ]

    def _page(self, view: Look) -> list[str]:
        if self._verdict is None:
            return [""]
        return drawn(compose(self._verdict, self.lang, time.time()), view).rstrip("\n").split("\n")

    def _freshness(self) -> str:
        first = self._verdict.first if self._verdict else None
        if first is None or first.key is None:
            return self._readiness(self.lang) if self._readiness else ""
        ages = (age(self.lang, one, time.time()) for one in (first.key.as_of, first.revocation_as_of))
        return say(self.lang, "scan.freshness", safe(first.key.country or first.key.name), *ages)


def _folded(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width`, broken at its dots or spaces."""
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else _cut(word, width)
    return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) < width else text[: width - 2] + "…"


def _height() -> int:
    import shutil

    return shutil.get_terminal_size((80, 24)).lines


def _put(stream: TextIO, text: str) -> None:
    """Write at once, with ASCII letters where the stream knows no others."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = "".join(char if char < " " else in_ascii(char) for char in text)
    stream.write(text)
    stream.flush()
