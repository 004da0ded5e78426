"""The online half of trust: python-tuf's client brings newer metadata, and only what it accepts goes further."""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from tuf.api import exceptions
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from checkpoint.store.blobs import BlobDamaged, Blobs
from checkpoint.store.generations import Generation
from checkpoint.sync.place import Place
from checkpoint.sync.problem import NotThere, Problem
from checkpoint.trust import chain as chains
from checkpoint.trust.chain import Chain, Reader
from checkpoint.trust.metadata import MetadataRefused

_LOG = logging.getLogger(__name__)
_BASE = "place:/metadata/"
_HISTORY = "root_history"
# The first that fits; python-tuf's families, TUF specification section 5.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.BadVersionNumberError, "rolled_back"),
    (exceptions.ExpiredMetadataError, "expired"),
    (exceptions.UnsignedMetadataError, "not_signed"),
    (exceptions.LengthOrHashMismatchError, "damaged"),
    (exceptions.DownloadLengthMismatchError, "too_long"),
    (exceptions.DownloadHTTPError, "not_there"),
    (exceptions.RepositoryError, "not_understood"),
    (exceptions.DownloadError, "offline"),
)


class _Fetcher(FetcherInterface):
    """Lets the client read from a place; Problem passes through it untouched."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = "metadata/" + url.removeprefix(_BASE)
        try:
            yield from self._place.open(path).chunks
        except NotThere as missing:
            raise exceptions.DownloadHTTPError(path, missing.status) from missing


def refresh(place: Place, work: Path, root: bytes, known: Generation | None, blobs: Blobs) -> tuple[Chain, Reader]:
    """The newest metadata of `place`, accepted by python-tuf and by the offline loader's own walk from `root`.

    `work` is an empty folder; it is filled from the generation `known`, so that versions cannot go back and what has
    not changed is not fetched. Gives the chain and a reader of its files. Raises Problem.
    """
    _restore(work, known, blobs)
    config = UpdaterConfig(max_root_rotations=chains.MAX_ROOTS, max_delegations=chains.MAX_ROLES)
    try:
        # The pinned root is always the start, never what the folder holds: a swapped cache must not be believed.
        client = Updater(str(work), _BASE, fetcher=_Fetcher(place), config=config, bootstrap=root)
        client.refresh()
        for path in _probes(work):
            client.get_targetinfo(path)
    except (exceptions.RepositoryError, exceptions.DownloadError) as error:
        raise _named(error, place) from error
    read = _reader(work)
    try:
        return chains.verify(root, read), read
    except MetadataRefused as refused:
        raise Problem("not_understood", place.name, str(refused)) from refused


def _reader(work: Path) -> Reader:
    def read(name: str) -> bytes | None:
        path = work / _HISTORY / name if name.endswith(".root.json") else work / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    return read


def _restore(work: Path, known: Generation | None, blobs: Blobs) -> None:
    (work / _HISTORY).mkdir(parents=True, exist_ok=True)
    for name, sha256 in (known.metadata if known else {}).items():
        try:
            data = blobs.read(sha256)
        except BlobDamaged:
            _LOG.info("metadata in the cache was damaged and is fetched again: %s", name)
            continue
        (work / _HISTORY / name if name.endswith(".root.json") else work / name).write_bytes(data)


def _probes(work: Path) -> Iterator[str]:
    """One path per delegated role in use, so that the client fetches its metadata; no target needs to be there."""
    signed: Mapping[str, object] = json.loads((work / "targets.json").read_bytes())["signed"]
    published = json.loads((work / "snapshot.json").read_bytes())["signed"]["meta"]
    try:
        roles = [role for role in chains.delegations(signed) if f"{role['name']}.json" in published]
    except MetadataRefused as refused:
        raise exceptions.RepositoryError(str(refused)) from refused
    for role in roles:
        for pattern in role["paths"]:
            path = _path_under(pattern)
            if path is not None:
                yield path


def _path_under(pattern: str) -> str | None:
    folder, _, rest = pattern.partition("/")
    folder = next((one for one in chains.FOLDERS if chains.matches_any(one, [folder])), "")
    path = f"{folder}/{rest.replace('*', '-').replace('?', '-')}"
    return path if folder and chains.matches_any(path, [pattern]) else None


def _named(error: Exception, place: Place) -> Problem:
    word = next(word for kind, word in _WORDS if isinstance(error, kind))
    _LOG.info("sync: %s: %s: %s", word, type(error).__name__, error)
    return Problem(word, place.name)
