"""What happens at a door, as values: the loop says it (station.py), a presenter shows it (a terminal, a page)."""

from enum import Enum, unique
from typing import Any, NamedTuple, Protocol

from checkpoint.model import Note
from checkpoint.verdict import Verdict

Corners = tuple[tuple[int, int], ...]


class Ready(NamedTuple):
    """The station waits for the next code."""


class Sight(NamedTuple):
    """What the camera sees now: the frame (BGR array, never to be kept) and where codes were read in it."""

    picture: Any
    corners: tuple[Corners, ...] = ()


class Reading(NamedTuple):
    """A pass is in view and being verified."""

    source: str


class Hinted(NamedTuple):
    """What would help the person who holds the code; an empty note takes the last hint back."""

    note: Note


class Progress(NamedTuple):
    """A pass in several codes: `read` of `total` are here, and time is left until `until` (the station's clock)."""

    read: int
    total: int
    until: float


@unique
class Ending(Enum):
    """Why the pieces of a pass are no longer waited for."""

    COMPLETE = "complete"
    TOO_LATE = "too_late"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


class ProgressEnded(NamedTuple):
    """The pieces were joined, or forgotten."""

    ending: Ending


class Judged(NamedTuple):
    """One verdict; `visit` numbers the visits of this run, `seconds` went by since the frame was taken."""

    verdict: Verdict
    visit: int
    seconds: float


class Undone(NamedTuple):
    """The last verdict is taken back: the person did not pass. Their pass is judged anew once it was out of view."""

    verdict: Verdict
    visit: int


class ReaderLost(NamedTuple):
    """A camera or scanner is gone; the station tries to get it back by itself."""

    source: str
    note: Note


class ReaderBack(NamedTuple):
    """It is here again."""

    source: str


class TrustChanged(NamedTuple):
    """Keys, revocations or policies on disk were taken up; verdicts from now on rest on them."""


class Trouble(NamedTuple):
    """Something beside the verdict failed: the log was not written, new trust could not be loaded."""

    note: Note


class Paused(NamedTuple):
    """Codes are passed over (`paused`), or judged again."""

    paused: bool


class Tick(NamedTuple):
    """Time went by (the station's clock): a few times a second, so that a presenter needs no timer of its own."""

    now: float


class Stopped(NamedTuple):
    """The loop has ended; nothing is judged any more."""


Event = (
    Ready
    | Sight
    | Reading
    | Hinted
    | Progress
    | ProgressEnded
    | Judged
    | Undone
    | ReaderLost
    | ReaderBack
    | TrustChanged
    | Trouble
    | Paused
    | Tick
    | Stopped
)


class Presenter(Protocol):
    """Whoever tells people: called in the loop's own thread, and quick, because the queue waits for it."""

    def show(self, event: Event) -> None:
        """Take one event. What it raises ends the station: a door whose screen is broken must not go on."""
