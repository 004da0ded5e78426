"""`checkpoint authority new-issuer|issue`: keys of issuers of native passes, and passes one by one or from a table."""

import json as jsonlib
import re
import time
from base64 import encodebytes
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing import issuers, rows, run
from checkpoint.authority.issuing.issuers import Issuer
from checkpoint.authority.vault import Vault
from checkpoint.commands.authority_shared import KeyFolders, PassphraseFile, Where, drawn, folder_of, refusals
from checkpoint.commands.passphrases import Asked
from checkpoint.commands.shared import Home, Json, fail
from checkpoint.formats.native.content import KINDS
from checkpoint.formats.native.hours import ZONES
from checkpoint.words import safe

ERRORS = 20  # on the screen; --json has them all
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)\Z", re.ASCII)

IssuerName = Annotated[str, typer.Option("--issuer", metavar="NAME", help="Which issuer, where there are several.")]
Zone = Annotated[str, typer.Option(metavar="+HH:MM", help="Zone of times and hours that state none.")]
Kind = Annotated[str, typer.Option(metavar="KIND", help=f"{', '.join(KINDS.values())}.")]


def new_issuer(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Short, for these commands and for passphrases.")],
    iss: Annotated[str, typer.Option(metavar="TEXT", help="As passes name it: a domain, hcm.gov.vn for instance.")],
    title: Annotated[str, typer.Option(metavar="TEXT", help="As officers read it.")],
    source: Annotated[str, typer.Option("--list", metavar="LIST", help="Its revocation list; made if it is new.")],
    country: Annotated[str, typer.Option(metavar="CC", help="Its country, two letters.")] = "",
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="A kind it may sign; all without it.")] = None,
    algorithm: Annotated[str, typer.Option(metavar="ES256|EdDSA", help="Of its key.")] = "ES256",
    years: Annotated[int, typer.Option(metavar="N", help="How long the key counts.")] = 2,
    demo: Annotated[bool, typer.Option("--demo", help="A demonstration: real stations refuse its passes.")] = False,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the public key as PEM, for stations that pin by hand.")
    ] = None,
    where: Where = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make the key of an issuer of native passes, and stage the record by which stations will know it."""
    folder = folder_of(where, home)
    kinds = tuple(_word(one) for one in kind or ())
    plan = issuers.Plan(name, iss, title, source, country.upper(), kinds, algorithm, years, demo)
    with refusals():
        record = issuers.create(folder, Vault([folder.keys], Asked(passphrase_file)), plan, time.time())
        if export is not None:
            body = encodebytes(record.spki).decode("ascii")
            export.write_text(f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n", "ascii")
    if json:
        typer.echo(jsonlib.dumps({"issuer": iss, "kid": record.kid, "list": source, "demo": demo}))
        return
    typer.echo(f"issuer {safe(iss)}, key {record.kid}, list {source}" + (": A DEMONSTRATION" if demo else ""))
    typer.echo("staged; stations learn it with: checkpoint authority publish")


def issue(
    table: Annotated[Path | None, typer.Argument(metavar="[FILE.csv]", help="One pass a row; docs/issuing.md.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="PATH", help="A new folder for a table; PNG, SVG or PDF for one pass.")
    ] = None,
    issuer: IssuerName = "",
    kind: Kind = "",
    holder: Annotated[str, typer.Option(metavar="NAME", help="Of one pass: its holder.")] = "",
    number: Annotated[str, typer.Option(metavar="TEXT", help="Of one pass: its number.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Of one pass: the last day, or the time it ends.")] = "",
    fields: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=TEXT", help="Of one pass: any other column of a table.")
    ] = None,
    pictures: Annotated[str, typer.Option("--as", metavar="KINDS", help="Of a table: png, svg, pdf.")] = "png,svg,pdf",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, make nothing.")] = False,
    zone: Zone = "+07:00",
    where: Where = None,
    home: Home = None,
    keys: KeyFolders = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make native passes: one from options, or all of a CSV file; all or nothing, and every act is on record."""
    stated = _stated(kind, holder, number, until, fields or [])
    wanted = _pictures(pictures)
    if (table is None) == (not number) or (table is not None and (holder or until or fields)):
        raise typer.BadParameter("give a table, or --number, --until and the rest of one pass", param_hint="FILE.csv")
    minutes, folder, now = _minutes(zone), folder_of(where, home), time.time()
    with refusals():
        vault = Vault([folder.keys, *(keys or ())], Asked(passphrase_file))
        signer = issuers.find(folder, vault, issuer, now)
        act = _Act(folder, vault, signer, rows.Terms(signer.record, now, minutes, _word(kind)), out, dry_run, json)
        if table is None:
            _issue_one(act, stated)
        else:
            _issue_table(act, table.read_bytes(), wanted)


