"""The act of issuing: places burnt, passes signed, codes drawn, the act on record, and only then a whole folder.

In this order a kill at any instant leaves either nothing or everything. What it can leave behind is places that were
burnt for nobody, and a line of the record that announces passes which nobody got: run it again.
"""

import csv
import io
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from checkpoint.authority import Progress, Refused, audit, silent
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing import codes, output, places, sheets
from checkpoint.authority.issuing.issuers import Issuer
from checkpoint.authority.issuing.places import Place
from checkpoint.authority.issuing.rows import Row
from checkpoint.authority.signing import raw_signature
from checkpoint.authority.vault import Vault
from checkpoint.formats.native import issue as native
from checkpoint.formats.native.issue import Draft
from checkpoint.store.lines import write_file

PICTURES = ("png", "svg", "pdf")
CTI_BYTES = 8
INDEX = "index.csv"
INDEX_COLUMNS = ("row", "file", "kind", "number", "place", "text")


class Issued(NamedTuple):
    """One pass that was made. `row` is 0 where there was no table."""

    row: int
    draft: Draft
    place: Place
    text: str


@dataclass(slots=True)
class Report:
    """What an act of issuing made."""

    issuer: str
    count: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    lists: dict[int, int] = field(default_factory=dict)  # passes by the number of their status list
    demo: bool = False
    out: str = ""


def sign(
    folder: Folder, vault: Vault, issuer: Issuer, rows: Sequence[Row], now: float, progress: Progress = silent
) -> list[Issued]:
    """The passes that `rows` ask for; their places are burnt before the first is signed. The folder is locked."""
    signers = vault.signers([issuer.entry.public.keyid], 1)
    if not signers:
        raise Refused(f"the key {issuer.entry.name} cannot be opened", "give its passphrase, or --keys FOLDER")
    found = []
    taken = places.take(folder, issuer.record.revocation, [one.draft.expires for one in rows])
    for done, (row, place) in enumerate(zip(rows, taken, strict=True), 1):
        cti = secrets.token_bytes(CTI_BYTES)
        claims = native.claims(row.draft, issuer.record.issuer, int(now), cti, place)
        text = native.issue(claims, issuer.key_type, issuer.kid, lambda message: raw_signature(signers[0], message)[1])
        found.append(Issued(row.row, row.draft, place, text))
        progress("sign", done, len(rows))
    return found


def issue(
    folder: Folder,
    vault: Vault,
    issuer: Issuer,
    rows: Sequence[Row],
    target: Path,
    now: float,
    kinds: Sequence[str] = PICTURES,
    progress: Progress = silent,
) -> Report:
    """Make every pass of `rows` and put them into the new folder `target`; raises Refused."""
    output.check(target)
    with folder.locked(), output.whole(target) as new:
        made = sign(folder, vault, issuer, rows, now, progress)
        _write(new, made, kinds, issuer.record.test, progress)
        report = _recorded(folder, issuer, made, now)
    report.out = str(target)
    return report


def issue_one(
    folder: Folder, vault: Vault, issuer: Issuer, draft: Draft, target: Path | None, now: float
) -> tuple[Issued, Report]:
    """Make one pass; into the file `target`, PNG, SVG or PDF by its name, where there is one. Raises Refused."""
    kind = "" if target is None else target.suffix.lower().removeprefix(".")
    if target is not None:
        output.check(target)
        if kind not in PICTURES:
            raise Refused(f"{target} is neither PNG, SVG nor PDF", "name it pass.png, pass.svg or pass.pdf")
    with folder.locked():
        (made,) = sign(folder, vault, issuer, [Row(0, draft)], now)
        data = None if target is None else _drawn(made, kind, issuer.record.test)
        report = _recorded(folder, issuer, [made], now)
        if target is not None and data is not None:
            write_file(target, data)
            target.chmod(0o600)  # somebody's name is in it
    return made, report


def _drawn(made: Issued, kind: str, demo: bool) -> bytes:
    code = codes.draw(made.text, (kind,))
    if kind == "pdf":
        return sheets.sheet([sheets.Card(made.draft.kind, made.draft.number, code.matrix, demo)])
    return code.png if kind == "png" else code.svg


def _recorded(folder: Folder, issuer: Issuer, made: Sequence[Issued], now: float) -> Report:
    """Put the act on record: how many, of which kinds, under which key; nothing about anybody."""
    kinds = Counter(one.draft.kind for one in made)
    lists = Counter(one.place[0] for one in made)
    report = Report(issuer.record.issuer, len(made), dict(kinds), dict(lists), issuer.record.test)
    facts = {"issuer": report.issuer, "kid": issuer.record.kid, "count": report.count, "kinds": report.kinds}
    facts["list"] = issuer.record.revocation
    lists_named = {str(number): count for number, count in report.lists.items()}
    audit.append(folder.audit, "issue", {**facts, "lists": lists_named, "demo": report.demo}, now)
    return report


def _write(new: Path, made: Sequence[Issued], kinds: Sequence[str], demo: bool, progress: Progress) -> None:
    """The pictures, the sheets, and the index that says which is whose."""
    drawn = codes.draw_all([one.text for one in made], kinds)
    digits = len(str(max(one.row for one in made)))
    cards = []
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(INDEX_COLUMNS)
    for done, (one, code) in enumerate(zip(made, drawn, strict=True), 1):
        name = f"{one.row:0{digits}}"
        for kind, data in (("png", code.png), ("svg", code.svg)):
            if kind in kinds:
                (new / f"{name}.{kind}").write_bytes(data)
        if "pdf" in kinds:
            cards.append(sheets.Card(one.draft.kind, one.draft.number, code.matrix, demo))
        place = "/".join(map(str, one.place))
        writer.writerow((one.row, name, one.draft.kind, one.draft.number, place, one.text))
        progress("draw", done, len(made))
    for number, data in enumerate(sheets.files(cards), 1):
        (new / f"sheets-{number:03}.pdf").write_bytes(data)
        progress("print", min(number * sheets.A_FILE, len(cards)), len(cards))
    (new / INDEX).write_text(lines.getvalue(), "utf-8")
