"""What a sync tells while it runs."""

from typing import Protocol

from checkpoint.model import Note


class Progress(Protocol):
    """Whoever shows it; called from the thread that syncs."""

    def moved(self, path: str, done: int, total: int) -> None:
        """`done` of `total` bytes of one file are there."""

    def told(self, note: Note) -> None:
        """Something worth a line: a mirror that failed while another is asked."""


class Silent:
    """Shows nothing."""

    def moved(self, path: str, done: int, total: int) -> None:
        """Nothing."""

    def told(self, note: Note) -> None:
        """Nothing."""
