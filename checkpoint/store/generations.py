"""Generations: which blobs belong together. A new one is complete on the disk before `current` names it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import read_file, write_file
from checkpoint.trust.metadata import is_sha256

MAX_FILE = 4 * 1024 * 1024  # bytes
MAX_POINTER = 64
KEPT = 2  # the one in force and the one before: a station that is just opening it must not find it gone
MAX_DIGITS = 12


class GenerationDamaged(Exception):
    """The cache names a generation that is gone or cannot be read."""


class Generation(NamedTuple):
    """The blobs of one state of the repository: metadata by file name, targets by path, both as hex SHA-256.

    Only a map: what it says is believed where the signatures agree.
    """

    metadata: Mapping[str, str]
    targets: Mapping[str, str]

    def blobs(self) -> set[str]:
        """Every blob it needs."""
        return {*self.metadata.values(), *self.targets.values()}


def current(cache: Path) -> int | None:
    """The number of the generation in force, None where there is none yet; raises GenerationDamaged."""
    try:
        found = read_file(cache / "current", MAX_POINTER)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GenerationDamaged("current") from error
    digits = found.removesuffix(b"\n")
    if not digits.isdigit() or digits.startswith(b"0") or len(digits) > MAX_DIGITS:
        raise GenerationDamaged("current")
    return int(digits)


def read(cache: Path, number: int) -> Generation:
    """The generation `number`; raises GenerationDamaged."""
    try:
        found = json_strict.loads(read_file(_path(cache, number), MAX_FILE))
        return Generation(_hashes(found["metadata"]), _hashes(found["targets"]))
    except (OSError, Malformed, KeyError, TypeError, AttributeError) as error:
        raise GenerationDamaged(f"{number}.json") from error


def write(cache: Path, number: int, generation: Generation) -> None:
    """Put the generation `number` on the disk, not in force yet; raises OSError."""
    found = {"metadata": dict(generation.metadata), "targets": dict(generation.targets)}
    write_file(_path(cache, number), json.dumps(found, indent=1, sort_keys=True).encode("ascii"))


def flip(cache: Path, number: int) -> None:
    """Put the generation `number` in force, in one step that survives a kill at any instant; raises OSError."""
    write_file(cache / "current", b"%d\n" % number)


def next_number(cache: Path) -> int:
    """A number above every generation that is there; 1 where `current` could not hold that."""
    numbers = [int(path.stem) for path in (cache / "generations").glob("*.json") if path.stem.isdecimal()]
    try:
        highest = max([*numbers, current(cache) or 0])
    except GenerationDamaged:
        highest = max(numbers, default=0)
    return highest + 1 if highest + 1 < 10**MAX_DIGITS else 1  # a file put at the very end must not be the end


def prune(cache: Path, in_force: int) -> set[str]:
    """Remove generations that are neither in force nor the one before it; gives the blobs that the rest needs."""
    wanted: set[str] = set()
    paths = [path for path in (cache / "generations").glob("*.json") if path.stem.isdecimal()]
    older = sorted(int(path.stem) for path in paths if int(path.stem) < in_force)[-(KEPT - 1) :]
    for number in {int(path.stem) for path in paths} - {in_force, *older}:
        _path(cache, number).unlink(missing_ok=True)
    for number in (in_force, *older):
        try:
            wanted |= read(cache, number).blobs()
        except GenerationDamaged:
            _path(cache, number).unlink(missing_ok=True)
    return wanted


def _path(cache: Path, number: int) -> Path:
    return cache / "generations" / f"{number}.json"


def _hashes(found: Mapping[str, str]) -> dict[str, str]:
    if not all(is_sha256(value) for value in found.values()):
        raise Malformed("generation")
    return dict(found)
