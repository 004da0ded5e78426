"""`checkpoint demo`: the main job end to end, with everything made on the spot."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.commands.shared import Json, Lang, checked_lang, fail
from checkpoint.commands.verify import default_language, show
from checkpoint.words import say

Keep = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep the demo station and its pictures in this new folder, to try them."),
]


def demo(keep: Keep = None, lang: Lang = None, json: Json = False) -> None:
    """Make an issuer and six passes, read them back from their pictures, print the verdicts; no network."""
    from checkpoint import demo as made_here

    language = checked_lang(lang) or default_language()
    wrong = 0
    with ExitStack() as stack:
        home = (
            _folder(keep) if keep else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="checkpoint-demo-")))
        )
        for one, verdict in made_here.run(home, home):
            if not json:
                typer.echo(f"\n—— {say(language, f'demo.{one.name}')} · {one.name}.png ——")
            show(verdict, json, language)
            wrong += verdict.reason is not one.expected
    if wrong:
        raise fail(f"{wrong} of the verdicts are not what they should be", "this installation must not be used")
    if not json:
        typer.echo("\n" + say(language, "demo.done"))
        if keep:
            typer.echo(say(language, "demo.next", f"checkpoint verify --home {keep} {keep / 'good.png'}"))


def _folder(keep: Path) -> Path:
    try:
        keep.mkdir(parents=True)
    except FileExistsError:
        raise fail(f"{keep} is there already", "name a new folder") from None
    except OSError as error:
        raise fail(f"{keep}: {error.strerror}", "name a folder that can be written") from None
    return keep
