"""`checkpoint sync`: fetch from the authority, once or for ever; the exit code says whether it worked."""

import json as jsonlib
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.commands.shared import Home, Json, Lang, checked_lang, fail
from checkpoint.commands.verify import default_language
from checkpoint.model import Note
from checkpoint.sync.progress import Progress, Silent
from checkpoint.sync.report import Report
from checkpoint.sync.run import DEADLINE
from checkpoint.sync.run import sync as run_sync
from checkpoint.sync.watch import EVERY, Pace
from checkpoint.sync.watch import watch as run_watch
from checkpoint.verifier import home_folder
from checkpoint.words import say

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_BAR = 24  # characters
From = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="URL|FOLDER", help="Fetch from here instead; several are tried in order."),
]
Watch = Annotated[bool, typer.Option("--watch", help="Keep on, until Ctrl-C.")]
Every = Annotated[str, typer.Option(metavar="TIME", help="Pause of --watch: 90s, 15m, 1h.")]
Limit = Annotated[str, typer.Option("--deadline", metavar="TIME", help="Time one sync gets in all: 90s, 10m.")]


def sync(
    from_: From = None,
    watch: Watch = False,
    every: Every = f"{EVERY:.0f}s",
    deadline: Limit = f"{DEADLINE:.0f}s",
    home: Home = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Bring keys and lists up to date; whatever goes wrong, the station keeps what it has."""
    language = checked_lang(lang) or default_language()
    found, limit, pause = home_folder(home), _seconds(deadline, "--deadline"), _seconds(every, "--every")
    progress: Progress = Bars(language) if sys.stderr.isatty() and not json else Silent()

    def once() -> Report:
        return run_sync(found, from_ or (), progress, limit)

    if watch:
        try:
            run_watch(once, lambda report, seconds: _tell(report, seconds, language, json), Pace(pause))
        except KeyboardInterrupt:
            return
    report = once()
    if json:
        typer.echo(_json(report))
        raise typer.Exit(0 if report.done else 1)
    if not report.done:
        raise fail(say(language, *report.note), say(language, f"remedy.sync.{report.word}"))
    typer.echo(say(language, *report.note))


def _tell(report: Report, pause: float, lang: str, json: bool) -> None:
    if json:
        typer.echo(_json(report, next_in=round(pause)))
    else:
        typer.echo(f"{say(lang, *report.note)} {say(lang, 'sync.next', str(round(pause / 60)))}")
    sys.stdout.flush()


def _json(report: Report, **more: int) -> str:
    return jsonlib.dumps({**report.as_dict(), **more}, separators=(",", ":"))


def _seconds(text: str, option: str) -> float:
    match = re.fullmatch(r"(\d{1,6})([smh]?)", text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not seconds:
        raise typer.BadParameter(f"{text}: write it as 90s, 15m or 1h", param_hint=option)
    return seconds


class Bars:
    """One line on the terminal that grows with the file that is fetched."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._shown = ""

    def moved(self, path: str, done: int, total: int) -> None:
        """Redraw the line where it looks different now."""
        part = done / total if total else 1.0
        name = Path(path).name[-32:]
        line = f"{name:<32} [{'#' * round(_BAR * part):<{_BAR}}] {part:>4.0%} {done / 1e6:.1f}/{total / 1e6:.1f} MB"
        if line != self._shown:
            self._shown = line
            sys.stderr.write(f"\r{line}" + ("\n" if done >= total else ""))
            sys.stderr.flush()

    def told(self, note: Note) -> None:
        """A line of its own."""
        sys.stderr.write(f"\r{say(self._lang, *note)}\n")
