"""What this station decided by hand: `keys/issuers.jsonl`, one pinned key a line, and `keys/revocations.txt`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from checkpoint.codec.errors import Malformed
from checkpoint.model import Key, RevocationId
from checkpoint.store import crl_lines
from checkpoint.store.lines import Lines, write_lines
from checkpoint.trust import records
from checkpoint.trust.anchors import MARK, Anchors
from checkpoint.trust.records import Record
from checkpoint.trust.revocation import PINNED, Crl, Hit
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import IssuersDamaged

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ISSUERS = "issuers.jsonl"
REVOCATIONS = "revocations.txt"
_LOCK = ".lock"
_PATIENCE = 10.0  # seconds that one command waits for another to finish writing here
_SEPARATOR = b"\t"
_BEFORE = b"<"  # between an id and the time, in seconds since 1970 UTC, up to which it counts
_REVOCATION = re.compile(rb"[^\t]+\t[0-9a-f]{32}(?:<[0-9]{1,11})?(?:[\t\r].*)?", re.DOTALL)


class PinnedIssuers:
    """The pinned keys, found by kid in sorted lines; a line is parsed only when its kid is asked for."""

    def __init__(self, keys: Path) -> None:
        self._lines = Lines.of(keys / ISSUERS)
        self._known: dict[tuple[str, str], tuple[Key, ...]] = {}
        self._anchors = Anchors(lambda: self._lines.containing(MARK))
        self.damaged = not self._lines.all_start_with(records.LINE_START)

    def __bool__(self) -> bool:
        return len(self._lines) > 0

    @property
    def worlds(self) -> frozenset[bool]:
        """Of the pinned native keys: True for demonstrations, False for real ones."""
        return records.worlds(self._lines.containing(records.NATIVE_FIELD))

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every pinned key of `format` with this kid; raises IssuersDamaged where its line cannot be read."""
        found = self._known.get((format, kid))
        if found is None:
            found = tuple(self._keys(self._lines.starting(records.line_start(kid)), format))
            if found:  # bounded by the number of pinned keys: foreign kids are not remembered
                self._known[format, kid] = found
        return found

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        """Every pinned CA key that issues under `name` (DER); raises IssuersDamaged."""
        return self._anchors.named(name)

    def distrusts(self, key: Key) -> bool:
        """Never: only an authority leaves tombstones."""
        return False

    def _keys(self, lines: Iterable[bytes], format: str) -> Iterable[Key]:
        for line in lines:
            try:
                record = records.parse(line)
                if record.format == format:
                    key = records.key(record)
                    others = (one for one in self._lines.containing(records.naming(key)) if one != line)
                    yield records.listed(key, others)
            except Malformed as error:
                raise IssuersDamaged(str(error)) from None


def read_issuers(keys: Path) -> tuple[list[Record], list[bytes]]:
    """Every pinned record, and the lines that are none."""
    found: list[Record] = []
    broken: list[bytes] = []
    for line in Lines.of(keys / ISSUERS):
        try:
            found.append(records.parse(line))
        except Malformed:
            broken.append(line)
    return found, broken


def _writing(keys: Path) -> "AbstractContextManager[None]":
    """Hold the pins from the reading to the writing: of two commands at once, neither may undo the other."""
    from checkpoint.store.lock import locked  # a station that only reads need not load it

    return locked(keys / _LOCK, _PATIENCE)


def add_issuers(keys: Path, new: Sequence[Record]) -> tuple[int, int]:
    """Pin `new`; gives (added, unchanged). A key that is pinned already stays as reviewed, but its `crl_version`."""
    with _writing(keys):
        return _add_issuers(keys, new)


def _add_issuers(keys: Path, new: Sequence[Record]) -> tuple[int, int]:
    lines = list(Lines.of(keys / ISSUERS))
    known, before = _places(lines), list(lines)
    for one in new:
        place = known.setdefault(_identity(one), len(lines))
        if place == len(lines):
            lines.append(one.line())
        elif one.crl_version is not None:
            lines[place] = _counted(lines[place], one.crl_version)
    if lines != before:
        write_lines(keys / ISSUERS, lines)
    added = len(lines) - len(before)
    return added, len(new) - added


def _places(lines: Sequence[bytes]) -> dict[tuple[str, str, str, bytes], int]:
    """Where each key stands first; a line that is none stays where it is."""
    found: dict[tuple[str, str, str, bytes], int] = {}
    for place, line in enumerate(lines):
        try:
            found.setdefault(_identity(records.parse(line)), place)
        except Malformed:
            continue
    return found


def _counted(line: bytes, version: int) -> bytes:
    """`line` with the higher counter of the two: by it an issuer says which of its lists of revoked cards counts."""
    known = records.parse(line)
    return line if version <= (known.crl_version or 0) else known._replace(crl_version=version).line()


def _identity(record: Record) -> tuple[str, str, str, bytes]:
    return record.format, record.kid, record.issuer, record.spki


def remove_issuers(keys: Path, wanted: str) -> list[Record]:
    """Unpin every key whose kid, or whose fingerprint's beginning (8 hex digits or more), is `wanted`."""
    if not (keys / ISSUERS).exists():
        return []
    with _writing(keys):
        return _remove_issuers(keys, wanted)


