"""`checkpoint revocations`: revocations pinned by hand, enough for a small site."""

import json as jsonlib
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.codec.errors import Malformed
from checkpoint.commands.shared import Home, Json, fail
from checkpoint.model import RevocationId
from checkpoint.store import pins
from checkpoint.trust.revocations import ids
from checkpoint.verifier import home_folder
from checkpoint.words import safe

app = typer.Typer()
MAX_FILE = 16 * 1024 * 1024  # bytes: some 300,000 ids; longer lists belong to an authority
_EU_NAMES = {"uci": "dcc-uci", "uvci": "dcc-uci", "countrycodeuci": "dcc-ccuci", "signature": "dcc-sig"}

Items = Annotated[
    list[str], typer.Argument(metavar="ID|FILE...", help="Ids, or files with one id a line; - for stdin.")
]
Kind = Annotated[str, typer.Option(metavar="KIND", help=f"What the ids are: {', '.join(ids.KINDS)}; else as they say.")]


@app.command("import")
def import_(
    items: Items,
    kind: Kind = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept beside each, for people.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Pin revocations: pass ids, certificate ids (UVCI), or the EU's hashes. A bad line never loses the others."""
    wanted, skipped = _read(items, _known(kind))
    if not wanted and skipped:
        raise fail(f"{safe(skipped[0][0])}: {skipped[0][1]}", "nothing was changed")
    added, unchanged = _written(home, wanted, why)
    found = [{"id": safe(text), "reason": reason} for text, reason in skipped]
    if json:
        typer.echo(jsonlib.dumps({"added": added, "unchanged": unchanged, "skipped": found}))
        return
    typer.echo(f"{added} added, {unchanged} unchanged, {len(skipped)} skipped")
    for text, reason in skipped:
        typer.echo(f"  skipped {safe(text)}: {reason}")


@app.command("list")
def list_(home: Home = None, json: Json = False) -> None:
    """Every pinned revocation, one a line."""
    for kind, value, day, why in pins.read_revocations(home_folder(home) / "keys"):
        row = {"kind": safe(kind), "id": safe(value), "added": safe(day), "why": safe(why)}
        typer.echo(jsonlib.dumps(row) if json else "  ".join(row.values()).rstrip())
    if broken := pins.PinnedRevocations(home_folder(home) / "keys").broken:
        raise fail(
            f"{len(broken)} lines of {pins.REVOCATIONS} cannot be read",
            f"mend or remove them: the first is {safe(broken[0].decode('utf-8', 'replace'))}",
        )


@app.command()
def remove(items: Items, kind: Kind = "", home: Home = None) -> None:
    """Take pinned revocations back."""
    wanted, skipped = _read(items, _known(kind))
    if skipped:
        raise fail(f"{safe(skipped[0][0])}: {skipped[0][1]}", "nothing was changed")
    try:
        gone = pins.remove_revocations(home_folder(home) / "keys", wanted)
    except OSError as error:
        raise fail(f"the revocations could not be written: {error.strerror}", "nothing was changed") from None
    if not gone:
        raise fail("no such revocation is pinned", "checkpoint revocations list shows them")
    typer.echo(f"{gone} removed")


def _written(home: Path | None, wanted: list[RevocationId], why: str) -> tuple[int, int]:
    try:
        return pins.add_revocations(home_folder(home) / "keys", wanted, time.time(), why)
    except OSError as error:
        raise fail(f"the revocations could not be written: {error.strerror}", "nothing was changed") from None


def _known(kind: str) -> str:
    found = _EU_NAMES.get(kind.lower(), kind)
    if found and found not in ids.KINDS:
        raise typer.BadParameter(f"known kinds: {', '.join(ids.KINDS)}", param_hint="--kind")
    return found


def _read(items: list[str], kind: str) -> tuple[list[RevocationId], list[tuple[str, str]]]:
    """Every id in the items, and what is none with the reason why."""
    wanted: list[RevocationId] = []
    skipped: list[tuple[str, str]] = []
    for line in (line for item in items for line in _lines(item)):
        try:
            wanted += ids.parse(line, kind)
        except Malformed as error:
            skipped.append((line, str(error)))
    return wanted, skipped


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _is_file(item: str) -> bool:
    try:
        return Path(item).is_file()
    except OSError:  # an id that is too long for any file's name
        return False


def _lines(item: str) -> list[str]:
    """The ids that an argument stands for: itself, or the lines of the file it names; # starts a remark."""
    if item != "-" and not _is_file(item):
        return [item]
    try:
        data = sys.stdin.buffer.read(MAX_FILE + 1) if item == "-" else _beginning(Path(item))
    except OSError as error:
        raise fail(f"{item}: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise fail(f"{item} is larger than {MAX_FILE} bytes", "long lists belong to an authority")
    lines = data.decode("utf-8-sig", "replace").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
