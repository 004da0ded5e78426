"""Places of passes in their issuer's status lists: drawn at random, given out once, for ever.

One status list for each quarter in which passes end, so that lists retire whole, and a next one where it is half full.
`issued/<list>/burnt-<n>.bin` has one bit for each entry that was ever given out, least significant first.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from checkpoint.authority import Refused, audit, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.store.lines import read_file, write_file
from checkpoint.trust.status_list import MAX_RAW

A_QUARTER = 16  # status lists that one quarter may need: eight million passes
_FIRST_YEAR = 2000

Place = tuple[int, int]


def number_of(expires: int) -> int:
    """The number of the first status list for passes that end at `expires` (seconds since 1970)."""
    ends = datetime.fromtimestamp(expires, UTC)
    return ((ends.year - _FIRST_YEAR) * 4 + (ends.month - 1) // 3) * A_QUARTER


def take(folder: Folder, source: str, expiries: Iterable[int]) -> list[Place]:
    """A place for each pass, burnt on disk before this returns; raises Refused. The folder is locked by the caller."""
    sheets: dict[int, _Sheet] = {}
    made = _on_record(folder, source)
    found = []
    for expires in expiries:
        sheet = _with_room(folder, source, number_of(expires), sheets, made)
        found.append((sheet.number, sheet.draw()))
    for sheet in sheets.values():
        sheet.write()
    return found


def _on_record(folder: Folder, source: str) -> Counter[int]:
    """How many passes were made in each status list of `source`, as the record has it."""
    found: Counter[int] = Counter()
    for one in audit.acts(folder.audit):
        if one.get("act") == "issue" and one["facts"].get("list") == source:
            found.update({int(number): count for number, count in one["facts"]["lists"].items()})
    return found


def _with_room(folder: Folder, source: str, first: int, sheets: dict[int, "_Sheet"], made: Counter[int]) -> "_Sheet":
    for number in range(first, first + A_QUARTER):
        if number not in sheets:
            sheets[number] = _Sheet(folder, source, number)
            sheets[number].require(made[number])
        if sheets[number].has_room:
            return sheets[number]
    raise Refused(f"the status lists {first} to {number} of {source} are full", "end these passes in another quarter")


class _Sheet:
    """The entries of one status list that were given out."""

    def __init__(self, folder: Folder, source: str, number: int) -> None:
        if not status_lists.path_of(folder, source, number).exists():
            status_lists.make(folder, source, number)
        staged = status_lists.read(folder, source, number)
        self.number, self._size = number, staged.size
        self._path = path_of(folder, source, number)
        self._bits = _read(self._path, -(-staged.size // 8))
        for index in staged.entries:  # revoked, so somebody had it: also where this file was lost
            self._burn(index)
        self._used = int.from_bytes(self._bits, "big").bit_count()

    def require(self, made: int) -> None:
        """Raise Refused where fewer places are burnt than passes were made: one could be given out a second time."""
        if self._used < made:
            why = f"{self._path} knows of {self._used} places and {made} passes are on record"
            raise Refused(why, "restore its newest copy; else go on in a new list: new-issuer NAME ... --list NEW")

    @property
    def has_room(self) -> bool:
        """Whether less than half is given out: a draw then finds a free entry at once."""
        return self._used * 2 < self._size

    def draw(self) -> int:
        """A free entry, which is burnt from now on."""
        while True:
            index = secrets.randbelow(self._size)
            if not self._bits[index >> 3] >> (index & 7) & 1:
                self._burn(index)
                self._used += 1
                return index

    def _burn(self, index: int) -> None:
        self._bits[index >> 3] |= 1 << (index & 7)

    def write(self) -> None:
        """Put it on disk, whole or not at all."""
        write_file(self._path, bytes(self._bits))


def never_issued(folder: Folder, source: str, number: int, indexes: Iterable[int]) -> list[int]:
    """Those entries that no pass made here has; none where passes of this list are not made here."""
    if not path_of(folder, source, number).parent.is_dir():
        return []
    try:
        bits = read_file(path_of(folder, source, number), MAX_RAW)
    except FileNotFoundError:
        bits = b""
    return sorted(one for one in indexes if one >> 3 >= len(bits) or not bits[one >> 3] >> (one & 7) & 1)


def path_of(folder: Folder, source: str, number: int) -> Path:
    """The file that remembers which entries were given out."""
    return folder.root / "issued" / source / f"burnt-{number}.bin"


def _read(path: Path, size: int) -> bytearray:
    try:
        found = bytearray(read_file(path, MAX_RAW))
    except FileNotFoundError:
        return bytearray(size)
    if len(found) != size:
        raise Refused(f"{path} has {len(found)} bytes and not {size}", "restore it from its copy: it must not forget")
    return found
