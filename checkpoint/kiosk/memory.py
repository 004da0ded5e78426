"""What the kiosk remembers across a restart: that it is out of order, and who its page is. No names, no pictures."""

import json
import os
from pathlib import Path
from typing import Any

from checkpoint.kiosk.states import STICKY, Cause

_OWN = 0o600
MOST_BYTES = 4096


def recall_cause(file: Path) -> Cause | None:
    """Why the kiosk was out of order; a file that cannot be understood counts as out of order."""
    try:
        found = read(file)
        cause = None if found is None else Cause(found["cause"])
    except (OSError, ValueError, KeyError, TypeError):
        return Cause.DAMAGED
    return cause if cause in STICKY else None


def remember_cause(file: Path, cause: Cause | None) -> None:
    """Keep `cause` where only a person may end it; forget it otherwise."""
    if cause in STICKY:
        write(file, {"cause": cause.value})
    else:
        file.unlink(missing_ok=True)


def read(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`; None where there is no file. Raises OSError, ValueError."""
    try:
        with open(file, "rb") as handle:
            data = json.loads(handle.read(MOST_BYTES))
    except FileNotFoundError:
        return None
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(data, dict):
        raise ValueError("no object")
    return data


def write(file: Path, value: dict[str, Any]) -> None:
    """Keep `value` in `file`."""
    write_text(file, json.dumps(value))


def write_text(file: Path, text: str) -> None:
    """The old file or the new one, at any instant; readable by this account alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f".{file.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, file)
