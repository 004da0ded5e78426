"""Emergency blocks: single passes that this site stops at once, whoever issued them (`revocation/blocks.jsonl`)."""

from collections.abc import Iterable, Sequence
from typing import Any

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId
from checkpoint.trust import metadata
from checkpoint.trust.revocation import BLOCKS, Hit

MAX_BLOCKS = 100_000  # an emergency, not a list
_ID_BYTES = 16


class Blocks:
    """The blocks of one signed file."""

    source = BLOCKS

    def __init__(self, lines: Iterable[bytes], as_of: float) -> None:
        """`lines`: one JSON object each; raises Malformed for one that cannot be read: a block must not get lost."""
        self._as_of = as_of
        self._hits: dict[bytes, Hit] = {}
        for line in lines:
            value, hit = _block(json_strict.loads(line))
            known = self._hits.get(value)
            if known is None or _end(hit) > _end(known):
                self._hits[value] = hit
        if len(self._hits) > MAX_BLOCKS:
            raise Malformed("blocks: too many")

    def __len__(self) -> int:
        return len(self._hits)

    @property
    def as_of(self) -> float:
        """When the authority last said so: as old as its newest statement."""
        return self._as_of

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        """The block that meets one of `ids` and lasts longest."""
        hits = [self._hits[value] for kind, value in ids if kind == "pass_id" and value in self._hits]
        return max(hits, key=_end, default=None)

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """No: an issuer's revocations are not this site's emergencies, whatever its record names."""
        return False


def _end(hit: Hit) -> float:
    return float("inf") if hit.until is None else hit.until


def _block(found: Any) -> tuple[bytes, Hit]:
    try:
        digits = found["pass_id"].rpartition("-")[2]
        value = bytes.fromhex(digits)
        if len(value) != _ID_BYTES or len(digits) != 2 * _ID_BYTES:
            raise Malformed("block: pass_id")
        until = found.get("until")
        why = found.get("why", "")
        return value, Hit("pass_id", True, str(why), None if until is None else metadata.moment(until))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Malformed("block") from None
