"""A RevocationSet for tests: a set of ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checkpoint.model import RevocationId
from checkpoint.trust.revocation import Hit, ListDamaged


@dataclass(frozen=True)
class Listed:
    ids: frozenset[RevocationId] = frozenset()
    source: str = "test"
    as_of: float | None = None
    blocked: bool = False
    damaged: bool = False
    before: Mapping[RevocationId, float] = field(default_factory=dict)  # counts for passes issued before that time

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        if self.damaged:
            raise ListDamaged
        hit = next((one[0] for one in ids if one in self.ids or (issued_at or 0.0) < self.before.get(one, 0.0)), None)
        return None if hit is None else Hit(hit, blocked=self.blocked)

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        return True
