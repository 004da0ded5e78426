"""Writes CKRV1 files: a set of keys from nothing, or bucket by bucket from a file that exists."""

import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from checkpoint.trust.hash_file import (
    KEY,
    MAGIC,
    MAX_BUCKET,
    MAX_KEYS,
    READ_AT_ONCE,
    START,
    HashFile,
    bits_for,
    head_size,
)

_PART_BITS = 16  # keys are sorted in 65,536 parts


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: how many keys, how many bytes, and the hashes (hex SHA-256) that a signature has to cover."""

    count: int
    size: int
    head_sha256: str
    sha256: str


class Writer:
    """Writes a CKRV1 file of `count` keys bucket by bucket, the head last; `file` is open for writing and reading.

    What is in `file` before `finish` gave its answer is no list.
    """

    def __init__(self, file: BinaryIO, count: int) -> None:
        if count > MAX_KEYS:
            raise ValueError(f"more than {MAX_KEYS} keys")
        self.bits = bits_for(count)
        self._file, self._count = file, count
        self._offsets = array("I", [0])
        self._hashes = bytearray()
        file.seek(head_size(self.bits))

    def add(self, keys: bytes) -> None:
        """The next bucket: keys ascending, none twice."""
        end = self._offsets[-1] + len(keys) // KEY
        if len(keys) > KEY * MAX_BUCKET or end > self._count:
            raise ValueError("keys that are no hashes, or more than were announced")
        self._offsets.append(end)
        self._hashes += sha256(keys).digest()[:KEY]
        self._file.write(keys)

    def copy(self, old: HashFile, first: int, last: int) -> None:
        """The next buckets are those of `old`, which has as many: `first` to `last`, the latter excluded."""
        offsets, hashes = old.shape(first, last)
        moved = self._offsets[-1] - offsets[0]
        self._offsets.extend([one + moved for one in offsets[1:]])
        self._hashes += hashes
        step = READ_AT_ONCE // KEY  # reads and writes of a megabyte let other threads go on
        for start in range(offsets[0], offsets[-1], step):
            self._file.write(old.read(start, min(start + step, offsets[-1])))

    def finish(self) -> Built:
        """Write the head, then read all of it back for its hash; raises ValueError where keys are missing."""
        if len(self._offsets) != (1 << self.bits) + 1 or self._offsets[-1] != self._count:
            raise ValueError("fewer keys than were announced")
        if sys.byteorder == "big":
            self._offsets.byteswap()
        head = START.pack(MAGIC, self.bits, self._count, 0) + self._offsets.tobytes() + self._hashes
        size = len(head) + KEY * self._count
        self._file.seek(0)
        self._file.write(head)
        self._file.truncate(size)
        self._file.seek(0)
        whole = sha256()
        while data := self._file.read(READ_AT_ONCE):
            whole.update(data)
        return Built(self._count, size, sha256(head).hexdigest(), whole.hexdigest())


def build(keys: Iterable[bytes], file: BinaryIO) -> Built:
    """Write the set of `keys` (16 bytes each, in any order) into `file`, open for writing and reading.

    Holds about 18 bytes a key while it works; the same keys always give the same bytes.
    """
    parts = _partitions(keys)
    writer = Writer(file, sum(map(len, parts.values())) // KEY)
    for bucket in _buckets(parts, writer.bits):
        writer.add(bucket)
    return writer.finish()


def _buckets(parts: dict[bytes, bytes], bits: int) -> Iterator[bytes]:
    """The buckets of sorted `parts`, ascending: several parts make one, or one part is cut into several."""
    fine, coarse = bits - _PART_BITS, _PART_BITS - bits
    if fine > 0:
        for number in range(1 << _PART_BITS):
            part = parts.get(number.to_bytes(2, "big"), b"")
            yield from split(part, bits, number << fine, (number + 1) << fine)
        return
    grouped: defaultdict[int, list[bytes]] = defaultdict(list)
    for prefix in sorted(parts):
        grouped[int.from_bytes(prefix, "big") >> coarse].append(parts[prefix])
    for number in range(1 << bits):
        yield b"".join(grouped.get(number, ()))


def split(keys: bytes, bits: int, first: int, last: int) -> Iterator[bytes]:
    """Ascending `keys` cut into the buckets `first` to `last`, the latter excluded, of a file with `bits`."""
    start, count = 0, len(keys) // KEY
    for number in range(first + 1, last + 1):
        bound = (number << (8 * KEY - bits)).to_bytes(KEY + 1, "big")
        end = bisect_left(range(count), bound, lo=start, key=lambda at: b"\0" + keys[KEY * at : KEY * (at + 1)])
        yield keys[KEY * start : KEY * end]
        start = end


def _partitions(keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """The keys by their first two bytes, each part sorted and without repeats: few objects however many keys."""
    raw: defaultdict[bytes, bytearray] = defaultdict(bytearray)
    for key in keys:
        if len(key) != KEY:
            raise ValueError(f"a key has {KEY} bytes")
        raw[key[:2]] += key
    parts = {}
    for prefix in list(raw):
        part = bytes(raw.pop(prefix))
        parts[prefix] = b"".join(sorted({part[at : at + KEY] for at in range(0, len(part), KEY)}))
    return parts
