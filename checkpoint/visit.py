"""Visits: the same credential seen again, the pieces of one pass put together. Pure: every time is a parameter.

Nothing that was read is kept in clear but the pieces of a pass that is not complete yet, and these for PIECES_SECONDS
at most; everything else is a digest under a key that dies with the process.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from checkpoint import formats
from checkpoint.model import Note, Refusal

SAME_VISIT = 3.0  # seconds: a pass that was away for longer is shown anew
MOST_REMEMBERED = 256  # texts kept in mind; far more than pass a door within SAME_VISIT
PIECES_SECONDS = 45.0  # from one piece to the next, and no longer
# Pieces shown with a longer pause between them may belong to two people: then a bad signature proves no forgery.
ONE_HAND_SECONDS = 10.0
MOST_PIECES = 99
MOST_PIECES_CHARACTERS = 65_536
HELD_SECONDS = 0.7  # a code that is no pass is held up on purpose, not passing by
HELD_GAP = 0.5  # it may be out of sight for so long meanwhile: not each frame reads
FIXTURE_SECONDS = 600.0  # once answered, it is a poster until it was away for so long

Text = str | bytes
_PIECE = re.compile(r"shc:/([1-9]\d?)/([1-9]\d?)/\d+\Z", re.ASCII)


def _key_maker() -> Callable[[Text], bytes]:
    secret = secrets.token_bytes(32)

    def make(text: Text) -> bytes:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return blake2b(data, digest_size=16, key=secret).digest()

    return make


@dataclass(slots=True)
class Visits:
    """Which passes were judged a moment ago, by every text they were shown as and by pass id."""

    key: Callable[[Text], bytes] = field(default_factory=_key_maker)
    number: int = 0  # of the last visit
    _visit_of: dict[bytes, int] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)

    def goes_on(self, text: Text, now: float) -> bool:
        """Whether `text` belongs to a visit that is still going on; being seen prolongs it."""
        self.forget(now)
        visit = self._visit_of.get(self.key(text))
        if visit is None:
            return False
        self._last[visit] = now
        return True

    def begins(self, text: Text, pass_id: str | None, now: float) -> int | None:
        """The number of the visit that begins with `text`; None where its pass, in another text, was just shown."""
        self.forget(now)
        named = None if pass_id is None else self.key(f"pass {pass_id}")
        visit = self._visit_of.get(named) if named else None
        new = visit is None
        if visit is None:
            self.number += 1
            visit = self.number
        for key in filter(None, (self.key(text), named)):
            self._visit_of[key] = visit
        self._last[visit] = now
        self._bound()
        return visit if new else None

    def joins(self, text: Text, known: Text) -> None:
        """From now on `text` stands for the visit of `known` too."""
        visit = self._visit_of.get(self.key(known))
        if visit is not None:
            self._visit_of[self.key(text)] = visit
            self._bound()

    def end(self, visit: int | None = None) -> None:
        """The next look at the same pass is a new visit; of every pass where `visit` is None."""
        for number in list(self._last) if visit is None else [visit]:
            self._drop(number)

    def forget(self, now: float) -> None:
        """Drop what was last seen more than SAME_VISIT seconds ago."""
        for visit in [visit for visit, last in self._last.items() if now - last > SAME_VISIT]:
            self._drop(visit)

    def _bound(self) -> None:
        while len(self._visit_of) > MOST_REMEMBERED:
            self._drop(min(self._last, key=self._last.__getitem__))

    def _drop(self, visit: int) -> None:
        self._last.pop(visit, None)
        for key in [key for key, one in self._visit_of.items() if one == visit]:
            del self._visit_of[key]

    def __len__(self) -> int:
        return len(self._visit_of)


class Joined(NamedTuple):
    """A pass in all its pieces, a line each; `one_hand` is false where they may come from two people."""

    text: str
    one_hand: bool


@dataclass(slots=True)
class Pieces:
    """The codes of one pass ("shc:/2/3/..."), gathered across looks in any order."""

    total: int = 0
    replaced: bool = False  # the last piece began another pass
    _parts: dict[int, str] = field(default_factory=dict)
    _last: float = 0.0
    _pause: float = 0.0
    _doubted: frozenset[str] = frozenset()  # what was joined last and did not fit together

    @property
    def read(self) -> int:
        """How many pieces are here."""
        return len(self._parts)

    @property
    def until(self) -> float:
        """When they will be forgotten."""
        return self._last + PIECES_SECONDS

    def add(self, text: str, now: float) -> Joined | None:
        """Take one piece; the whole pass where it was the last one missing. `text` must be `is_piece`."""
        number, total = piece(text) or (0, 0)
        self.expire(now)
        self.replaced = bool(self._parts) and (total != self.total or self._parts.get(number, text) != text)
        if self.replaced:
            self.clear()
        self._pause = max(self._pause, now - self._last) if self._parts else 0.0
        self._last, self.total = now, total
        self._parts[number] = text
        if self.read < total:
            self._bound()
            return None
        joined = Joined("\n".join(self._parts[one] for one in sorted(self._parts)), self._pause <= ONE_HAND_SECONDS)
        self.clear()
        return joined

    def doubt(self, parts: Iterable[str]) -> None:
        """What was joined does not hold: the last of `parts` may be the next person's, who has the others too."""
        self._doubted = frozenset(parts)

    def wants(self, text: str) -> bool:
        """Whether `text`, joined wrongly before and in view since, is missing in what is gathered now."""
        number, total = piece(text) or (0, 0)
        return text in self._doubted and total == self.total and number not in self._parts

    def expire(self, now: float) -> bool:
        """Forget pieces that have waited too long; whether there were any."""
        if now - self._last > PIECES_SECONDS:
            self._doubted = frozenset()
        late = bool(self._parts) and now - self._last > PIECES_SECONDS
        if late:
            self.clear()
        return late

    def clear(self) -> bool:
        """Forget them all; whether there were any."""
        there = bool(self._parts)
        self._parts.clear()
        self._doubted = frozenset()
        self.total = 0
        return there

    def rest(self) -> str | None:
        """The pieces that are here, a line each, and no longer waited for; None where there are none."""
        text = "\n".join(self._parts[one] for one in sorted(self._parts))
        return text if self.clear() else None

    def _bound(self) -> None:
        if sum(map(len, self._parts.values())) > MOST_PIECES_CHARACTERS:
            self.clear()


