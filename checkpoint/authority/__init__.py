"""The admin's side: decide what stations trust, review it, sign it, publish it as a folder of static files."""

from typing import Protocol


class Refused(Exception):
    """An act that cannot be done; the text says why in one line, `hint` what to do next."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


class Progress(Protocol):
    """Told about the work as it goes on; the command layer draws it."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """`done` of `total` parts of the work named `step` are behind us."""


def silent(step: str, done: int, total: int) -> None:
    """A Progress that shows nothing."""
