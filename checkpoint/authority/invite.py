"""The code that enrols a station: where the repository is served, and the fingerprint of its first root."""

from pathlib import Path

import segno

from checkpoint.authority import Refused, repository
from checkpoint.authority.folder import Folder
from checkpoint.store.invitation import Invitation, parse

KINDS = ("png", "svg")
_PIXELS = 8  # of one module


def text(folder: Folder, address: str) -> str:
    """What the code holds; raises Refused for an address that no station would take."""
    found = Invitation(address, repository.fingerprint(folder)).text()
    if parse(found) is None:
        raise Refused(
            f"{address[:200]!r} is no web address", "--address https://HOST/PATH, where repository/ is served"
        )
    return found


def draw(folder: Folder, address: str, out: Path) -> None:
    """Write the code as a picture, PNG or SVG by the name of `out`; raises Refused, OSError."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise Refused(f"{out} is neither PNG nor SVG", "name it code.png or code.svg")
    segno.make(text(folder, address), error="m", micro=False).save(str(out), kind=kind, scale=_PIXELS, border=4)
