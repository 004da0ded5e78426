"""What a reader says, one event after another, at least every HEARTBEAT seconds: so the loop never hangs in it."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from checkpoint.model import Note
from checkpoint.readers.code import Code

# A reader that has nothing to say says so; time limits of the station are kept with this grain.
HEARTBEAT = 0.25


class Looked(NamedTuple):
    """One look: a frame of a camera with the codes in it, or one scan of a hand scanner.

    `at` is `uptime()` when it was taken. `hint` says what keeps a code from being read. `deliberate`: somebody
    pulled a trigger, so a text that is no pass deserves an answer.
    """

    source: str
    at: float
    codes: tuple[Code, ...] = ()
    hint: Note = ()
    picture: Any = None
    deliberate: bool = False


class Lost(NamedTuple):
    """The device is gone; the reader goes on trying."""

    source: str
    note: Note


class Back(NamedTuple):
    """The device is here again."""

    source: str


class Quiet(NamedTuple):
    """Nothing happened for a moment."""


ReaderEvent = Looked | Lost | Back | Quiet


class Reader(Protocol):
    """A source of events; the iteration ends with a file, a closed pipe, or `close`."""

    def __iter__(self) -> Iterator[ReaderEvent]:
        """The events as they happen."""

    def close(self) -> None:
        """Give the device back; may be called from another thread, and twice."""
