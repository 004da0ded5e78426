"""A terminal at the door: its keys, its signals, and the promise that it is left as it was found."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from checkpoint.model import Outcome
from checkpoint.present.door import JsonLines, LiveScreen, PlainLines, Told
from checkpoint.readers.devices import Torch
from checkpoint.readers.events import Reader, ReaderEvent
from checkpoint.readers.keyboard import Keyboard, raw_terminal, stdin_terminal
from checkpoint.station import Command, Station
from checkpoint.tally import Tally
from checkpoint.words import LANGUAGES, say

TERMINATED = 128  # plus the number of the signal: how shells write it


def control(letter: str) -> int:
    """The byte that Ctrl with `letter` sends."""
    return ord(letter) & 0x1F


class Ways(NamedTuple):
    """How the station was asked to speak."""

    lang: str
    json: bool = False
    plain: bool = False
    sound: bool = True


def screen(ways: Ways, readiness: Callable[[str], str]) -> JsonLines | PlainLines | LiveScreen:
    """The presenter for standard output: JSON where asked, a live screen on a capable terminal, else plain lines."""
    from checkpoint.present import look

    if ways.json:
        return JsonLines(ways.lang, sys.stdout, sys.stderr)
    if ways.plain or look(sys.stdout).plain:
        return PlainLines(ways.lang, sys.stdout, sound=ways.sound and sys.stdout.isatty())
    return LiveScreen(ways.lang, sys.stdout, ways.sound, readiness)


class Officer:
    """What each control key does."""

    def __init__(self, station: Station, shown: Told) -> None:
        self._station, self._shown = station, shown
        self._torch = Torch()
        self.stopped = False
        self._does: dict[int, Callable[[], None]] = {
            control("C"): self._stop,
            control("D"): self._stop,
            control("L"): self._language,
            control("T"): self._light,
            control("U"): lambda: station.ask(Command.UNDO),
            control("X"): lambda: station.ask(Command.CANCEL),
            control("N"): lambda: station.ask(Command.NEXT),
        }

    def pressed(self, key: int) -> None:
        """Do what `key` stands for; nothing for any other."""
        if key in self._does:
            self._does[key]()

    def _stop(self) -> None:
        self.stopped = True
        self._station.ask(Command.STOP)

    def _language(self) -> None:
        self._shown.lang = LANGUAGES[(LANGUAGES.index(self._shown.lang) + 1) % len(LANGUAGES)]
        self._shown.notice(say(self._shown.lang, "scan.ready"))
        if isinstance(self._shown, LiveScreen):
            self._shown.redraw()

    def _light(self) -> None:
        switched = self._torch.switch(not self._torch.on)
        word = ("scan.torch_on" if self._torch.on else "scan.torch_off") if switched else "scan.no_torch"
        self._shown.notice(say(self._shown.lang, word))


def run(station: Station, reader: Reader, shown: JsonLines | PlainLines | LiveScreen, keys: Keyboard | None) -> bool:
    """Run the station on this terminal; the terminal is restored whatever happens.

    Gives whether the reader came to its end by itself, as a video file or a pipe does; else somebody stopped it.
    """
    terminal = stdin_terminal()
    with ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        stack.callback(reader.close)
        if terminal is not None:
            # Where a scanner types, Ctrl-C is a byte too: a code must not be able to press it.
            stack.enter_context(raw_terminal(terminal, signals=keys is not None))
        if isinstance(shown, LiveScreen):
            stack.enter_context(shown)
        with suppress(KeyboardInterrupt):
            station.run(listening(reader, keys), shown)
            return True
    return False


def listening(reader: Reader, keys: Keyboard | None) -> Iterator[ReaderEvent]:
    """The events of `reader`; between them the keys are looked at."""
    for event in reader:
        if keys is not None:
            keys.poll()
        yield event


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program in good order: everything that is open is closed on the way out."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(TERMINATED + number)

    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {one: signal.signal(one, leave) for one in wanted}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def exit_code(tally: Tally) -> int:
    """The highest of the verdicts; where nothing was read nobody was admitted, and 0 would say so."""
    return max((one.exit_code for one in Outcome if tally.outcomes[one]), default=Outcome.UNREADABLE.exit_code)


def farewell(shown: Told) -> None:
    """The counts of this run, on standard error."""
    if sum(shown.tally.outcomes[one] for one in Outcome) or shown.tally.undone:
        sys.stderr.write(shown.totals() + "\n")
    sys.stderr.write(say(shown.lang, "scan.stopped") + "\n")
