"""The passes in a picture or a PDF: its codes, and the pieces of one pass put together (SMART Health Cards)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from checkpoint import formats, readers
from checkpoint.commands.inputs import Input, NoSuchFile, Text
from checkpoint.model import Reason, Refusal
from checkpoint.readers.code import Code, Enough
from checkpoint.visit import piece


def codes_of(path: Path, source: str, number: int = 0) -> Iterator[Input]:
    """Every pass in a picture or PDF, one in several codes put together, or why none was read."""
    try:
        codes = readers.read_file(path, _whole_pass())
    except Refusal as refusal:
        yield Input(source, None, refusal.reason, refusal.note)
        return
    except OSError as error:
        raise NoSuchFile(f"{path}: {error.strerror}") from None
    if not codes:
        yield Input(source, None, Reason.NO_CODE, ("note.no_code_in_picture",))
    found = _put_together([code.text for code in codes])
    for place, text in enumerate(found, 1):
        yield Input(source if len(found) == 1 else f"{source}, code {place}", text, place=number)


def _whole_pass() -> Enough:
    """Says of the codes of one picture, as they are found, whether there is a pass: with a piece, all its pieces."""
    seen: set[tuple[int, int]] = set()

    def enough(code: Code) -> bool:
        part = piece(code.text)
        if part is None:
            return formats.recognise(code.text) is not None
        seen.add(part)
        return sum(total == part[1] for _, total in seen) == part[1]

    return enough


def _put_together(texts: Sequence[Text]) -> list[Text]:
    """`texts` with the pieces of one pass as one text, a line each, where the first of them stood."""
    found: dict[object, list[Text]] = {}
    for place, text in enumerate(texts):
        part = piece(text)
        found.setdefault(f"of {part[1]}" if part else place, []).append(text)
    return ["\n".join(map(str, group)) if len(group) > 1 else group[0] for group in found.values()]
