"""`checkpoint revocations`: revocations pinned by hand, enough for a small site."""

import json as jsonlib
import re
import sys
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from checkpoint.codec.errors import Malformed
from checkpoint.commands.shared import Home, Json, fail, unread, unwritten
from checkpoint.model import RevocationId
from checkpoint.status import CLOCK_SLACK
from checkpoint.store import crl_lines, pins
from checkpoint.trust.records import crl_versions
from checkpoint.trust.revocation import Crl
from checkpoint.trust.revocations import crl as crl_format
from checkpoint.trust.revocations import ids
from checkpoint.verdict import rfc3339
from checkpoint.verifier import home_folder
from checkpoint.words import safe

app = typer.Typer()
MAX_FILE = 16 * 1024 * 1024  # bytes: some 300,000 ids; longer lists belong to an authority
_LIST_ID = re.compile(rf"{crl_lines.KIND}:[0-9A-Fa-f]{{32}}")  # a pinned list, as `list` shows it; its CA may be gone

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
    now = time.time()
    try:
        found = _read(items, _known(kind), home)
        _refuse_future(found.crls.values(), now)
    except _Unusable as refused:
        if json:
            _report(Read([], [(refused.item, refused.why)], {}, {}), 0, 0, now, json)
        raise refused.exit() from None
    if not found.wanted and not found.before and found.skipped:
        if json:
            _report(found, 0, 0, now, json)
        raise fail(f"{safe(found.skipped[0][0])}: {found.skipped[0][1]}", "nothing was changed")
    added, unchanged = _written(home, found, why, now)
    _report(found, added, unchanged, now, json)


def _report(found: "Read", added: int, unchanged: int, now: float, json: bool) -> None:
    skipped = [{"id": safe(text, ids.MAX_TEXT), "reason": reason} for text, reason in found.skipped]
    if json:
        lists = [_list_row(ca, crl) for ca, crl in found.crls.items()]
        typer.echo(jsonlib.dumps({"added": added, "unchanged": unchanged, "skipped": skipped, "lists": lists}))
        return
    typer.echo(f"{added} added, {unchanged} unchanged, {len(skipped)} skipped")
    for one in skipped:
        typer.echo(f"  skipped {one['id']}: {one['reason']}")
    for crl in found.crls.values():
        typer.echo(f"  {_described(crl, now)}")


def _described(crl: Crl, now: float) -> str:
    """A list of revoked certificates in words: whose, of when, and until when it is the newest."""
    due = "no next one is promised" if crl.next_update is None else f"the next one is due by {rfc3339(crl.next_update)}"
    late = " and is overdue: import a newer list" if crl.next_update is not None and crl.next_update <= now else ""
    return f"list of {safe(crl.name)} of {rfc3339(crl.this_update)}, {due}{late}"


def _list_row(ca: bytes, crl: Crl) -> dict[str, str | None]:
    """The same for programs."""
    return {
        "kind": crl_lines.KIND,
        "id": ca.hex(),
        "issuer": safe(crl.name),
        "this_update": rfc3339(crl.this_update),
        "next_update": rfc3339(crl.next_update),
    }


@app.command("list")
def list_(home: Home = None, json: Json = False) -> None:
    """Every pinned revocation, one a line."""
    keys = home_folder(home) / "keys"
    try:
        rows, pinned = pins.read_revocations(keys), pins.PinnedRevocations(keys)
    except OSError as error:
        raise unread(keys / pins.REVOCATIONS, error) from None
    broken, crls = pinned.broken, pinned.crls
    for kind, value, day, why in rows:
        if kind == crl_lines.KIND:
            continue
        row = {"kind": safe(kind), "id": safe(value), "added": safe(day), "why": safe(why)}
        typer.echo(jsonlib.dumps(row) if json else "  ".join(row.values()).rstrip())
    for ca, crl in crls.items():
        told = f"{crl_lines.KIND}  {ca.hex()}  {_described(crl, time.time())}"
        typer.echo(jsonlib.dumps(_list_row(ca, crl)) if json else told)
    if broken:
        raise fail(
            f"{len(broken)} lines of {pins.REVOCATIONS} cannot be read",
            f"mend or remove them: the first is {safe(broken[0].decode('utf-8', 'replace'))}",
        )


