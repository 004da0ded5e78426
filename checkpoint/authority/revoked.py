"""What is revoked, as text for people: `staged/revocation/<list>/ids.txt`, and `blocks.jsonl` for emergencies.

A line of `ids.txt` is kind, 32 hex digits, "-" or the time before which a pass must be issued to count as revoked,
"hand" or "import", the day it was added, and why; tabs between.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checkpoint.authority import Refused, audit, list_dates, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import MAX_SHRINK, Source
from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId
from checkpoint.store.lines import Lines, write_file, write_lines
from checkpoint.trust import blocks, revocations
from checkpoint.trust.revocation import BLOCKS, BLOCKS_PATH, PINNED, Crl
from checkpoint.trust.revocations import ListRefused, Options, Skipped, divide, ids

HAND, IMPORT = "hand", "import"
ABOUT = "list.json"  # of a list: when an import last said all of it
MAX_FILE = 512 * 1024 * 1024  # bytes of ids.txt; 4 million entries have about 300 million
_ALWAYS = "-"
_TAKEN = frozenset({BLOCKS, PINNED})  # what stations call their own two lists


@dataclass(frozen=True, slots=True)
class Line:
    """One revoked id. `before`: seconds since 1970 UTC, None for every pass."""

    id: RevocationId
    before: float | None
    origin: str
    day: str
    why: str = ""

    def text(self) -> bytes:
        """As a line of the file."""
        kind, value = self.id
        before = _ALWAYS if self.before is None else time_text(self.before)
        return "\t".join((kind, value.hex(), before, self.origin, self.day, " ".join(self.why.split()))).encode()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did to one list: how many ids, and what was left out."""

    name: str
    before: int
    after: int
    added: int
    removed: int
    skipped: tuple[Skipped, ...] = ()
    format: str = ""

    def facts(self) -> dict[str, Any]:
        """For the record and for --json."""
        numbers = {"before": self.before, "after": self.after, "added": self.added, "removed": self.removed}
        return {"list": self.name, "format": self.format, **numbers, "skipped": len(self.skipped)}


def list_folder(folder: Folder, name: str) -> Path:
    """The staged files of the list `name`; raises Refused for a name that cannot be part of a path."""
    if not staged.NAME.match(name) or name in _TAKEN:
        raise Refused(f"{name!r} cannot name a list", "use small letters, digits, dots, dashes and underscores")
    return folder.staged / "revocation" / name


