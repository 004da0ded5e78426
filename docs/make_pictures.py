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

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from checkpoint.model import Checked, Claims, Credential, Key, Policy, Reason, Subject
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


def picture(verdicts: Sequence[Verdict], lang: str, *, width: int = 72, title: str = "checkpoint verify") -> str:
    """The SVG text that shows `verdicts` one below the other."""
    console = Console(record=True, file=StringIO(), width=width, force_terminal=True, legacy_windows=False, _environ={})
    for verdict in verdicts:
        draw(console, compose(verdict, lang))
    drawing = console.export_svg(title=title, code_format=TEMPLATE, unique_id="checkpoint", theme=THEME)
    return CLIPPED_LINE.sub("", drawing)


def examples() -> list[Verdict]:
    """One verdict of each outcome, made by hand; nobody signed these."""
    key = Key("hcert", "AAAA", public=None, name="Sở Y tế Ví dụ", country="VN", as_of=1_650_441_600)  # type: ignore[arg-type]
    claims = Claims(
        pass_id="example",
        subject=Subject("Nguyễn Thị Ví Dụ", "1983-10-10", latin_name="NGUYEN THI VI DU"),
        credentials=(Credential("vaccination", {"dose": 1}), Credential("vaccination", {"dose": 2})),
        issued_at=1_649_950_687,
        valid_until=1_738_195_200,
    )
    reasons = (Reason.OK, Reason.EXPIRED, Reason.ISSUER_UNKNOWN, Reason.TRUST_STALE, Reason.DAMAGED)
    return [_example(reason, Checked((), "hcert", key, claims)) for reason in reasons]


def _example(reason: Reason, checked: Checked) -> Verdict:
    passes = (checked,) if reason in (Reason.OK, Reason.EXPIRED) else ()
    grant = "green" if reason is Reason.OK else None
    return Verdict(reason, (), 1_651_363_200, Policy("authentic", "1"), grant=grant, passes=passes)


if __name__ == "__main__":
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"  # the same picture wherever it is made
    time.tzset()
    Path(sys.argv[1]).write_text(picture(examples(), sys.argv[2] if len(sys.argv) > 2 else "vi"), "utf-8")