class _Act(NamedTuple):
    """What both ways of issuing need."""

    folder: Folder
    vault: Vault
    signer: Issuer
    terms: rows.Terms
    out: Path | None
    dry_run: bool
    json: bool


def _issue_table(act: _Act, data: bytes, wanted: tuple[str, ...]) -> None:
    found = rows.read(data, act.terms)
    _refuse_errors(found.errors, act.json)
    if act.dry_run:
        count = len(found.rows)
        typer.echo(jsonlib.dumps({"rows": count}) if act.json else f"{count} rows can be issued")
        return
    if act.out is None:
        raise Refused("where to?", "--out FOLDER, a new one")
    progress = drawn(act.json)
    report = run.issue(act.folder, act.vault, act.signer, found.rows, act.out, act.terms.now, wanted, progress)
    _show(report, act.json)


def _issue_one(act: _Act, stated: dict[str, str]) -> None:
    folder, vault, signer, terms, out, dry_run, json = act
    draft, errors = rows.draft_of(stated, terms)
    if draft is None:
        raise Refused("; ".join(f"{column}: {why}" if column else why for column, why in errors), "nothing was made")
    if dry_run:
        typer.echo(jsonlib.dumps({"rows": 1}) if json else "this pass can be issued")
        return
    made, report = run.issue_one(folder, vault, signer, draft, out, terms.now)
    place = "/".join((signer.record.revocation, *map(str, made.place)))
    if json:
        typer.echo(jsonlib.dumps(asdict(report) | {"place": place, "text": made.text}))
        return
    typer.echo(made.text if out is None else str(out))
    typer.echo(f"place {place}; stations need its status list: checkpoint authority publish", err=True)


def _stated(kind: str, holder: str, number: str, until: str, fields: list[str]) -> dict[str, str]:
    """The words of one pass by their columns; ends with a usage error for a field that no pass has."""
    found = {"kind": kind, "name": holder, "number": number, "valid_until": until}
    for one in fields:
        name, equals, words = one.partition("=")
        name = _word(name)
        if not equals or name not in rows.COLUMNS:
            raise typer.BadParameter(f"{one}: FIELD=TEXT with {', '.join(rows.COLUMNS)}", param_hint="--set")
        found[name] = words
    return {name: words for name, words in found.items() if words.strip()}


def _word(text: str) -> str:
    return text.strip().lower().replace("-", "_")


def _pictures(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(one.strip().lower() for one in text.split(",") if one.strip()))
    if not wanted or not set(wanted) <= set(run.PICTURES):
        raise typer.BadParameter(f"one or more of {', '.join(run.PICTURES)}", param_hint="--as")
    return wanted


def _minutes(zone: str) -> int:
    found = _ZONE.match(zone)
    minutes = int(found[2]) * 60 + int(found[3]) if found else ZONES.stop
    minutes = -minutes if found and found[1] == "-" else minutes
    if minutes not in ZONES:
        raise typer.BadParameter("+07:00 for instance, from -12:00 to +14:00", param_hint="--zone")
    return minutes


def _refuse_errors(errors: list[rows.RowError], json: bool) -> None:
    """Name what is wrong, row by row, and end: nothing of a table is issued while anything in it is wrong."""
    if not errors:
        return
    if json:
        typer.echo(jsonlib.dumps({"errors": [one._asdict() for one in errors]}))
    else:
        for one in errors[:ERRORS]:
            typer.echo(safe(str(one), 200), err=True)
        if len(errors) > ERRORS:
            typer.echo(f"and {len(errors) - ERRORS} more: --json has them all", err=True)
    rows_wrong = len({one.row for one in errors})
    raise fail(f"{len(errors)} errors in {rows_wrong} rows: nothing was made", "mend the table and run this again")


def _show(report: run.Report, json: bool) -> None:
    if json:
        typer.echo(jsonlib.dumps(asdict(report)))
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.kinds.items()))
    demo = ": A DEMONSTRATION, worth nothing" if report.demo else ""
    typer.echo(f"{report.count} passes by {safe(report.issuer)} in {safe(report.out, 200)} ({kinds}){demo}")
    typer.echo("stations need their status lists: checkpoint authority publish")
