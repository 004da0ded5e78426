"""`checkpoint authority`: decide, review, sign and publish what stations trust. Thin: the work is in `authority/`."""

import json as jsonlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from checkpoint.authority import ceremony, forecast, invite, named_lists, repository, rotation
from checkpoint.authority import publish as publishing
from checkpoint.authority.draft import Report
from checkpoint.authority.vault import Vault
from checkpoint.commands import authority_issue, authority_lists, authority_revocations
from checkpoint.commands.authority_shared import KeyFolders, PassphraseFile, Where, drawn, folder_of, refusals
from checkpoint.commands.passphrases import Asked
from checkpoint.commands.shared import Home, Json, fail
from checkpoint.verdict import rfc3339

app = typer.Typer()
app.command("import")(authority_lists.import_)
app.command()(authority_lists.remove)
app.command()(authority_revocations.revoke)
app.command()(authority_revocations.unrevoke)
app.command()(authority_revocations.block)
app.command()(authority_revocations.unblock)
app.command("import-revocations")(authority_revocations.import_revocations)
app.command("new-list")(authority_revocations.new_list)
app.command("new-issuer")(authority_issue.new_issuer)
app.command()(authority_issue.issue)


Signers = Annotated[
    list[str] | None,
    typer.Option(metavar="ROLE=URI,FILE", help="A signer in hardware (securesystemslib) and its public key."),
]


