"""Published revocations that are not staged any more, and that no act on record took back: a restored copy forgets.

Without this, the first publish after `staged/` came back from a copy would let in whoever was revoked since.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from checkpoint.authority import Refused, audit, hash_lists, repository, revoked, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import Published
from checkpoint.authority.staged import Content, blob_name
from checkpoint.codec.errors import Malformed
from checkpoint.trust import times
from checkpoint.trust.hash_file import entry_key
from checkpoint.trust.revocation import BLOCKS_PATH
from checkpoint.trust.revocations import ids

NAMED = 5  # of one list; the record has them all


class Lost(NamedTuple):
    """What one list lost, by name where it can be told."""

    where: str
    entries: int
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = ", ..." if len(self.named) > NAMED else ""
        return f"{self.where}: {self.entries}" + (f" ({', '.join(self.named[:NAMED])}{more})" if self.named else "")


@dataclass(slots=True)
class Taken:
    """What acts took back since the newest publication, by block, place and entry; imports by number alone."""

    blocks: set[str] = field(default_factory=set)
    places: set[tuple[str, int, int]] = field(default_factory=set)
    entries: set[tuple[str, bytes]] = field(default_factory=set)
    imports: Counter[str] = field(default_factory=Counter)

    def note(self, act: str, facts: dict[str, Any]) -> None:
        """One act in the order of the record: what is revoked again is not taken back any more."""
        if act in ("block", "unblock"):
            _mark(self.blocks, {facts["pass_id"]}, act == "unblock")
        elif act in ("revoke", "unrevoke") and "indexes" in facts:
            found = {(facts["list"], facts["number"], index) for index in facts["indexes"]}
            _mark(self.places, found, act == "unrevoke")
        elif act in ("revoke", "unrevoke"):
            entries = {(facts["list"], key) for key in _keys(facts)}
            _mark(self.entries, entries, act == "unrevoke")
        elif act == "import-revocations":
            self.imports[facts["list"]] += facts["removed"]


def _mark(kept: set[Any], found: set[Any], taken: bool) -> None:
    if taken:
        kept |= found
    else:
        kept -= found


def _keys(facts: dict[str, Any]) -> set[bytes]:
    try:
        found = [one for text in facts["ids"] for one in ids.parse(text, facts.get("kind", ""))]
    except Malformed:
        return set()  # a record from before kinds stood in it: what cannot be told was not taken back
    return {entry_key(*one) for one in found}


def find(folder: Folder, old: Published, new: Content, now: float) -> list[Lost]:
    """What is published, absent from `new`, and taken back by nobody; raises Refused where a file does not hold."""
    taken = _taken(folder, old)
    published = old.targets_of("revocation")
    found = [_blocks(folder, old, new, taken, now)]
    for name in sorted({path.split("/")[1] for path in published if path.count("/") == 2}):
        found += [_statuses(folder, old, name, number, taken) for number in status_lists.numbers(folder, name)]
        found.append(_entries(folder, old, new, name, taken))
    return [one for one in found if one.entries > 0]


def check(folder: Folder, old: Published, new: Content, now: float) -> None:
    """Raise Refused where something was forgotten."""
    lost = find(folder, old, new, now)
    if lost:
        count = sum(one.entries for one in lost)
        what = f"{count} entries" if count > 1 else "1 entry"
        where = "; ".join(map(str, lost))
        raise Refused(
            f"{what} of published revocations are not staged any more, and nobody took them back: {where}",
            "restore the newest copy of staged/, or revoke them again (audit.jsonl says which); --confirm lets them go",
        )


def _taken(folder: Folder, old: Published) -> Taken:
    """Acts since the one that published what is in force; all of them where the record does not have it any more."""
    published = old.delegated.get("revocation")
    version = 0 if published is None else published.signed.version
    found = Taken()
    for one in audit.acts(folder.audit):
        facts = one.get("facts", {})
        if (
            one.get("act") in ("init", "publish")
            and facts.get("versions", {}).get("revocation", version + 1) <= version
        ):
            found = Taken()
        found.note(str(one.get("act")), facts)
    return found


def _blocks(folder: Folder, old: Published, new: Content, taken: Taken, now: float) -> Lost:
    target, staged = old.targets_of("revocation").get(BLOCKS_PATH), new.targets.get(BLOCKS_PATH)
    if target is None or target == staged:
        return Lost("blocks", 0)
    lines = new.blobs[blob_name(staged)].splitlines() if staged is not None else []
    kept = {str(json.loads(line)["pass_id"]) for line in lines} | taken.blocks
    gone = []
    for line in repository.read_target(folder, target).splitlines():
        one = json.loads(line)
        ends = one.get("until")
        if one["pass_id"] not in kept and (ends is None or datetime.fromisoformat(ends).timestamp() > now):
            gone.append(str(one["pass_id"]))
    return Lost("blocks", len(gone), tuple(sorted(gone)))


def _statuses(folder: Folder, old: Published, name: str, number: int, taken: Taken) -> Lost:
    where = f"{name}/{number}"
    target = old.targets_of("revocation").get(f"revocation/{name}/status-{number}.tsl")
    if target is None:
        return Lost(where, 0)
    published, staged = status_lists.published(folder, target), status_lists.read(folder, name, number)
    gone = [
        index
        for index in status_lists.revoked_in(published)
        if index not in staged.entries and (name, number, index) not in taken.places
    ]
    return Lost(where, len(gone), tuple(f"{where}/{index}" for index in gone))


def _entries(folder: Folder, old: Published, new: Content, name: str, taken: Taken) -> Lost:
    """Of a list of hashes only numbers can be told; an import says how many its publisher no longer names."""
    targets = old.targets_of("revocation")
    mine = {path: one.hashes for path, one in targets.items() if path.startswith(f"revocation/{name}/")}
    if all(path in new.targets and new.targets[path].hashes == hashes for path, hashes in mine.items()):
        return Lost(name, 0)
    before: set[bytes] = set()
    series = hash_lists.published(name, targets)
    if series.newest:
        before |= hash_lists.keys(folder, series)
    dated = targets.get(f"revocation/{name}/times.jsonl")
    if dated is not None:
        before |= times.read(repository.read_target(folder, dated)).keys()
    before -= {entry_key(*line.id) for line in revoked.read(folder, name)}
    before -= {key for source, key in taken.entries if source == name}
    return Lost(name, len(before) - taken.imports[name])
