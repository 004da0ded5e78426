"""The offline loader: everything that was synced, verified again from the pinned root, at every start."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.model import Note, Reason
from checkpoint.store import generations, mark
from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.store.generations import Generation, GenerationDamaged
from checkpoint.store.issuers import SyncedIssuers
from checkpoint.store.mark import Mark
from checkpoint.store.sources import open_sources
from checkpoint.trust import chain as chains
from checkpoint.trust import freshness
from checkpoint.trust.chain import Chain
from checkpoint.trust.freshness import DEFAULTS, StationPolicy
from checkpoint.trust.metadata import MetadataRefused
from checkpoint.trust.revocation import ListDamaged, RevocationSet
from checkpoint.trust.snapshot import IssuersDamaged

POLICY = "policy/station.json"
_TRIES = 3  # a sync may flip between two reads; it cannot do so three times in a millisecond


class NotLoaded(Exception):
    """Why what was synced cannot be relied on: a reason and a note for people."""

    def __init__(self, reason: Reason, *note: str) -> None:
        super().__init__(reason.word, *note)
        self.reason = reason
        self.note: Note = note


class Synced(NamedTuple):
    """What a station was told, verified. (A dataclass costs every start six times as much; so with the others here.)"""

    chain: Chain
    issuers: SyncedIssuers
    revocations: tuple[RevocationSet, ...]
    policy: StationPolicy
    mark: Mark


def load(home: Path, root: bytes) -> Synced:
    """The generation in force, verified from the pinned `root` and against the mark; raises NotLoaded."""
    cache = home / "cache"
    known = mark.read(home)
    if known is None:
        raise NotLoaded(Reason.TRUST_MISSING, "note.state_lost")
    if known.anchor != sha256(root).hexdigest():
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.root_changed")
    for last in (False,) * (_TRIES - 1) + (True,):
        number = _current(cache)
        try:
            synced = open_generation(cache, number, root, known)
            break
        except NotLoaded:
            if last or _current(cache) == number:
                raise
    if known.refuses(synced.chain):
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.trust_rolled_back")
    return synced


def _current(cache: Path) -> int:
    try:
        number = generations.current(cache)
    except GenerationDamaged:
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.cache_damaged", "current") from None
    if number is None:
        raise NotLoaded(Reason.TRUST_MISSING, "note.never_synced")
    return number


def open_generation(cache: Path, number: int, root: bytes, known: Mark, whole: bool = False) -> Synced:
    """Generation `number`, verified whole from the pinned `root`; raises NotLoaded with what is wrong.

    `whole` opens what a station opens on demand too: a sync puts nothing in force that cannot be opened.
    """
    try:
        generation, blobs = generations.read(cache, number), Blobs(cache)
        chain = chains.verify(root, lambda name: _metadata(generation, blobs, name))
        return open_targets(chain, blobs, known, whole)
    except GenerationDamaged as damaged:
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.cache_damaged", str(damaged)) from None
    except BlobDamaged as damaged:
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.cache_damaged", str(damaged)[:16]) from None
    except MetadataRefused as refused:
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.cache_damaged", refused.name) from None
    except (Malformed, IssuersDamaged, ListDamaged) as error:
        raise NotLoaded(Reason.TRUST_DAMAGED, "note.cache_damaged", str(error)) from None


def _metadata(generation: Generation, blobs: Blobs, name: str) -> bytes | None:
    sha256 = generation.metadata.get(name)
    return None if sha256 is None else blobs.read(sha256)


def open_targets(chain: Chain, blobs: Blobs, known: Mark, whole: bool = False) -> Synced:
    """What the targets of a verified chain say; raises BlobDamaged, Malformed, IssuersDamaged or ListDamaged."""
    paths = sorted(path for path in chain.targets if is_issuers(path))
    policy = chain.targets.get(POLICY)
    return Synced(
        chain=chain,
        issuers=SyncedIssuers((blobs.read(chain.targets[path].sha256) for path in paths), chain.issued),
        revocations=open_sources(chain, blobs, whole),
        policy=DEFAULTS if policy is None else freshness.parse(blobs.read(policy.sha256)),
        mark=known,
    )


def is_issuers(path: str) -> bool:
    """Whether the target at `path` is a list of keys."""
    return path.startswith("issuers/") and path.endswith(".jsonl")
