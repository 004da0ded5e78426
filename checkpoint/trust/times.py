"""Ids that count only for passes issued before a time: `times.jsonl`, `{"id": hex, "before": RFC 3339}` a line.

`id` is the 16-byte key of an entry as in CKRV1 files (`hash_file.entry_key`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId
from checkpoint.trust.hash_file import KEY, entry_key
from checkpoint.trust.revocation import Hit, RevocationSet, has_place

MAX_LINES = 1_000_000  # the VCI directory has 788


class Dated:
    """A `RevocationSet` with times beside it: whatever `inner` says, and the ids whose time the pass was issued before.

    A pass that does not say when it was issued counts as issued before any time.
    """

    def __init__(self, inner: RevocationSet, times: Mapping[bytes, float]) -> None:
        self._inner, self._times = inner, times

    @property
    def source(self) -> str:
        """The name of the inner list."""
        return self._inner.source

    @property
    def as_of(self) -> float | None:
        """The age of the inner list, in seconds since 1970 UTC."""
        return self._inner.as_of

    def find(self, ids: Sequence[RevocationId], issued_at: float | None = None) -> Hit | None:
        """The first entry that meets one of `ids`; raises ListDamaged where the inner list cannot tell."""
        hit = self._inner.find(ids, issued_at)
        if hit is not None:
            return hit
        for kind, value in ids:
            before = self._times.get(entry_key(kind, value))
            # SMART Health Cards, Revocation: revoked where nbf is earlier than the timestamp.
            if before is not None and (issued_at is None or issued_at < before):
                return Hit(kind)
        return None

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """What the inner list can hold, and every hash: a file of times is one of hashes."""
        return not has_place(ids) or self._inner.can_hold(ids)


def read(data: bytes) -> dict[bytes, float]:
    """The time (seconds since 1970 UTC) of each key; raises Malformed."""
    lines = data.splitlines()
    if len(lines) > MAX_LINES:
        raise Malformed("times: too many lines")
    return dict(_entry(line) for line in lines)


def write(times: Mapping[RevocationId, float]) -> bytes:
    """`times` as the file, its lines sorted; times are rounded up to the second, which revokes more, never less."""
    entries = sorted((entry_key(kind, value), before) for (kind, value), before in times.items())
    lines = [json.dumps({"id": key.hex(), "before": _text(before)}) for key, before in entries]
    return "".join(line + "\n" for line in lines).encode("ascii")


def _entry(line: bytes) -> tuple[bytes, float]:
    found = json_strict.loads(line)
    try:
        key, before = bytes.fromhex(found["id"]), datetime.fromisoformat(found["before"])
    except (KeyError, TypeError, ValueError):
        raise Malformed("times: line") from None
    if len(key) != KEY or before.tzinfo is None:
        raise Malformed("times: line")
    return key, before.timestamp()


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(-(-seconds // 1), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
