"""What keeps a code from being read, measured from a grey frame; and how long a person is told so."""

from dataclasses import dataclass

from checkpoint.model import Note

STAYS = 1.0  # seconds: nobody reads faster
SURE_AFTER = 0.3  # a trouble that lasts shorter is the hand on its way


@dataclass(slots=True)
class Steady:
    """Turns what each frame shows into hints that people can follow: sure before shown, and never flickering."""

    shown: Note = ()
    _since: float = float("-inf")  # when `shown` was put up
    _next: Note = ()
    _next_since: float = float("-inf")

    def follows(self, note: Note, now: float) -> bool:
        """Take what one frame shows at `now`; whether `shown` has changed."""
        if note != self._next:
            self._next, self._next_since = note, now
        if note == self.shown or now - self._since < STAYS or now - self._next_since < SURE_AFTER:
            return False
        self.shown, self._since = note, now
        return True
