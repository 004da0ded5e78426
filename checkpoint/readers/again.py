"""How long to wait before a device that vanished is tried again."""

from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds


@dataclass(slots=True)
class Again:
    """Waits twice as long after each failure, up to LONGEST_PAUSE; a success begins anew."""

    pause: float = 0.0
    due: float = float("-inf")

    def failed(self, now: float) -> None:
        """The device was not there at `now`."""
        self.pause = min(LONGEST_PAUSE, 2 * self.pause or FIRST_PAUSE)
        self.due = now + self.pause

    def worked(self) -> None:
        """The device is there."""
        self.pause, self.due = 0.0, float("-inf")

    def ready(self, now: float) -> bool:
        """Whether it is time to try."""
        return now >= self.due
