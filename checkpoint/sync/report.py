"""How the last sync went, for `checkpoint status`: a note for people, nothing rests on it."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.model import Note
from checkpoint.store.lines import write_file
from checkpoint.verdict import rfc3339

NAME = "sync.json"
MAX_FILE = 16 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Report:
    """One sync. `word` is "updated", "unchanged", or the word of the problem; times in seconds since 1970 UTC."""

    at: float
    word: str
    note: Note = ()
    place: str = ""
    requests: int = 0
    received: int = 0  # bytes of bodies
    issued: float | None = None
    skipped: tuple[str, ...] = ()  # mirrors that failed before one worked

    @property
    def done(self) -> bool:
        """Whether the station has what its authority says now."""
        return self.word in ("updated", "unchanged")

    def as_dict(self) -> dict[str, Any]:
        """As plain data for `--json` and for the file."""
        return {
            "result": self.word,
            "at": rfc3339(self.at),
            "place": self.place or None,
            "requests": self.requests,
            "bytes": self.received,
            "issued": rfc3339(self.issued),
            "skipped": list(self.skipped),
            "note": list(self.note),
        }


def keep(state: Path, report: Report) -> None:
    """Remember how it went; raises OSError."""
    write_file(state / NAME, json.dumps(report.as_dict(), indent=1).encode("ascii") + b"\n")


def last(state: Path) -> dict[str, Any] | None:
    """How the last sync went as plain data, None where none is remembered or the file is not what `keep` wrote."""
    try:
        with (state / NAME).open("rb") as file:
            found = json_strict.loads(file.read(MAX_FILE))
        datetime.fromisoformat(found["at"])
        whole = all(isinstance(one, str | int | float) for one in found["note"])
    except (OSError, Malformed, KeyError, TypeError, ValueError):
        return None
    return found if whole else None
