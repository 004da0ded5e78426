"""CKRV1: a set of 16-byte keys in one file, exact, opened by its head alone, every answer checked before it counts.

All numbers little endian: "CKRV1" and three zero bytes | u32 fbits | u64 n | u32 zero | u32 offsets[2^fbits + 1] |
the first 16 bytes of SHA-256 of each bucket | n keys of 16 bytes, ascending, none twice. Bucket b holds the keys whose
first `fbits` bits are b: keys offsets[b] to offsets[b + 1]. What is signed names the SHA-256 of the head, all that is
before the keys; the head names the buckets.
"""

import os
import struct
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from checkpoint.model import RevocationId
from checkpoint.trust.revocation import Hit, ListDamaged, has_place

if TYPE_CHECKING:
    from hashlib import _Hash

MAGIC = b"CKRV1\0\0\0"
START = struct.Struct("<8sIQI")
KEY = 16  # bytes of a key and of a bucket's hash
TARGET = 100  # keys a bucket at most on average, so about 50 to 100: 1.2 kB are one read and 1 µs of hashing
MAX_BITS = 22  # 838 million keys, a head of 84 MB
MAX_KEYS = (1 << 32) - 1  # what a u32 offset can count
MAX_BUCKET = 1 << 16  # keys; hashed keys never come near, and one look-up reads at most a megabyte
READ_AT_ONCE = 1 << 20  # bytes, where a whole file is read
OFFSET = 4
Read = Callable[[int, int], bytes]  # (size, at) -> bytes of the file
_HAS_PREAD = hasattr(os, "pread")  # not on Windows, where threads take turns


def entry_key(kind: str, value: bytes) -> bytes:
    """The 16-byte key of the id `(kind, value)` in every file of hashes."""
    state = _kind_state(kind).copy()
    state.update(value)
    return state.digest()[:KEY]


@lru_cache(maxsize=64)
def _kind_state(kind: str) -> "_Hash":
    """SHA-256 over the kind and a zero byte, kept because a station asks for the same few kinds all day."""
    return sha256(kind.encode("ascii") + b"\0")