def of_one_pass(parts: Iterable[Text]) -> bool:
    """Whether the pieces `parts`, in view at once, can all belong to one pass."""
    found = [numbers for part in parts if (numbers := piece(part))]
    return len(set(found)) == len(found) and len({total for _, total in found}) < 2


def piece(text: Text) -> tuple[int, int] | None:
    """Number and total of a piece of a pass that has several; None for anything else."""
    found = _PIECE.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    number, total = int(found[1]), int(found[2])
    return (number, total) if number <= total <= MOST_PIECES else None


def what_it_is(text: Text) -> Note:
    """What a code is that is no pass, as far as the formats know it by sight."""
    try:
        formats.open_pass(text)
    except Refusal as refusal:
        return refusal.note
    return ()


class _Held(NamedTuple):
    since: float
    last: float
    answered: bool


@dataclass(slots=True)
class Decoys:
    """Codes that are no passes: answered once when held up on purpose, then part of the room."""

    key: Callable[[Text], bytes] = field(default_factory=_key_maker)
    _seen: dict[bytes, _Held] = field(default_factory=dict)

    def deserves_answer(self, text: Text, now: float) -> bool:
        """Whether `text`, in view now and no pass beside it, has been held up long enough; true once."""
        key = self.key(text)
        before = self._seen.pop(key, None)
        if before is not None and now - before.last > (FIXTURE_SECONDS if before.answered else HELD_GAP):
            before = None
        held = before or _Held(now, now, False)
        due = not held.answered and now - held.since >= HELD_SECONDS
        self._seen[key] = _Held(held.since, now, held.answered or due)
        while len(self._seen) > MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return due
