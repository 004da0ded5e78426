"""The keys of issuers from signed lists, and both kinds of trust as one: synced keys first, tombstones above all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checkpoint.codec.errors import Malformed
from checkpoint.model import Key
from checkpoint.store.lines import Lines
from checkpoint.trust import records
from checkpoint.trust.records import Record
from checkpoint.trust.snapshot import IssuersDamaged, IssuerSet

_TOMBSTONE = b'"revoked":true'


class SyncedIssuers:
    """The keys of every signed list, found by kid in sorted lines; a line is parsed only when its kid is asked for."""

    def __init__(self, lists: Iterable[bytes], as_of: float) -> None:
        """`lists`: the bytes of `issuers/*.jsonl`; raises IssuersDamaged for one that is no such list."""
        self._as_of = as_of
        found = [(Lines(data), _TOMBSTONE in data) for data in lists]
        self._lists = [lines for lines, _ in found]
        if not all(lines.all_start_with(records.LINE_START) for lines in self._lists):
            raise IssuersDamaged("not a list of keys")
        self.tombstones = tuple(_tombstones(lines for lines, some in found if some))

    def __bool__(self) -> bool:
        return any(self._lists)

    def __len__(self) -> int:
        return sum(map(len, self._lists))

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every synced key of `format` with this kid; raises IssuersDamaged where its line cannot be read."""
        start = records.line_start(kid)
        return tuple(self._keys((line for lines in self._lists for line in lines.starting(start)), format))

    def few(self, format: str, limit: int) -> tuple[Key, ...]:
        """All synced keys of `format` where there are at most `limit`, else ()."""
        return () if len(self) > limit else tuple(self._keys((line for lines in self._lists for line in lines), format))

    def _keys(self, lines: Iterable[bytes], format: str) -> Iterable[Key]:
        for line in lines:
            record = _parsed(line)
            if record.format != format or (record.revoked and not record.spki):
                continue  # a tombstone may name a kid alone
            try:
                yield replace(records.key(record, "synced"), as_of=self._as_of)
            except Malformed as error:
                raise IssuersDamaged(str(error)) from None


class JoinedIssuers:
    """Pinned and synced keys as one set. A tombstone beats every key it meets, wherever that came from."""

    def __init__(self, pinned: IssuerSet, synced: SyncedIssuers) -> None:
        self._pinned, self._synced = pinned, synced
        self._known: dict[tuple[str, str], tuple[Key, ...]] = {}
        self._keys_gone = {one.spki for one in synced.tombstones if one.spki}
        self._kids_gone: dict[tuple[str, str], set[str]] = {}
        for one in synced.tombstones:
            self._kids_gone.setdefault((one.format, one.kid), set()).add(one.issuer)

    def __bool__(self) -> bool:
        return bool(self._synced) or bool(self._pinned)

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every key of `format` with this kid; raises IssuersDamaged."""
        found = self._known.get((format, kid))
        if found is None:
            found = self._joined(self._synced.find(format, kid), self._pinned.find(format, kid))
            if found:  # bounded by the number of trusted keys: foreign kids are not remembered
                self._known[format, kid] = found
        return found

    def few(self, format: str, limit: int) -> tuple[Key, ...]:
        """All keys of `format` where there are at most `limit`, else (); raises IssuersDamaged."""
        found = self._joined(self._synced.few(format, limit), self._pinned.few(format, limit))
        return found if len(found) <= limit else ()

    def _joined(self, synced: Sequence[Key], pinned: Sequence[Key]) -> tuple[Key, ...]:
        """The signed record of a key stands before its pin: it may name kinds or a list that the pin does not."""
        known = {(key.issuer, key.spki) for key in synced}
        both = (*synced, *(key for key in pinned if (key.issuer, key.spki) not in known))
        return tuple(replace(key, revoked=True) if self._is_gone(key) else key for key in both)

    def _is_gone(self, key: Key) -> bool:
        """Whether a tombstone names it: the key itself under any id, or its id where the issuers do not contradict."""
        issuers = self._kids_gone.get((key.format, key.kid), set())
        return key.spki in self._keys_gone or bool(issuers & {key.issuer, ""}) or bool(issuers and not key.issuer)


def _tombstones(lists: Iterable[Lines]) -> Iterable[Record]:
    for lines in lists:
        for line in lines.containing(_TOMBSTONE):
            record = _parsed(line)
            if record.revoked:
                yield record


def _parsed(line: bytes) -> Record:
    try:
        return records.parse(line)
    except Malformed as error:
        raise IssuersDamaged(str(error)) from None
