"""The options of `checkpoint verify`, written once: the fast lane parses by this table, typer takes its help here."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Flag(NamedTuple):
    """One option: its name, what it takes ("" for a switch), what it may be, and its help."""

    name: str
    takes: str
    help: str
    choices: tuple[str, ...] = ()


HOME = Flag("--home", "DIR", "The station's folder; else CHECKPOINT_HOME, else the user's data folder.")
POLICY = Flag("--policy", "ID", "The policy that decides; else the station's own.")
LANG = Flag("--lang", "vi|en", "Language of the words; else from the environment.", ("vi", "en"))
JSON = Flag("--json", "", "One JSON object a line instead of words.")
AT = Flag("--at", "TIME", "Judge pass and key as of TIME (RFC 3339); lists and clock are judged as of now.")
VERIFY = (HOME, POLICY, LANG, JSON, AT)
PASSES_HELP = "Text of a code, path of a picture or PDF, or - for one text a line on stdin."


class VerifyOptions(NamedTuple):
    """What `checkpoint verify` was asked; None and False: not said."""

    passes: tuple[str, ...]
    home: Path | None = None
    policy: str | None = None
    lang: str | None = None
    json: bool = False
    at: str | None = None


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.passes: list[str] = []
        self.values: dict[str, str] = {}
        self.switches: set[str] = set()


def parse(args: list[str]) -> VerifyOptions | None:
    """The options in `args`, or None where typer must speak: help is wanted, or something is wrong."""
    read = _Reading()
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            read.passes += rest
        elif not arg.startswith("-") or arg == "-":
            read.passes.append(arg)
        elif not _option(read, arg, rest):
            return None
    if not read.passes or not all(_allowed(flag, read.values) for flag in VERIFY):
        return None
    home = read.values.get("--home")
    return VerifyOptions(
        passes=tuple(read.passes),
        home=None if home is None else Path(home),
        policy=read.values.get("--policy"),
        lang=read.values.get("--lang"),
        json="--json" in read.switches,
        at=read.values.get("--at"),
    )


def _allowed(flag: Flag, values: dict[str, str]) -> bool:
    """Whether the last value given for `flag` is one of its choices; the ones before it count for nothing."""
    return not flag.choices or flag.name not in values or values[flag.name] in flag.choices


def _option(read: _Reading, arg: str, rest: Iterator[str]) -> bool:
    name, equals, value = arg.partition("=")
    flag = next((one for one in VERIFY if one.name == name), None)
    if flag is None or (equals and not flag.takes):
        return False
    if not flag.takes:
        read.switches.add(name)
        return True
    found = value if equals else next(rest, None)
    if found is None:
        return False
    read.values[name] = found
    return True