@app.command()
def remove(items: Items, kind: Kind = "", home: Home = None) -> None:
    """Take pinned revocations back."""
    named = [one for one in items if _LIST_ID.fullmatch(one)]
    try:
        found = _read([one for one in items if one not in named], _known(kind), home)
    except _Unusable as refused:
        raise refused.exit() from None
    found.wanted.extend((crl_lines.KIND, bytes.fromhex(one.partition(":")[2])) for one in named)
    wanted = [*found.wanted, *found.before, *((crl_lines.KIND, ca) for ca in found.crls)]
    if found.skipped:
        raise fail(f"{safe(found.skipped[0][0])}: {found.skipped[0][1]}", "nothing was changed")
    try:
        gone = pins.remove_revocations(home_folder(home) / "keys", wanted)
    except OSError as error:
        raise unwritten("revocations", error) from None
    if not gone:
        raise fail("no such revocation is pinned", "checkpoint revocations list shows them")
    typer.echo(f"{gone} removed")


def _written(home: Path | None, found: "Read", why: str, now: float) -> tuple[int, int]:
    try:
        return pins.add_revocations(home_folder(home) / "keys", found.wanted, now, why, found.before, found.crls)
    except OSError as error:
        raise unwritten("revocations", error) from None


def _known(kind: str) -> str:
    found = ids.kind_of(kind)
    if found and found not in ids.KINDS:
        raise typer.BadParameter(f"known kinds: {', '.join(ids.KINDS)}", param_hint="--kind")
    return found


class Read(NamedTuple):
    """Every id in the items, what is none with the reason why, the ids that count up to a time, and whose lists."""

    wanted: list[RevocationId]
    skipped: list[tuple[str, str]]
    before: dict[RevocationId, float]
    crls: dict[bytes, Crl]


def _read(items: list[str], kind: str, home: Path | None) -> Read:
    """What stands in the items; raises _Unusable."""
    found = Read([], [], {}, {})
    for item in items:
        data = _content(item)
        if data is not None and (data.lstrip()[:1] in (b"{", b"[") or crl_format.matches(data)):
            _published(found, item, data, kind, home)
            continue
        for line in [item] if data is None else _lines(data):
            try:
                found.wanted.extend(ids.parse(line, kind))
            except Malformed as error:
                found.skipped.append((line, str(error)))
    return found


class _Unusable(Exception):
    """A published list that must not be used, and why: it stops the command."""

    def __init__(self, item: str, why: str, hint: str) -> None:
        super().__init__(why)
        self.item, self.why, self.hint = item, why, hint

    def exit(self) -> typer.Exit:
        """The end of the command, said in one line."""
        return fail(f"{self.item}: {self.why}", self.hint or "nothing was changed")


def _refuse_future(crls: Iterable[Crl], now: float) -> None:
    for one in crls:
        if one.this_update > now + CLOCK_SLACK:
            why = f"it is of {rfc3339(one.this_update)}, which is to come"
            raise _Unusable(f"the list of {safe(one.name)}", why, "check the clock of this machine")


def _published(taken: Read, item: str, data: bytes, kind: str, home: Path | None) -> None:
    """Take what a list says that an issuer published; raises _Unusable."""
    from checkpoint.trust import revocations

    try:
        options = revocations.Options(kind, _versions(home), _authorities(home))
        found = revocations.read(data, options)
    except revocations.ListRefused as refused:
        raise _Unusable(item, str(refused), refused.hint) from None
    always, times = revocations.divide(found.entries)
    taken.wanted.extend(sorted(always))
    taken.before.update(times)
    taken.skipped.extend((one.entry, one.reason) for one in found.skipped)
    newer = {
        ca: one
        for ca, one in found.crls.items()
        if ca not in taken.crls or taken.crls[ca].this_update < one.this_update
    }
    taken.crls.update(newer)


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
