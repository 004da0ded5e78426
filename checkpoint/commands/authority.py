"""`checkpoint authority`: decide, review, sign and publish what stations trust. Thin: the work is in `authority/`."""

import json as jsonlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from checkpoint.authority import Refused, ceremony, repository
from checkpoint.authority import publish as publishing
from checkpoint.authority.draft import Report
from checkpoint.authority.folder import Folder
from checkpoint.authority.vault import Vault
from checkpoint.commands.passphrases import Asked
from checkpoint.commands.shared import Home, Json, fail
from checkpoint.verifier import home_folder

app = typer.Typer()

Where = Annotated[Path | None, typer.Option("--authority", metavar="DIR", help="The authority's folder.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Passphrases: one for all, or lines of NAME: PASSPHRASE.")
]
KeyFolders = Annotated[
    list[Path] | None, typer.Option("--keys", metavar="DIR", help="A folder with more key files, a stick for example.")
]


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the authority refuses into one line on stderr and exit code 1."""
    try:
        yield
    except Refused as refused:
        raise fail(str(refused), refused.hint) from None
    except OSError as error:
        raise fail(
            f"{error.filename or 'disk'}: {error.strerror or error}", "what stations get is whole; run this again"
        ) from None


def folder_of(where: Path | None, home: Path | None) -> Folder:
    """The folder of the authority: as given, or `authority/` in the home."""
    return Folder(where or home_folder(home) / "authority")


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
    signer: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=URI,FILE", help="A signer in hardware (securesystemslib) and its public key."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make the keys, the first root and an empty, whole repository."""
    folder = folder_of(where, home)
    with refusals():
        plan = ceremony.Plan(
            root_keys, root_threshold, issuer_keys, issuer_threshold, policy_keys, policy_threshold, _signers(signer)
        )
        report = ceremony.init(folder, Vault([], Asked(passphrase_file)), plan, time.time())
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
    json: Json = False,
) -> None:
    """Sign and write what is staged; files that stations can see already never change."""
    folder = folder_of(where, home)
    with refusals():
        vault = Vault([folder.keys, *(keys or ())], Asked(passphrase_file))
        _show(publishing.publish(folder, vault, time.time()), json, {})


@app.command()
def tick(where: Where = None, home: Home = None, passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Sign the timestamp again, so that stations know that nothing is newer; run it hourly."""
    folder = folder_of(where, home)
    with refusals():
        vault = Vault([folder.keys], Asked(passphrase_file))
        _show(publishing.tick(folder, vault, time.time()), json, {})


def _show(report: Report, json: bool, more: dict[str, Any]) -> None:
    if json:
        typer.echo(jsonlib.dumps(asdict(report) | more))
        return
    for role, counts in report.changed.items():
        typer.echo(f"{role}: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    if report.renewed:
        typer.echo("renewed: " + ", ".join(report.renewed))
    typer.echo("published: " + ", ".join(f"{role} {version}" for role, version in report.versions.items()))
