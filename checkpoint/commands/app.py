"""The whole command line: every command with its help. A command's module is imported only when it is used."""

import os
from importlib import import_module
from typing import Any

import typer

from checkpoint import __version__

# name: (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "verify": ("judging", "verify", "Judge passes: texts, pictures, PDFs, or lines on stdin."),
    "scan": ("scan", "scan", "Terminal station: judge what a camera or a scanner reads, one after the other."),
    "enroll": ("enroll", "enroll", "Make this station follow one authority."),
    "sync": ("sync", "sync", "Bring keys and lists up to date, once or for ever."),
    "status": (
        "status",
        "status",
        "What is old, when the next hard stop comes, what to do.",
    ),
    "kiosk": (
        "kiosk",
        "kiosk",
        "Web station on this machine: a page for a screen that nobody watches, or an officer does.",
    ),
    "keys": ("keys", "app", "Pin issuers by hand: import, list, show, remove."),
    "revocations": ("revocations", "app", "Pin revocations by hand: import, list, remove."),
    "authority": ("authority", "app", "For admins: decide, sign and publish what stations trust."),
    "demo": ("demo", "demo", "Show the main job end to end with passes, keys and a revocation made on the spot."),
}
HELP = "One scanner for every pass: reads QR passes, verifies them offline, gives one honest verdict."
EPILOG = (
    "Exit codes of verdicts: 0 admit, 3 refuse, 4 check, 5 not ready, 6 unreadable. "
    "Of all commands: 1 failed, 2 wrong use."
)


def run(args: list[str]) -> int:
    """Run the command line `args` with typer; gives the exit code."""
    wanted = [args[0]] if args and args[0] in COMMANDS and not _completing() else list(COMMANDS)
    try:
        found = _app(wanted)(args=args, prog_name="checkpoint")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return found if isinstance(found, int) else 0


def _completing() -> bool:
    return "_CHECKPOINT_COMPLETE" in os.environ


def _app(names: list[str]) -> typer.Typer:
    app = typer.Typer(help=HELP, epilog=EPILOG, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_root)
    for name in names:
        module, attribute, help_text = COMMANDS[name]
        found: Any = getattr(import_module(f"checkpoint.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=help_text, no_args_is_help=True)
        else:
            app.command(name, help=help_text)(found)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"checkpoint {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_show_version, is_eager=True),
) -> None:
    """Options of the program itself."""
