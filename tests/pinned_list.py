"""A RevocationSet for tests: a set of ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoint.model import RevocationId
from checkpoint.trust.revocation import Hit, ListDamaged


@dataclass(frozen=True)
class Listed:
    ids: frozenset[RevocationId] = frozenset()
    source: str = "test"
    as_of: float | None = None
    blocked: bool = False
    damaged: bool = False

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        if self.damaged:
            raise ListDamaged
        hit = next((kind for kind, value in ids if (kind, value) in self.ids), None)
        return None if hit is None else Hit(hit, blocked=self.blocked)
