"""Typer options that several commands share, built from the one table."""

from pathlib import Path
from typing import Annotated, Any

import typer

from checkpoint.commands import options
from checkpoint.commands.options import Flag
from checkpoint.present import error as show_error
from checkpoint.store.lines import Unconfirmed


def typed(flag: Flag) -> Any:
    """The typer option for a row of the table."""
    # Whether a folder can be read each command says itself: typer would call it wrong use.
    return typer.Option(flag.name, metavar=flag.takes or None, help=flag.help, show_default=False, readable=False)


Home = Annotated[Path | None, typed(options.HOME)]
PolicyId = Annotated[str | None, typed(options.POLICY)]
Lang = Annotated[str | None, typed(options.LANG)]
Json = Annotated[bool, typed(options.JSON)]
At = Annotated[str | None, typed(options.AT)]


def checked_lang(lang: str | None) -> str | None:
    """`lang` where it is a language of this tool; ends with a usage error otherwise."""
    if lang is not None and lang not in options.LANG.choices:
        raise typer.BadParameter(f"{lang} is none of {', '.join(options.LANG.choices)}", param_hint="--lang")
    return lang


def utf8(value: str, option: str) -> str:
    """`value` where it is text; ends with a usage error where the command line gave bytes that are none."""
    if any("\ud800" <= one <= "\udfff" for one in value):
        raise typer.BadParameter("this is not UTF-8", param_hint=option)
    return value


def fail(message: str, hint: str = "") -> typer.Exit:
    """One line on stderr that says what failed and what to do; the exit that goes with it."""
    show_error(message, hint)
    return typer.Exit(1)


def unread(what: str | Path, error: OSError) -> typer.Exit:
    """The exit where a file could not be read."""
    return fail(
        f"{what}: {error.strerror or type(error).__name__}", "check the path and its rights; nothing was changed"
    )


def unwritten(what: str, error: OSError) -> typer.Exit:
    """The exit where the pins could not be written: what went wrong at the disk, and what is there now."""
    hint = (
        "they are in place, but may not outlive a power cut"
        if isinstance(error, Unconfirmed)
        else "nothing was changed"
    )
    return fail(f"the {what} could not be written: {error.strerror}", hint)
