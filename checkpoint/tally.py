"""What a station counts: outcomes, verdicts taken back, people a minute. Numbers only, nothing about anybody."""

from collections import Counter, deque
from dataclasses import dataclass, field

from checkpoint.model import Outcome

RATE_SECONDS = 300.0  # the people of the last five minutes make the number per minute
FIRST_SECONDS = 60.0  # before a minute has gone by, it counts as one
MOST_TIMES = 4096  # no door lets more people through in RATE_SECONDS


@dataclass(slots=True)
class Tally:
    """Counts since the station started."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    undone: int = 0
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))
    _began: float | None = None

    def count(self, outcome: Outcome, now: float) -> None:
        """One more visit with this outcome."""
        self._began = now if self._began is None else self._began
        self.outcomes[outcome] += 1
        self._times.append(now)

    def undo(self, outcome: Outcome) -> None:
        """The last one was taken back: counted apart, and no longer as what it was."""
        if self.outcomes[outcome]:
            self.outcomes[outcome] -= 1
            self.undone += 1

    def per_minute(self, now: float) -> float:
        """How many visits a minute there were lately."""
        while self._times and now - self._times[0] > RATE_SECONDS:
            self._times.popleft()
        if self._began is None:
            return 0.0
        return len(self._times) * 60 / max(FIRST_SECONDS, min(RATE_SECONDS, now - self._began))
