"""What the role `revocation` publishes: emergency blocks, foreign revocations, status lists."""

from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import Published
from checkpoint.authority.staged import Content, one_file

BLOCKS = "revocation/blocks.jsonl"


def content(folder: Folder, old: Published | None, now: float) -> Content:
    """The staged revocations as targets."""
    found = Content()
    blocks = folder.staged / BLOCKS
    if blocks.exists():
        found.add(BLOCKS, one_file(blocks))
    return found
