"""What a PASS on the command line is: the text of a code, a picture, a PDF, a binary seal in a file, or stdin."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from checkpoint import formats
from checkpoint.codec.errors import Malformed
from checkpoint.commands import card_file
from checkpoint.model import Note, Reason

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pdf", ".ppm", ".pgm"}
MAX_SEAL = 65536  # bytes of a file that is neither picture nor PDF: a binary seal has some hundred
_LONGEST_PATH = 4096  # no file system takes more; a pass may be longer

Text = str | bytes


class NoSuchFile(Exception):
    """A PASS that was meant as a file that cannot be opened: a mistake of the caller, not of the holder."""


class Input(NamedTuple):
    """One pass to judge: where it came from, and its text, or why there is none.

    `place` numbers the pictures: codes of one picture stand beside each other, and one of them may be no pass.
    """

    source: str
    text: Text | None
    reason: Reason = Reason.NO_CODE
    note: Note = ()
    place: int = 0


def expand(passes: tuple[str, ...]) -> Iterator[Input]:
    """Every pass in the arguments, in their order; stdin line by line as it comes. Raises NoSuchFile."""
    for number, one in enumerate(passes, 1):
        source = f"argument {number}"
        if one == "-":
            yield from _stdin()
        elif formats.recognise(one) is not None or not (path := _as_file(one)):
            yield from _texts(one, source)
        else:
            yield from _file(path, source, number)


def _as_file(text: str) -> Path | None:
    """The file that `text` names; None where it is no name of a file."""
    if not text or len(text) > _LONGEST_PATH or "\0" in text or "\n" in text:
        return None
    path = Path(text)
    try:
        if path.is_file():
            return path
        if path.is_dir():
            raise NoSuchFile(f"{text} is a folder")
    except OSError as error:  # a text that no file system takes as a name, or a folder that nobody may look into
        why = f"{text}: {error.strerror}"
    else:
        why = f"there is no file {text}"
    if path.suffix.lower() in {*PICTURES, card_file.SUFFIX}:
        raise NoSuchFile(why)
    return None


def _file(path: Path, source: str, number: int) -> Iterator[Input]:
    try:
        with path.open("rb") as file:
            head = file.read(card_file.MAX_FILE + 1)
    except OSError as error:
        raise NoSuchFile(f"{path}: {error.strerror}") from None
    if path.suffix.lower() not in PICTURES and (text := _seal_or_text(head)) is not None:
        yield from _texts(text, source)
        return
    from checkpoint.commands.pictures import codes_of  # texts are to be judged without it

    yield from codes_of(path, source, number)


def _seal_or_text(head: bytes) -> Text | None:
    """The content of a file that holds a pass as such; None where it must be a picture."""
    try:
        text = head.decode("utf-8").removeprefix("\ufeff")
        text = text if text.startswith(formats.SEAL_TEXTS) else text.rstrip("\r\n\t")
    except UnicodeDecodeError:
        return head if len(head) <= MAX_SEAL and formats.recognise(head) is not None else None
    if card_file.is_file(text) and len(head) <= card_file.MAX_FILE:
        return text
    return text if len(head) <= MAX_SEAL and formats.recognise(text) is not None else None


def _texts(text: Text, source: str) -> Iterator[Input]:
    """The passes in one text: it is one, or the content of a file that holds several cards."""
    if not isinstance(text, str) or not card_file.is_file(text):
        yield Input(source, text)
        return
    try:
        found = card_file.cards(text)
    except Malformed as error:
        yield Input(source, None, Reason.DAMAGED, ("note.damaged_at", str(error)))
        return
    for number, one in enumerate(found, 1):
        yield Input(source if len(found) == 1 else f"{source}, card {number}", one)


def _stdin() -> Iterator[Input]:
    import sys

    from checkpoint.readers.lines import ByteStream, read_texts

    if not sys.stdin:  # the shell closed it
        return
    for number, text in enumerate(read_texts(cast(ByteStream, sys.stdin.buffer)), 1):
        yield Input(f"stdin line {number}", text)
