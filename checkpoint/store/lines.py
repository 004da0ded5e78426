"""A text file of sorted lines that people review and programs look up: nothing is parsed but the line asked for."""

import errno
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

_NEW = ".new"  # of the name under which a file is written before it takes its own
MAX_FILE = 64 * 1024 * 1024  # bytes; 3,000 pinned keys have about 1.5 million


class Lines:
    """The lines of a file, found by how they start."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        found = data.split(b"\n")
        found.sort()  # costs next to nothing on lines that are sorted, and an editor may have moved some
        self._lines = found[found.count(b"") :] if b"" in found else found

    @classmethod
    def of(cls, path: Path) -> "Lines":
        """The lines of the file at `path` as it is now; one that is not there has none. Raises OSError."""
        try:
            return cls(read_file(path, MAX_FILE))
        except FileNotFoundError:
            return cls(b"")

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._lines)

    def starting(self, prefix: bytes) -> Iterator[bytes]:
        """Every line that starts with `prefix`."""
        at = bisect_left(self._lines, prefix)
        while at < len(self._lines) and self._lines[at].startswith(prefix):
            yield self._lines[at]
            at += 1

    def containing(self, part: bytes) -> Iterator[bytes]:
        """Every line that has `part` (no line end) in it: one search through all is quicker than one a line."""
        at = self._data.find(part)
        while at >= 0:
            start, end = self._data.rfind(b"\n", 0, at) + 1, self._data.find(b"\n", at)
            end = len(self._data) if end < 0 else end
            yield self._data[start:end]
            at = self._data.find(part, end)

    def all_start_with(self, prefix: bytes) -> bool:
        """Whether every line starts with `prefix`; in sorted lines the first and the last one tell."""
        return not self._lines or (self._lines[0].startswith(prefix) and self._lines[-1].startswith(prefix))


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file of at most `limit` bytes; raises OSError, also for one that is longer."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # a file object costs more than its reading
    try:
        size = os.fstat(handle).st_size
        if size > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        data = os.read(handle, size + 1)
        while len(data) < size and (more := os.read(handle, size - len(data))):
            data += more
    finally:
        os.close(handle)
    return data


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Replace `path` by `lines`, sorted; whatever happens, the old file or the new one is there.

    Raises OSError, also where nobody could read the new one, who reads at most MAX_FILE bytes.
    """
    data = b"".join(line + b"\n" for line in sorted(set(lines)))
    if len(data) > MAX_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    write_file(path, data)


def write_file(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step that survives a kill or a power cut at any instant."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{_NEW}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    try:
        sync_folder(path.parent)
    except OSError as error:
        raise Unconfirmed(error.errno, error.strerror, str(path)) from error


def meant_for(temporary: str) -> str:
    """The name of the file that `write_file` was about to write under the name `temporary`; "" for any other name."""
    name, dot, pid = temporary.removesuffix(_NEW).rpartition(".")
    is_ours = temporary.endswith(_NEW) and name.startswith(".") and bool(dot) and pid.isascii() and pid.isdigit()
    return name[1:] if is_ours else ""


class Unconfirmed(OSError):
    """The new file is in place, but the disk did not say that it would be there after a power cut."""


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last (POSIX only; elsewhere the file system decides)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
