"""CKRD1: what changed between two CKRV1 files, and the splice that turns the one into the other.

All numbers little endian: "CKRD1" and three zero bytes | u64 from version | u64 to version | u64 adds | u64 removes |
SHA-256 of the old file's head | SHA-256 of the whole new file | the added keys, then the removed ones, 16 bytes each,
ascending. A removal is how a revocation is taken back.
"""

import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import lt
from typing import BinaryIO

from checkpoint.trust.hash_build import Built, Writer, split
from checkpoint.trust.hash_file import KEY, HashFile

MAGIC = b"CKRD1\0\0\0"
_START = struct.Struct("<8sQQQQ32s32s")
MAX_CHANGES = 1 << 22  # adds and removes; a larger change is shorter as a new base


class DeltaRefused(Exception):
    """The delta does not lead from the list that is there to the one that was signed: fetch the base instead."""


class DeltaGap(DeltaRefused):
    """The delta was made for another list than the one that is there."""


class DeltaDamaged(DeltaRefused):
    """The delta is no delta, or what it leads to is not what was signed."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A delta taken apart: keys ascending and without repeats, `base_head` and `result` hex SHA-256."""

    from_version: int
    to_version: int
    base_head: str
    result: str
    adds: tuple[bytes, ...]
    removes: tuple[bytes, ...]


@dataclass(slots=True)
class _Changes:
    adds: list[bytes] = field(default_factory=list)
    removes: list[bytes] = field(default_factory=list)


def make(old: HashFile, new: HashFile, from_version: int, to_version: int) -> bytes:
    """The delta from `old` to `new`; raises ValueError where it is too large, ListDamaged where a file is broken."""
    bits = min(old.bits, new.bits)
    same = old.bits == new.bits
    adds: list[bytes] = []
    removes: list[bytes] = []
    for number in range(1 << bits):
        if same and old.shape(number, number + 1)[1] == new.shape(number, number + 1)[1]:
            continue
        before, after = set(_keys(_unit(old, number, bits))), set(_keys(_unit(new, number, bits)))
        adds += sorted(after - before)
        removes += sorted(before - after)
    if len(adds) + len(removes) > MAX_CHANGES:
        raise ValueError(f"more than {MAX_CHANGES} changes: publish a base")
    heads = bytes.fromhex(old.head_sha256), bytes.fromhex(new.sha256())
    return _START.pack(MAGIC, from_version, to_version, len(adds), len(removes), *heads) + b"".join(adds + removes)


def parse(data: bytes) -> Delta:
    """The delta in `data`; raises DeltaDamaged."""
    if len(data) < _START.size:
        raise DeltaDamaged("cut off")
    magic, start, end, adds, removes, base, result = _START.unpack_from(data)
    if magic != MAGIC or adds + removes > MAX_CHANGES or len(data) != _START.size + KEY * (adds + removes):
        raise DeltaDamaged("it does not begin like a delta, or its size is another")
    keys = tuple(_keys(data[_START.size :]))
    added, removed = keys[:adds], keys[adds:]
    if not (all(map(lt, added, added[1:])) and all(map(lt, removed, removed[1:]))):
        raise DeltaDamaged("its keys do not ascend")
    return Delta(start, end, base.hex(), result.hex(), added, removed)


def apply(old: HashFile, delta: Delta, file: BinaryIO) -> Built:
    """Write into `file`, open for writing and reading, what `delta` makes of `old`.

    Raises DeltaGap where it was made for another file, DeltaDamaged where the result is not the one it names (what is
    in `file` then is no list), ListDamaged where `old` is broken. Other threads run on meanwhile.
    """
    if delta.base_head != old.head_sha256:
        raise DeltaGap(f"a delta from version {delta.from_version}, made for another list")
    count = old.count + len(delta.adds) - len(delta.removes)
    if count < 0:
        raise DeltaDamaged("it removes more than there is")
    try:
        writer = Writer(file, count)
        (_splice if writer.bits == old.bits else _regroup)(old, delta, writer)
        built = writer.finish()
    except ValueError as error:
        raise DeltaDamaged(str(error)) from error
    if built.sha256 != delta.result:
        raise DeltaDamaged("the result is not the one that was signed")
    return built


def chain(have: int, wanted: int, offered: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The fewest of the `offered` (from, to) that lead from version `have` to `wanted`; raises DeltaGap without any."""
    ways: dict[int, list[tuple[int, int]]] = {have: []}
    steps = sorted({one for one in offered if one[0] < one[1]})
    while wanted not in ways:
        longer = {end: [*ways[start], (start, end)] for start, end in steps if start in ways and end not in ways}
        if not longer:
            raise DeltaGap(f"no deltas lead from version {have} to {wanted}")
        ways |= longer
    return ways[wanted]


def _splice(old: HashFile, delta: Delta, writer: Writer) -> None:
    """Buckets without a change are copied as they stand: the result's hash covers them."""
    at = 0
    for number, changes in _grouped(delta, old.bits):
        writer.copy(old, at, number)
        writer.add(_changed(old.bucket(number), changes))
        at = number + 1
    writer.copy(old, at, 1 << old.bits)


def _regroup(old: HashFile, delta: Delta, writer: Writer) -> None:
    """The result has more buckets, or fewer: each stretch of keys that both files can name is cut anew."""
    bits = min(old.bits, writer.bits)
    changed = dict(_grouped(delta, bits))
    fine = writer.bits - bits
    for number in range(1 << bits):
        keys = _changed(_unit(old, number, bits), changed.get(number, _Changes()))
        for bucket in split(keys, writer.bits, number << fine, (number + 1) << fine):
            writer.add(bucket)


def _unit(file: HashFile, number: int, bits: int) -> bytes:
    """The keys of `file` that begin with the `bits` bits of `number`."""
    fine = file.bits - bits
    return b"".join(file.buckets(number << fine, (number + 1) << fine))


def _grouped(delta: Delta, bits: int) -> Iterator[tuple[int, _Changes]]:
    """The changes by bucket, ascending."""
    found: defaultdict[int, _Changes] = defaultdict(_Changes)
    for key in delta.adds:
        found[int.from_bytes(key[:4], "big") >> (32 - bits)].adds.append(key)
    for key in delta.removes:
        found[int.from_bytes(key[:4], "big") >> (32 - bits)].removes.append(key)
    return iter(sorted(found.items(), key=lambda one: one[0]))


def _changed(bucket: bytes, changes: _Changes) -> bytes:
    """The ascending keys of `bucket` with the changes spliced in; raises DeltaDamaged where they do not fit."""
    for key in changes.removes:
        at = _place(bucket, key)
        if bucket[at : at + KEY] != key:
            raise DeltaDamaged("it removes what is not there")
        bucket = bucket[:at] + bucket[at + KEY :]
    for key in changes.adds:
        at = _place(bucket, key)
        if bucket[at : at + KEY] == key:
            raise DeltaDamaged("it adds what is there")
        bucket = bucket[:at] + key + bucket[at:]
    return bucket


def _place(keys: bytes, key: bytes) -> int:
    """The position in ascending `keys` at which `key` is, or belongs."""
    return KEY * bisect_left(range(len(keys) // KEY), key, key=lambda at: keys[KEY * at : KEY * at + KEY])


def _keys(data: bytes) -> Iterator[bytes]:
    return (data[at : at + KEY] for at in range(0, len(data), KEY))
