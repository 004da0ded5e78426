"""`checkpoint authority import|remove`: the lists of issuers, compared and staged."""

import json as jsonlib
import time
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.authority import fetching, importing, named_lists
from checkpoint.commands.authority_shared import Where, drawn, folder_of, refusals
from checkpoint.commands.shared import Home, Json
from checkpoint.trust.lists import Options
from checkpoint.trust.records import Record
from checkpoint.verdict import rfc3339
from checkpoint.words import safe

ROWS = 20  # of one kind in a diff on the screen


Sources = Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="Trust lists, certificates, keys.")]
ListName = Annotated[str, typer.Option("--list", metavar="NAME", help="The list to write; else its format's name.")]
Anchors = Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Key or certificate of who signs the list.")]
Signature = Annotated[str, typer.Option(metavar="FILE|URL", help="The list's signature; else the file beside it.")]
Cscas = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="CAs: only certificates that one of them issued are taken.")
]
Unsigned = Annotated[str, typer.Option(metavar="TEXT", help="Take a list that nobody signed; say where it came from.")]
Issuer = Annotated[str, typer.Option(metavar="TEXT", help="Whose keys these are, where the list does not say.")]
Country = Annotated[str, typer.Option(metavar="CC", help="Their country, where the list does not say.")]
Format = Annotated[str, typer.Option(metavar="NAME", help="Pass format, where the list does not say.")]
Revocation = Annotated[str, typer.Option(metavar="LIST", help="Revocation list that passes of these issuers need.")]
Keep = Annotated[
    bool | None, typer.Option("--keep/--replace", help="Keep or drop keys that the source no longer names.")
]


def import_(
    sources: Sources,
    where: Where = None,
    home: Home = None,
    name: ListName = "",
    anchor: Anchors = None,
    signature: Signature = "",
    csca: Cscas = None,
    unsigned: Unsigned = "",
    issuer: Issuer = "",
    country: Country = "",
    format: Format = "",
    revocation: Revocation = "",
    keep: Keep = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Let more than 30 % of the list go.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff, change nothing.")] = False,
    json: Json = False,
) -> None:
    """Compare trust lists with what is staged, show the difference, stage the result for the next publish."""
    folder = folder_of(where, home)
    with refusals():
        options = Options(
            issuer=issuer,
            country=country.upper(),
            format=format,
            revocation=revocation,
            now=time.time(),
            anchors=tuple(spki for path in anchor or () for spki in importing.anchors(path.read_bytes())),
            authorities=importing.authorities([path.read_bytes() for path in csca]) if csca else None,
        )
        found = [fetching.source(one, signature, drawn(json)) for one in sources]
        diff = importing.stage(
            folder, name, found, options, unsigned=unsigned, keep=keep, confirm=confirm, dry_run=dry_run
        )
        needs = named_lists.unmet(folder)
    _show_diff(diff, json, dry_run)
    for need in needs:
        typer.echo(f"note: {need.why()}; {need.hint()}", err=True)


def _show_diff(diff: importing.Diff, json: bool, dry_run: bool) -> None:
    skipped = [{"kid": safe(one.kid), "reason": safe(one.reason, 200)} for one in (*diff.weak, *diff.refused)]
    if json:
        kids = {word: [one.kid for one in getattr(diff, word)] for word in ("added", "removed", "expired")}
        changed = [new.kid for _, new in diff.changed]
        typer.echo(jsonlib.dumps(diff.counts() | {"kids": {**kids, "changed": changed}, "skipped": skipped}))
        return
    vouched = f"signed by {safe(diff.signed_by, 200)}" if diff.signed_by else f"UNSIGNED: {safe(diff.unsigned, 200)}"
    typer.echo(f"list {diff.name} ({diff.format}), {vouched}: {diff.before} keys before, {diff.after} after")
    test = sum(one.test for one in (*diff.added, *(new for _, new in diff.changed)))
    if test:
        typer.echo(f"TEST KEYS: {test} added or changed; anybody may hold their private halves, do not publish them")
    for word, mark, rows in (
        ("added", "+", diff.added),
        ("removed", "-", diff.removed),
        ("expired", "!", diff.expired),
    ):
        typer.echo(f"{word}: {len(rows)}")
        for one in rows[:ROWS]:
            typer.echo(f"  {mark} {_row(one)}")
        if len(rows) > ROWS:
            typer.echo(f"    and {len(rows) - ROWS} more: --json has them all")
    typer.echo(f"changed: {len(diff.changed)}")
    for old, new in diff.changed[:ROWS]:
        typer.echo(f"  - {_row(old)}\n  + {_row(new)}")
    typer.echo(f"left out: {len(diff.weak)} weak, {len(diff.refused)} refused")
    for entry in skipped[:ROWS]:
        typer.echo(f"  x {entry['kid'] or '(no kid)'}: {entry['reason']}")
    if not dry_run:
        typer.echo("staged; review it, then: checkpoint authority publish")


def _row(record: Record) -> str:
    end = rfc3339(record.not_after)
    ends = f"until {end[:10]}" if end else ""
    kinds = "any kind" if record.kinds is None else ", ".join(record.kinds) or "no kind"
    test = "TEST" if record.test else ""
    parts = (record.kid, test, record.format, record.country, record.name, record.issuer, kinds, ends)
    return safe("  ".join(part for part in parts if part), 200)


def remove(
    kid: Annotated[str, typer.Argument(metavar="KID", help="Key id, or 8 or more digits of the fingerprint.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the audit file.")],
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised", help="Somebody else can sign with it: distrust it for ever, whatever an import says."
        ),
    ] = False,
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Take a key out of every staged list."""
    with refusals():
        gone = importing.remove(folder_of(where, home), kid, why, compromised, time.time())
    if json:
        typer.echo(jsonlib.dumps({"removed": len(gone), "tombstone": compromised}))
        return
    for one in gone:
        typer.echo(f"{'distrusted for ever' if compromised else 'removed'}: {_row(one)}")
    typer.echo("staged; stations learn it with: checkpoint authority publish")
