"""The keys of issuers from signed lists, and both kinds of trust as one: synced keys first, tombstones above all."""

from collections.abc import Iterable, Iterator, Sequence

from checkpoint.codec.errors import Malformed
from checkpoint.model import Key
from checkpoint.trust import records
from checkpoint.trust.anchors import MARK, Anchors
from checkpoint.trust.records import Record
from checkpoint.trust.snapshot import IssuersDamaged, IssuerSet

_START = b"\n" + records.LINE_START
_TOMBSTONE = b'"revoked"'  # however it is spaced: what it says is parsed


class SyncedIssuers:
    """The keys of every signed list; nothing is split, sorted or parsed but the lines that are asked for."""

    def __init__(self, lists: Iterable[bytes], as_of: float) -> None:
        """`lists`: the bytes of `issuers/*.jsonl`; raises IssuersDamaged for one that is no such list."""
        self._as_of = as_of
        self._lists = [_framed(data) for data in lists if data not in (b"", b"\n")]
        if any(data.count(b"\n") != data.count(_START) + 1 for data in self._lists):
            raise IssuersDamaged("not a list of keys")
        self.tombstones = tuple(self._tombstones())
        self._anchors = Anchors(lambda: self._lines_with(MARK), "synced", as_of)

    def __bool__(self) -> bool:
        return bool(self._lists)

    def __len__(self) -> int:
        return sum(data.count(_START) for data in self._lists)

    @property
    def worlds(self) -> frozenset[bool]:
        """Of the synced native keys: True for demonstrations, False for real ones."""
        return records.worlds(self._lines_with(records.NATIVE_FIELD))

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every synced key of `format` with this kid; raises IssuersDamaged where its line cannot be read."""
        return tuple(map(self.listed, self._keys(self._lines_with(b"\n" + records.line_start(kid)), format)))

    def listed(self, key: Key) -> Key:
        """`key`, pinned or synced, with the revocation list that a synced record of it names; raises IssuersDamaged."""
        try:
            return records.listed(key, self._lines_with(records.naming(key)))
        except Malformed as error:
            raise IssuersDamaged(str(error)) from None

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        """Every synced CA key that issues under `name` (DER); raises IssuersDamaged."""
        return self._anchors.named(name)

    def _lines_with(self, part: bytes) -> Iterator[bytes]:
        """Every line that has `part` in it, or in the line break before it: a search that the C library does."""
        for data in self._lists:
            at = data.find(part)
            while at >= 0:
                end = data.index(b"\n", at + 1)
                yield data[data.rindex(b"\n", 0, at + 1) + 1 : end]
                at = data.find(part, end)

    def _tombstones(self) -> Iterator[Record]:
        for line in self._lines_with(_TOMBSTONE):
            record = _parsed(line)
            if record.revoked:
                yield record

    def _keys(self, lines: Iterable[bytes], format: str) -> Iterable[Key]:
        for line in lines:
            record = _parsed(line)
            if record.format != format or (record.revoked and not record.spki):
                continue  # a tombstone may name a kid alone
            try:
                yield records.key(record, "synced")._replace(as_of=self._as_of)
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

    @property
    def worlds(self) -> frozenset[bool]:
        """Of all native keys: True for demonstrations, False for real ones."""
        return self._synced.worlds | self._pinned.worlds

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every key of `format` with this kid; raises IssuersDamaged."""
        found = self._known.get((format, kid))
        if found is None:
            pinned = [self._synced.listed(key) for key in self._pinned.find(format, kid)]
            found = self._joined(self._synced.find(format, kid), pinned)
            if found:  # bounded by the number of trusted keys: foreign kids are not remembered
                self._known[format, kid] = found
        return found

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        """Every CA key that issues under `name` (DER); raises IssuersDamaged."""
        return self._joined(self._synced.issuing(name), self._pinned.issuing(name))

    def distrusts(self, key: Key) -> bool:
        """Whether a tombstone names it: the key itself under any id, or its id where the issuers do not contradict."""
        issuers = self._kids_gone.get((key.format, key.kid), set())
        return key.spki in self._keys_gone or bool(issuers & {key.issuer, ""}) or bool(issuers and not key.issuer)

    def _joined(self, synced: Sequence[Key], pinned: Sequence[Key]) -> tuple[Key, ...]:
        """The signed record of a key stands before its pin: it may name kinds or a list that the pin does not."""
        known = {(key.issuer, key.spki) for key in synced}
        both = (*synced, *(key for key in pinned if (key.issuer, key.spki) not in known))
        return tuple(key._replace(revoked=True) if self.distrusts(key) else key for key in both)


def _framed(data: bytes) -> bytes:
    """The list with a line break around every line, in one copy: a list of 1,000 keys has 400 kB."""
    return b"".join((b"\n", data, b"" if data.endswith(b"\n") else b"\n"))


def _parsed(line: bytes) -> Record:
    try:
        return records.parse(line)
    except Malformed as error:
        raise IssuersDamaged(str(error)) from None
