"""Which revocation lists a repository holds, which blobs a station needs for each, and how it opens them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.trust import metadata
from checkpoint.trust.chain import Chain, Target
from checkpoint.trust.revocation import BLOCKS_PATH, RevocationSet

# Brings one target into the blobs; raises whatever stops it.
Fetch = Callable[[Target], None]
_FILE = re.compile(r"revocation/([^/]+)/(?:base-(\d{1,9})\.ckrv|delta-(\d{1,9})-(\d{1,9})\.ckrd|status-(\d{1,9})\.tsl)")
_TIMES = re.compile(r"revocation/([^/]+)/times\.jsonl")


class Version(NamedTuple):
    """One state of a list of hashes, wherever it comes from: a base, or a delta that leads to it."""

    number: int
    sha256: str
    head: str  # hex SHA-256 of its head
    as_of: float
    kinds: frozenset[str] | None


@dataclass(slots=True)
class Listed:
    """The files that a repository publishes about one revocation list."""

    source: str
    bases: dict[int, Target] = field(default_factory=dict)
    deltas: dict[tuple[int, int], Target] = field(default_factory=dict)
    statuses: dict[int, Target] = field(default_factory=dict)
    times: Target | None = None

    def versions(self) -> dict[int, Version]:
        """Every state of its hashes that is published; raises Malformed."""
        found = {w: _version(w, one.custom["result"], one) for (_, w), one in self.deltas.items()}
        return found | {v: _version(v, one.sha256, one) for v, one in self.bases.items()}

    def newest(self) -> Version | None:
        """The newest of them, None for a list without hashes; raises Malformed."""
        versions = self.versions()
        return versions[max(versions)] if versions else None


def listed(chain: Chain) -> list[Listed]:
    """Every revocation list that the signed metadata names; raises Malformed where it says too little about one."""
    found: dict[str, Listed] = {}
    for path, target in sorted(chain.targets.items()):
        if match := _FILE.fullmatch(path):
            _add(found.setdefault(match[1], Listed(match[1])), match, target)
        elif match := _TIMES.fullmatch(path):
            found.setdefault(match[1], Listed(match[1])).times = target
    return list(found.values())


def _add(one: Listed, match: re.Match[str], target: Target) -> None:
    _, base, start, end, status = match.groups()
    if base:
        one.bases[int(base)] = target
    elif start:
        if "result" not in target.custom:
            raise Malformed(f"{target.path}: result")
        one.deltas[int(start), int(end)] = target
    else:
        one.statuses[int(status)] = target


def _version(number: int, sha256: Any, target: Target) -> Version:
    about = target.custom
    kinds = about.get("kinds")
    try:
        return Version(
            number=number,
            sha256=metadata.sha256_of({"sha256": sha256}),
            head=metadata.sha256_of({"sha256": about.get("head")}),
            as_of=metadata.moment(about.get("as_of")),
            kinds=None if kinds is None else frozenset(str(kind) for kind in kinds),
        )
    except (Malformed, TypeError):
        raise Malformed(f"{target.path}: custom") from None


def open_sources(chain: Chain, blobs: Blobs) -> tuple[RevocationSet, ...]:
    """Every list that the signed metadata names, the emergency blocks first.

    Raises BlobDamaged, ListDamaged or Malformed: a list that should be there and is not is never silence.
    """
    found: list[RevocationSet] = []
    target = chain.targets.get(BLOCKS_PATH)
    if target is not None:
        from checkpoint.trust.blocks import Blocks

        found.append(Blocks(blobs.read(target.sha256).splitlines(), chain.issued))
    for one in listed(chain):
        found += _opened(one, blobs)
    return tuple(found)


def _opened(one: Listed, blobs: Blobs) -> Iterator[RevocationSet]:
    """The list as sets: hashes, places in status lists, the times of either. Places are asked even without a file."""
    from checkpoint.trust.status_list import StatusLists, decode

    lists = {
        number: decode(blobs.read(target.sha256), None, size=_size(target)).statuses
        for number, target in one.statuses.items()
    }
    ages = [metadata.moment(target.custom.get("as_of")) for target in one.statuses.values()]
    places: RevocationSet = StatusLists(one.source, min(ages, default=None), lists)
    newest = one.newest()
    hashes = None if newest is None else _hashes(one.source, newest, blobs)
    if one.times is not None:
        from checkpoint.trust import times

        dates = times.read(blobs.read(one.times.sha256))
        hashes, places = (times.Dated(hashes, dates), places) if hashes else (None, times.Dated(places, dates))
    yield from (one for one in (hashes, places) if one is not None)


def _hashes(source: str, newest: Version, blobs: Blobs) -> RevocationSet:
    from checkpoint.trust.hash_file import HashFile

    try:
        return HashFile.open(blobs.path(newest.sha256), newest.head, source, newest.as_of, newest.kinds)
    except OSError as error:
        raise BlobDamaged(newest.sha256) from error


def _size(target: Target) -> int:
    return metadata.positive(target.custom.get("size"))


def fetch(chain: Chain, before: Chain | None, blobs: Blobs, bring: Fetch) -> dict[str, str]:
    """Bring every blob that a station needs for `chain`; gives the map path to SHA-256 of a generation.

    `before`: what the station has now, from whose lists deltas may lead on. Raises what `bring` raises, ListDamaged and
    Malformed.
    """
    found: dict[str, str] = {}
    for path, target in sorted(chain.targets.items()):
        if path.startswith(("issuers/", "policy/")) or path == BLOCKS_PATH:
            found[path] = _brought(target, blobs, bring)
    known = {one.source: one for one in listed(before)} if before else {}
    for one in listed(chain):
        for target in (*one.statuses.values(), *([one.times] if one.times else [])):
            found[target.path] = _brought(target, blobs, bring)
        newest = one.newest()
        if newest is not None:
            from checkpoint.store import deltas

            old = known.get(one.source)
            deltas.bring_list(one, old.newest() if old else None, newest, blobs, bring)
            found[f"revocation/{one.source}"] = newest.sha256
    return found


def _brought(target: Target, blobs: Blobs, bring: Fetch) -> str:
    if not blobs.holds(target.sha256):
        bring(target)
    return target.sha256
