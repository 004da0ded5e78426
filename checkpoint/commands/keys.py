"""`checkpoint keys`: issuers pinned by hand."""

import json as jsonlib
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from checkpoint.codec.errors import Malformed
from checkpoint.commands.shared import Home, Json, fail, unread, unwritten, utf8
from checkpoint.store import pins
from checkpoint.store.load import load_trust, may_pin
from checkpoint.trust import lists
from checkpoint.trust.lists import Found, ListRefused, Options, Skipped
from checkpoint.trust.records import NATIVE, Record
from checkpoint.verdict import rfc3339
from checkpoint.verifier import home_folder
from checkpoint.words import safe

app = typer.Typer()

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Certificates, public keys or trust lists.", readable=False),
]
Anchors = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="Public key that signs the list.", readable=False)
]


@app.command("import")
def import_(
    files: Files,
    home: Home = None,
    issuer: Annotated[str, typer.Option(metavar="TEXT", help="Whose keys these are.")] = "",
    country: Annotated[str, typer.Option(metavar="CC", help="Their country, two letters.")] = "",
    kid: Annotated[
        str, typer.Option(metavar="KID", help="Key id of the one key in the file: base64, hex, or a name.")
    ] = "",
    format: Annotated[str, typer.Option(metavar="NAME", help="Pass format the keys sign.")] = "",
    anchor: Anchors = None,
    revocation: Annotated[str, typer.Option(metavar="LIST", help="Revocation list these issuers need.")] = "",
    json: Json = False,
) -> None:
    """Pin issuers; the file formats are detected, one bad entry never loses a file."""
    options = Options(
        issuer=utf8(issuer, "--issuer"),
        country=_country(country),
        kid=_kid(utf8(kid, "--kid"), format),
        format=_format(format),
        revocation=utf8(revocation, "--revocation"),
        now=time.time(),
        anchors=tuple(_anchor(path) for path in anchor or ()),
    )
    if not may_pin(home_folder(home)):
        raise fail(
            "this station follows an authority whose policy gives no leave to pin keys", "checkpoint sync brings keys"
        )
    found = [_read(path, options, json) for path in files]
    records = [record for one in found for record in one.records]
    if kid and len(records) > 1:
        raise fail(f"--kid names one key, but there are {len(records)}", "import them one by one")
    new = {record.test for record in records if record.format == NATIVE}
    if len(load_trust(home_folder(home)).issuers.worlds | new) > 1 and new:
        raise fail("demonstration keys and real ones of native passes do not go into one station", "use another --home")
    try:
        added, unchanged = pins.add_issuers(home_folder(home) / "keys", records)
    except OSError as error:
        raise unwritten("keys", error) from None
    _report(found, added, unchanged, json)
    if not records:
        raise fail("no key that can be pinned is in there", "see what was skipped, and why")


def _read(path: Path, options: Options, json: bool) -> Found:
    try:
        with path.open("rb") as file:
            data = file.read(lists.MAX_LIST + 1)
        return lists.read(data, Options(**{**_fields(options), "origin": path.name}))
    except OSError as error:
        raise unread(path, error) from None
    except ListRefused as refused:
        if json:
            _report([Found(skipped=[Skipped("", f"{path.name}: {refused}")])], 0, 0, json)
        raise fail(f"{path}: {refused}", refused.hint) from None


def _fields(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in Options.__dataclass_fields__}


def _report(found: list[Found], added: int, unchanged: int, json: bool) -> None:
    skipped = [{"kid": safe(one.kid), "reason": safe(one.reason, 200)} for each in found for one in each.skipped]
    expired = sum(
        record.not_after is not None and record.not_after < time.time() for one in found for record in one.records
    )
    if json:
        signed = [one.signed_by for one in found if one.signed_by]
        typer.echo(
            jsonlib.dumps(
                {"added": added, "unchanged": unchanged, "skipped": skipped, "expired": expired, "signed_by": signed}
            )
        )
        return
    typer.echo(f"{added} added, {unchanged} unchanged, {len(skipped)} skipped, {expired} of them all expired")
    for one in skipped:
        typer.echo(f"  skipped {one['kid'] or '(no kid)'}: {one['reason']}")


