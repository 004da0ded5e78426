"""Files named by their SHA-256: what stands under a name is what was signed, or damaged. Nothing is overwritten."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from checkpoint.store.lines import read_file, sync_folder, write_file

MAX_READ = 64 * 1024 * 1024  # bytes taken into memory; longer blobs are read in place
_CHUNK = 1 << 20


class BlobDamaged(Exception):
    """A blob that is gone, cut off, or not what its name says."""


class Blobs:
    """The blobs of one cache; reading needs no right to write."""

    def __init__(self, cache: Path) -> None:
        self.folder = cache / "blobs"
        self._partial = cache / "partial"

    def path(self, sha256: str) -> Path:
        """Where the blob is, if it is there."""
        return self.folder / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes of a blob, checked against its name; raises BlobDamaged."""
        try:
            data = read_file(self.path(sha256), MAX_READ)
        except OSError as error:
            raise BlobDamaged(sha256) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged(sha256)
        return data

    def holds(self, sha256: str) -> bool:
        """Whether the blob is there and whole; reads all of it."""
        try:
            return file_sha256(self.path(sha256)) == sha256
        except OSError:
            return False

    def names(self) -> set[str]:
        """What lies there now, whole or not."""
        return {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()

    def put(self, data: bytes) -> str:
        """Keep `data`, whole on the disk when this returns; gives its name. Raises OSError."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.holds(sha256):
            write_file(self.path(sha256), data)
        return sha256

    def partial(self, sha256: str) -> Path:
        """Where a download of this blob grows, kept over a broken connection, a kill and a power cut."""
        self._partial.mkdir(parents=True, exist_ok=True)
        return self._partial / sha256

    def adopt(self, sha256: str) -> bool:
        """Make the finished download of a blob the blob, if it is what its name says; else throw it away."""
        path = self.partial(sha256)
        if file_sha256(path) != sha256:
            path.unlink()
            return False
        with path.open("rb") as file:
            os.fsync(file.fileno())
        self.folder.mkdir(parents=True, exist_ok=True)
        path.replace(self.path(sha256))
        sync_folder(self.folder)
        return True

    def keep_only(self, wanted: Iterable[str]) -> None:
        """Remove every blob that `wanted` does not name."""
        _keep_only(self.folder, wanted)

    def keep_partials(self, wanted: Iterable[str] = ()) -> None:
        """Remove every unfinished download that `wanted` does not name."""
        _keep_only(self._partial, wanted)


def _keep_only(folder: Path, wanted: Iterable[str]) -> None:
    kept = set(wanted)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in kept and not path.is_dir():  # nothing here makes folders: one is not ours to remove
            path.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