def bits_for(count: int) -> int:
    """How many leading bits choose the bucket among `count` keys: fixed, so that equal sets are equal files."""
    buckets = -(-count // TARGET)
    return min(MAX_BITS, max(0, buckets - 1).bit_length())


def head_size(bits: int) -> int:
    """Bytes before the first key."""
    return START.size + OFFSET * ((1 << bits) + 1) + KEY * (1 << bits)


class FileBytes:
    """Bytes of a file by position; safe to use from several threads, closed when it is forgotten.

    `read(size, at)` gives `size` bytes from position `at`, fewer where the file ends; raises OSError.
    """

    __slots__ = ("_handle", "_turn", "read", "size")

    def __init__(self, path: Path) -> None:
        self._handle, self._turn = -1, Lock()
        self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self.size = os.fstat(self._handle).st_size
        self.read: Read = partial(os.pread, self._handle) if _HAS_PREAD else self._read_in_turn

    def _read_in_turn(self, size: int, at: int) -> bytes:
        with self._turn:
            os.lseek(self._handle, at, os.SEEK_SET)
            return os.read(self._handle, size)

    def __del__(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)


class HashFile:
    """An open CKRV1 file: a `RevocationSet` whose every answer costs one read and one hash of a bucket.

    Look-ups raise ListDamaged where the bucket is not the one that the head names, or cannot be read.
    """

    def __init__(
        self,
        read: Read,
        size: int,
        head_sha256: str | None,
        source: str = "",
        as_of: float | None = None,
        kinds: frozenset[str] | None = None,
    ) -> None:
        """`read(size, at)` gives bytes of a file of `size` bytes; raises ListDamaged unless its head is the one named.

        `head_sha256` is hex; None takes the head as it is, where the whole file was checked already. `kinds` are those
        that the list holds (None: any); `as_of` is in seconds since 1970 UTC.
        """
        self.source, self.as_of, self.kinds = source, as_of, kinds
        self._read, self.size = read, size
        self._file: FileBytes | None = None
        self.bits, self.count = _start(read(START.size, 0), size)
        self._base = head_size(self.bits)
        head = read(self._base, 0)
        self.head_sha256 = sha256(head).hexdigest()
        if len(head) != self._base or head_sha256 not in (None, self.head_sha256):
            raise ListDamaged("the head of the list is not the one that was signed")
        middle = START.size + OFFSET * ((1 << self.bits) + 1)
        self._offsets = _offsets(head[START.size : middle], self.count)
        self._hashes = head[middle:]

    @classmethod
    def open(
        cls,
        path: Path,
        head_sha256: str | None,
        source: str = "",
        as_of: float | None = None,
        kinds: frozenset[str] | None = None,
    ) -> "HashFile":
        """The file at `path`; raises OSError where it cannot be opened, ListDamaged where it is not the one named."""
        file = FileBytes(path)
        found = cls(file.read, file.size, head_sha256, source, as_of, kinds)
        found._file = file  # open as long as the list is in use
        return found

    def find(self, ids: Sequence[RevocationId], issued_at: float | None = None) -> Hit | None:
        """The first entry that meets one of `ids`; raises ListDamaged where it cannot tell."""
        for kind, value in ids:
            if (self.kinds is None or kind in self.kinds) and entry_key(kind, value) in self:
                return Hit(kind)
        return None

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """Whether the pass is told by hashes: they can be of any kind, an empty file as well."""
        return not has_place(ids)

    def __contains__(self, key: bytes) -> bool:
        keys = self.bucket(int.from_bytes(key[:4], "big") >> (32 - self.bits))
        at = keys.find(key)
        while at > 0 and at % KEY:  # the same bytes across two keys are no key
            at = keys.find(key, at + 1)
        return at >= 0

    def __bool__(self) -> bool:
        return True  # an empty list is a list: it says that nothing is revoked

    def bucket(self, number: int) -> bytes:
        """The keys of one bucket, checked; raises ListDamaged."""
        start, end = self._offsets[number : number + 2]
        if not start <= end <= start + MAX_BUCKET:
            raise ListDamaged("the offsets of the list do not ascend from bucket to bucket")
        try:
            keys = self._read(KEY * (end - start), self._base + KEY * start)
        except OSError as error:
            raise ListDamaged(f"the list cannot be read: {error.strerror}") from error
        if sha256(keys).digest()[:KEY] != self._hashes[KEY * number : KEY * number + KEY]:
            raise ListDamaged("a part of the list is not what was signed")
        return keys

    def read(self, start: int, end: int) -> bytes:
        """The keys number `start` to `end` as they stand, unchecked; raises ListDamaged where they cannot be read."""
        size = KEY * (end - start)
        try:
            keys = self._read(max(0, size), self._base + KEY * start)
        except OSError as error:
            raise ListDamaged(f"the list cannot be read: {error.strerror}") from error
        if len(keys) != size:
            raise ListDamaged("the list was cut off")
        return keys

    def shape(self, first: int, last: int) -> tuple[Sequence[int], bytes]:
        """The offsets (one more) and the hashes of the buckets `first` to `last`, the latter excluded."""
        return self._offsets[first : last + 1], self._hashes[KEY * first : KEY * last]

    def buckets(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The keys of the buckets `first` to `last`, the latter excluded, ascending and checked; raises ListDamaged."""
        return map(self.bucket, range(first, 1 << self.bits if last is None else last))

    def sha256(self) -> str:
        """Hex SHA-256 of the whole file as it stands; raises OSError."""
        whole = sha256()
        for at in range(0, self.size, READ_AT_ONCE):
            whole.update(self._read(min(READ_AT_ONCE, self.size - at), at))
        return whole.hexdigest()


def _start(data: bytes, size: int) -> tuple[int, int]:
    """(bits, count) of the fixed part; nothing is read or allocated for numbers that do not fit the file's size."""
    if len(data) != START.size:
        raise ListDamaged("the list was cut off")
    magic, bits, count, pad = START.unpack(data)
    if magic != MAGIC or pad or bits > MAX_BITS or count > MAX_KEYS or size != head_size(bits) + KEY * count:
        raise ListDamaged("the list does not begin like one, or its size is another")
    return bits, count


def _offsets(data: bytes, count: int) -> "array[int]":
    offsets = array("I", data)
    if sys.byteorder == "big":
        offsets.byteswap()
    if offsets[0] or offsets[-1] != count:  # those between are held against each other where they are used
        raise ListDamaged("the offsets of the list do not span its keys")
    return offsets
