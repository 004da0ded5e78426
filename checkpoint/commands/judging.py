"""`checkpoint verify` for typer: the same options as the fast lane, from the same table."""

from typing import Annotated

import typer

from checkpoint.commands import verify as verify_command
from checkpoint.commands.options import PASSES_HELP, VerifyOptions
from checkpoint.commands.shared import At, Home, Json, Lang, PolicyId, checked_lang


def verify(
    passes: Annotated[list[str], typer.Argument(metavar="PASS...", help=PASSES_HELP, show_default=False)],
    home: Home = None,
    policy: PolicyId = None,
    lang: Lang = None,
    json: Json = False,
    at: At = None,
) -> None:
    """Judge passes."""
    options = VerifyOptions(tuple(passes), home, policy, checked_lang(lang), json, at)
    raise typer.Exit(verify_command.run(options))
