"""`checkpoint authority revoke|unrevoke|block|unblock|import-revocations|new-list`: what is revoked, staged."""

import json as jsonlib
import time
from datetime import datetime
from typing import Annotated, NamedTuple

import typer

from checkpoint.authority import fetching, revoked, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing.places import never_issued
from checkpoint.commands.authority_shared import Where, drawn, folder_of, refusals
from checkpoint.commands.shared import Home, Json
from checkpoint.trust.revocations import ids as id_kinds
from checkpoint.words import safe

ROWS = 20
DEFAULT_LIST = "local"

Place = tuple[str, int, int]  # list, number, index

Ids = Annotated[
    list[str],
    typer.Argument(
        metavar="ID...", help="UVCI, hash (hex or base64), pass_id, KID/RID, or LIST/NUMBER/INDEX of a native pass."
    ),
]
ListName = Annotated[str, typer.Option("--list", metavar="NAME", help="The revocation list.")]
Kind = Annotated[
    str, typer.Option(metavar="KIND", help=f"What the ids are, where they do not say: {', '.join(id_kinds.KINDS)}.")
]
Why = Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the audit file.")]
PassId = Annotated[str, typer.Argument(metavar="PASS_ID", help="As a verdict shows it.")]


class _Act(NamedTuple):
    """Where, when and why somebody revokes, or takes back."""

    folder: Folder
    now: float
    why: str


def revoke(
    ids: Ids,
    name: ListName = DEFAULT_LIST,
    kind: Kind = "",
    before: Annotated[
        str, typer.Option(metavar="TIME", help="Only passes issued before this time (RFC 3339): SMART Health Cards.")
    ] = "",
    status: Annotated[
        int, typer.Option(metavar="N", min=1, help="Of a native pass: 1 invalid, 2 suspended in a list of 2 bits.")
    ] = 1,
    why: Why = "",
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Revoke passes: by status-list index, UVCI, country and UVCI, signature hash, or rid with its time."""
    act = _Act(folder_of(where, home), time.time(), why)
    until = _moment(before, "--before") if before else None
    with refusals():
        places, rest = _sorted(act, ids, name, kind, status)
        _change_places(act, places, status, json)
        if rest:
            outcome = revoked.revoke(act.folder, name, rest, act.now, kind=kind, why=why, before=until)
            _show(f"list {name}: {outcome.added} added, {outcome.after} revoked in all", outcome.facts(), json)
    _next_step(json)


def unrevoke(
    ids: Ids,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason: it lets passes in again.")],
    name: ListName = DEFAULT_LIST,
    kind: Kind = "",
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Take revocations back."""
    act = _Act(folder_of(where, home), time.time(), why)
    with refusals():
        places, rest = _sorted(act, ids, name, kind, 0)
        _change_places(act, places, 0, json)
        if rest:
            outcome = revoked.unrevoke(act.folder, name, rest, act.now, kind=kind, why=why)
            _show(f"list {name}: {outcome.removed} removed, {outcome.after} revoked in all", outcome.facts(), json)
    _next_step(json)


def _change_places(act: _Act, places: list[Place], status: int, json: bool) -> None:
    for (source, number), indexes in status_lists.numbers_of(places).items():
        unknown = never_issued(act.folder, source, number, indexes) if status else []
        changed, total = status_lists.change(act.folder, source, number, indexes, status, act.why, act.now)
        facts = {"list": source, "number": number, "changed": changed, "revoked": total, "never_issued": unknown}
        _show(f"status list {source}/{number}: {changed} changed, {total} revoked in all", facts, json)
        for index in () if json else unknown[:ROWS]:
            typer.echo(
                f"NEVER ISSUED: {source}/{number}/{index}: no pass made here has this place, is it the right one?"
            )


def _sorted(act: _Act, texts: list[str], name: str, kind: str, status: int) -> tuple[list[Place], list[str]]:
    """(places in status lists, other ids), all of them checked before the first is changed."""
    found = {text: place for text in texts if (place := status_lists.place(text)) is not None}
    places = [(one[0] or name, one[1], one[2]) for one in found.values()]
    rest = [text for text in texts if text not in found]
    revoked.parsed(rest, kind)
    act.folder.require()
    for (source, number), indexes in status_lists.numbers_of(places).items():
        status_lists.check(act.folder, source, number, indexes, status)
    return places, rest


def block(
    pass_id: PassId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason; stations show it.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="When the block ends by itself (RFC 3339).")] = "",
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Stop one pass everywhere, whoever issued it: an emergency, with a reason and an end."""
    end = _moment(until, "--until") if until else None
    with refusals():
        count = revoked.block(folder_of(where, home), pass_id, why, end, time.time())
    _show(f"{count} passes are blocked", {"blocks": count}, json)
    _next_step(json)


def unblock(
    pass_id: PassId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason: it lets the pass in again.")],
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Take an emergency block back."""
    with refusals():
        count = revoked.unblock(folder_of(where, home), pass_id, why, time.time())
    _show(f"{count} passes are blocked", {"blocks": count}, json)
    _next_step(json)


def import_revocations(
    sources: Annotated[
        list[str], typer.Argument(metavar="FILE|URL...", help="EU batches, SHC CRLs, the VCI snapshot, CH, IT, text.")
    ],
    name: Annotated[str, typer.Option("--list", metavar="NAME", help="The revocation list to fill.")],
    unsigned: Annotated[str, typer.Option(metavar="TEXT", help="Where these lists came from; they are not signed.")],
    kind: Kind = "",
    keep: Annotated[bool, typer.Option("--keep", help="Earlier imports stay: for batches that only add.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Let more than 30 % of the list go.")] = False,
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Fill a list from published lists of revocations; what was revoked by hand stays."""
    with refusals():
        found = [fetching.source(one, progress=drawn(json)) for one in sources]
        outcome = revoked.load(
            folder_of(where, home), name, found, time.time(), kind=kind, confirm=confirm, keep=keep, unsigned=unsigned
        )
    words = f"list {name} ({outcome.format}): {outcome.added} added, {outcome.removed} removed, {outcome.after} in all"
    _show(words, outcome.facts(), json)
    for one in () if json else outcome.skipped[:ROWS]:
        typer.echo(f"  x {safe(one.entry)}: {safe(one.reason, 200)}")
    _next_step(json)


def new_list(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As issuers' records name it in their revocation field.")],
    number: Annotated[int | None, typer.Option("--status", metavar="N", min=0, help="A status list, number N.")] = None,
    size: Annotated[int, typer.Option(metavar="N", help="Entries of the status list.")] = status_lists.SIZE,
    bits: Annotated[int, typer.Option(metavar="N", help="Bits an entry; 2 knows suspended.")] = 1,
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """An empty list of revocations: stations must have it before an issuer's record may name it."""
    folder = folder_of(where, home)
    with refusals():
        if number is None:
            revoked.create(folder, name, time.time())
        else:
            status_lists.create(folder, name, number, time.time(), size, bits)
    _show(f"list {name} is there", {"list": name, "status": number}, json)
    _next_step(json)


def _moment(text: str, option: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter("RFC 3339 with a zone, 2026-12-31T23:59:59Z for instance", param_hint=option)
    return found.timestamp()


def _show(words: str, facts: dict[str, object], json: bool) -> None:
    typer.echo(jsonlib.dumps(facts) if json else words)


def _next_step(json: bool) -> None:
    if not json:
        typer.echo("staged; stations learn it with: checkpoint authority publish")
