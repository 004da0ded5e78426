"""How a page looks on a terminal: framed, in colour or not, or as plain lines for pipes and screen readers."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple, TextIO
from unicodedata import category, normalize

from checkpoint.model import Outcome
from checkpoint.present.page import Line, Page, compose, title
from checkpoint.verdict import Verdict
from checkpoint.words import safe, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

# Outcomes differ in shape, word, colour and sound; none of the four is needed to tell them apart.
SHAPES = {
    Outcome.ADMIT: ("✔", "[OK]"),
    Outcome.REFUSE: ("✖", "[X]"),
    Outcome.CHECK: ("▲", "[!]"),
    Outcome.NOT_READY: ("■", "[-]"),
    Outcome.UNREADABLE: ("?", "[?]"),
}
COLOURS = {
    Outcome.ADMIT: "bold black on green",
    Outcome.REFUSE: "bold white on red",
    Outcome.CHECK: "bold black on yellow",
    Outcome.NOT_READY: "bold white on blue",
    Outcome.UNREADABLE: "bold black on white",
}
BELLS = {Outcome.ADMIT: 1, Outcome.CHECK: 2, Outcome.REFUSE: 3, Outcome.UNREADABLE: 4, Outcome.NOT_READY: 5}
NARROWEST, WIDEST = 20, 100
_ASCII = str.maketrans({"đ": "d", "Đ": "D", "–": "-", "—": "-", "·": "-", "…": "...", "×": "x", "’": "'"})


class Look(NamedTuple):
    """What a stream can show."""

    width: int = 80
    colour: bool = False
    unicode: bool = True
    plain: bool = False


def look(stream: TextIO, environ: Mapping[str, str] = os.environ) -> Look:
    """What `stream` can show: anything but a capable terminal gets plain lines."""
    terminal = stream.isatty() and environ.get("TERM", "") != "dumb"
    width = shutil.get_terminal_size((80, 24)).columns if terminal else 80
    return Look(width, colour=terminal and not environ.get("NO_COLOR"), plain=not terminal)


def render(verdict: Verdict, lang: str, view: Look | None = None, *, now: float | None = None) -> str:
    """`verdict` as text for a terminal, ending in a line break; `now` as in `compose`. Pure."""
    return drawn(compose(verdict, lang, now), view or Look())


def show(verdict: Verdict, lang: str, stream: TextIO, *, now: float | None = None, plain: bool = False) -> None:
    """Write `verdict` to `stream` in the way that the stream can show."""
    view = look(stream)
    _write(stream, compose(verdict, lang, now), view._replace(plain=view.plain or plain))


def history(verdict: Verdict, lang: str, *, unicode: bool = True) -> str:
    """One line for the list of the last scans: shape, outcome and why; no name, no content."""
    shape = SHAPES[verdict.outcome][not unicode]
    line = f"{shape} {say(lang, f'outcome.{verdict.outcome.value}')} · {title(verdict, lang)}"
    return line if unicode else in_ascii(line)


def bell(outcome: Outcome) -> str:
    """The sound of an outcome, as many BEL characters as `BELLS` says."""
    return "\a" * BELLS[outcome]


def error(message: str, hint: str = "", stream: TextIO | None = None) -> None:
    """One line on `stream` (standard error): what is wrong, and what to do."""
    target = stream or sys.stderr
    text = safe(f"checkpoint: {message}" + (f" – {hint}" if hint else ""), 1000) + "\n"
    target.write(text if _carries(target, text) else in_ascii(text))


def drawn(page: Page, view: Look) -> str:
    """`page` as text in the way `view` asks for."""
    shown = page if view.unicode else _page_in_ascii(page)
    if view.plain:
        return "".join(f"{line}\n" for line in _plain_lines(shown))
    from rich.console import Console  # 60 ms that `verify --json` need not pay

    out = StringIO()
    console = Console(
        file=out,
        width=max(NARROWEST, min(view.width, WIDEST)),
        force_terminal=view.colour,
        color_system="standard" if view.colour else None,
        legacy_windows=False,
        _environ={},
    )
    draw(console, shown, unicode=view.unicode)
    text = out.getvalue()
    return text if view.colour else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def draw(console: "Console", page: Page, *, unicode: bool = True) -> None:
    """Print `page` on a rich console. Foreign text goes into Text objects only, where markup means nothing."""
    from rich.padding import Padding

    console.print(_banner(page, colour=bool(console.color_system), unicode=unicode))
    console.print()
    for block in page.blocks:
        for line in block:
            console.print(Padding(_row(line, console.width), (0, 0, 0, 2)))
        console.print()


def _banner(page: Page, *, colour: bool, unicode: bool) -> "Padding | Panel":
    from rich import box
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.text import Text

    shape = SHAPES[page.outcome][not unicode]
    words = Text(f"{shape}  {page.word}\n{' ' * (len(shape) + 2)}{page.title}")
    if colour:
        return Padding(words, (1, 2), style=COLOURS[page.outcome])
    return Panel(words, box=box.HEAVY if unicode else box.ASCII)


def _row(line: Line, width: int) -> "Text | Table":
    from rich.table import Table
    from rich.text import Text

    style = "bold yellow" if line.warning else ""
    if not line.label:
        return Text(line.text, style=style or "bold", overflow="fold")
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=min(14, width // 3), overflow="fold")
    row.add_column(ratio=1, overflow="fold")
    row.add_row(Text(line.label, style="cyan"), Text(line.text, style=style))
    return row


def _plain_lines(page: Page) -> Iterator[str]:
    yield f"{page.word}. {page.title}."
    for block in page.blocks:
        for line in block:
            yield f"{line.label}: {line.text}" if line.label else line.text


def _write(stream: TextIO, page: Page, view: Look) -> None:
    text = drawn(page, view)
    stream.write(text if _carries(stream, text) else drawn(page, view._replace(unicode=False)))


def _carries(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def in_ascii(text: str) -> str:
    """`text` for a screen that knows ASCII alone: Vietnamese without its marks is still read; the rest becomes "?"."""
    bare = normalize("NFKD", text.translate(_ASCII))
    return "".join(char if char.isascii() else "?" for char in bare if category(char) != "Mn")


def _page_in_ascii(page: Page) -> Page:
    blocks = tuple(
        tuple(line._replace(label=in_ascii(line.label), text=in_ascii(line.text)) for line in block)
        for block in page.blocks
    )
    return page._replace(word=in_ascii(page.word), title=in_ascii(page.title), blocks=blocks)