def _remove_issuers(keys: Path, wanted: str) -> list[Record]:
    gone: list[Record] = []
    kept: list[bytes] = []
    for line in Lines.of(keys / ISSUERS):
        try:
            record = records.parse(line)
        except Malformed:
            kept.append(line)
            continue
        if is_named(record, wanted):
            gone.append(record)
        else:
            kept.append(line)
    if gone:
        write_lines(keys / ISSUERS, kept)
    return gone


def is_named(record: Record, wanted: str) -> bool:
    """Whether `wanted` is the record's kid, or the beginning of its fingerprint."""
    return record.kid == wanted or (len(wanted) >= 8 and record.fingerprint.startswith(wanted.lower()))


class PinnedRevocations:
    """The revocations pinned by hand: a line is kind, 32 hex digits, date and why, separated by tabs.

    `<` and seconds behind the digits: it counts for passes issued before then (a rid of a SMART Health Card).
    """

    source = PINNED

    def __init__(self, keys: Path) -> None:
        self._lines = Lines.of(keys / REVOCATIONS)
        self.there = len(self._lines) > 0 or (keys / REVOCATIONS).exists()  # emptied by hand: nothing is revoked now

    @property
    def broken(self) -> list[bytes]:
        """The lines that are no revocation of a known kind: whom they were meant for cannot be told."""
        known = tuple(f"{kind}\t".encode() for kind in ids.KINDS)
        return [
            line
            for line in self._lines
            if not (line.startswith(known) and _REVOCATION.fullmatch(line))
            and not (line.startswith(crl_lines.START) and crl_lines.is_good(line))
        ]

    @property
    def crls(self) -> dict[bytes, Crl]:
        """The pinned lists of revoked certificates, by their CA; the certificates themselves are pinned one by one."""
        return crl_lines.read(self._lines.starting(crl_lines.START))

    def __bool__(self) -> bool:
        return len(self._lines) > 0

    @property
    def as_of(self) -> float | None:
        """Pinned by hand: true as long as it stands there, so it has no age; the `crls` among it have theirs."""
        return None

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        """The first pinned revocation that meets one of `ids`."""
        for kind, value in ids:
            for line in self._lines.starting(f"{kind}\t{value.hex()}".encode("ascii")):
                if _counts(line, issued_at):
                    return Hit(kind, why=_why(line))
        return None

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """Any: a hand can pin every kind of id."""
        return True


def _counts(line: bytes, issued_at: float | None) -> bool:
    """Whether the line means a pass that was issued then; where that is not known, it does."""
    _, mark, before = line.split(_SEPARATOR, 2)[1].rstrip(b"\r").partition(_BEFORE)
    return not mark or issued_at is None or issued_at < int(before)


def revocation_line(kind: str, value: bytes, added: float, why: str = "", before: float | None = None) -> bytes:
    """One pinned revocation as a line of the file; with `before` it is for passes issued before that time alone."""
    day = datetime.fromtimestamp(added, UTC).strftime("%Y-%m-%d")
    limit = "" if before is None else f"{_BEFORE.decode()}{before:.0f}"
    return f"{kind}\t{value.hex()}{limit}\t{day}\t{' '.join(why.split())}".encode("utf-8", "replace")


def read_revocations(keys: Path) -> list[tuple[str, str, str, str]]:
    """(kind, hex value, day, why) of every pinned revocation."""
    found = []
    for line in Lines.of(keys / REVOCATIONS):
        kind, value, day, why = [*line.decode("utf-8", "replace").split("\t", 3), "", "", ""][:4]
        found.append((kind, value, day, why))
    return found


def add_revocations(
    keys: Path,
    new: Iterable[RevocationId],
    now: float,
    why: str = "",
    before: Mapping[RevocationId, float] | None = None,
    crls: Mapping[bytes, Crl] | None = None,
) -> tuple[int, int]:
    """Pin revocations, and those in `before` for passes issued before a time; gives (added, unchanged).

    `crls`: how old the lists of revoked certificates are that some of them came from, by `ids.authority`.
    """
    wanted = dict.fromkeys([*new, *(before or ())])
    lines = [revocation_line(kind, value, now, why, (before or {}).get((kind, value))) for kind, value in wanted]
    with _writing(keys):
        known = {(kind, value) for kind, value, _, _ in read_revocations(keys)}
        added = [line for line in lines if tuple(line.decode().split("\t", 2)[:2]) not in known]
        if added or crls:
            kept = crl_lines.merged(Lines.of(keys / REVOCATIONS), crls or {})
            write_lines(keys / REVOCATIONS, [*kept, *added])
    return len(added), len(wanted) - len(added)


def remove_revocations(keys: Path, values: Iterable[RevocationId]) -> int:
    """Take pinned revocations back; gives how many there were."""
    starts = tuple(f"{kind}\t{value.hex()}".encode() for kind, value in values)
    if not (keys / REVOCATIONS).exists():
        return 0
    with _writing(keys):
        lines = list(Lines.of(keys / REVOCATIONS))
        kept = [line for line in lines if not line.startswith(starts)]
        if len(kept) < len(lines):
            write_lines(keys / REVOCATIONS, kept)
    return len(lines) - len(kept)


def _why(line: bytes) -> str:
    parts = line.split(_SEPARATOR, 3)
    return parts[3].decode("utf-8", "replace") if len(parts) > 3 else ""
