"""What the commands of `checkpoint authority` share: its options, and refusals as one line."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.authority import Progress, Refused, silent
from checkpoint.authority.folder import Folder
from checkpoint.commands.shared import fail
from checkpoint.verifier import home_folder

Where = Annotated[Path | None, typer.Option("--authority", metavar="DIR", help="The authority's folder.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Passphrases: one for all, or lines of NAME: PASSPHRASE.")
]
KeyFolders = Annotated[
    list[Path] | None, typer.Option("--keys", metavar="DIR", help="A folder with more key files, a stick for example.")
]


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the authority refuses into one line on stderr and exit code 1."""
    try:
        yield
    except Refused as refused:
        raise fail(str(refused), refused.hint) from None
    except OSError as error:
        raise fail(f"{error.filename or 'disk'}: {error.strerror or error}", _after(error)) from None


def _after(error: OSError) -> str:
    """What to do about an error of the disk; whatever it was, what stations can fetch is whole."""
    if error.errno in FULL:
        return "what stations get is whole; free some space, then run this again"
    if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError, PermissionError)):
        return "what stations get is whole; check the path"
    return "what stations get is whole; run this again"


def folder_of(where: Path | None, home: Path | None) -> Folder:
    """The folder of the authority: as given, or `authority/` in the home."""
    return Folder(where or home_folder(home) / "authority")


def drawn(json: bool) -> Progress:
    """Progress on one line of the terminal; none where nobody watches."""
    if json or not sys.stderr.isatty():
        return silent

    def draw(step: str, done: int, total: int) -> None:
        how_far = f"{done}/{total}" if total else f"{done // 1024} KiB"
        sys.stderr.write(f"\r{step} {how_far}\x1b[K" + ("\n" if done == total else ""))
        sys.stderr.flush()

    return draw
