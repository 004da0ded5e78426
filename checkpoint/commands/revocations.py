"""`checkpoint revocations`: revocations pinned by hand, enough for a small site."""

import json as jsonlib
import sys
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.codec.errors import Malformed
from checkpoint.commands.shared import Home, Json, fail, unread, unwritten
from checkpoint.model import RevocationId
from checkpoint.store import pins
from checkpoint.trust.records import crl_versions
from checkpoint.trust.revocations import crl, ids
from checkpoint.verifier import home_folder
from checkpoint.words import safe

app = typer.Typer()
MAX_FILE = 16 * 1024 * 1024  # bytes: some 300,000 ids; longer lists belong to an authority

Items = Annotated[
    list[str],
    typer.Argument(metavar="ID|FILE...", help="Ids, files with one id a line, or published lists; - for stdin."),
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
    """Pin revocations: pass ids, certificate ids (UVCI), the EU's hashes, or a list that an issuer published.

    A bad line never loses the others.
    """
    try:
        wanted, skipped, before = _read(items, _known(kind), home)
    except _Unusable as refused:
        if json:
            _report(0, 0, [(refused.item, refused.why)], json)
        raise refused.exit() from None
    if not wanted and not before and skipped:
        if json:
            _report(0, 0, skipped, json)
        raise fail(f"{safe(skipped[0][0])}: {skipped[0][1]}", "nothing was changed")
    added, unchanged = _written(home, wanted, why, before)
    _report(added, unchanged, skipped, json)


def _report(added: int, unchanged: int, skipped: list[tuple[str, str]], json: bool) -> None:
    if json:
        found = [{"id": safe(text), "reason": reason} for text, reason in skipped]
        typer.echo(jsonlib.dumps({"added": added, "unchanged": unchanged, "skipped": found}))
        return
    typer.echo(f"{added} added, {unchanged} unchanged, {len(skipped)} skipped")
    for text, reason in skipped:
        typer.echo(f"  skipped {safe(text)}: {reason}")


@app.command("list")
def list_(home: Home = None, json: Json = False) -> None:
    """Every pinned revocation, one a line."""
    keys = home_folder(home) / "keys"
    try:
        rows, broken = pins.read_revocations(keys), pins.PinnedRevocations(keys).broken
    except OSError as error:
        raise unread(keys / pins.REVOCATIONS, error) from None
    for kind, value, day, why in rows:
        row = {"kind": safe(kind), "id": safe(value), "added": safe(day), "why": safe(why)}
        typer.echo(jsonlib.dumps(row) if json else "  ".join(row.values()).rstrip())
    if broken:
        raise fail(
            f"{len(broken)} lines of {pins.REVOCATIONS} cannot be read",
            f"mend or remove them: the first is {safe(broken[0].decode('utf-8', 'replace'))}",
        )


@app.command()
def remove(items: Items, kind: Kind = "", home: Home = None) -> None:
    """Take pinned revocations back."""
    try:
        wanted, skipped, before = _read(items, _known(kind), home)
    except _Unusable as refused:
        raise refused.exit() from None
    wanted += before
    if skipped:
        raise fail(f"{safe(skipped[0][0])}: {skipped[0][1]}", "nothing was changed")
    try:
        gone = pins.remove_revocations(home_folder(home) / "keys", wanted)
    except OSError as error:
        raise unwritten("revocations", error) from None
    if not gone:
        raise fail("no such revocation is pinned", "checkpoint revocations list shows them")
    typer.echo(f"{gone} removed")


def _written(
    home: Path | None, wanted: list[RevocationId], why: str, before: Mapping[RevocationId, float]
) -> tuple[int, int]:
    try:
        return pins.add_revocations(home_folder(home) / "keys", wanted, time.time(), why, before)
    except OSError as error:
        raise unwritten("revocations", error) from None


def _known(kind: str) -> str:
    found = ids.kind_of(kind)
    if found and found not in ids.KINDS:
        raise typer.BadParameter(f"known kinds: {', '.join(ids.KINDS)}", param_hint="--kind")
    return found


Read = tuple[list[RevocationId], list[tuple[str, str]], dict[RevocationId, float]]


def _read(items: list[str], kind: str, home: Path | None) -> Read:
    """Every id in the items, what is none with the reason why, and ids that count up to a time; raises _Unusable."""
    wanted: list[RevocationId] = []
    skipped: list[tuple[str, str]] = []
    before: dict[RevocationId, float] = {}
    for item in items:
        data = _content(item)
        if data is not None and (data.lstrip()[:1] in (b"{", b"[") or crl.matches(data)):
            always, times, broken = _published(item, data, kind, home)
            wanted += sorted(always)
            skipped += broken
            before |= times
            continue
        for line in [item] if data is None else _lines(data):
            try:
                wanted += ids.parse(line, kind)
            except Malformed as error:
                skipped.append((line, str(error)))
    return wanted, skipped, before


class _Unusable(Exception):
    """A published list that must not be used, and why: it stops the command."""

    def __init__(self, item: str, why: str, hint: str) -> None:
        super().__init__(why)
        self.item, self.why, self.hint = item, why, hint

    def exit(self) -> typer.Exit:
        """The end of the command, said in one line."""
        return fail(f"{self.item}: {self.why}", self.hint or "nothing was changed")


def _published(
    item: str, data: bytes, kind: str, home: Path | None
) -> tuple[set[RevocationId], dict[RevocationId, float], list[tuple[str, str]]]:
    """What a list says that an issuer published; raises _Unusable."""
    from checkpoint.trust import revocations

    try:
        options = revocations.Options(kind, _versions(home), _authorities(home))
        found = revocations.read(data, options)
    except revocations.ListRefused as refused:
        raise _Unusable(item, str(refused), refused.hint) from None
    always, times = revocations.divide(found.entries)
    return always, times, [(one.entry, one.reason) for one in found.skipped]


def _versions(home: Path | None) -> Mapping[str, int]:
    """Which counter the list of each pinned key of SMART Health Cards must have."""
    keys = home_folder(home) / "keys"
    try:
        return crl_versions(pins.read_issuers(keys)[0])
    except OSError as error:
        raise unread(keys / pins.ISSUERS, error) from None


def _authorities(home: Path | None) -> Callable[[bytes], tuple[bytes, ...]]:
    """The keys of the trusted CAs by their name: who may have signed a list of revoked certificates."""
    from checkpoint.store.load import load_trust

    issuers = load_trust(home_folder(home)).issuers
    return lambda name: tuple(one.spki for one in issuers.issuing(name) if not one.revoked)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _is_file(item: str) -> bool:
    try:
        return Path(item).is_file()
    except OSError:  # an id that is too long for any file's name
        return False


def _content(item: str) -> bytes | None:
    """What stands in the file that an argument names; None where the argument is an id itself."""
    if item != "-" and not _is_file(item):
        return None
    try:
        data = _of_stdin() if item == "-" else _beginning(Path(item))
    except OSError as error:
        raise unread(item, error) from None
    if len(data) > MAX_FILE:
        raise fail(f"{item} is larger than {MAX_FILE} bytes", "long lists belong to an authority")
    if not data.strip():  # of a command before the pipe that failed, for instance: it must not look like success
        raise fail(f"{item}: nothing is in there", "one id a line; nothing was changed")
    return data.removeprefix(BOM_UTF8)


def _of_stdin() -> bytes:
    return sys.stdin.buffer.read(MAX_FILE + 1) if sys.stdin else b""  # None where the shell closed it


def _lines(data: bytes) -> list[str]:
    """The lines of a file of ids; # starts a remark."""
    lines = data.decode("utf-8-sig", "replace").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