def _pinned(home: Path | None) -> tuple[list[Record], list[bytes]]:
    keys = home_folder(home) / "keys"
    try:
        return pins.read_issuers(keys)
    except OSError as error:
        raise unread(keys / pins.ISSUERS, error) from None


@app.command("list")
def list_(home: Home = None, json: Json = False) -> None:
    """Every pinned key, one a line."""
    records, broken = _pinned(home)
    for record in records:
        typer.echo(record.line().decode() if json else _row(record))
    if broken:
        raise fail(
            f"{len(broken)} lines of {pins.ISSUERS} cannot be read", "mend or remove them: they are no JSON keys"
        )


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="KID", help="Key id or fingerprint.")], home: Home = None) -> None:
    """All that was decided about one key."""
    records, _ = _pinned(home)
    found = [record for record in records if pins.is_named(record, name)]
    if not found:
        raise fail(f"no pinned key is called {safe(name)}", "checkpoint keys list shows them")
    for record in found:
        typer.echo(jsonlib.dumps(jsonlib.loads(record.line()), indent=2, ensure_ascii=True))


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="KID", help="Key id or fingerprint.")], home: Home = None
) -> None:
    """Unpin a key: passes that it signed are of an unknown issuer from then on."""
    try:
        gone = pins.remove_issuers(home_folder(home) / "keys", name)
    except OSError as error:
        raise unwritten("keys", error) from None
    if not gone:
        raise fail(f"no pinned key is called {safe(name)}", "checkpoint keys list shows them")
    for record in gone:
        typer.echo(f"removed {_row(record)}")


@app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The new SQLite file.")],
    home: Home = None,
) -> None:
    """Copy the pins into a new SQLite file, to ask questions of: sqlite-utils FILE "select country, count(*) ..."."""
    from checkpoint.store.export import to_sqlite

    try:
        issuers, revocations = to_sqlite(home_folder(home) / "keys", target)
    except FileExistsError:
        raise fail(f"{target} is there already", "name a new file") from None
    except OSError as error:
        raise fail(f"{target}: {error.strerror}", "name a file in a folder that can be written") from None
    typer.echo(f"{issuers} issuers and {revocations} revocations written to {target}")


def _row(record: Record) -> str:
    ends = rfc3339(record.not_after)
    kinds = "any kind" if record.kinds is None else ", ".join(record.kinds)
    parts = (record.kid, record.format, record.country, record.name, kinds, f"until {ends[:10]}" if ends else "")
    return safe("  ".join(filter(None, parts)), 200)


def _country(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise typer.BadParameter("two letters, as in ISO 3166-1", param_hint="--country")
    return text.upper()


def _format(name: str) -> str:
    from checkpoint import formats

    if name and name not in formats.FORMATS:
        raise typer.BadParameter(f"known formats: {', '.join(formats.FORMATS)}", param_hint="--format")
    return name


def _kid(text: str, format: str) -> str:
    """A key id given as base64 or hex, as the pins write it: base64; for formats whose kid is text, as codes say it."""
    from base64 import b64encode

    from checkpoint.trust.lists import references
    from checkpoint.trust.lists.entries import TEXT_KIDS, base64_bytes

    if not text or format in TEXT_KIDS:
        return text
    if format in references.NAMED:
        return references.stated(format, text)
    try:
        hexadecimal = len(text) % 2 == 0 and all(digit in "0123456789abcdefABCDEF" for digit in text)
        raw = bytes.fromhex(text) if hexadecimal else base64_bytes(text)
    except Malformed:
        raise typer.BadParameter("base64 or hex", param_hint="--kid") from None
    return b64encode(raw).decode("ascii")


def _anchor(path: Path) -> bytes:
    """The SubjectPublicKeyInfo of the one key or certificate in a file."""
    try:
        found = lists.read(path.read_bytes(), Options())
    except OSError as error:
        raise unread(path, error) from None
    except ListRefused as refused:
        raise fail(f"{path}: {refused}", refused.hint) from None
    if len(found.records) != 1:
        raise fail(f"{path} holds {len(found.records)} keys", "an anchor is one public key or certificate")
    return found.records[0].spki
