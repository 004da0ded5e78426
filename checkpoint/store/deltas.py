"""A list of hashes brought up to date the cheapest way: by deltas from what is there, or from a base."""

from dataclasses import dataclass

from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.store.sources import Fetch, Listed, Version
from checkpoint.trust import hash_delta
from checkpoint.trust.chain import Target
from checkpoint.trust.hash_delta import DeltaRefused
from checkpoint.trust.hash_file import HashFile
from checkpoint.trust.revocation import ListDamaged


@dataclass(frozen=True, slots=True)
class _Way:
    """How to get to a version: bytes to fetch, the base to begin with (None: what is there), and the deltas then."""

    cost: int
    start: str  # hex SHA-256 of the list it begins with
    base: Target | None = None
    deltas: tuple[Target, ...] = ()


def bring_list(one: Listed, old: Version | None, newest: Version, blobs: Blobs, bring: Fetch) -> None:
    """Put the newest state of a list into the blobs, checked against its signed hash.

    Deltas that do not lead there cost a base, never the old list: it is in force until the new one is whole. Raises
    what `bring` raises, and ListDamaged where nothing leads there.
    """
    if blobs.holds(newest.sha256):
        return
    held = {old.number: old.sha256} if old and blobs.holds(old.sha256) else {}
    # From what is there; else from a published base on, for ours may be of another series; else a base alone.
    ways = [_cheapest(one, held, newest.number), _cheapest(one, {}, newest.number), _base_alone(one, newest.number)]
    for number, way in enumerate(ways):
        if way is None or way in ways[:number]:
            continue
        try:
            _go(way, blobs, bring)
            return
        except (BlobDamaged, DeltaRefused, ListDamaged):
            continue
    raise ListDamaged(f"{one.source}: nothing leads to version {newest.number}")


def _base_alone(one: Listed, wanted: int) -> _Way | None:
    return _cheapest(Listed(one.source, one.bases), {}, wanted)


def _cheapest(one: Listed, held: dict[int, str], wanted: int) -> _Way | None:
    """The way with the fewest bytes; versions only rise, so one pass over the deltas in order finds it."""
    ways = {number: _Way(target.length, target.sha256, target) for number, target in one.bases.items()}
    ways |= {number: _Way(0, sha256) for number, sha256 in held.items()}
    for (start, end), target in sorted(one.deltas.items()):
        way = ways.get(start)
        if way is not None and start < end:
            longer = _Way(way.cost + target.length, way.start, way.base, (*way.deltas, target))
            if end not in ways or longer.cost < ways[end].cost:
                ways[end] = longer
    return ways.get(wanted)


def _go(way: _Way, blobs: Blobs, bring: Fetch) -> None:
    at = way.start
    kept = {at, *blobs.names()}
    if way.base is not None and not blobs.holds(at):
        bring(way.base)
    for target in way.deltas:
        if not blobs.holds(target.sha256):
            bring(target)
        delta = hash_delta.parse(blobs.read(target.sha256))
        with blobs.partial(delta.result).open("w+b") as file:
            hash_delta.apply(HashFile.open(blobs.path(at), None), delta, file)
        if delta.result != target.custom["result"] or not blobs.adopt(delta.result):
            raise ListDamaged("a delta leads elsewhere than was signed")
        if at not in kept:  # fourteen steps of a list of 160 MB must not need the room of fourteen lists
            blobs.path(at).unlink()
        at = delta.result
