"""The digits of a SMART Health Card: in one code, or in several that were shown in any order."""

import re

from checkpoint.codec.errors import Malformed
from checkpoint.model import Reason, Refusal

HEAD = "shc:/"
MAX_CHUNKS = 99  # the longest history known fills 17
_CHUNK = re.compile(r"shc:/([1-9]\d?)/([1-9]\d?)/(\d+)\Z", re.ASCII)


def digits(text: str) -> str:
    """The digits of the whole card; raises Malformed, or Refusal where some of its codes are missing.

    Chunks stand one a line ("shc:/2/3/..."): the framework has dropped them, but cards printed before are carried on.
    """
    if not text.startswith(HEAD):
        raise Malformed("shc header")
    if "/" not in text[len(HEAD) :]:
        return text[len(HEAD) :]
    return _joined(text)


def _joined(text: str) -> str:
    parts: dict[int, str] = {}
    totals: set[int] = set()
    for line in filter(None, (one.rstrip("\r") for one in text.split("\n"))):
        found = _CHUNK.match(line)
        if found is None:
            raise Malformed("shc chunk header")
        number, total = int(found[1]), int(found[2])
        if number > total or len(found[3]) % 2:
            raise Malformed("shc chunk header" if number > total else "digits")
        if parts.setdefault(number, found[3]) != found[3]:
            raise Malformed("shc chunks of different cards")
        totals.add(total)
    if len(totals) > 1:
        raise Malformed("shc chunks of different cards")
    total = totals.pop()
    if len(parts) < total:
        raise Refusal(Reason.INCOMPLETE, "note.parts_read", str(len(parts)), str(total))
    return "".join(parts[number] for number in range(1, total + 1))