@app.command()
def init(
    where: Where = None,
    home: Home = None,
    root_keys: Annotated[int, typer.Option(metavar="N", help="How many root keys.")] = 3,
    root_threshold: Annotated[int, typer.Option(metavar="N", help="How many of them must sign.")] = 2,
    issuer_keys: Annotated[int, typer.Option(metavar="N", help="How many keys may sign issuers.")] = 1,
    issuer_threshold: Annotated[int, typer.Option(metavar="N", help="How many of them must.")] = 1,
    policy_keys: Annotated[int, typer.Option(metavar="N", help="How many keys may sign the policy.")] = 1,
    policy_threshold: Annotated[int, typer.Option(metavar="N", help="How many of them must.")] = 1,
    signer: Signers = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make the keys, the first root and an empty, whole repository."""
    folder = folder_of(where, home)
    with refusals():
        plan = ceremony.Plan(
            root_keys, root_threshold, issuer_keys, issuer_threshold, policy_keys, policy_threshold, _signers(signer)
        )
        report = ceremony.init(folder, Vault([], Asked(passphrase_file)), plan, time.time(), drawn(json))
        _show(report, json, {"fingerprint": repository.fingerprint(folder)})
    if not json:
        typer.echo(f"root fingerprint: {repository.groups(repository.fingerprint(folder))}")
        typer.echo(f"serve {folder.root / 'repository'}; move each keys/root-*.key to a place of its own")


def _signers(given: list[str] | None) -> dict[str, tuple[tuple[str, bytes], ...]]:
    found: dict[str, tuple[tuple[str, bytes], ...]] = {}
    for one in given or ():
        role, equals, rest = one.partition("=")
        uri, comma, file = rest.rpartition(",")
        if not equals or not comma:
            raise typer.BadParameter(f"{one}: write ROLE=URI,FILE", param_hint="--signer")
        found[role] = (*found.get(role, ()), (uri, Path(file).read_bytes()))
    return found


@app.command()
def publish(
    where: Where = None,
    home: Home = None,
    keys: KeyFolders = None,
    passphrase_file: PassphraseFile = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Let published revocations go that nobody took back on record.")
    ] = False,
    json: Json = False,
) -> None:
    """Sign and write what is staged; files that stations can see already never change."""
    folder = folder_of(where, home)
    with refusals():
        vault = Vault([folder.keys, *(keys or ())], Asked(passphrase_file))
        report = publishing.publish(folder, vault, time.time(), drawn(json), confirm=confirm)
        _show(report, json, {"due": forecast.due(folder, time.time())})
        for need in named_lists.unmet(folder):
            typer.echo(f"note: {need.why()}; {need.hint()}", err=True)


@app.command()
def tick(where: Where = None, home: Home = None, passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Sign the timestamp again, so that stations know that nothing is newer; run it hourly."""
    folder = folder_of(where, home)
    with refusals():
        vault = Vault([folder.keys], Asked(passphrase_file))
        report = publishing.tick(folder, vault, time.time())
        _show(report, json, {"due": forecast.due(folder, time.time())})


def _show(report: Report, json: bool, more: dict[str, Any]) -> None:
    if json:
        typer.echo(jsonlib.dumps(asdict(report) | more))
        return
    for role, counts in report.changed.items():
        typer.echo(f"{role}: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    if report.renewed:
        typer.echo("renewed: " + ", ".join(report.renewed))
    if report.let_go:
        typer.echo("LET GO, stations admit them again: " + "; ".join(report.let_go))
    for role, why in report.waiting.items():
        typer.echo(f"NOT RENEWED: {role} {why}; before then: {forecast.RENEWS}")
    if report.keys:
        place = "move each to a place of its own" if "root" in report.keys[0] else "back it up"
        typer.echo(f"new keys: {', '.join(report.keys)} in keys/; {place}")
    typer.echo("published: " + ", ".join(f"{role} {version}" for role, version in report.versions.items()))
    for words in more.get("due", ()):
        typer.echo(f"DUE: {words}")
    typer.echo(f"signed at {rfc3339(time.time())} by this machine's clock; stations take it with their next sync")


@app.command()
def rotate(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="root, online, issuers, policy or revocation.")],
    lost: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A key that goes, by name or id; a new one takes its place.")
    ] = None,
    add: Annotated[int, typer.Option(metavar="N", min=0, help="How many keys come on top.")] = 0,
    threshold: Annotated[int | None, typer.Option(metavar="N", help="How many keys must sign from now on.")] = None,
    signer: Signers = None,
    where: Where = None,
    home: Home = None,
    keys: KeyFolders = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Root ceremony: replace lost keys, add keys, change a threshold, renew; `rotate online` makes a new online key."""
    folder = folder_of(where, home)
    with refusals():
        vault = Vault([folder.keys, *(keys or ())], Asked(passphrase_file))
        hardware = _signers(signer)
        if hardware.keys() - {role}:
            raise typer.BadParameter(f"this ceremony is of the role {role} alone", param_hint="--signer")
        change = rotation.Change(role, tuple(lost or ()), add, threshold, hardware.get(role, ()))
        _show(rotation.rotate(folder, vault, change, time.time(), drawn(json)), json, {})


@app.command()
def status(where: Where = None, home: Home = None, json: Json = False) -> None:
    """What expires when, who signs, what is staged, whether the records hold; fails where something is wrong."""
    folder = folder_of(where, home)
    with refusals():
        state = forecast.look(folder, time.time())
    if json:
        typer.echo(jsonlib.dumps(state.as_dict()))
    else:
        _show_state(state)
    if state.problems:
        raise fail("; ".join(state.problems), "stations stop when their policy's age is reached")


def _show_state(state: forecast.State) -> None:
    typer.echo(f"root fingerprint: {repository.groups(state.fingerprint)}")
    for one in state.roles:
        need = f"{one.threshold} of {', '.join(one.keys)}"
        note = f"  DUE: {forecast.HOW_TO_RENEW.get(one.role, forecast.RENEWS)}" if one.due else ""
        typer.echo(f"{one.role:<11} version {one.version:<4} ends in {one.days:6.1f} days  signed by {need}{note}")
    for words in state.old:
        typer.echo(f"DUE: {words}")
    for name, count in state.lists.items():
        typer.echo(f"list {name}: {count} keys")
    for role, counts in state.unpublished.items():
        words = ", ".join(f"{count} {word}" for word, count in counts.items())
        typer.echo(f"staged, not published: {role}: {words}")


@app.command("root-fingerprint")
def root_fingerprint(
    address: Annotated[str, typer.Option(metavar="URL", help="Where repository/ is served, for the code.")] = "",
    code: Annotated[
        Path | None, typer.Option("--qr", metavar="FILE", help="Write the code that enrols stations, PNG or SVG.")
    ] = None,
    where: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """What people compare when they enrol a station: SHA-256 of the first root; also as a code to scan."""
    if (code is None) != (not address):
        raise typer.BadParameter("--qr needs --address, and --address needs --qr", param_hint="--qr")
    folder = folder_of(where, home)
    with refusals():
        found = repository.fingerprint(folder)
        if code is not None:
            invite.draw(folder, address, code)
    groups = repository.groups(found)
    typer.echo(jsonlib.dumps({"fingerprint": found, "groups": groups}) if json else f"{found}\n{groups}")
