"""CA certificates that vouch for signers: found by the name they issue under, read when first asked for."""

from collections.abc import Callable, Iterable

from checkpoint.codec.errors import Malformed
from checkpoint.model import Key
from checkpoint.trust import records
from checkpoint.trust.snapshot import IssuersDamaged

MARK = b'"certificate":"'  # in the line of every record that can vouch for others, and of no other


class Anchors:
    """The CA keys among records; `lines` gives those with `MARK`. A station that sees no such pass never reads them."""

    def __init__(self, lines: Callable[[], Iterable[bytes]], trust: str = "pinned", as_of: float | None = None) -> None:
        self._lines, self._trust, self._as_of = lines, trust, as_of
        self._by_name: dict[bytes, tuple[Key, ...]] | None = None

    def named(self, name: bytes) -> tuple[Key, ...]:
        """The keys that issue under `name` (DER); raises IssuersDamaged."""
        if self._by_name is None:
            self._by_name = self._read()
        return self._by_name.get(name, ())

    def _read(self) -> dict[bytes, tuple[Key, ...]]:
        from checkpoint.codec import issued  # certificates cost 20 ms to import, which other passes need not pay

        found: dict[bytes, tuple[Key, ...]] = {}
        for line in self._lines():
            try:
                record = records.parse(line)
                if not record.certificate or not record.spki:
                    continue  # the mark stood in a name, or it is a tombstone that names a kid alone
                key = records.key(record, self._trust)
            except Malformed as error:
                raise IssuersDamaged(str(error)) from None
            try:
                name = issued.split(record.certificate).subject
            except Malformed:
                continue  # an odd certificate was taken in good faith: it only means that nothing chains to it
            if self._as_of is not None:
                key = key._replace(as_of=self._as_of)
            found[name] = (*found.get(name, ()), key)
        return found
