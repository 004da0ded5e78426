"""Which revocation lists a repository holds, which blobs a station needs for each, and how it opens them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId
from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.trust import metadata
from checkpoint.trust.chain import Chain, Target
from checkpoint.trust.revocation import BLOCKS, BLOCKS_PATH, PINNED, PLACE, Hit, ListDamaged, RevocationSet, has_place

# Brings one target into the blobs; raises whatever stops it.
Fetch = Callable[[Target], None]
OWN = frozenset({BLOCKS, PINNED})  # what a station calls lists of its own: one that is called so is not there
MAX_NUMBER_DIGITS = 10  # numbers of status lists go up to a u32


class Version(NamedTuple):
    """One state of a list of hashes, wherever it comes from: a base, or a delta that leads to it."""

    number: int
    sha256: str
    head: str  # hex SHA-256 of its head
    as_of: float
    kinds: frozenset[str] | None


class Listed:
    """The files that a repository publishes about one revocation list."""

    __slots__ = ("bases", "deltas", "source", "statuses", "times")

    def __init__(self, source: str, bases: dict[int, Target] | None = None) -> None:
        self.source = source
        self.bases = bases or {}
        self.deltas: dict[tuple[int, int], Target] = {}
        self.statuses: dict[int, Target] = {}
        self.times: Target | None = None

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
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "revocation" and parts[1] not in OWN:
            _add(found.setdefault(parts[1], Listed(parts[1])), parts[2], target)
    # A list whose files are all for newer stations is not there: naming it must not look like having asked it.
    return [one for one in found.values() if one.bases or one.deltas or one.statuses]


def _add(one: Listed, name: str, target: Target) -> None:
    """Take in one file by its name; what has another name is for newer stations."""
    stem, _, kind = name.partition(".")
    start, *numbers = stem.split("-")
    if name == "times.jsonl":
        one.times = target
    elif not all(number.isdecimal() and len(number) <= MAX_NUMBER_DIGITS for number in numbers):
        return
    elif (start, kind, len(numbers)) == ("base", "ckrv", 1):
        one.bases[int(numbers[0])] = target
    elif (start, kind, len(numbers)) == ("status", "tsl", 1):
        one.statuses[int(numbers[0])] = target
    elif (start, kind, len(numbers)) == ("delta", "ckrd", 2):
        if "result" not in target.custom:
            raise Malformed(f"{target.path}: result")
        one.deltas[int(numbers[0]), int(numbers[1])] = target


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


def open_sources(chain: Chain, blobs: Blobs, whole: bool = False) -> tuple[RevocationSet, ...]:
    """Every list that the signed metadata names, the emergency blocks first; `whole` opens those opened on demand too.

    Raises BlobDamaged, ListDamaged or Malformed: a list that should be there and is not is never silence.
    """
    found: list[RevocationSet] = []
    target = chain.targets.get(BLOCKS_PATH)
    if target is not None:
        from checkpoint.trust.blocks import Blocks

        found.append(Blocks(blobs.read(target.sha256).splitlines(), chain.issued))
    for one in listed(chain):
        found += _opened(one, blobs, chain.issued, whole)
    return tuple(found)


def _opened(one: Listed, blobs: Blobs, issued: float, whole: bool) -> Iterator[RevocationSet]:
    """The list as sets: hashes, places in status lists, the times of either. Places are asked even without a file.

    None is younger than `issued`, the timestamp over it: a clock that ran ahead would keep it fresh for years.
    """
    places: RevocationSet = Places(one, blobs, issued)
    if whole:
        places.find([(PLACE, bytes(16))], None)
    newest = one.newest()
    hashes = None if newest is None else _hashes(one.source, newest, blobs, issued)
    if one.times is not None:
        from checkpoint.trust import times

        dates = times.read(blobs.read(one.times.sha256))
        hashes, places = (times.Dated(hashes, dates), places) if hashes else (None, times.Dated(places, dates))
    yield from (one for one in (hashes, places) if one is not None)


class Places:
    """The status lists of one revocation list, opened when the first native pass asks; no other pass waits for them."""

    def __init__(self, listed: Listed, blobs: Blobs, issued: float) -> None:
        """Raises Malformed where what is signed about a file says too little."""
        self.source = listed.source
        self._statuses, self._blobs = listed.statuses, blobs
        ages = [metadata.moment(target.custom.get("as_of")) for target in listed.statuses.values()]
        self.as_of = min((*ages, issued)) if ages else None
        self._inner: RevocationSet | None = None

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        """The first of `ids` whose status is not valid; raises ListMissing, or ListDamaged, where it cannot tell."""
        if not has_place(ids):
            return None
        if self._inner is None:
            self._inner = self._open()
        return self._inner.find(ids, issued_at)

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """Whether the pass has a place: of any other these lists say nothing."""
        return has_place(ids)

    def _open(self) -> RevocationSet:
        from checkpoint.trust.status_list import StatusLists, decode

        try:
            lists = {
                number: decode(self._blobs.read(target.sha256), None, size=_size(target)).statuses
                for number, target in self._statuses.items()
            }
        except (BlobDamaged, Malformed) as error:
            raise ListDamaged(f"{self.source}: {error}") from error
        return StatusLists(self.source, self.as_of, lists)


def _hashes(source: str, newest: Version, blobs: Blobs, issued: float) -> RevocationSet:
    from checkpoint.trust.hash_file import HashFile

    as_of = min(newest.as_of, issued)
    try:
        return HashFile.open(blobs.path(newest.sha256), newest.head, source, as_of, newest.kinds)
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
