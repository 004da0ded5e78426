"""The bytes of a file that a stranger may have chosen: read with a cap."""

from pathlib import Path

from checkpoint.model import Reason, Refusal

# A phone's largest photo is about 30 MB and a scanned dossier less; more is not what a visitor brings.
MOST_BYTES = 64 * 1024 * 1024


def content(source: Path | bytes) -> bytes:
    """The bytes of `source`, at most MOST_BYTES; Refusal where there are more, OSError where it cannot be read."""
    if isinstance(source, bytes):
        data = source
    else:
        with source.open("rb") as file:  # no size is asked: a pipe or a device has none, and a file may grow
            data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refusal(Reason.NO_CODE, "note.picture_too_large", f"{MOST_BYTES // 2**20} MB")
    return data
