"""Lines of text: what stdin brings, and what a scanner types that stands in for a keyboard (a wedge)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

Text = str | bytes

# Four times what the largest symbol holds (7089 digits), and a set of chunks comes as several lines. A longer line is
# cut here: it stays far longer than any pass, so it is refused as one damaged text, and memory stays bounded.
MOST_LINE_BYTES = 32_768
# Which bytes end a line. Scanners end a code with CR, LF, both, or TAB; in a file of texts TAB may stand inside one.
STDIN_ENDS = b"\r\n"
WEDGE_ENDS = b"\r\n\t"

_BOM = "\ufeff"
# "]Q1" and its like, which a scanner can be told to send before each code. No pass begins with "]".
_AIM = re.compile(r"\A\]([A-Za-z])([0-9A-Za-z])(?=.)", re.DOTALL)
# AIM identifiers that say: an escape protocol follows, "\\" is one backslash and "\nnnnnn" a character set.
_ESCAPED = {("Q", "2"), ("Q", "4"), ("Q", "6"), ("z", "3"), ("z", "4"), ("z", "5"), ("d", "4"), ("d", "5"), ("d", "6")}
_ESCAPE = re.compile(r"\\(?:\d{6}|(\\))")
# A binary seal: to its last byte it is data, and only an identifier can stand before it.
_SEAL = re.compile(rb"(?:\][A-Za-z][0-9A-Za-z])?(?=\xdc[\x02\x03])", re.DOTALL)
_CHUNK = re.compile(r"shc:/(\d{1,2})/(\d{1,2})/", re.IGNORECASE)


class ByteStream(Protocol):
    """A binary stream that gives what is there without waiting for more: sys.stdin.buffer, an open device."""

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; b"" at the end only."""


def read_texts(stream: ByteStream, ends: bytes = STDIN_ENDS) -> Iterator[Text]:
    """The passes of `stream`, each as soon as it is complete: one a line, the lines of a chunked pass as one.

    Nothing inside a line is changed, and only CR, LF and TAB are taken off its end: base45 uses the space. A line that
    is no UTF-8 comes as bytes. Empty lines say nothing.
    """
    return joined(cleaned(line) for line in split(stream, ends))


def split(stream: ByteStream, ends: bytes = STDIN_ENDS) -> Iterator[bytes]:
    """The lines of `stream` without their ends and without the empty ones, each at most MOST_LINE_BYTES."""
    border = re.compile(b"[" + re.escape(ends) + b"]")
    held = b""
    while piece := stream.read1(65_536):
        *whole, last = border.split(piece)
        for line in whole:
            yield from filter(None, ((held + line)[:MOST_LINE_BYTES],))
            held = b""
        held = (held + last)[:MOST_LINE_BYTES]
    yield from filter(None, (held,))


def cleaned(line: bytes) -> Text:
    """One line as the code's text: without a byte order mark, an AIM identifier, and CR, LF or TAB at its end.

    The end of a binary seal is its signature: nothing is taken from it.
    """
    if seal := _SEAL.match(line):
        return line[seal.end() :]
    line = line.rstrip(b"\r\n\t")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return line
    return _without_aim(text.removeprefix(_BOM))


def _without_aim(text: str) -> str:
    mark = _AIM.match(text)
    if mark is None:
        return text
    rest = text[mark.end() :]
    return _ESCAPE.sub(r"\1", rest) if mark.groups() in _ESCAPED else rest


def joined(texts: Iterable[Text]) -> Iterator[Text]:
    """`texts` with consecutive chunks of one SMART Health Card ("shc:/n/m/...") put together, a line each.

    A pass is handed on when it has as many different chunks as it says; an incomplete one when a text comes that cannot
    be its next chunk. A chunk that a scanner read twice counts once. Which chunks are there is not judged here.
    """
    waiting: dict[str, None] = {}
    done: frozenset[str] = frozenset()
    total = 0
    for text in texts:
        said = _total(text)
        if waiting and said != total:
            yield from _incomplete(waiting, done)
            waiting = {}
        if said == 0 or not isinstance(text, str):
            done = frozenset()
            yield text
            continue
        waiting[text], total = None, said
        if len(waiting) >= total:
            yield "\n".join(waiting)
            waiting, done = {}, frozenset(waiting)
    yield from _incomplete(waiting, done)


def _total(text: Text) -> int:
    """Of how many chunks `text` is one; 0 where it is none."""
    chunk = _CHUNK.match(text) if isinstance(text, str) else None
    return int(chunk[2]) if chunk and int(chunk[1]) <= int(chunk[2]) else 0


def _incomplete(waiting: Mapping[str, None], done: frozenset[str]) -> Iterator[Text]:
    """What waits in vain, unless it is chunks of the pass before, read once more after that was complete."""
    if waiting and not waiting.keys() <= done:
        yield "\n".join(waiting)
