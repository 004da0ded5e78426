"""Draws verdicts, as a terminal shows them, into one SVG that loads nothing from anywhere.

python docs/make_pictures.py docs/verdicts.svg [vi|en]
"""

import os
import re
import sys
import time
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from checkpoint import demo
from checkpoint.present import compose
from checkpoint.present.terminal import draw
from checkpoint.verdict import Verdict

# The first have every Vietnamese letter.
FONTS = "'Noto Sans Mono', ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# rich's own template fetches a font from the web: a picture in a README must not call home.
TEMPLATE = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", FONTS
)

# rich cuts each line at its height, and with it the second mark of a Vietnamese capital: HẾT must not become HÊT.
CLIPPED_LINE = re.compile(r' clip-path="url\(#checkpoint-line-\d+\)"')
# Black, red, green, yellow, blue, magenta, cyan, white: each banner readable for people with weak sight.
PALETTE = "000000 b0141e 50c86e facd3c 194bbe aa5ac8 6ec8d7 ebebeb"
THEME = TerminalTheme(
    (24, 26, 31),
    (230, 232, 236),
    [tuple(bytes.fromhex(colour)) for colour in PALETTE.split()],  # type: ignore[misc]
)


SHOWN = ("good", "expired", "forged", "unknown-issuer")


def picture(verdicts: Sequence[Verdict], lang: str, *, width: int = 72, title: str = "checkpoint verify") -> str:
    """The SVG text that shows `verdicts` one below the other."""
    console = Console(record=True, file=StringIO(), width=width, force_terminal=True, legacy_windows=False, _environ={})
    for verdict in verdicts:
        draw(console, compose(verdict, lang))
    drawing = console.export_svg(title=title, code_format=TEMPLATE, unique_id="checkpoint", theme=THEME)
    return CLIPPED_LINE.sub("", drawing)


def demo_verdicts() -> list[Verdict]:
    """Verdicts of `checkpoint demo`, every key, pass and picture of it made on the spot."""
    with TemporaryDirectory() as folder:
        return [verdict for one, verdict in demo.run(Path(folder), Path(folder)) if one.name in SHOWN]


if __name__ == "__main__":
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"  # the same picture wherever it is made
    time.tzset()
    Path(sys.argv[1]).write_text(picture(demo_verdicts(), sys.argv[2] if len(sys.argv) > 2 else "vi"), "utf-8")
