"""The door's loop: reader → verify → present. The same code held in view is one visit, judged once."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from checkpoint import formats
from checkpoint.model import Outcome
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier

SAME_VISIT = 3.0  # seconds: a code that was away for longer is shown anew
MOST_REMEMBERED = 64  # visits kept in mind; far more than pass a door within SAME_VISIT

Text = str | bytes
Clock = Callable[[], float]


@dataclass(slots=True)
class Visits:
    """Which passes were judged a moment ago, by pass id where there is one, else by what was read."""

    clock: Clock = time.monotonic
    _seen: dict[Text, float] = field(default_factory=dict)

    def is_new(self, key: Text) -> bool:
        """Whether `key` was not in view within the last SAME_VISIT seconds; it is from now on."""
        now = self.clock()
        last = self._seen.pop(key, None)
        self._seen[key] = now
        while len(self._seen) > MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return last is None or now - last > SAME_VISIT


@dataclass(slots=True)
class Station:
    """Judges the texts that a reader offers; gives each visit's verdict once."""

    verifier: Verifier
    policy: str | None = None
    visits: Visits = field(default_factory=Visits)

    def offer(self, texts: Iterable[Text], source: str) -> Iterator[Verdict]:
        """The verdicts for the codes of one frame, or for one scanned text; nothing for what was judged a moment ago.

        A code beside a pass that is no pass is passed over: a poster in view must not stop the queue.
        """
        found = list(dict.fromkeys(texts))
        passes = [text for text in found if formats.recognise(text) is not None] or found[:1]
        for text in passes:
            if self.visits.is_new(text):
                verdict = self.verifier.verify(text, policy=self.policy)._replace(source=source)
                # One pass can be written as many texts: the id, from signed bytes, says whether it is the same visit.
                pass_id = next((one.claims.pass_id for one in verdict.passes if one.claims), None)
                if pass_id is None or self.visits.is_new(pass_id):
                    yield verdict


def counts(outcomes: Iterable[Outcome]) -> dict[Outcome, int]:
    """How many of each outcome."""
    found = dict.fromkeys(Outcome, 0)
    for one in outcomes:
        found[one] += 1
    return found