def names(folder: Folder) -> list[str]:
    """Every staged list of revocations."""
    parent = folder.staged / "revocation"
    return sorted(path.name for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []


def create(folder: Folder, name: str, now: float) -> None:
    """A list without entries: issuers whose records name it need it before anything is revoked."""
    path = list_folder(folder, name) / "ids.txt"
    with folder.locked():
        folder.require()
        if path.exists():
            raise Refused(f"there is a list {name} already", "checkpoint authority publish brings it to stations")
        audit.append(folder.audit, "new-list", {"list": name}, now)
        write_file(path, b"")


def read(folder: Folder, name: str) -> list[Line]:
    """Every line of a list, [] where there is none; raises Refused where a line is not understood."""
    path = list_folder(folder, name) / "ids.txt"
    if not path.exists():
        return []
    if path.stat().st_size > MAX_FILE:
        raise Refused(f"{path} is larger than {MAX_FILE} bytes", "split the list")
    with path.open("rb") as file:
        return [_line(path, number, text) for number, text in enumerate(file, 1)]


def revoke(
    folder: Folder, name: str, texts: Sequence[str], now: float, *, kind: str = "", why: str = "", before: float | None
) -> Outcome:
    """Add ids as people write them (UVCI, hashes, pass_id, kid/rid) to the list `name`.

    Raises Refused, also where one of them is revoked for more passes already: less takes an `unrevoke`, with a reason.
    """
    wanted = parsed(texts, kind)
    with folder.locked():
        folder.require()
        old = read(folder, name)
        known: dict[RevocationId, float] = {}
        for line in old:  # by hand and by an import: the stronger counts
            known[line.id] = max(_reach(line.before), known.get(line.id, 0.0))
        if any(known.get(one, 0.0) > _reach(before) for one in wanted):
            why = f"one of these is revoked for more passes already in list {name}"
            raise Refused(why, "nothing was changed; first take it back: checkpoint authority unrevoke ID --why TEXT")
        day = time_text(now)[:10]
        new = {one: Line(one, before, HAND, day, why) for one in wanted}
        changed = [one for one in new if one not in known or known[one] < _reach(before)]
        kept = [line for line in old if line.id not in changed]
        found = Outcome(name, len(old), len(kept) + len(changed), len(changed), 0)
        audit.append(folder.audit, "revoke", found.facts() | {"ids": list(texts), "kind": kind, "why": why}, now)
        _write(folder, name, [*kept, *(new[one] for one in changed)])
        return found


def _reach(before: float | None) -> float:
    """Up to which time of issue passes are revoked."""
    return float("inf") if before is None else before


def unrevoke(folder: Folder, name: str, texts: Sequence[str], now: float, *, kind: str = "", why: str = "") -> Outcome:
    """Take ids back; raises Refused where none of them is revoked, or without a reason: it lets passes in again."""
    if not why.strip():
        raise Refused("taking a revocation back needs a reason", "--why TEXT")
    wanted = set(parsed(texts, kind))
    with folder.locked():
        folder.require()
        old = read(folder, name)
        kept = [line for line in old if line.id not in wanted]
        if len(kept) == len(old):
            raise Refused(f"none of these is revoked in list {name}", "checkpoint authority status")
        found = Outcome(name, len(old), len(kept), 0, len(old) - len(kept))
        audit.append(folder.audit, "unrevoke", found.facts() | {"ids": list(texts), "kind": kind, "why": why}, now)
        _write(folder, name, kept)
        return found


def load(
    folder: Folder, name: str, sources: Sequence[Source], now: float, *, kind: str = "", confirm: bool = False,
    keep: bool = False, unsigned: str,
) -> Outcome:  # fmt: skip
    """Replace what earlier imports put into the list `name` by `sources`; what was revoked by hand stays.

    `keep`: earlier imports stay too, for batches and deltas. Lists of revocations have no signature that is checked
    here, so `unsigned` says where they came from. Raises Refused.
    """
    if not unsigned:
        why = "published lists of revocations are not signed"
        raise Refused(why, 'say where this one came from: --unsigned "downloaded by NAME from ADDRESS"')
    options = Options(kind, staged.crl_versions(folder), staged.issuing(folder))
    always, times, skipped, format, crls = _read_sources(sources, options)
    about = list_folder(folder, name) / ABOUT
    with folder.locked():
        folder.require()
        dates = list_dates.newer(about, crls, keep, time_text)
        old = read(folder, name)
        wanted: dict[RevocationId, float | None] = {**times, **dict.fromkeys(always)}
        stays = [line for line in old if line.origin == HAND or (keep and not _is_weaker(line, wanted))]
        said = {line.id for line in stays if not _is_weaker(line, wanted)}
        known = {line.id: line for line in old if line.origin == IMPORT}
        day = time_text(now)[:10]
        new = [
            known[one] if one in known and known[one].before == before else Line(one, before, IMPORT, day)
            for one, before in wanted.items()
            if one not in said
        ]
        gone = len(known.keys() - wanted.keys()) if not keep else 0
        if known and gone > MAX_SHRINK * len(known) and not confirm:
            why = f"{gone} of {len(known)} imported revocations of list {name} would go"
            raise Refused(why, "is the file whole? then give --confirm")
        added = len({line.id for line in new} - known.keys())
        found = Outcome(name, len(old), len(stays) + len(new), added, gone, tuple(skipped), format)
        facts = found.facts() | {"sources": [one.name for one in sources], "unsigned": unsigned, "confirm": confirm}
        audit.append(folder.audit, "import-revocations", facts, now)
        _write(folder, name, [*stays, *new])
        write_file(about, list_dates.about(time_text(now), dates))
        return found


def _is_weaker(line: Line, wanted: Mapping[RevocationId, float | None]) -> bool:
    """Whether `wanted` revokes the same id for more passes than `line` does."""
    before = wanted.get(line.id, line.before)
    return line.before is not None and (before is None or before > line.before)


def imported_at(folder: Folder, name: str) -> float | None:
    """When an import last said all of the list, None for one that is kept by hand alone."""
    return list_dates.imported_at(list_folder(folder, name) / ABOUT)


def block(folder: Folder, pass_id: str, why: str, until: float | None, now: float) -> int:
    """Stop one pass everywhere at once, whoever issued it; gives how many blocks there are. Raises Refused."""
    if not why.strip():
        raise Refused("a block needs a reason", "--why TEXT")
    if until is not None and until <= now:
        raise Refused("the end of the block has passed", "--until TIME, in the future")
    value = {"pass_id": _pass_id(pass_id), "why": why} | ({} if until is None else {"until": time_text(until)})
    line = json.dumps(value, separators=(",", ":")).encode("ascii")
    return _change_blocks(folder, "block", value, now, [line])


def unblock(folder: Folder, pass_id: str, why: str, now: float) -> int:
    """Take a block back; gives how many are left. Raises Refused where there is none, or without a reason."""
    if not why.strip():
        raise Refused("taking a block back needs a reason", "--why TEXT")
    return _change_blocks(folder, "unblock", {"pass_id": _pass_id(pass_id), "why": why}, now, [])


def _change_blocks(folder: Folder, act: str, facts: dict[str, Any], now: float, new: list[bytes]) -> int:
    path = folder.staged / BLOCKS_PATH
    with folder.locked():
        folder.require()
        old = list(Lines.of(path))
        kept = [line for line in old if _blocked(path, line) != facts["pass_id"]]
        if not new and len(kept) == len(old):
            raise Refused(f"{facts['pass_id']} is not blocked", f"compare it with the lines of {path}")
        if len(kept) + len(new) > blocks.MAX_BLOCKS:
            raise Refused(f"there are {blocks.MAX_BLOCKS} blocks already", "revoke in a list instead")
        audit.append(folder.audit, act, facts, now)
        write_lines(path, [*kept, *new])
        return len(kept) + len(new)


def _blocked(path: Path, line: bytes) -> str:
    try:
        return str(json.loads(line)["pass_id"])
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{path}: {line[:80]!r} is no block", "mend the line, or take it out") from None


def _read_sources(
    sources: Sequence[Source], options: Options
) -> tuple[set[RevocationId], dict[RevocationId, float], list[Skipped], str, list[tuple[str, dict[bytes, Crl]]]]:
    entries: list[revocations.Entry] = []
    skipped: list[Skipped] = []
    formats: set[str] = set()
    crls: list[tuple[str, dict[bytes, Crl]]] = []
    for source in sources:
        try:
            found = revocations.read(source.data, options)
        except ListRefused as error:
            raise Refused(f"{source.name}: {error}", error.hint) from None
        entries += found.entries
        skipped += found.skipped
        formats.add(found.format)
        crls.append((source.name, found.crls))
    always, times = divide(entries)
    return always, times, skipped, ", ".join(sorted(formats)), crls


def parsed(texts: Iterable[str], kind: str) -> list[RevocationId]:
    """The ids that people wrote; raises Refused for the first that is none."""
    found: dict[RevocationId, None] = {}
    for text in texts:
        try:
            found |= dict.fromkeys(ids.parse(text, kind))
        except Malformed as error:
            raise Refused(f"{text[:80]}: {error}", "nothing was changed") from None
    return list(found)


def _pass_id(text: str) -> str:
    if [kind for kind, _ in parsed([text], "")] != ["pass_id"]:
        raise Refused(f"{text[:80]} is no pass_id", "a verdict shows it: checkpoint verify --json")
    return text.strip()


def _write(folder: Folder, name: str, lines: list[Line]) -> None:
    data = b"\n".join(sorted({line.text() for line in lines}))
    write_file(list_folder(folder, name) / "ids.txt", data + b"\n" if data else b"")


def _line(path: Path, number: int, text: bytes) -> Line:
    try:
        kind, digits, before, origin, day, why = text.decode("utf-8").rstrip("\n").split("\t", 5)
        value = bytes.fromhex(digits)
        if len(value) != ids.ID_LENGTH or kind not in ids.KINDS or origin not in (HAND, IMPORT):
            raise ValueError("kind, id or origin")
        ends = None if before == _ALWAYS else datetime.fromisoformat(before).timestamp()
        return Line((kind, value), ends, origin, day, why)
    except ValueError as error:
        raise Refused(f"{path}, line {number}: {error}", "mend the line, or import the list again") from None


def time_text(seconds: float) -> str:
    """RFC 3339, UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
