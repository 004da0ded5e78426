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
    words = _completed_words() or args
    wanted = next((word for word in words if word in COMMANDS), "")
    try:
        found = _app(wanted)(args=args, prog_name="checkpoint")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return found if isinstance(found, int) else 0


def _completed_words() -> list[str]:
    """The line that a shell wants completed: bash and the others each hand it over under a name of their own."""
    if "_CHECKPOINT_COMPLETE" not in os.environ:
        return []
    return os.environ.get("COMP_WORDS", os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()


def _app(wanted: str) -> typer.Typer:
    """Every command by its name and help; the one that is `wanted` can do something too."""
    app = typer.Typer(help=HELP, epilog=EPILOG, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_root)
    for name, (module, attribute, help_text) in COMMANDS.items():
        found: Any = _only_named
        if name == wanted:
            found = getattr(import_module(f"checkpoint.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=help_text, no_args_is_help=True)
        else:
            app.command(name, help=help_text)(found)
    return app


def _only_named() -> None:
    raise RuntimeError("a command that was only listed was called")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"checkpoint {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_show_version, is_eager=True),
) -> None:
    """Options of the program itself."""
