"""Where the passphrases of the authority's keys come from: the environment, a file, or the person at the terminal."""

import os
import sys
from pathlib import Path

import typer

from checkpoint.commands.shared import fail

VARIABLE = "CHECKPOINT_PASSPHRASE"
MAX_FILE = 65536


class Asked:
    """A passphrase per key; asked once, and never of a program: without a terminal there is none.

    A line of the file is `NAME: passphrase` with the name of a key or a role, or one bare passphrase for all.
    """

    def __init__(self, file: Path | None) -> None:
        self._lines = {} if file is None else _lines(file)

    def __call__(self, name: str, role: str, new: bool) -> str | None:
        """The passphrase of the key `name` of `role`; the key's own goes before its role's, the role's before all."""
        for word in (name, role):
            found = os.environ.get(f"{VARIABLE}_{word.upper().replace('-', '_')}") or self._lines.get(word)
            if found:
                return found
        return os.environ.get(VARIABLE) or self._lines.get("") or _from_terminal(name, new)


def _lines(file: Path) -> dict[str, str]:
    try:
        text = file.read_bytes()[:MAX_FILE].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}", "give a text file with the passphrase") from None
    found = {}
    for line in text.splitlines():
        name, colon, rest = line.partition(": ")
        found[name.strip() if colon else ""] = rest if colon else line
    return found


def _from_terminal(name: str, new: bool) -> str | None:
    if not sys.stdin.isatty():
        return None
    if new:
        return str(typer.prompt(f"New passphrase for key {name}", hide_input=True, confirmation_prompt=True, err=True))
    given = typer.prompt(
        f"Passphrase for key {name} (empty: not here)", "", hide_input=True, show_default=False, err=True
    )
    return str(given) or None
