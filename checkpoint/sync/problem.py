"""Why a sync did not work, in one stable word and one sentence for people."""

import errno

from checkpoint.model import Note

# Words of problems of the place that was asked: another mirror may do better.
ELSEWHERE = frozenset(
    {
        "address",
        "folder_missing",
        "offline",
        "slow",
        "portal",
        "tls",
        "server",
        "not_there",
        "cut",
        "too_long",
        "damaged",
        "not_signed",
        "rolled_back",
        "expired",
        "not_understood",
    }
)


class Problem(Exception):
    """`word` is stable, for scripts; `args` after it go into the sentence `sync.<word>`."""

    def __init__(self, word: str, *args: str | float) -> None:
        super().__init__(word, *args)
        self.word = word

    @property
    def note(self) -> Note:
        """The sentence for people, as a key of the locale files and its arguments."""
        return (f"sync.{self.word}", *self.args[1:])

    @property
    def elsewhere(self) -> bool:
        """Whether asking another mirror makes sense."""
        return self.word in ELSEWHERE


class NotThere(Exception):
    """The place has no such file; `status` as in HTTP."""

    def __init__(self, path: str, status: int = 404) -> None:
        super().__init__(path)
        self.status = status


def of_disk(error: OSError) -> Problem:
    """What went wrong at this station's own disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem("disk_full")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Problem("read_only", str(error.filename or ""))
    return Problem("disk", str(error.strerror or error))
