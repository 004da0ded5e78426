"""One sync: fetch, verify, stage on the disk, load what was staged, and only then put it in force."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from checkpoint.codec.errors import Malformed
from checkpoint.store import enrolment, generations, layout, mark, sources, synced
from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.store.enrolment import EnrolmentRefused
from checkpoint.store.generations import Generation, GenerationDamaged
from checkpoint.store.lock import Busy, locked
from checkpoint.store.mark import Mark
from checkpoint.store.synced import NotLoaded, Synced
from checkpoint.sync import report as reports
from checkpoint.sync.download import download
from checkpoint.sync.place import Deadline, Folder, Place
from checkpoint.sync.problem import Problem, of_disk
from checkpoint.sync.progress import Progress, Silent
from checkpoint.sync.report import Report
from checkpoint.trust.chain import Chain
from checkpoint.trust.revocation import ListDamaged

_LOG = logging.getLogger(__name__)
DEADLINE = 600.0  # seconds for everything
_WORK = "work"


@dataclass(slots=True)
class _Station:
    """One station while it syncs, the lock in hand."""

    home: Path
    root: bytes
    mark: Mark
    progress: Progress

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.cache)


def sync(
    home: Path,
    addresses: Sequence[str] = (),
    progress: Progress | None = None,
    deadline: float = DEADLINE,
    now: Callable[[], float] = time.time,
) -> Report:
    """Fetch from the first of `addresses` (else the enrolled ones) that works; never raises for what went wrong.

    Whatever happens, the state before or a newer one is in force, and passes can be judged all the while.
    """
    try:
        with locked(home / layout.LOCK):
            report = _under_lock(home, addresses, progress or Silent(), deadline, now)
            reports.keep(home / "state", report)
            return report
    except Busy:
        return _failed(Problem("busy"), now())
    except Problem as problem:
        return _failed(problem, now())
    except OSError as error:
        return _failed(of_disk(error), now())


def _under_lock(
    home: Path, addresses: Sequence[str], progress: Progress, seconds: float, now: Callable[[], float]
) -> Report:
    limit = Deadline(seconds)
    try:
        station = _station(home, progress)
        return _first_that_works(station, addresses or _enrolled(home), limit, now)
    except Problem as problem:
        return _failed(_spared(home, problem), now())
    except OSError as error:
        return _failed(_spared(home, of_disk(error)), now())
    finally:
        limit.close()


def _spared(home: Path, problem: Problem) -> Problem:
    """A full disk gets back what this sync and those that failed before it took: the next one has to have room."""
    cache = home / "cache"
    if problem.word == "disk_full":
        Blobs(cache).keep_partials()
        with suppress(GenerationDamaged):  # then nobody can say what is still needed
            Blobs(cache).keep_only(generations.prune(cache, generations.current(cache) or 0))
    return problem


def _failed(problem: Problem, at: float) -> Report:
    return Report(at, problem.word, problem.note)


def _station(home: Path, progress: Progress) -> _Station:
    root = enrolment.pinned_root(home)
    if root is None:
        raise Problem("not_enrolled")
    anchor = enrolment.fingerprint(root)
    known = mark.read(home)
    if known is not None and known.anchor != anchor:
        raise Problem("root_changed")
    return _Station(home, root, known or Mark(anchor), progress)


def _enrolled(home: Path) -> list[str]:
    try:
        found = enrolment.addresses(home)
    except EnrolmentRefused as refused:
        raise Problem("no_address", *refused.note[1:]) from None
    if not found:
        raise Problem("no_address", layout.ADDRESSES)
    return found


def _first_that_works(station: _Station, addresses: Sequence[str], limit: Deadline, now: Callable[[], float]) -> Report:
    """Ask one place after the other. What one brought before it failed is not lost: blobs are the same everywhere."""
    failed: list[Problem] = []
    skipped: list[str] = []
    for address in addresses:
        place: Place | None = None
        try:
            place = open_place(address, limit)
            changed, chain = _from(station, place)
            word = "updated" if changed else "unchanged"
            note = (f"sync.{word}", chain.issued)
            return Report(now(), word, note, place.name, place.requests, place.received, chain.issued, tuple(skipped))
        except Problem as problem:
            if not problem.elsewhere:
                raise
            failed.append(problem)
            skipped.append(place.name if place else address.rpartition("@")[2])
            if len(addresses) > 1:
                station.progress.told(problem.note)
        finally:
            if place:
                place.close()
    raise failed[0]


def open_place(address: str, limit: Deadline) -> Place:
    """The place at a web address or a folder; raises Problem for an address that is neither."""
    if address.startswith(("http://", "https://")):
        from checkpoint.sync.web import Web

        return Web(address, limit)
    if "://" in address:
        raise Problem("address", address)
    return Folder(Path(address), limit)


def _from(station: _Station, place: Place) -> tuple[bool, Chain]:
    """Bring the station to what `place` has; gives whether that was anything new."""
    before = _in_force(station)
    with _work(station.cache) as work:
        from checkpoint.sync import metadata

        known = _generation(station.cache)
        chain, read = metadata.refresh(place, work, station.root, known, station.blobs)
        if station.mark.refuses(chain):
            raise Problem("rolled_back", place.name)
        files = {name: read(name) or b"" for name in chain.names}
    station.blobs.keep_partials(target.sha256 for target in chain.targets.values())
    asked = place.requests
    targets = _targets(station, chain, before, place)
    metadata_blobs = {name: station.blobs.put(data) for name, data in files.items()}
    # A target that had to be fetched again was damaged: a running station still holds it open, and must look again.
    same = known if before and place.requests == asked else None
    changed = _put_in_force(station, place, Generation(metadata_blobs, targets), same)
    _raise_mark(station, chain)
    return changed, chain


def _targets(station: _Station, chain: Chain, before: Synced | None, place: Place) -> dict[str, str]:
    try:
        return sources.fetch(chain, before.chain if before else None, station.blobs, _downloader(station, place))
    except (ListDamaged, Malformed, BlobDamaged) as error:
        raise Problem("not_understood", place.name, str(error)) from error


def _downloader(station: _Station, place: Place) -> sources.Fetch:
    return lambda target: download(place, target, station.blobs, station.progress)


def _in_force(station: _Station) -> Synced | None:
    """What is in force now, None where there is nothing that can be relied on."""
    try:
        number = generations.current(station.cache)
        return None if number is None else synced.open_generation(station.cache, number, station.root, station.mark)
    except (NotLoaded, GenerationDamaged):
        return None


def _generation(cache: Path) -> Generation | None:
    """The map of the generation in force, good for finding metadata that need not be fetched again."""
    try:
        number = generations.current(cache)
        return None if number is None else generations.read(cache, number)
    except GenerationDamaged:
        return None


def _put_in_force(station: _Station, place: Place, generation: Generation, known: Generation | None) -> bool:
    """Flip to `generation` after the offline loader has accepted it from the disk; gives whether it is new."""
    if generation == known:
        return False
    number = generations.next_number(station.cache)
    generations.write(station.cache, number, generation)
    try:
        synced.open_generation(station.cache, number, station.root, station.mark, whole=True)
    except NotLoaded as refused:
        _LOG.info("sync: what was fetched is not accepted: %s", refused)
        raise Problem("not_understood", place.name, " ".join(str(part) for part in refused.note[1:])) from refused
    generations.flip(station.cache, number)
    station.blobs.keep_only(generations.prune(station.cache, number))
    return True


def _raise_mark(station: _Station, chain: Chain) -> None:
    """Only after the flip: a mark above what is in force would lock the station out if we were killed between."""
    raised = station.mark.raised(chain)
    if raised != station.mark or mark.read(station.home) is None:
        mark.write(station.home, raised)


@contextmanager
def _work(cache: Path) -> Iterator[Path]:
    """An empty folder for python-tuf, which writes as it goes; nothing in it is ever in force."""
    folder = cache / _WORK
    _sweep(cache)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """What a killed sync left half-written."""
    shutil.rmtree(cache / _WORK, ignore_errors=True)
    for folder in (cache, cache / "generations", cache.parent / "state"):
        for path in folder.glob(".*.new"):
            path.unlink(missing_ok=True)
